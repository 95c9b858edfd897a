using System.IO.Compression;
using System.Net;
using System.Text.Json;
using Backfill.Simulation;
using Backfill.Simulation.Data;

namespace Backfill.Core.Tests.Simulation;

public sealed class StreamFaultTests
{
    private const string Path = "repos/octo/hello/issues?state=all&per_page=20";

    [Theory]
    [InlineData("truncated-body")]
    [InlineData("content-length-mismatch")]
    public async Task A_connection_breaks_in_the_middle_of_a_body(string rule)
    {
        await using var simulator = await FaultCalls.StartAsync(rule);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => simulator.GetAsync(Path));
        Assert.Equal(200, Assert.Single(simulator.Requests).Status);
    }

    [Fact]
    public async Task A_body_is_cut_although_its_length_fits()
    {
        await using var simulator = await FaultCalls.StartAsync("cut-body@1");
        var (cut, headers) = await BytesAsync(simulator);
        Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(cut));
        Assert.Equal(cut.Length.ToString(), headers["Content-Length"]);
        Assert.False(headers.ContainsKey("Content-Encoding"));
        var whole = (await BytesAsync(simulator)).Body;
        Assert.Equal(whole[..(whole.Length / 2)], cut);
    }

    [Fact]
    public async Task A_compressed_body_is_cut_although_its_length_fits()
    {
        await using var simulator = await FaultCalls.StartAsync("truncated-gzip@1");
        var (cut, headers) = await BytesAsync(simulator);
        Assert.Equal((cut.Length.ToString(), "gzip"), (headers["Content-Length"], headers["Content-Encoding"]));
        using var unpacked = new MemoryStream();
        try
        {
            await using var gzip = new GZipStream(new MemoryStream(cut), CompressionMode.Decompress);
            await gzip.CopyToAsync(unpacked, TestContext.Current.CancellationToken);
        }
        catch (InvalidDataException)
        {
            // Whether the end is missed depends on the place of the cut.
        }

        Assert.True(unpacked.Length < (await BytesAsync(simulator)).Body.Length);
    }

    [Theory]
    [InlineData("timeout")]
    [InlineData("stalled-body")]
    public async Task An_answer_stalls_until_the_client_gives_up(string rule)
    {
        await using var simulator = await FaultCalls.StartAsync(rule + "@1");
        using var http = new HttpClient { DefaultRequestHeaders = { { "User-Agent", "tests" } } };
        using var impatient = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var request = http.GetByteArrayAsync(new Uri(simulator.Url, Path), impatient.Token);
        // The next request is answered while the first still waits.
        while (simulator.Requests.Count == 0)
        {
            await Task.Yield();
        }

        Assert.Equal(HttpStatusCode.OK, (await simulator.GetAsync(Path)).Status);
        Assert.False(request.IsCompleted);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
    }

    [Theory]
    [InlineData("no-etag", 304, false)]
    [InlineData("ignored-etag", 200, true)]
    public async Task Entity_tags_are_forgotten_or_ignored(string rule, int status, bool hasTag)
    {
        await using var simulator = await FaultCalls.StartAsync(rule + "@2");
        var tag = (await simulator.GetAsync(Path)).Headers["ETag"];
        var again = await simulator.GetAsync(Path, ("If-None-Match", tag));
        Assert.Equal((status, hasTag), ((int)again.Status, again.Headers.ContainsKey("ETag")));
        var third = await simulator.GetAsync(Path, ("If-None-Match", tag));
        Assert.Equal((HttpStatusCode.NotModified, tag, ""), (third.Status, third.Headers["ETag"], third.Text));
    }

    [Theory]
    [InlineData("half-emoji", @"\ud83d ")]
    [InlineData("other-half-emoji", @"\ude00 ")]
    [InlineData("nul-body", @"\u0000 ")]
    [InlineData("copy-end-body", @"\\.\n\\N\t\\x ")]
    [InlineData("rtl-body", "\u202Eשלום עולם\u202C ")]
    [InlineData("crlf-body", @"a\r\nb\r\n")]
    public async Task A_body_begins_with_what_breaks_readers(string rule, string text)
    {
        await using var simulator = await FaultCalls.StartAsync(rule);
        var reply = await simulator.GetAsync("repos/octo/hello/pulls/comments");
        Assert.StartsWith($"\"{text}", reply.At("0", "body").GetRawText(), StringComparison.Ordinal);
        Assert.Contains($"\"body\":\"{text}", (await simulator.PageAsync()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_is_as_long_as_GitHub_takes()
    {
        await using var simulator = await FaultCalls.StartAsync("huge-body");
        Assert.True(
            (await simulator.GetAsync("repos/octo/hello/pulls/comments")).At("0", "body").GetString()!.Length
                >= BodyText.LongestBody
        );
    }

    // A fault that edits the rest of the answer keeps what stands in its texts.
    [Fact]
    public async Task Halves_of_emoji_survive_an_edited_answer()
    {
        await using var simulator = await FaultCalls.StartAsync("total-too-large", "half-emoji");
        var reply = await simulator.PageAsync();
        Assert.Contains(@"""body"":""\ud83d ", reply.Text, StringComparison.Ordinal);
        Assert.Equal("total-too-large+half-emoji", Assert.Single(simulator.Requests).Fault);
    }

    // As it comes, not unpacked.
    private static async Task<(byte[] Body, Dictionary<string, string> Headers)> BytesAsync(GitHubSimulator simulator)
    {
        using var http = new HttpClient { DefaultRequestHeaders = { { "User-Agent", "tests" } } };
        using var response = await http.GetAsync(new Uri(simulator.Url, Path), TestContext.Current.CancellationToken);
        return (
            await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken),
            response.Content.Headers.ToDictionary(
                header => header.Key,
                header => string.Join(',', header.Value),
                StringComparer.OrdinalIgnoreCase
            )
        );
    }
}
