using Backfill.Core.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace Backfill.Core.Embedding;

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

/// <summary>The batches of one model at one server, in <c>backfill.embedding_batch</c>.</summary>
/// <param name="host">The server.</param>
/// <param name="modelKey">provider/model/dimensions.</param>
internal sealed class EmbeddingBatchTable(Database database, string host, string modelKey)
{
    /// <summary>How long a batch holds its texts: the provider's day, and one more to bring the answers in. Whatever became of it then, it will not answer any more.</summary>
    public static readonly TimeSpan HoldTime = TimeSpan.FromHours(48);

    /// <summary>Writes a batch down and makes its texts its own, before the provider is asked for it.</summary>
    /// <param name="workers">The names under which its texts were claimed.</param>
    /// <returns>False, and nothing is written down, when a claim lapsed meanwhile.</returns>
    public Task<bool> RegisterAsync(
        StoredBatch batch,
        IReadOnlyList<BatchItem> items,
        string[] workers,
        CancellationToken cancellationToken
    ) =>
        database.ReadAsync(
            async (connection, token) =>
            {
                await using var command = Command("register-batch", connection);
                command.Parameters.AddWithValue("key", batch.Key);
                command.Parameters.AddWithValue("input_file", batch.InputFile);
                command.Parameters.AddWithValue("requests", batch.Requests);
                command.Parameters.AddWithValue("tokens", batch.Tokens);
                command.Parameters.AddWithValue("forced", batch.Forced);
                command.Parameters.AddWithValue("worker", batch.Worker);
                command.Parameters.AddWithValue("workers", workers);
                command.Parameters.AddWithValue("lease", HoldTime);
                command.Parameters.AddWithValue("text_hashes", items.Select(item => item.TextHash).ToArray());
                command.Parameters.AddWithValue("item_types", items.Select(item => item.ItemType).ToArray());
                command.Parameters.AddWithValue("item_ids", items.Select(item => item.Id).ToArray());
                command.Parameters.AddWithValue("item_repositories", items.Select(item => item.RepositoryId).ToArray());
                return (long)(await command.ExecuteScalarAsync(token))! == batch.Requests;
            },
            cancellationToken
        );

    /// <summary>Keeps what the provider says of it.</summary>
    public Task NoteAsync(Guid key, OpenAIBatch batch, CancellationToken cancellationToken) =>
        ExecuteAsync(
            "note-batch",
            command =>
            {
                command.Parameters.AddWithValue("key", key);
                command.Parameters.AddWithValue("batch_id", batch.Id);
                command.Parameters.AddWithValue("state", batch.Status);
                command.Parameters.AddWithValue(
                    "expires_at",
                    NpgsqlDbType.TimestampTz,
                    (object?)batch.ExpiresAt ?? DBNull.Value
                );
            },
            cancellationToken
        );

    /// <summary>Batches that are not finished, the oldest first.</summary>
    /// <param name="ids">The provider's ids of the wanted ones; empty for all with items of the repositories.</param>
    public Task<List<StoredBatch>> ListAsync(
        IReadOnlyList<string> ids,
        IReadOnlyList<StoredRepository> repositories,
        CancellationToken cancellationToken
    ) =>
        database.ReadAsync(
            async (connection, token) =>
            {
                await using var command = Command("list-batches", connection);
                command.Parameters.AddWithValue("batch_ids", ids.ToArray());
                command.Parameters.AddWithValue(
                    "repository_ids",
                    repositories.Select(repository => repository.Id).ToArray()
                );
                await using var reader = await command.ExecuteReaderAsync(token);
                var batches = new List<StoredBatch>();
                while (await reader.ReadAsync(token))
                {
                    batches.Add(
                        new StoredBatch(
                            reader.GetGuid(0),
                            reader.Text(1),
                            reader.GetString(2),
                            reader.GetInt32(3),
                            reader.GetInt64(4),
                            reader.GetBoolean(5),
                            reader.GetDateTime(6),
                            reader.GetTimeSpan(7)
                        )
                    );
                }

                return batches;
            },
            cancellationToken
        );

