using System.Runtime.CompilerServices;
using Backfill.Core.Embedding.Store;

namespace Backfill.Core.Embedding.BatchApi;

/// <summary>
/// The items that a run has not submitted yet: first the listed items, newest first, then the items that have to be submitted
/// again. Items of repositories that are not the run's are left to other runs.
/// </summary>
/// <param name="run">The run.</param>
/// <param name="stores">One store per type, for items of any repository.</param>
internal sealed class BatchApiBacklog(EmbeddingRun run, IReadOnlyDictionary<string, EmbeddingStore> stores)
    : IAsyncDisposable
{
    private const int ItemsPerChunk = 500;
    private const int ItemsPerListing = 10_000;

    // An item that is edited again and again, or gets no response, is left to the next run.
    private const int MostTries = 5;

    private readonly HashSet<Guid> ours = [.. run.Repositories.Select(repository => repository.Id)];
    private readonly HashSet<string> types = [.. run.Scope.Stores.Select(store => store.Column.Item.Name)];
    private readonly Dictionary<(string Type, string Id), int> tries = [];
    private readonly HashSet<(string Type, string Id)> again = [];
    private readonly HashSet<(string Type, string Id)> held = [];
    private readonly Queue<(EmbeddingStore Store, ListedItem[] Items)> first = new();
    private IAsyncEnumerator<(EmbeddingStore Store, ListedItem[] Items)>? listing;
    private bool isListed;

    /// <summary>Gets whether no item is left, apart from items that other workers hold.</summary>
    public bool IsEmpty => isListed && first.Count == 0 && again.Count == 0;

    /// <summary>Gets whether other workers hold some items.</summary>
    public bool HasHeld => held.Count > 0;

    /// <summary>Returns the next items; null when there are none.</summary>
    public async Task<(EmbeddingStore Store, ListedItem[] Items)?> NextAsync(CancellationToken cancellationToken)
    {
        if (first.TryDequeue(out var returned))
        {
            return returned;
        }

        if (!isListed)
        {
            listing ??= ListAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
            if (await listing.MoveNextAsync())
            {
                return listing.Current;
            }

            isListed = true;
        }

        if (again.Count == 0)
        {
            return null;
        }

        var type = again.First().Type;
        var chunk = again.Where(item => item.Type == type).Take(ItemsPerChunk).ToArray();
        again.ExceptWith(chunk);
        return (stores[type], [.. chunk.Select(item => new ListedItem(item.Id, default))]);
    }

    /// <summary>Takes back items that did not fit into a batch.</summary>
    public void Return(EmbeddingStore store, IEnumerable<EmbeddingItem> items) =>
        first.Enqueue((store, [.. items.Select(item => new ListedItem(item.Id, default))]));

    /// <summary>Queues an item for another batch.</summary>
    /// <param name="isTry">Counts the item against its number of tries.</param>
    public void Requeue(string itemType, string id, Guid repositoryId, bool isTry)
    {
        var item = (itemType, id);
        if (!ours.Contains(repositoryId) || !types.Contains(itemType))
        {
            return;
        }

        if (isTry)
        {
            tries[item] = tries.GetValueOrDefault(item) + 1;
        }

        if (tries.GetValueOrDefault(item) < MostTries)
        {
            again.Add(item);
        }
    }

    /// <summary>Keeps an item whose text another worker has claimed.</summary>
    public void Hold(EmbeddingStore store, EmbeddingItem item) => held.Add((store.Column.Item.Name, item.Id));

    /// <summary>Queues the items that other workers held.</summary>
    public void Unhold()
    {
        again.UnionWith(held);
        held.Clear();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => listing?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async IAsyncEnumerable<(EmbeddingStore Store, ListedItem[] Items)> ListAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        foreach (var store in run.Scope.Stores)
        {
            ListedItem? after = null;
            do
            {
                var page = await store.ListAsync(after, run.Request.Force, ItemsPerListing, cancellationToken);
                foreach (var chunk in page.Chunk(ItemsPerChunk))
                {
                    yield return (store, chunk);
                }

                after = page.Count == ItemsPerListing ? page[^1] : null;
            } while (after is not null);
        }
    }
}
