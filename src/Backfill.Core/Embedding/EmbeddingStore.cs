using System.Collections.Concurrent;
using Backfill.Core.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace Backfill.Core.Embedding;

/// <summary>Where the items of one type stand in one repository.</summary>
/// <param name="Item">The type.</param>
/// <param name="RepositoryId">The repository.</param>
/// <param name="Total">All items.</param>
/// <param name="Missing">Items without a vector.</param>
/// <param name="Changed">Items with the vector of another text.</param>
/// <param name="Other">Items with the vector of another model.</param>
/// <param name="Unstamped">Items whose vector belongs to their text, though the time beside it says that it may not.</param>
/// <param name="Quarantined">Items whose text the provider refused.</param>
/// <param name="InBatch">Of the items that need a vector, those whose text is in a batch at the provider.</param>
/// <param name="OtherModel">A model that made vectors here and is not the wanted one; null when there is none.</param>
internal sealed record ItemCounts(
    ItemType Item,
    Guid RepositoryId,
    long Total,
    long Missing,
    long Changed,
    long Other,
    long Unstamped,
    long Quarantined,
    long InBatch,
    string? OtherModel
)
{
    /// <summary>Items that need a vector.</summary>
    public long Wanting => Missing + Changed + Other;
}

/// <summary>An item in the order of the work.</summary>
/// <param name="Tries">How often it was edited while it was embedded.</param>
/// <param name="Alone">To be embedded in a request of its own, since requests with it ended processes.</param>
internal sealed record ListedItem(string Id, DateTime UpdatedAt, int Tries = 0, bool Alone = false);

/// <summary>An item with its text as it was read.</summary>
/// <param name="Id">Its id as text.</param>
/// <param name="RepositoryId">Its repository.</param>
/// <param name="Text">What is embedded.</param>
/// <param name="IsShortened">True when that is only the beginning of its text.</param>
/// <param name="TextHash">Of title and body, made by the database in the same read; compared again when the vector is written.</param>
/// <param name="HasTwin">True when an item with this very text has a vector of the wanted model.</param>
/// <param name="Attempts">How often its text was taken, this time included; 0 where another worker has it.</param>
/// <param name="GeneratedAt">When its present vector was written.</param>
/// <param name="InBatch">True when its text is in a batch at the provider.</param>
internal sealed record EmbeddingItem(
    string Id,
    Guid RepositoryId,
    string Text,
    bool IsShortened,
    string TextHash,
    bool HasTwin,
    int Attempts,
    DateTime? GeneratedAt,
    bool InBatch
);

