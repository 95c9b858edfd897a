using System.Collections.Frozen;
using Npgsql;

namespace Backfill.Core.Postgres;

/// <summary>
/// The live catalogue as one look found it: the server and the login, tables with the login's rights, columns, unique keys
/// and triggers. Everything that is written adapts to it.
/// </summary>
internal sealed class Catalogue
{
    private static readonly string[] Statements =
    [
        "catalogue-server",
        "catalogue-tables",
        "catalogue-columns",
        "catalogue-keys",
        "catalogue-triggers",
    ];

    private readonly FrozenDictionary<string, CatalogueTable> tables;
    private readonly FrozenDictionary<string, FrozenDictionary<string, CatalogueColumn>> columns;
    private readonly FrozenSet<(string Table, string Columns)> keys;

    private Catalogue(
        CatalogueServer server,
        IEnumerable<CatalogueTable> tables,
        IEnumerable<(string Table, CatalogueColumn Column)> columns,
        IEnumerable<(string Table, string Columns)> keys,
        IReadOnlyList<CatalogueTrigger> triggers
    )
    {
        Server = server;
        Triggers = triggers;
        this.keys = keys.ToFrozenSet();
        this.tables = tables.ToFrozenDictionary(table => table.Name, StringComparer.Ordinal);
        this.columns = columns
            .GroupBy(row => row.Table, StringComparer.Ordinal)
            .ToFrozenDictionary(
                group => group.Key,
                group => group.ToFrozenDictionary(row => row.Column.Name, row => row.Column, StringComparer.Ordinal),
                StringComparer.Ordinal
            );
    }

    /// <summary>The server, and who is logged in there.</summary>
    public CatalogueServer Server { get; }

    /// <summary>Triggers of the content tables, those of constraints left out, by table and name.</summary>
    public IReadOnlyList<CatalogueTrigger> Triggers { get; }

    /// <summary>True when a table or view of this name is visible; tables of the tool's own schema are <c>backfill.name</c>.</summary>
    public bool HasTable(string table) => columns.ContainsKey(table);

    /// <summary>The table or view, or null where there is none.</summary>
    public CatalogueTable? Table(string table) => tables.GetValueOrDefault(table);

    /// <summary>True when the table has a unique key over exactly these columns, in this order.</summary>
    public bool HasKey(string table, params IEnumerable<string> keyColumns) =>
        keys.Contains((table, string.Join(',', keyColumns)));

    /// <summary>The tables of the tool's own schema.</summary>
    public IEnumerable<CatalogueTable> OwnTables =>
        tables
            .Values.Where(table => table.Name.StartsWith("backfill.", StringComparison.Ordinal))
            .OrderBy(table => table.Name, StringComparer.Ordinal);

    /// <summary>True when the table has the column.</summary>
    public bool HasColumn(string table, string column) => Column(table, column) is not null;

    /// <summary>The column, or null when the table or the column is missing.</summary>
    public CatalogueColumn? Column(string table, string column) => Columns(table).GetValueOrDefault(column);

    /// <summary>The columns of a table by name; empty when there is none.</summary>
    public IReadOnlyDictionary<string, CatalogueColumn> Columns(string table) =>
        columns.GetValueOrDefault(table) ?? FrozenDictionary<string, CatalogueColumn>.Empty;

    /// <summary>Looks once, in one round trip.</summary>
    public static async Task<Catalogue> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var statement in Statements)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(SqlText.Read($"Postgres/{statement}.sql")));
        }

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var first = new Row(reader);
        var server = new CatalogueServer(
            first.Get<string>("version"),
            first.Get<string>("database"),
            first.Get<string>("role"),
            first.TextOrNull("schema"),
            first.Get<bool>("vector_available"),
            first.Get<bool>("vector_installed"),
            first.Get<bool>("may_create_schema"),
            first.Get<bool>("may_use_backfill"),
            first.Get<string>("encoding"),
            first.Get<bool>("is_read_only")
        );
        var foundTables = await ListAsync(
            reader,
            row => new CatalogueTable(
                row.Get<string>("table_name"),
                row.Get<string>("kind")[0],
                row.Get<bool>("hides_rows"),
                row.Get<string>("rights").Split(' ', StringSplitOptions.RemoveEmptyEntries),
                row.Get<bool>("has_policies")
            ),
            cancellationToken
        );
        var foundColumns = await ListAsync(
            reader,
            row =>
                (
                    row.Get<string>("table_name"),
                    new CatalogueColumn(
                        row.Get<string>("column_name"),
                        row.Get<string>("column_type"),
                        row.Get<bool>("not_null"),
                        row.Get<bool>("has_default")
                    )
                ),
            cancellationToken
        );
        var foundKeys = await ListAsync(
            reader,
            row => (row.Get<string>("table_name"), row.Get<string>("key_columns")),
            cancellationToken
        );
        var foundTriggers = await ListAsync(
            reader,
            row => new CatalogueTrigger(
                row.Get<string>("table_name"),
                row.Get<string>("trigger_name"),
                row.Get<string>("events"),
                row.Get<string>("function_name"),
                row.TextOrNull("missing_right")
            ),
            cancellationToken
        );
        return new Catalogue(server, foundTables, foundColumns, foundKeys, foundTriggers);
    }

    private static async Task<List<T>> ListAsync<T>(
        NpgsqlDataReader reader,
        Func<Row, T> read,
        CancellationToken cancellationToken
    )
    {
        await reader.NextResultAsync(cancellationToken);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(read(new Row(reader)));
        }

        return rows;
    }
}

