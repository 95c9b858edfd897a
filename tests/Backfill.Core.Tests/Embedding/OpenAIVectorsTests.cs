using System.Text;
using Backfill.Core.Embedding.Providers;

namespace Backfill.Core.Tests.Embedding;

public sealed class OpenAIVectorsTests
{
    [Fact]
    public void The_index_decides_and_both_encodings_are_read()
    {
        // AACAPwAAAEA= is 1 and 2 as little-endian floats.
        var read = Read(
            """{"data":[{"index":1,"embedding":[3,4]},{"index":0,"embedding":"AACAPwAAAEA="}],"usage":{"total_tokens":7}}""",
            2,
            out var fault
        );

        Assert.Null(fault);
        Assert.Equal([1f, 2f], read!.Values[0]!);
        Assert.Equal([3f, 4f], read.Values[1]!);
        Assert.Equal(7, read.Tokens);
    }

    [Theory]
    [InlineData("""{"data":[{"index":1,"embedding":[3,4]}]}""")]
    [InlineData("""{"data":[{"index":1,"embedding":[3,4]},{"index":0,"embedding":null}]}""")]
    [InlineData("""{"data":[{"index":1,"embedding":[3,4]},{"index":0,"embedding":[]}]}""")]
    [InlineData("""{"data":[{"index":1,"embedding":[3,4]},{"index":0,"embedding":""}]}""")]
    public void A_vector_counts_for_its_index_even_if_another_is_missing(string body)
    {
        var read = Read(body, 2, out var fault);

        Assert.Null(fault);
        Assert.Null(read!.Values[0]);
        Assert.Equal([3f, 4f], read.Values[1]!);
        Assert.Equal(1, read.Count);
    }

    [Theory]
    [InlineData("""{"data":[{"embedding":[1]}]}""")]
    [InlineData("""{"data":[{"index":0,"embedding":null},{"index":0,"embedding":[1]}]}""")]
    [InlineData("""{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}""")]
    [InlineData("""{"data":[{"index":0,"embedding":[1]},{"index":2,"embedding":[1]}]}""")]
    [InlineData("""{"data":[{"index":0,"embedding":"%%%"},{"index":1,"embedding":[1]}]}""")]
    [InlineData("""{"object":"list"}""")]
    [InlineData("""{"data":"none"}""")]
    [InlineData("<html>")]
    [InlineData("")]
    public void Anything_else_is_a_fault(string body)
    {
        Assert.Null(Read(body, 2, out var fault));
        Assert.NotNull(fault);
    }

    private static OpenAIVectors? Read(string body, int expected, out string? fault) =>
        OpenAIVectors.Read(Encoding.UTF8.GetBytes(body), expected, out fault);
}