/// <summary>What an embedding backfill reads and writes of one type of items of some repositories. Every write is one statement that commits by itself.</summary>
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
    /// <summary>The model that made a vector of which the tool has no record: the one that the app uses.</summary>
    public const string UnrecordedModel = "OpenAI/text-embedding-3-small/384";

    private const int ItemsAStamp = 5000;

    private static readonly ConcurrentDictionary<(string Path, EmbeddingColumn Column), string> Statements = new();

    private readonly Guid[] repositoryIds = [.. repositories.Select(repository => repository.Id)];

    /// <summary>The type and the column of its vectors.</summary>
    public EmbeddingColumn Column => column;

    /// <summary>Counts the items by where they stand; the hash of every text is made anew.</summary>
    /// <returns>One entry for each repository that has items of this type.</returns>
    public Task<List<ItemCounts>> CountAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(
            async (connection, token) =>
            {
                await using var command = Command("count-items", connection);
                await using var reader = await command.ExecuteReaderAsync(token);
                var counts = new List<ItemCounts>();
                while (await reader.ReadAsync(token))
                {
                    counts.Add(
                        new ItemCounts(
                            column.Item,
                            reader.GetGuid(0),
                            reader.GetInt64(1),
                            reader.GetInt64(2),
                            reader.GetInt64(3),
                            reader.GetInt64(4),
                            reader.GetInt64(5),
                            reader.GetInt64(6),
                            reader.GetInt64(7),
                            reader.Text(8)
                        )
                    );
                }

                return counts;
            },
            cancellationToken
        );

    /// <summary>The next items that need a vector, newest first.</summary>
    /// <param name="after">The last item of the page before; null for the first page.</param>
    /// <param name="force">Also items that need none.</param>
    public Task<List<ListedItem>> ListAsync(
        ListedItem? after,
        bool force,
        int limit,
        CancellationToken cancellationToken
    ) =>
        database.ReadAsync(
            async (connection, token) =>
            {
                await using var command = Command("list-items", connection);
                command.Parameters.AddWithValue("after_id", NpgsqlDbType.Text, (object?)after?.Id ?? DBNull.Value);
                command.Parameters.AddWithValue(
                    "after_at",
                    NpgsqlDbType.TimestampTz,
                    (object?)after?.UpdatedAt ?? DBNull.Value
                );
                command.Parameters.AddWithValue("force", force);
                command.Parameters.AddWithValue("limit", limit);
                await using var reader = await command.ExecuteReaderAsync(token);
                var page = new List<ListedItem>();
                while (await reader.ReadAsync(token))
                {
                    page.Add(new ListedItem(reader.GetString(0), reader.GetDateTime(1)));
                }

                return page;
            },
            cancellationToken
        );

    /// <summary>The texts of listed items; those that need no vector any more, or are gone, are left out.</summary>
    public Task<List<EmbeddingItem>> ReadAsync(
        IEnumerable<ListedItem> items,
        bool force,
        CancellationToken cancellationToken
    ) => ItemsAsync("read-items", items, force, _ => { }, cancellationToken);

    /// <summary>The same, and the right to embed each text that no other worker has.</summary>
    /// <param name="worker">Who takes them.</param>
    public Task<List<EmbeddingItem>> ClaimAsync(
        IEnumerable<ListedItem> items,
        bool force,
        string worker,
        CancellationToken cancellationToken
    ) =>
        ItemsAsync(
            "claim-items",
            items,
            force,
            command =>
            {
                command.Parameters.AddWithValue("worker", worker);
                command.Parameters.AddWithValue("lease", EmbeddingClaims.LeaseTime);
                command.Parameters.AddWithValue("allow_model_change", allowModelChange);
            },
            cancellationToken
        );

    /// <summary>Gives items the vector of an identical text.</summary>
    /// <returns>The ids that were written.</returns>
    public Task<HashSet<string>> ReuseAsync(IReadOnlyList<EmbeddingItem> items, CancellationToken cancellationToken) =>
        WrittenAsync(
            connection =>
            {
                var command = Command("reuse-vectors", connection);
                AddItems(command, items);
                command.Parameters.AddWithValue(
                    "generated_at",
                    NpgsqlDbType.Array | NpgsqlDbType.TimestampTz,
                    items.Select(item => item.GeneratedAt).ToArray()
                );
                return command;
            },
            cancellationToken
        );

    /// <summary>Writes the vectors of items whose text is still the embedded one.</summary>
    /// <param name="items">The items.</param>
    /// <param name="places">For every item which vector it gets.</param>
    /// <param name="vectors">All of one length.</param>
    /// <param name="worker">Who claimed the texts.</param>
    /// <returns>The ids that were written; the others were edited or deleted meanwhile.</returns>
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
            connection =>
            {
                var command = Command("write-vectors", connection);
                AddItems(command, items);
                command.Parameters.AddWithValue("places", places);
                command.Parameters.AddWithValue("vectors", flat);
                command.Parameters.AddWithValue("dimensions", dimensions);
                command.Parameters.AddWithValue("worker", worker);
                return command;
            },
            cancellationToken
        );
    }

    /// <summary>Sets items aside until their text or the model is another.</summary>
    /// <param name="reasons">One an item.</param>
    /// <param name="worker">Who claimed the texts.</param>
    public Task QuarantineAsync(
        IReadOnlyList<EmbeddingItem> items,
        string[] reasons,
        string worker,
        CancellationToken cancellationToken
    ) =>
        database.ReadAsync(
            async (connection, token) =>
            {
                await using var command = Command("quarantine-items", connection);
                AddItems(command, items);
                command.Parameters.AddWithValue("reasons", reasons);
                command.Parameters.AddWithValue("item_repositories", items.Select(item => item.RepositoryId).ToArray());
                command.Parameters.AddWithValue("worker", worker);
                return await command.ExecuteNonQueryAsync(token);
            },
            cancellationToken
        );

    /// <summary>Brings up the times of vectors that belong to their text though the item was touched later.</summary>
    /// <param name="expected">How many there are: the most that is done, should somebody else touch them all the time.</param>
    public async Task StampAsync(long expected, CancellationToken cancellationToken)
    {
        for (var done = 0L; done < expected; done += ItemsAStamp)
        {
            var stamped = await database.ReadAsync(
                async (connection, token) =>
                {
                    await using var command = Command("stamp-items", connection);
                    command.Parameters.AddWithValue("limit", ItemsAStamp);
                    return await command.ExecuteNonQueryAsync(token);
                },
                cancellationToken
            );
            if (stamped == 0)
            {
                return;
            }
        }
    }

    private static void AddItems(NpgsqlCommand command, IReadOnlyList<EmbeddingItem> items)
    {
        command.Parameters.AddWithValue("ids", items.Select(item => item.Id).ToArray());
        command.Parameters.AddWithValue("text_hashes", items.Select(item => item.TextHash).ToArray());
    }

    private Task<List<EmbeddingItem>> ItemsAsync(
        string statement,
        IEnumerable<ListedItem> items,
        bool force,
        Action<NpgsqlCommand> parameters,
        CancellationToken cancellationToken
    ) =>
        database.ReadAsync(
            async (connection, token) =>
            {
                await using var command = Command(statement, connection);
                command.Parameters.AddWithValue("ids", items.Select(item => item.Id).ToArray());
                command.Parameters.AddWithValue("force", force);
                parameters(command);
                await using var reader = await command.ExecuteReaderAsync(token);
                var read = new List<EmbeddingItem>();
                while (await reader.ReadAsync(token))
                {
                    var text = EmbeddingText.Of(
                        column.Item.Name,
                        reader.GetString(2),
                        reader.GetString(3),
                        out var isShortened
                    );
                    read.Add(
                        new EmbeddingItem(
                            reader.GetString(0),
                            reader.GetGuid(1),
                            text,
                            isShortened,
                            reader.GetString(4),
                            reader.GetBoolean(5),
                            await reader.IsDBNullAsync(6, token) ? 0 : reader.GetInt32(6),
                            await reader.IsDBNullAsync(7, token) ? null : reader.GetDateTime(7),
                            reader.GetBoolean(8)
                        )
                    );
                }

                return read;
            },
            cancellationToken
        );

    private Task<HashSet<string>> WrittenAsync(
        Func<NpgsqlConnection, NpgsqlCommand> create,
        CancellationToken cancellationToken
    ) =>
        database.ReadAsync(
            async (connection, token) =>
            {
                await using var command = create(connection);
                await using var reader = await command.ExecuteReaderAsync(token);
                var written = new HashSet<string>(StringComparer.Ordinal);
                while (await reader.ReadAsync(token))
                {
                    written.Add(reader.GetString(0));
                }

                return written;
            },
            cancellationToken
        );

    private NpgsqlCommand Command(string name, NpgsqlConnection connection)
    {
        var command = new NpgsqlCommand(
            Statements.GetOrAdd((name, column), static key => Statement(key.Path, key.Column)),
            connection
        );
        command.Parameters.AddWithValue("repository_ids", repositoryIds);
        command.Parameters.AddWithValue("item_type", column.Item.Name);
        command.Parameters.AddWithValue("model_key", modelKey);
        command.Parameters.AddWithValue("unrecorded_model", UnrecordedModel);
        return command;
    }

    // One text a statement for the three tables. The names are constants of this room and a type from the catalogue.
    private static string Statement(string name, EmbeddingColumn column) =>
        SqlText
            .Read($"Embedding/{name}.sql")
            .Replace(":standing", SqlText.Read("Embedding/item-standing.sql").TrimEnd(), StringComparison.Ordinal)
            .Replace(":text_hash", SqlText.Read("Embedding/item-text-hash.sql").TrimEnd(), StringComparison.Ordinal)
            .Replace(
                ":content_hash",
                SqlText.Read("Embedding/item-content-hash.sql").TrimEnd(),
                StringComparison.Ordinal
            )
            .Replace(
                ":cached",
                column.IsCached ? SqlText.Read("Embedding/cache-vectors.sql").TrimEnd() : "",
                StringComparison.Ordinal
            )
            .Replace(":embedding_type", column.SqlType, StringComparison.Ordinal)
            .Replace(":id_type", column.Item.IdType, StringComparison.Ordinal)
            .Replace(":table", column.Item.Table, StringComparison.Ordinal);
}
