using Backfill.Core.Embedding.Providers;
using Backfill.Core.Postgres;

namespace Backfill.Core.Embedding.Store;

/// <summary>Reads and writes the items of one type in some repositories. Every write is one statement that commits by itself.</summary>
/// <param name="database">The database.</param>
/// <param name="repositories">The repositories.</param>
/// <param name="column">The type and the column of its vectors.</param>
/// <param name="modelKey">provider/model/dimensions of the wanted vectors.</param>
/// <param name="allowModelChange">Vectors of another model are replaced.</param>
internal sealed class EmbeddingStore(
    Database database,
    IReadOnlyList<StoredRepository> repositories,
    EmbeddingColumn column,
    string modelKey,
    bool allowModelChange
)
{
    /// <summary>The model of a vector that the tool has no record of: the model that the app uses.</summary>
    public const string UnrecordedModel = "OpenAI/text-embedding-3-small/384";

    private const int ItemsPerStamp = 5000;

    private readonly Guid[] repositoryIds = [.. repositories.Select(repository => repository.Id)];
    private readonly IReadOnlyDictionary<string, string> names = column.Names();

    /// <summary>Gets the type and the column of its vectors.</summary>
    public EmbeddingColumn Column => column;

    /// <summary>Counts the items by their standing. The database computes the hash of every text again.</summary>
    /// <returns>One entry for each repository that has items of this type.</returns>
    public Task<List<ItemCounts>> CountAsync(CancellationToken cancellationToken) =>
        Statement("count-items")
            .RowsAsync(
                row => new ItemCounts(
                    column.Item,
                    row.Get<Guid>("repository_id"),
                    row.Get<long>("total"),
                    row.Get<long>("missing"),
                    row.Get<long>("changed"),
                    row.Get<long>("other"),
                    row.Get<long>("unstamped"),
                    row.Get<long>("quarantined"),
                    row.Get<long>("in_batch"),
                    row.TextOrNull("other_model")
                ),
                cancellationToken
            );

    /// <summary>Returns the next items that need a vector, newest first.</summary>
    /// <param name="after">The last item of the previous page; null for the first page.</param>
    /// <param name="force">Returns also items that need no vector.</param>
    public Task<List<ListedItem>> ListAsync(
        ListedItem? after,
        bool force,
        int limit,
        CancellationToken cancellationToken
    ) =>
        Statement("list-items")
            .Set("after_id", after?.Id)
            .Set("after_at", after?.UpdatedAt)
            .Set("force", force)
            .Set("limit", limit)
            .RowsAsync(
                row => new ListedItem(row.Get<string>("id"), row.Get<DateTime>("updated_at")),
                cancellationToken
            );

    /// <summary>Returns the texts of listed items. Items that no longer need a vector, and deleted items, are left out.</summary>
    public Task<List<EmbeddingItem>> ReadAsync(
        IEnumerable<ListedItem> items,
        bool force,
        CancellationToken cancellationToken
    ) => ItemsAsync(Statement("read-items"), items, force, cancellationToken);

    /// <summary>Returns the texts of listed items, and claims each text that no other worker has claimed.</summary>
    /// <param name="worker">The name of the claim.</param>
    public Task<List<EmbeddingItem>> ClaimAsync(
        IEnumerable<ListedItem> items,
        bool force,
        string worker,
        CancellationToken cancellationToken
    ) =>
        ItemsAsync(
            Statement("claim-items")
                .Set("worker", worker)
                .Set("lease", EmbeddingClaims.LeaseTime)
                .Set("allow_model_change", allowModelChange),
            items,
            force,
            cancellationToken
        );

    /// <summary>Gives items the vector of an identical text.</summary>
    /// <returns>The ids of the items that were written.</returns>
    public Task<HashSet<string>> ReuseAsync(IReadOnlyList<EmbeddingItem> items, CancellationToken cancellationToken) =>
        WrittenAsync(
            Statement("reuse-vectors", items).Set("generated_at", [.. items.Select(item => item.GeneratedAt)]),
            cancellationToken
        );

    /// <summary>Writes the vectors of the items whose text has not changed since it was embedded.</summary>
    /// <param name="items">The items.</param>
    /// <param name="places">The index of each item's vector in <paramref name="vectors"/>.</param>
    /// <param name="vectors">The vectors, all of one length.</param>
    /// <param name="worker">The name of the claim.</param>
    /// <returns>The ids of the items that were written. The others were edited or deleted meanwhile.</returns>
    public Task<HashSet<string>> WriteAsync(
        IReadOnlyList<EmbeddingItem> items,
        int[] places,
        IReadOnlyList<float[]> vectors,
        string worker,
        CancellationToken cancellationToken
    )
    {
        var dimensions = vectors[0].Length;
        var flat = new float[vectors.Count * dimensions];
        for (var index = 0; index < vectors.Count; index++)
        {
            vectors[index].CopyTo(flat, index * dimensions);
        }

        return WrittenAsync(
            Statement("write-vectors", items)
                .Set("places", places)
                .Set("vectors", flat)
                .Set("dimensions", dimensions)
                .Set("worker", worker),
            cancellationToken
        );
    }

    /// <summary>Sets items aside until their text or the model changes.</summary>
    /// <param name="reasons">One reason per item.</param>
    /// <param name="worker">The name of the claim.</param>
    public Task QuarantineAsync(
        IReadOnlyList<EmbeddingItem> items,
        string[] reasons,
        string worker,
        CancellationToken cancellationToken
    ) =>
        Statement("quarantine-items", items)
            .Set("reasons", reasons)
            .Set("item_repositories", [.. items.Select(item => item.RepositoryId)])
            .Set("worker", worker)
            .ExecuteAsync(cancellationToken);

    /// <summary>Updates the time of each vector that belongs to its text although the item was touched later.</summary>
    /// <param name="expected">The number of such items. The method stops there, in case another program touches them all the time.</param>
    public async Task StampAsync(long expected, CancellationToken cancellationToken)
    {
        var stamped = ItemsPerStamp;
        for (var done = 0L; done < expected && stamped > 0; done += ItemsPerStamp)
        {
            stamped = await Statement("stamp-items").Set("limit", ItemsPerStamp).ExecuteAsync(cancellationToken);
        }
    }

    private Task<List<EmbeddingItem>> ItemsAsync(
        Statement statement,
        IEnumerable<ListedItem> items,
        bool force,
        CancellationToken cancellationToken
    ) =>
        statement
            .Set("ids", [.. items.Select(item => item.Id)])
            .Set("force", force)
            .RowsAsync(
                row =>
                {
                    var text = EmbeddingText.Of(
                        column.Item.Name,
                        row.Get<string>("title"),
                        row.Get<string>("body"),
                        out var isShortened
                    );
                    return new EmbeddingItem(
                        row.Get<string>("id"),
                        row.Get<Guid>("repository_id"),
                        text,
                        isShortened,
                        row.Get<string>("text_hash"),
                        row.Get<bool>("has_twin"),
                        row.GetOrNull<int>("attempts") ?? 0,
                        row.GetOrNull<DateTime>("embedding_generated_at"),
                        row.Get<bool>("in_batch")
                    );
                },
                cancellationToken
            );

    private static async Task<HashSet<string>> WrittenAsync(Statement statement, CancellationToken cancellationToken) =>
        [.. await statement.RowsAsync(row => row.Get<string>("id"), cancellationToken)];

    private Statement Statement(string name, IReadOnlyList<EmbeddingItem> items) =>
        Statement(name)
            .Set("ids", [.. items.Select(item => item.Id)])
            .Set("text_hashes", [.. items.Select(item => item.TextHash)]);

    private Statement Statement(string name) =>
        database
            .Statement($"Embedding/Store/Sql/{name}", names)
            .Set("repository_ids", repositoryIds)
            .Set("item_type", column.Item.Name)
            .Set("model_key", modelKey)
            .Set("unrecorded_model", UnrecordedModel);
}