    /// <summary>The items that wait for some texts of a batch.</summary>
    public Task<List<BatchItem>> ItemsAsync(Guid key, string[] textHashes, CancellationToken cancellationToken) =>
        ItemsAsync(
            "find-batch-items",
            command =>
            {
                command.Parameters.AddWithValue("key", key);
                command.Parameters.AddWithValue("text_hashes", textHashes);
            },
            cancellationToken
        );

    /// <summary>The items whose text a batch still holds.</summary>
    public Task<List<BatchItem>> LeftoversAsync(StoredBatch batch, CancellationToken cancellationToken) =>
        ItemsAsync(
            "list-batch-leftovers",
            command =>
            {
                command.Parameters.AddWithValue("key", batch.Key);
                command.Parameters.AddWithValue("worker", batch.Worker);
            },
            cancellationToken
        );

    /// <summary>Ends a batch; its row stays as a record.</summary>
    /// <param name="state">The provider's word, or ours where it has none.</param>
    public Task EndAsync(
        Guid key,
        string state,
        long charged,
        string? error,
        long? tokenLimit,
        CancellationToken cancellationToken
    ) =>
        ExecuteAsync(
            "end-batch",
            command =>
            {
                command.Parameters.AddWithValue("key", key);
                command.Parameters.AddWithValue("state", state);
                command.Parameters.AddWithValue("charged_tokens", charged);
                command.Parameters.AddWithValue("error", NpgsqlDbType.Text, (object?)error ?? DBNull.Value);
                command.Parameters.AddWithValue(
                    "token_limit",
                    NpgsqlDbType.Bigint,
                    (object?)tokenLimit ?? DBNull.Value
                );
            },
            cancellationToken
        );

    /// <summary>Tokens that may wait at the provider at once; null while nothing taught it.</summary>
    public Task<long?> LimitAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(
            async (connection, token) =>
            {
                await using var command = Command("read-batch-limit", connection);
                return (long?)await command.ExecuteScalarAsync(token);
            },
            cancellationToken
        );

    /// <summary>The ids of the batches that each repository waits for.</summary>
    public static Task<ILookup<Guid, string>> IdsAsync(
        Database database,
        IReadOnlyList<StoredRepository> repositories,
        string modelKey,
        CancellationToken cancellationToken
    ) =>
        database.ReadAsync(
            async (connection, token) =>
            {
                await using var command = new NpgsqlCommand(SqlText.Read("Embedding/list-batch-ids.sql"), connection);
                command.Parameters.AddWithValue("model_key", modelKey);
                command.Parameters.AddWithValue(
                    "repository_ids",
                    repositories.Select(repository => repository.Id).ToArray()
                );
                await using var reader = await command.ExecuteReaderAsync(token);
                var ids = new List<(Guid Repository, string Id)>();
                while (await reader.ReadAsync(token))
                {
                    ids.Add((reader.GetGuid(0), reader.GetString(1)));
                }

                return ids.ToLookup(one => one.Repository, one => one.Id);
            },
            cancellationToken
        );

    private Task<List<BatchItem>> ItemsAsync(
        string statement,
        Action<NpgsqlCommand> parameters,
        CancellationToken cancellationToken
    ) =>
        database.ReadAsync(
            async (connection, token) =>
            {
                await using var command = Command(statement, connection);
                parameters(command);
                await using var reader = await command.ExecuteReaderAsync(token);
                var items = new List<BatchItem>();
                while (await reader.ReadAsync(token))
                {
                    items.Add(
                        new BatchItem(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetGuid(3))
                    );
                }

                return items;
            },
            cancellationToken
        );

    private Task<int> ExecuteAsync(
        string statement,
        Action<NpgsqlCommand> parameters,
        CancellationToken cancellationToken
    ) =>
        database.ReadAsync(
            async (connection, token) =>
            {
                await using var command = Command(statement, connection);
                parameters(command);
                return await command.ExecuteNonQueryAsync(token);
            },
            cancellationToken
        );

    private NpgsqlCommand Command(string name, NpgsqlConnection connection)
    {
        var command = new NpgsqlCommand(SqlText.Read($"Embedding/{name}.sql"), connection);
        command.Parameters.AddWithValue("host", host);
        command.Parameters.AddWithValue("model_key", modelKey);
        return command;
    }
}