/// <summary>The server and the login.</summary>
/// <param name="Version">Of PostgreSQL, for example <c>15.18</c>.</param>
/// <param name="Database">The database's name.</param>
/// <param name="Role">Whose rights count.</param>
/// <param name="Schema">Where a table without a schema name would be created; null is nowhere.</param>
/// <param name="VectorAvailable">pgvector could be installed.</param>
/// <param name="VectorInstalled">pgvector is installed.</param>
/// <param name="MayCreateSchema">The login may create a schema.</param>
/// <param name="MayUseBackfill">The schema <c>backfill</c> is there and the login may use it.</param>
/// <param name="Encoding">In which the database stores text, for example <c>UTF8</c>.</param>
/// <param name="IsReadOnly">The server is a standby, or transactions of this login are read-only.</param>
internal sealed record CatalogueServer(
    string Version,
    string Database,
    string Role,
    string? Schema,
    bool VectorAvailable,
    bool VectorInstalled,
    bool MayCreateSchema,
    bool MayUseBackfill,
    string Encoding,
    bool IsReadOnly
)
{
    /// <summary>Gets whether the database stores text as UTF8, which holds every character.</summary>
    public bool IsUnicode => Encoding == "UTF8";

    /// <summary>What of the database itself keeps it from holding GitHub's texts: its encoding, or that it takes no writes.</summary>
    public IEnumerable<string> Unsuitable
    {
        get
        {
            if (!IsUnicode)
            {
                yield return $"the encoding {Encoding} instead of UTF8";
            }

            if (IsReadOnly)
            {
                yield return "a database that is read-only";
            }
        }
    }
}

/// <summary>A table or view.</summary>
/// <param name="Name">Its name, with its schema where that is <c>backfill</c>.</param>
/// <param name="Kind"><c>pg_class.relkind</c>.</param>
/// <param name="RowsHidden">Row-level security applies to the login: it may see and write fewer rows than there are, without an error.</param>
/// <param name="Rights"><c>SELECT</c>, <c>INSERT</c>, <c>UPDATE</c>, <c>DELETE</c>: those that the login has on the whole table.</param>
/// <param name="RowSecurity">The table has row-level security at all.</param>
internal sealed record CatalogueTable(
    string Name,
    char Kind,
    bool RowsHidden,
    IReadOnlyList<string> Rights,
    bool RowSecurity
);

/// <summary>One column as <c>pg_attribute</c> has it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type as <c>format_type</c> writes it, for example <c>vector(384)</c> or <c>real[]</c>.</param>
/// <param name="NotNull">True when it refuses null.</param>
/// <param name="HasDefault">True when the database fills it where nothing is sent.</param>
internal sealed record CatalogueColumn(string Name, string Type, bool NotNull, bool HasDefault)
{
    /// <summary>True when a row cannot be inserted without a value for it.</summary>
    public bool Demanded => NotNull && !HasDefault;
}

/// <summary>A trigger.</summary>
/// <param name="Table">Where.</param>
/// <param name="Name">Its name.</param>
/// <param name="When">As DDL writes it, for example <c>BEFORE UPDATE</c>.</param>
/// <param name="Function">What it calls.</param>
/// <param name="MissingRight">What the login lacks to fire it; null when nothing.</param>
internal sealed record CatalogueTrigger(string Table, string Name, string When, string Function, string? MissingRight);
