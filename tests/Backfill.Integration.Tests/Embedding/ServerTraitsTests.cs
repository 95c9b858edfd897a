using Backfill.Core.Embedding.Providers;

namespace Backfill.Integration.Tests.Embedding;

/// <summary>Servers with OpenAI's API that take less than OpenAI's own: what they refuse is met once, and every text gets its vector.</summary>
public sealed class ServerTraitsTests : IAsyncDisposable
{
    private readonly FakeOpenAI server = new();
    private readonly LexicalProvider expected = new(384);

    [Theory]
    [InlineData(400, """{"object":"error","message":"base64 encoding is not currently supported","code":400}""")]
    [InlineData(400, """{"errorMessage":"An error occurred while reading the response body"}""")]
    [InlineData(
        422,
        """{"detail":[{"loc":["body","encoding_format"],"msg":"unexpected value; permitted: 'float'"}]}"""
    )]
    [InlineData(422, "Failed to deserialize the JSON body: encoding_format: unknown variant `base64`")]
    [InlineData(500, """{"error":{"message":"encoding_format base64 is not implemented"}}""")]
    public async Task A_server_that_refuses_base64_is_asked_for_numbers_from_then_on(int status, string words)
    {
        server.Fault = call => call.Encoding == "base64" ? new OpenAIFault(status, words) : null;
        var provider = server.Provider(model: "own");

        await EmbedAsync(provider, "probe");
        var made = await EmbedAsync(provider, "alpha", "beta");

        Assert.Equal(await VectorsAsync("alpha", "beta"), made.Texts.Select(text => text.Vector!));
        Assert.Equal(["base64", "float", "float"], server.Calls.Select(call => call.Encoding));
    }

    [Fact]
    public async Task A_refusal_of_base64_is_remembered_for_the_next_provider_of_the_process()
    {
        server.Fault = call => call.Encoding == "base64" ? OpenAIFault.Error(400, "no base64 here") : null;
        var known = new KnownServers();

        await EmbedAsync(server.Provider(model: "own", known: known), "alpha");
        server.Calls.Clear();
        await EmbedAsync(server.Provider(model: "own", known: known), "beta");

        Assert.Equal("float", Assert.Single(server.Calls).Encoding);
    }

    [Fact]
    public async Task A_text_that_is_refused_in_both_forms_leaves_the_others_with_base64()
    {
        server.Fault = call => call.Input.Contains("poison") ? OpenAIFault.Error(400, "cannot embed this") : null;
        var provider = server.Provider();

        var poison = await EmbedAsync(provider, "poison");
        await EmbedAsync(provider, "alpha");
        var again = await EmbedAsync(provider, "poison");

        Assert.Equal("400 cannot embed this", poison.Texts[0].Refusal);
        Assert.Equal("400 cannot embed this", again.Texts[0].Refusal);
        // Once base64 was answered, a refusal is about the text.
        Assert.Equal(["base64", "float", "base64", "base64"], server.Calls.Select(call => call.Encoding));
    }

    [Fact]
    public async Task Two_batches_that_meet_the_refusal_of_base64_at_once_are_both_embedded()
    {
        server.Fault = call => call.Encoding == "base64" ? OpenAIFault.Error(400, "no base64 here") : null;
        var provider = server.Provider(model: "own");

        var both = await Task.WhenAll(EmbedAsync(provider, "alpha"), EmbedAsync(provider, "beta"));

        Assert.All(both, made => Assert.NotNull(made.Texts[0].Vector));
    }

