using System.Collections.Frozen;
using Npgsql;

namespace Backfill.Core.Postgres;

/// <summary>
/// The catalogue of the database at one moment: the server and the login, tables with the login's rights, columns, unique
/// keys and triggers. The statements adapt to it.
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

    /// <summary>Gets the server and the login.</summary>
    public CatalogueServer Server { get; }

    /// <summary>Gets the triggers of the content tables by table and name, without the triggers of constraints.</summary>
    public IReadOnlyList<CatalogueTrigger> Triggers { get; }

    /// <summary>Returns true when a table or view of this name is visible. Tables of the tool's own schema are <c>backfill.name</c>.</summary>
    public bool HasTable(string table) => columns.ContainsKey(table);

    /// <summary>Returns the table or view; null where there is none.</summary>
    public CatalogueTable? Table(string table) => tables.GetValueOrDefault(table);

    /// <summary>Returns true when the table has a unique key over exactly these columns, in this order.</summary>
    public bool HasKey(string table, params IEnumerable<string> keyColumns) =>
        keys.Contains((table, string.Join(',', keyColumns)));

    /// <summary>Gets the tables of the tool's own schema.</summary>
    public IEnumerable<CatalogueTable> OwnTables =>
        tables
            .Values.Where(table => table.Name.StartsWith("backfill.", StringComparison.Ordinal))
            .OrderBy(table => table.Name, StringComparer.Ordinal);

    /// <summary>Returns true when the table has the column.</summary>
    public bool HasColumn(string table, string column) => Column(table, column) is not null;

    /// <summary>Returns the column; null where the table or the column is missing.</summary>
    public CatalogueColumn? Column(string table, string column) => Columns(table).GetValueOrDefault(column);

    /// <summary>Returns the columns of a table by name; empty where there is no table.</summary>
    public IReadOnlyDictionary<string, CatalogueColumn> Columns(string table) =>
        columns.GetValueOrDefault(table) ?? FrozenDictionary<string, CatalogueColumn>.Empty;

    /// <summary>Reads the catalogue in one round trip.</summary>
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
/// <param name="Version">The version of PostgreSQL, for example <c>15.18</c>.</param>
/// <param name="Database">The database's name.</param>
/// <param name="Role">The role whose rights count.</param>
/// <param name="Schema">The schema in which a table without a schema name would be created; null where there is none.</param>
/// <param name="VectorAvailable">True when pgvector can be installed.</param>
/// <param name="VectorInstalled">True when pgvector is installed.</param>
/// <param name="MayCreateSchema">True when the login may create a schema.</param>
/// <param name="MayUseBackfill">True when the schema <c>backfill</c> exists and the login may use it.</param>
/// <param name="Encoding">The encoding in which the database stores text, for example <c>UTF8</c>.</param>
/// <param name="IsReadOnly">True when the server is a standby, or transactions of this login are read-only.</param>
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
    /// <summary>Gets whether the database stores text as UTF8, which can hold every character.</summary>
    public bool IsUnicode => Encoding == "UTF8";

    /// <summary>Gets why the database cannot store GitHub's texts: another encoding than UTF8, or no writes.</summary>
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
/// <param name="Name">Its name. Tables of the schema <c>backfill</c> have the name of the schema before it.</param>
/// <param name="Kind"><c>pg_class.relkind</c>.</param>
/// <param name="RowsHidden">True when row-level security applies to the login. The login may then see and write fewer rows than there are, without an error.</param>
/// <param name="Rights">The rights of the login on the whole table: <c>SELECT</c>, <c>INSERT</c>, <c>UPDATE</c>, <c>DELETE</c>.</param>
/// <param name="RowSecurity">True when row-level security is switched on for the table.</param>
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
/// <param name="NotNull">True when the column refuses null.</param>
/// <param name="HasDefault">True when the database fills the column where a statement sends no value.</param>
internal sealed record CatalogueColumn(string Name, string Type, bool NotNull, bool HasDefault)
{
    /// <summary>Gets whether a row needs a value for the column.</summary>
    public bool Demanded => NotNull && !HasDefault;
}

/// <summary>A trigger.</summary>
/// <param name="Table">Its table.</param>
/// <param name="Name">Its name.</param>
/// <param name="When">When the trigger fires, as DDL writes it, for example <c>BEFORE UPDATE</c>.</param>
/// <param name="Function">The function that it calls.</param>
/// <param name="MissingRight">The right that the login lacks to fire it; null where the login lacks none.</param>
internal sealed record CatalogueTrigger(string Table, string Name, string When, string Function, string? MissingRight);
