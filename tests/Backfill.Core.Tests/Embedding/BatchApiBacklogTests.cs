using Backfill.Core.Embedding.BatchApi;
using Backfill.Core.Embedding.Providers;
using Backfill.Core.Embedding.Store;
using Backfill.Core.Postgres;

namespace Backfill.Core.Tests.Embedding;

/// <summary>The items that a run of the Batch API has not submitted yet. The run of these tests lists none of its own.</summary>
public sealed class BatchApiBacklogTests : IAsyncLifetime
{
    private static readonly StoredRepository Ours = new(Guid.NewGuid(), 1, "octo/hello");

    // Nothing here sends a statement.
    private readonly Database database = new("Host=localhost", TimeProvider.System);
    private readonly Dictionary<string, EmbeddingStore> stores;
    private readonly BatchApiBacklog backlog;

    public BatchApiBacklogTests()
    {
        stores = ItemType.All.ToDictionary(
            type => type.Name,
            type => new EmbeddingStore(
                database,
                [Ours],
                new EmbeddingColumn(type, "real[]", null, false),
                "key",
                false
            ),
            StringComparer.Ordinal
        );
        var run = new EmbeddingRun(
            database,
            [Ours],
            new EmbeddingScope([], "key"),
            new EmbeddingRequest(),
            new LexicalProvider(384),
            EmbeddingPrices.Default,
            null!,
            TimeProvider.System
        );
        backlog = new BatchApiBacklog(run, stores);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await backlog.DisposeAsync();
        await database.DisposeAsync();
    }

    [Fact]
    public async Task A_backlog_is_empty_only_once_its_items_were_listed()
    {
        Assert.False(backlog.IsEmpty);

        Assert.Null(await NextAsync());

        Assert.True(backlog.IsEmpty);
    }

    [Fact]
    public async Task Items_that_did_not_fit_into_a_batch_are_the_first_of_the_next_one()
    {
        backlog.Hold(stores["issue"], Item("held"));
        backlog.Unhold();
        backlog.Return(stores["issue"], [Item("1"), Item("2")]);

        Assert.Equal("issue 1 2", await NextAsync());
        Assert.Equal("issue held", await NextAsync());
        Assert.Null(await NextAsync());
    }

    [Fact]
    public async Task Items_that_another_worker_holds_are_left_until_they_are_queued()
    {
        backlog.Hold(stores["issue"], Item("1"));
        Assert.Null(await NextAsync());
        Assert.Equal((true, true), (backlog.HasHeld, backlog.IsEmpty));

        backlog.Unhold();

        Assert.Equal((false, false), (backlog.HasHeld, backlog.IsEmpty));
        Assert.Equal("issue 1", await NextAsync());
    }

    [Fact]
    public async Task Items_of_one_type_come_together()
    {
        backlog.Hold(stores["issue"], Item("1"));
        backlog.Hold(stores["discussion"], Item("2"));
        backlog.Hold(stores["issue"], Item("3"));
        backlog.Unhold();

        Assert.Equal("issue 1 3", await NextAsync());
        Assert.Equal("discussion 2", await NextAsync());
    }

    [Fact]
    public async Task At_most_five_hundred_items_come_at_once()
    {
        for (var item = 0; item < 501; item++)
        {
            backlog.Hold(stores["issue"], Item($"{item}"));
        }

        backlog.Unhold();

        Assert.Equal(500, (await backlog.NextAsync(TestContext.Current.CancellationToken))!.Value.Items.Length);
        Assert.Single((await backlog.NextAsync(TestContext.Current.CancellationToken))!.Value.Items);
    }

    [Fact]
    public async Task Items_of_other_repositories_and_types_are_left_to_other_runs()
    {
        backlog.Requeue("issue", "1", Guid.NewGuid(), isTry: false);
        // The run has no type at all.
        backlog.Requeue("issue", "2", Ours.Id, isTry: false);

        Assert.Null(await NextAsync());
    }

    private async Task<string?> NextAsync() =>
        await backlog.NextAsync(TestContext.Current.CancellationToken) is { } next
            ? $"{next.Store.Column.Item.Name} {string.Join(' ', next.Items.Select(item => item.Id))}"
            : null;

    private static EmbeddingItem Item(string id) => new(id, Ours.Id, "text", false, "hash", false, 0, null, false);
}
