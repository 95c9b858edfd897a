using Backfill.Core.Postgres;
using Npgsql;

namespace Backfill.Core.Embedding;

/// <summary>
/// The indexes over vectors (ivfflat, hnsw) during a big backfill. With <see cref="EmbeddingRequest.RebuildIndex"/> they are
/// written down and dropped, and built again at the end without keeping writers out; what a run that was ended left dropped
/// is built by the next one. Without it nothing is dropped, and an ivfflat index that was built over nothing is told of.
/// </summary>
internal sealed class EmbeddingIndexes
{
    // From about here on building anew is quicker than adding row by row.
    private const double LargeShare = 0.2;

    private readonly Database database;
    private readonly IOperationOutput output;
    private readonly TimeProvider time;
    private readonly List<VectorIndex> builtEmpty;

    private EmbeddingIndexes(
        Database database,
        IOperationOutput output,
        TimeProvider time,
        List<VectorIndex> builtEmpty
    )
    {
        this.database = database;
        this.output = output;
        this.time = time;
        this.builtEmpty = builtEmpty;
    }

    /// <summary>Looks at the indexes and drops them where that is asked for.</summary>
    /// <param name="columns">The columns that will be written.</param>
    /// <param name="share">How much of all items will be written, from 0 to 1.</param>
    public static async Task<EmbeddingIndexes> PrepareAsync(
        Database database,
        IReadOnlyCollection<EmbeddingColumn> columns,
        bool rebuild,
        double share,
        IOperationOutput output,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var found = await ListAsync(database, columns, cancellationToken);
        var indexes = new EmbeddingIndexes(database, output, time, []);
        if (rebuild)
        {
            foreach (var index in found)
            {
                await indexes.DropAsync(index, cancellationToken);
            }

            return indexes;
        }

        foreach (var index in found.Where(index => share > 0 && index.Method == "ivfflat"))
        {
            if (!await HasVectorsAsync(database, index.Table, cancellationToken))
            {
                indexes.builtEmpty.Add(index);
            }
        }

        if (share > LargeShare && found.Exists(index => index.Method == "hnsw"))
        {
            await output.WarningAsync(
                $"{string.Join(", ", found.Where(index => index.Method == "hnsw").Select(index => index.Name))} grows row by row: with -RebuildIndex it is dropped and built anew at the end, which is much quicker for so many.",
                cancellationToken
            );
        }

        return indexes;
    }

    /// <summary>Builds what is dropped, also by an earlier run, and tells of what should be built anew.</summary>
    public async Task RestoreAsync(CancellationToken cancellationToken)
    {
        foreach (var (name, definition) in await DroppedAsync(cancellationToken))
        {
            var started = time.GetTimestamp();
            // A build that was broken off leaves an index of this name that is not valid.
            await database.ReadAsync(
                (connection, token) => ExecuteAsync(connection, Statement("drop-index", name), _ => { }, token),
                cancellationToken
            );
            await database.OutsideTransactionAsync(
                (connection, token) => ExecuteAsync(connection, definition, _ => { }, token),
                cancellationToken
            );
            await database.ReadAsync(
                (connection, token) =>
                    ExecuteAsync(
                        connection,
                        SqlText.Read("Embedding/forget-index.sql"),
                        command => command.Parameters.AddWithValue("name", name),
                        token
                    ),
                cancellationToken
            );
            await output.WarningAsync(
                FormattableString.Invariant(
                    $"The index {name} is built again, in {time.GetElapsedTime(started).TotalSeconds:0.0} s; while it was gone no row had to be added to it."
                ),
                cancellationToken
            );
        }

        if (builtEmpty.Count > 0)
        {
            await output.WarningAsync(
                $"{string.Join(", ", builtEmpty.Select(index => index.Name))} was built while its table held no vector, so that searches through it miss most neighbours. Build it anew: Invoke-EmbeddingBackfill -RebuildIndex -Force, or REINDEX INDEX CONCURRENTLY.",
                cancellationToken
            );
        }
    }

    /// <summary>Tells which indexes are missing until the next run, after one that was stopped.</summary>
    public async Task TellDroppedAsync()
    {
        foreach (var (name, _) in await DroppedAsync(CancellationToken.None))
        {
            await output.WarningAsync(
                $"The index {name} is dropped. The next Invoke-EmbeddingBackfill builds it again.",
                CancellationToken.None
            );
        }
    }

    private Task<int> DropAsync(VectorIndex index, CancellationToken cancellationToken) =>
        database.TransactionAsync(
            async (connection, token) =>
            {
                await using (var remember = new NpgsqlCommand(SqlText.Read("Embedding/remember-index.sql"), connection))
                {
                    remember.Parameters.AddWithValue("name", index.Name);
                    remember.Parameters.AddWithValue("definition", index.Definition);
                    await remember.ExecuteNonQueryAsync(token);
                }

                await using var drop = new NpgsqlCommand(Statement("drop-index", index.Name), connection);
                return await drop.ExecuteNonQueryAsync(token);
            },
            cancellationToken
        );

    private Task<List<(string Name, string Definition)>> DroppedAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(
            async (connection, token) =>
            {
                await using var command = new NpgsqlCommand(
                    SqlText.Read("Embedding/list-dropped-indexes.sql"),
                    connection
                );
                await using var reader = await command.ExecuteReaderAsync(token);
                var rows = new List<(string, string)>();
                while (await reader.ReadAsync(token))
                {
                    rows.Add((reader.GetString(0), reader.GetString(1)));
                }

                return rows;
            },
            cancellationToken
        );

    private static async Task<int> ExecuteAsync(
        NpgsqlConnection connection,
        string statement,
        Action<NpgsqlCommand> parameters,
        CancellationToken cancellationToken
    )
    {
        // An index over a big table takes its time.
        await using var command = new NpgsqlCommand(statement, connection) { CommandTimeout = 0 };
        parameters(command);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static Task<List<VectorIndex>> ListAsync(
        Database database,
        IReadOnlyCollection<EmbeddingColumn> columns,
        CancellationToken cancellationToken
    ) =>
        database.ReadAsync(
            async (connection, token) =>
            {
                await using var command = new NpgsqlCommand(SqlText.Read("Embedding/list-indexes.sql"), connection);
                command.Parameters.AddWithValue("tables", columns.Select(column => column.Item.Table).ToArray());
                await using var reader = await command.ExecuteReaderAsync(token);
                var rows = new List<VectorIndex>();
                while (await reader.ReadAsync(token))
                {
                    rows.Add(
                        new VectorIndex(
                            reader.GetString(0),
                            reader.GetString(1),
                            reader.GetString(2),
                            reader.GetString(3)
                        )
                    );
                }

                return rows;
            },
            cancellationToken
        );

    private static Task<bool> HasVectorsAsync(Database database, string table, CancellationToken cancellationToken) =>
        database.ReadAsync(
            async (connection, token) =>
            {
                await using var command = new NpgsqlCommand(
                    SqlText.Read("Embedding/has-vectors.sql").Replace(":table", table, StringComparison.Ordinal),
                    connection
                );
                return (bool)(await command.ExecuteScalarAsync(token))!;
            },
            cancellationToken
        );

    // The name comes from the catalogue, quoted where it has to be.
    private static string Statement(string file, string index) =>
        SqlText.Read($"Embedding/{file}.sql").Replace(":index", index, StringComparison.Ordinal);

    private sealed record VectorIndex(string Name, string Method, string Definition, string Table);
}
