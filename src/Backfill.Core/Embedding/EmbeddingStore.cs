using System.Collections.Concurrent;
using Backfill.Core.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace Backfill.Core.Embedding;

/// <summary>Where the items of one type stand.</summary>
/// <param name="Total">Items of the repository.</param>
/// <param name="Missing">Items that need a vector.</param>
/// <param name="Unstamped">Items whose vector belongs to their text, though the time beside it says that it may not.</param>
/// <param name="Quarantined">Items whose text the provider refused.</param>
/// <param name="OtherModel">A model that made vectors here and is not the wanted one; null when there is none.</param>
internal sealed record ItemCounts(long Total, long Missing, long Unstamped, long Quarantined, string? OtherModel);

/// <summary>An item in the order of the work.</summary>
internal sealed record ListedItem(string Id, DateTime UpdatedAt);

/// <summary>An item with its text as it was read.</summary>
/// <param name="Id">Its id as text.</param>
/// <param name="Text">What is embedded.</param>
/// <param name="TextHash">Of title and body, made by the database in the same read; compared again when the vector is written.</param>
/// <param name="HasTwin">True when an item with this very text has a vector of the wanted model.</param>
internal sealed record EmbeddingItem(string Id, string Text, string TextHash, bool HasTwin);

/// <summary>What an embedding backfill reads and writes of one type of items of one repository. Every write is one statement that commits by itself.</summary>
/// <param name="database">The database.</param>
/// <param name="repository">The repository.</param>
/// <param name="column">The type and the column of its vectors.</param>
/// <param name="modelKey">provider/model/dimensions of the wanted vectors.</param>
internal sealed class EmbeddingStore(
    Database database,
    StoredRepository repository,
    EmbeddingColumn column,
    string modelKey
)
{
    /// <summary>The model that made a vector of which the tool has no record: the one that the app uses.</summary>
    public const string UnrecordedModel = "OpenAI/text-embedding-3-small/384";

    private const int ItemsAStamp = 5000;

    private static readonly ConcurrentDictionary<(string Path, EmbeddingColumn Column), string> Statements = new();

    /// <summary>The type and the column of its vectors.</summary>
    public EmbeddingColumn Column => column;

    /// <summary>Counts the items by where they stand; the hash of every text is made anew.</summary>
    public Task<ItemCounts> CountAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(
            async (connection, token) =>
            {
                await using var command = Command("count-items", connection);
                await using var reader = await command.ExecuteReaderAsync(token);
                await reader.ReadAsync(token);
                return new ItemCounts(
                    reader.GetInt64(0),
                    reader.GetInt64(1),
                    reader.GetInt64(2),
                    reader.GetInt64(3),
                    await reader.IsDBNullAsync(4, token) ? null : reader.GetString(4)
                );
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
    ) =>
        database.ReadAsync(
            async (connection, token) =>
            {
                await using var command = Command("read-items", connection);
                command.Parameters.AddWithValue("ids", items.Select(item => item.Id).ToArray());
                command.Parameters.AddWithValue("force", force);
                await using var reader = await command.ExecuteReaderAsync(token);
                var read = new List<EmbeddingItem>();
                while (await reader.ReadAsync(token))
                {
                    read.Add(
                        new EmbeddingItem(
                            reader.GetString(0),
                            EmbeddingText.Of(column.Item.Name, reader.GetString(1), reader.GetString(2)),
                            reader.GetString(3),
                            reader.GetBoolean(4)
                        )
                    );
                }

                return read;
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
                return command;
            },
            cancellationToken
        );

    /// <summary>Writes the vectors of items whose text is still the embedded one.</summary>
    /// <param name="items">The items.</param>
    /// <param name="places">For every item which vector it gets.</param>
    /// <param name="vectors">All of one length.</param>
    /// <returns>The ids that were written; the others were edited or deleted meanwhile.</returns>
    public Task<HashSet<string>> WriteAsync(
        IReadOnlyList<EmbeddingItem> items,
        int[] places,
        IReadOnlyList<float[]> vectors,
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
                return command;
            },
            cancellationToken
        );
    }

    /// <summary>Sets items aside until their text or the model is another.</summary>
    /// <param name="reasons">One an item.</param>
    public Task QuarantineAsync(
        IReadOnlyList<EmbeddingItem> items,
        string[] reasons,
        CancellationToken cancellationToken
    ) =>
        database.ReadAsync(
            async (connection, token) =>
            {
                await using var command = Command("quarantine-items", connection);
                AddItems(command, items);
                command.Parameters.AddWithValue("reasons", reasons);
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
        command.Parameters.AddWithValue("repository_id", repository.Id);
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
            .Replace(":embedding_type", column.SqlType, StringComparison.Ordinal)
            .Replace(":id_type", column.Item.IdType, StringComparison.Ordinal)
            .Replace(":table", column.Item.Table, StringComparison.Ordinal);
}
