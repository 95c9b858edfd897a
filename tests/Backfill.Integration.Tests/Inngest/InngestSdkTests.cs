using System.Text.Json;
using System.Text.Json.Nodes;
using Backfill.Integration.Tests.Support;

namespace Backfill.Integration.Tests.Inngest;

/// <summary>Inngest's own SDK, fetched once through the npm client.</summary>
public sealed class InngestSdk : IAsyncLifetime
{
    private NpmFolder? npm;

    public async ValueTask InitializeAsync() => npm = await NpmFolder.InstallAsync("Inngest/Sdk", "Inngest's SDK");

    public ValueTask DisposeAsync()
    {
        npm?.Dispose();
        return ValueTask.CompletedTask;
    }

    internal async Task<JsonNode> SendAsync(FakeInngest inngest, string key, string events)
    {
        using var node = npm!.Node("send.mjs", inngest.Url.AbsoluteUri, key, events);
        var output = await node.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);
        // Above the answer the SDK may log.
        var last = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        return JsonNode.Parse(last) ?? throw new JsonException(output);
    }
}

/// <summary>Inngest's own SDK as a client of the stand-in, so that its shape is not only what we take it for.</summary>
public sealed class InngestSdkTests(InngestSdk sdk) : IClassFixture<InngestSdk>
{
    [Fact]
    public async Task The_SDK_sends_events_to_the_simulated_server()
    {
        await using var inngest = await FakeInngest.StartAsync();

        var answer = await sdk.SendAsync(
            inngest,
            FakeInngest.EventKey,
            """[{"id":"one","name":"github/repository.sync","data":{"owner":"octo"}},{"name":"b/c","data":{"n":1}}]"""
        );

        Assert.Equal(
            inngest.Events.Select(stored => stored.InternalId),
            answer["ids"]!.AsArray().Select(id => id!.GetValue<string>())
        );
        Assert.Equal([("one", "github/repository.sync"), (null, "b/c")], inngest.Events.Select(e => (e.Id, e.Name)));
        Assert.Equal("octo", inngest.Events.First().Data["owner"]!.GetValue<string>());
        Assert.NotNull(Assert.Single(inngest.Posts).Seed);
    }

    [Fact]
    public async Task The_SDK_understands_the_refusals_of_the_simulated_server()
    {
        await using var inngest = await FakeInngest.StartAsync();

        var key = await sdk.SendAsync(inngest, "another-key", """[{"name":"a/b","data":{}}]""");
        Assert.Contains("Event key not found", key["error"]!.GetValue<string>());

        var name = await sdk.SendAsync(inngest, FakeInngest.EventKey, """[{"name":"inngest/b","data":{}}]""");
        Assert.Contains("reserved for internal use", name["error"]!.GetValue<string>());
        Assert.Empty(inngest.Events);
    }

    [Fact]
    public async Task The_SDK_resends_body_and_seed_unchanged_and_gets_the_same_id()
    {
        await using var inngest = await FakeInngest.StartAsync();
        var tries = 0;
        inngest.Lose = _ => Interlocked.Increment(ref tries) == 1;

        var answer = await sdk.SendAsync(inngest, FakeInngest.EventKey, """[{"id":"one","name":"a/b","data":{}}]""");

        Assert.Equal(2, inngest.Posts.Count);
        Assert.Single(inngest.Posts.Distinct());
        var id = Assert.Single(inngest.Events.Select(stored => stored.InternalId).Distinct());
        Assert.Equal(id, Assert.Single(answer["ids"]!.AsArray())!.GetValue<string>());
    }
}
