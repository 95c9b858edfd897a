using Backfill.Core.Embedding.Providers;
using Backfill.Core.Postgres;

namespace Backfill.Core.Embedding.BatchApi;

/// <summary>A batch that is not finished, as the database keeps it.</summary>
/// <param name="Key">Ours, in the batch's metadata too.</param>
/// <param name="Id">The provider's; null while its answer to the creation is not stored.</param>
/// <param name="InputFile">The provider's id of the requests.</param>
/// <param name="Requests">Texts.</param>
/// <param name="Tokens">Tokens of the texts.</param>
/// <param name="Forced">Items whose vector was fresh are in it too.</param>
/// <param name="SubmittedAt">By the database's clock.</param>
/// <param name="Age">Since then, by the database's clock.</param>
internal sealed record StoredBatch(
    Guid Key,
    string? Id,
    string InputFile,
    int Requests,
    long Tokens,
    bool Forced,
    DateTime SubmittedAt,
    TimeSpan Age
)
{
    /// <summary>The name under which it holds its texts in <c>backfill.embedding_claim</c>.</summary>
    public string Worker => $"batch:{Key}";

    /// <summary>For people.</summary>
    public string Name => Id ?? $"{Key} (not known to be made)";
}

/// <summary>An item that waits for a text of a batch.</summary>
internal sealed record BatchItem(string TextHash, string ItemType, string Id, Guid RepositoryId);

/// <summary>What the row of a finished batch records.</summary>
/// <param name="State">The provider's status, or the tool's where the provider has none.</param>
/// <param name="ChargedTokens">The tokens that the provider charged.</param>
/// <param name="Error">Why the batch failed; null when it did not.</param>
/// <param name="TokenLimit">The number of tokens that may wait at once, where the batch was refused for more.</param>
internal sealed record BatchEnd(string State, long ChargedTokens = 0, string? Error = null, long? TokenLimit = null);

/// <summary>The batches of one model at one server, in <c>backfill.embedding_batch</c>.</summary>
/// <param name="host">The server.</param>
/// <param name="modelKey">provider/model/dimensions.</param>
internal sealed class BatchApiTable(Database database, string host, string modelKey)
{
    /// <summary>How long a batch holds its texts: the provider's day, and one more to bring the answers in. Whatever became of it then, it will not answer any more.</summary>
    public static readonly TimeSpan HoldTime = TimeSpan.FromHours(48);

    /// <summary>Writes a batch down and makes its texts its own, before the provider is asked for it.</summary>
    /// <param name="workers">The names under which its texts were claimed.</param>
    /// <returns>False, and nothing is written down, when a claim lapsed meanwhile.</returns>
    public async Task<bool> RegisterAsync(
        StoredBatch batch,
        IReadOnlyList<BatchItem> items,
        string[] workers,
        CancellationToken cancellationToken
    ) =>
        await Statement("register-batch")
            .Set("key", batch.Key)
            .Set("input_file", batch.InputFile)
            .Set("requests", batch.Requests)
            .Set("tokens", batch.Tokens)
            .Set("forced", batch.Forced)
            .Set("worker", batch.Worker)
            .Set("workers", workers)
            .Set("lease", HoldTime)
            .Set("text_hashes", [.. items.Select(item => item.TextHash)])
            .Set("item_types", [.. items.Select(item => item.ItemType)])
            .Set("item_ids", [.. items.Select(item => item.Id)])
            .Set("item_repositories", [.. items.Select(item => item.RepositoryId)])
            .ValueAsync<long>(cancellationToken) == batch.Requests;

    /// <summary>Records what the provider says about a batch.</summary>
    public Task NoteAsync(Guid key, OpenAIBatch batch, CancellationToken cancellationToken) =>
        Statement("note-batch")
            .Set("key", key)
            .Set("batch_id", batch.Id)
            .Set("state", batch.Status)
            .Set("expires_at", batch.ExpiresAt)
            .ExecuteAsync(cancellationToken);

    /// <summary>Returns the unfinished batches, the oldest first.</summary>
    /// <param name="ids">The provider's ids of the batches; empty for all batches with items of the repositories.</param>
    public Task<List<StoredBatch>> ListAsync(
        IReadOnlyList<string> ids,
        IReadOnlyList<StoredRepository> repositories,
        CancellationToken cancellationToken
    ) =>
        Statement("list-batches")
            .Set("batch_ids", [.. ids])
            .Set("repository_ids", [.. repositories.Select(repository => repository.Id)])
            .RowsAsync(
                row => new StoredBatch(
                    row.Get<Guid>("key"),
                    row.TextOrNull("batch_id"),
                    row.Get<string>("input_file"),
                    row.Get<int>("requests"),
                    row.Get<long>("tokens"),
                    row.Get<bool>("forced"),
                    row.Get<DateTime>("submitted_at"),
                    row.Get<TimeSpan>("age")
                ),
                cancellationToken
            );

    /// <summary>Returns the items that wait for some texts of a batch.</summary>
    public Task<List<BatchItem>> ItemsAsync(Guid key, string[] textHashes, CancellationToken cancellationToken) =>
        Statement("find-batch-items").Set("key", key).Set("text_hashes", textHashes).RowsAsync(Item, cancellationToken);

    /// <summary>Returns the items whose text a batch still holds.</summary>
    public Task<List<BatchItem>> LeftoversAsync(StoredBatch batch, CancellationToken cancellationToken) =>
        Statement("list-batch-leftovers")
            .Set("key", batch.Key)
            .Set("worker", batch.Worker)
            .RowsAsync(Item, cancellationToken);

    /// <summary>Ends a batch. Its row stays as a record.</summary>
    public Task EndAsync(Guid key, BatchEnd end, CancellationToken cancellationToken) =>
        Statement("end-batch")
            .Set("key", key)
            .Set("state", end.State)
            .Set("charged_tokens", end.ChargedTokens)
            .Set("error", end.Error)
            .Set("token_limit", end.TokenLimit)
            .ExecuteAsync(cancellationToken);

    /// <summary>Returns how many tokens may wait at the provider at once; null as long as no batch was refused for them.</summary>
    public Task<long?> LimitAsync(CancellationToken cancellationToken) =>
        Statement("read-batch-limit").ValueAsync<long?>(cancellationToken);

    /// <summary>Returns the ids of the batches that each repository waits for.</summary>
    public static async Task<ILookup<Guid, string>> IdsAsync(
        Database database,
        IReadOnlyList<StoredRepository> repositories,
        string modelKey,
        CancellationToken cancellationToken
    )
    {
        var ids = await database
            .Statement("Embedding/BatchApi/Sql/list-batch-ids")
            .Set("model_key", modelKey)
            .Set("repository_ids", [.. repositories.Select(repository => repository.Id)])
            .RowsAsync(
                row => (Repository: row.Get<Guid>("repository_id"), Id: row.Get<string>("id")),
                cancellationToken
            );
        return ids.ToLookup(one => one.Repository, one => one.Id);
    }

    private static BatchItem Item(Row row) =>
        new(
            row.Get<string>("text_hash"),
            row.Get<string>("item_type"),
            row.Get<string>("item_id"),
            row.Get<Guid>("repository_id")
        );

    private Statement Statement(string name) =>
        database.Statement($"Embedding/BatchApi/Sql/{name}").Set("host", host).Set("model_key", modelKey);
}
