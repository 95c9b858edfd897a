using System.Runtime.CompilerServices;
using Backfill.Core.Postgres;

namespace Backfill.Core.Embedding;

/// <summary>What a run by the Batch API has still to submit: first what is listed, newest first, then what comes again.</summary>
/// <param name="scope">The types and repositories of the run, in the order of the work.</param>
/// <param name="stores">One store a type, whatever its repositories.</param>
/// <param name="repositories">Those of the run: items of others that were in the same batch are left to their own runs.</param>
internal sealed class EmbeddingBatchBacklog(
    EmbeddingScope scope,
    IReadOnlyDictionary<string, EmbeddingStore> stores,
    IReadOnlyList<StoredRepository> repositories,
    EmbeddingRequest request
) : IAsyncDisposable
{
    private const int ItemsAChunk = 500;
    private const int ItemsAListing = 10_000;

    // An item that is edited again and again, or for which no answer comes, is left to the next run.
    private const int MostTries = 5;

    private readonly HashSet<Guid> ours = [.. repositories.Select(repository => repository.Id)];
    private readonly HashSet<string> types = [.. scope.Stores.Select(store => store.Column.Item.Name)];
    private readonly Dictionary<(string Type, string Id), int> tries = [];
    private readonly HashSet<(string Type, string Id)> again = [];
    private readonly HashSet<(string Type, string Id)> held = [];
    private readonly Queue<(EmbeddingStore Store, ListedItem[] Items)> first = new();
    private IAsyncEnumerator<(EmbeddingStore Store, ListedItem[] Items)>? listing;
    private bool isListed;

    /// <summary>True when nothing is left but what others have.</summary>
    public bool IsEmpty => isListed && first.Count == 0 && again.Count == 0;

    /// <summary>True when some items are held by others.</summary>
    public bool HasHeld => held.Count > 0;

    /// <summary>The next items; null when there are none.</summary>
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
        var chunk = again.Where(item => item.Type == type).Take(ItemsAChunk).ToArray();
        again.ExceptWith(chunk);
        return (stores[type], [.. chunk.Select(item => new ListedItem(item.Id, default))]);
    }

    /// <summary>Takes items back that did not fit.</summary>
    public void Return(EmbeddingStore store, IEnumerable<EmbeddingItem> items) =>
        first.Enqueue((store, [.. items.Select(item => new ListedItem(item.Id, default))]));

    /// <summary>Has an item come again.</summary>
    /// <param name="isTry">It counts against the number of tries.</param>
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

    /// <summary>Keeps an item whose text somebody else has at the moment.</summary>
    public void Hold(EmbeddingStore store, EmbeddingItem item) => held.Add((store.Column.Item.Name, item.Id));

    /// <summary>Has what others had come again.</summary>
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
        foreach (var store in scope.Stores)
        {
            ListedItem? after = null;
            do
            {
                var page = await store.ListAsync(after, request.Force, ItemsAListing, cancellationToken);
                foreach (var chunk in page.Chunk(ItemsAChunk))
                {
                    yield return (store, chunk);
                }

                after = page.Count == ItemsAListing ? page[^1] : null;
            } while (after is not null);
        }
    }
}
