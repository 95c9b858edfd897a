using Backfill.Core.Postgres;

namespace Backfill.Core.Embedding.Store;

/// <summary>
/// The indexes over vectors (ivfflat, hnsw) during a big backfill. With <see cref="EmbeddingRequest.RebuildIndex"/> they are
/// written down and dropped, and built again at the end without keeping writers out; what a run that was ended left dropped
/// is built by the next one. Without it nothing is dropped, and an ivfflat index that was built over nothing is told of.
/// </summary>
internal sealed class EmbeddingIndexes
{
    // From about here on building anew is quicker than adding row by row.
    private const double LargeShare = 0.2;

    // An index over a big table takes its time.
    private const int NoLimit = 0;

    private const string DropIndex = "Embedding/Store/Sql/drop-index";

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
            // An interrupted build leaves an invalid index of this name.
            await database.Statement(DropIndex, Names("index", name)).Within(NoLimit).ExecuteAsync(cancellationToken);
            await database.OutsideTransactionAsync(
                (connection, token) => new Statement(definition, connection).Within(NoLimit).ExecuteAsync(token),
                cancellationToken
            );
            await database
                .Statement("Embedding/Store/Sql/forget-index")
                .Set("name", name)
                .ExecuteAsync(cancellationToken);
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
                await connection
                    .Statement("Embedding/Store/Sql/remember-index")
                    .Set("name", index.Name)
                    .Set("definition", index.Definition)
                    .ExecuteAsync(token);
                return await connection.Statement(DropIndex, Names("index", index.Name)).ExecuteAsync(token);
            },
            cancellationToken
        );

    private Task<List<(string Name, string Definition)>> DroppedAsync(CancellationToken cancellationToken) =>
        database
            .Statement("Embedding/Store/Sql/list-dropped-indexes")
            .RowsAsync(row => (row.Get<string>("name"), row.Get<string>("definition")), cancellationToken);

    private static Task<List<VectorIndex>> ListAsync(
        Database database,
        IReadOnlyCollection<EmbeddingColumn> columns,
        CancellationToken cancellationToken
    ) =>
        database
            .Statement("Embedding/Store/Sql/list-indexes")
            .Set("tables", [.. columns.Select(column => column.Item.Table)])
            .RowsAsync(
                row => new VectorIndex(
                    row.Get<string>("name"),
                    row.Get<string>("method"),
                    row.Get<string>("definition"),
                    row.Get<string>("table_name")
                ),
                cancellationToken
            );

    private static Task<bool> HasVectorsAsync(Database database, string table, CancellationToken cancellationToken) =>
        database
            .Statement("Embedding/Store/Sql/has-vectors", Names("table", table))
            .ValueAsync<bool>(cancellationToken);

    // The catalogue quotes the name of an index where that is necessary.
    private static Dictionary<string, string> Names(string name, string value) =>
        new(StringComparer.Ordinal) { [name] = value };

    private sealed record VectorIndex(string Name, string Method, string Definition, string Table);
}