    [Theory]
    [InlineData(413, "Input validation error: `inputs` must have less than {0} tokens. Given: {1}")]
    [InlineData(
        400,
        "This model's maximum context length is {0} tokens. However, you requested {1} tokens in the input."
    )]
    [InlineData(
        500,
        "input ({1} tokens) is too large to process. increase the physical batch size (current batch size: {0})"
    )]
    [InlineData(400, "Invalid 'input[0]': maximum input length is {0} tokens.")]
    public async Task Texts_are_shortened_to_the_tokens_that_the_server_states(int status, string words)
    {
        LimitTokens(200, status, words);
        var texts = Texts();
        var provider = server.Provider(model: "own");

        var made = await EmbedAsync(provider, texts);
        var learning = server.Calls.Count;
        server.Calls.Clear();
        var again = await EmbedAsync(provider, texts);

        Assert.All(made.Texts, text => Assert.NotNull(text.Vector));
        Assert.Equal(texts.Select(text => Server(text) > 200), made.Texts.Select(text => text.IsShortened));
        Assert.InRange(learning, 2, 8);
        // Known now: nothing is refused any more, and no text loses more than the other tokenizer's difference.
        Assert.All(again.Texts, text => Assert.NotNull(text.Vector));
        var sent = Assert.Single(server.Calls).Input;
        Assert.All(sent.Zip(texts), pair => Assert.StartsWith(pair.First, pair.Second, StringComparison.Ordinal));
        Assert.All(
            sent.Zip(texts).Where(pair => pair.First.Length < pair.Second.Length),
            pair => Assert.InRange(Server(pair.First), 160, 200)
        );
    }

    [Fact]
    public async Task A_text_that_counts_more_for_the_server_than_others_is_cut_alone()
    {
        LimitTokens(200, 413, "`inputs` must have less than {0} tokens. Given: {1}");
        var dense = string.Join(' ', Enumerable.Range(0, 60).Select(n => $"dense{n * 7919}"));
        string[] texts = [.. Texts(), dense];

        var made = await EmbedAsync(server.Provider(model: "own"), texts);

        Assert.All(made.Texts, text => Assert.NotNull(text.Vector));
        Assert.True(made.Texts[^1].IsShortened);
        var longest = server.Calls.SelectMany(call => call.Input).Where(text => !text.Contains("dense")).Max(Server);
        Assert.True(longest > 160);
    }

    [Fact]
    public async Task A_limit_without_a_number_is_found_and_kept()
    {
        LimitTokens(200, 400, "the input length exceeds the context length");
        var provider = server.Provider(model: "own");
        await EmbedAsync(provider, "probe");

        var made = await EmbedAsync(provider, Texts());
        server.Calls.Clear();
        var again = await EmbedAsync(provider, Texts());

        Assert.All(made.Texts.Concat(again.Texts), text => Assert.NotNull(text.Vector));
        Assert.Contains(made.Texts, text => text.IsShortened);
        Assert.Contains(made.Texts, text => !text.IsShortened);
        Assert.Single(server.Calls);
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    // A quarter more than ours, and three for each word that a BERT vocabulary does not know.
    private static int Server(string text) =>
        (int)Math.Ceiling(OpenAIProvider.CountWords(text) * 1.15) + (2 * text.Split("dense").Length) + 2;

    private static string[] Texts() =>
        [
            .. Enumerable
                .Range(0, 20)
                .Select(n => string.Join(' ', Enumerable.Range(0, 15 + (n * 15)).Select(word => $"word{word % 10}"))),
        ];

    private void LimitTokens(int most, int status, string words) =>
        server.Fault = call =>
            call.Input.FirstOrDefault(text => Server(text) > most) is { } longer
                ? OpenAIFault.Error(
                    status,
                    words
                        .Replace("{0}", FormattableString.Invariant($"{most}"), StringComparison.Ordinal)
                        .Replace("{1}", FormattableString.Invariant($"{Server(longer)}"), StringComparison.Ordinal)
                )
                : null;

    private static Task<EmbeddingBatch> EmbedAsync(IEmbeddingProvider provider, params string[] texts) =>
        provider.EmbedAsync(texts, TestContext.Current.CancellationToken);

    private async Task<IEnumerable<float[]>> VectorsAsync(params string[] texts) =>
        (await EmbedAsync(expected, texts)).Texts.Select(text => text.Vector!);
}
