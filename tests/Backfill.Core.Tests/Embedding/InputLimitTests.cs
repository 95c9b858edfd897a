using Backfill.Core.Embedding.Providers;

namespace Backfill.Core.Tests.Embedding;

public sealed class InputLimitTests
{
    [Theory]
    // TEI, vLLM (three versions), NIM, llama.cpp (two places), LM Studio, OpenAI (two versions), Mistral, DashScope.
    [InlineData("413 Input validation error: `inputs` must have less than 512 tokens. Given: 600", 512, 600)]
    [InlineData(
        "400 This model's maximum context length is 512 tokens. However, you requested 601 tokens in the input for embedding generation. Please reduce the length of the input.",
        512,
        601
    )]
    [InlineData(
        "400 this model's maximum context length is 512 tokens, but the prompt contains 602 input tokens",
        512,
        602
    )]
    [InlineData("400 You passed 603 input tokens. However, the model's context length is only 512 tokens.", 512, 603)]
    [InlineData("400 Input length 704 exceeds maximum allowed token size 512", 512, 704)]
    [InlineData(
        "500 input (842 tokens) is too large to process. increase the physical batch size (current batch size: 512)",
        512,
        842
    )]
    [InlineData(
        "400 request (600 tokens) exceeds the available context size (512 tokens), try increasing it",
        512,
        600
    )]
    [InlineData("400 The model is loaded with context length of only 512 tokens.", 512, null)]
    [InlineData("400 Invalid 'input[0]': maximum input length is 512 tokens.", 512, null)]
    [InlineData("400 This model's maximum context length is 512 tokens, however you requested 610 tokens.", 512, 610)]
    [InlineData("400 Input id 0 has 605 tokens, exceeding max 512 tokens.", 512, 605)]
    [InlineData("400 Range of input length should be [1, 512]", 512, null)]
    [InlineData("400 input must have less than 1,024 tokens", 1024, null)]
    public void The_limit_and_the_count_are_read_from_the_words_of_each_server(string reason, int limit, int? counted)
    {
        Assert.True(InputLimit.IsNamedIn(reason));
        Assert.Equal(limit, InputLimit.Stated(reason, 550));
        Assert.Equal(counted, InputLimit.Counted(reason, limit, 550));
    }

    [Theory]
    [InlineData("400 the input length exceeds the context length")]
    [InlineData("500 input is too large to process. increase the physical batch size")]
    public void A_limit_may_be_named_without_a_number(string reason)
    {
        Assert.True(InputLimit.IsNamedIn(reason));
        Assert.Null(InputLimit.Stated(reason, 550));
    }

    [Theory]
    [InlineData("422 batch size 200 > maximum allowed batch size 32")]
    [InlineData("400 cannot embed this")]
    [InlineData("500 oops")]
    [InlineData("503 The server is overloaded.")]
    public void Other_refusals_name_no_limit_of_an_input(string reason) => Assert.False(InputLimit.IsNamedIn(reason));

    [Fact]
    public void A_limit_far_above_the_input_is_one_of_the_whole_request() =>
        Assert.Null(InputLimit.Stated("400 Requested 400000 tokens, max 300000 tokens per request", 550));
}
