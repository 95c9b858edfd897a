using System.Collections.Frozen;
using Npgsql;

namespace Backfill.Core.Postgres;

/// <summary>The live catalogue as one look found it: which tables and columns there are. Everything that is written adapts to it.</summary>
internal sealed class Catalogue
{
    private readonly FrozenDictionary<string, FrozenDictionary<string, CatalogueColumn>> tables;

    private Catalogue(IEnumerable<(string Table, CatalogueColumn Column)> rows) =>
        tables = rows.GroupBy(row => row.Table, StringComparer.Ordinal)
            .ToFrozenDictionary(
                group => group.Key,
                group => group.ToFrozenDictionary(row => row.Column.Name, row => row.Column, StringComparer.Ordinal),
                StringComparer.Ordinal
            );

    /// <summary>True when a table or view of this name is visible; tables of the tool's own schema are <c>backfill.name</c>.</summary>
    public bool HasTable(string table) => tables.ContainsKey(table);

    /// <summary>True when the table has the column.</summary>
    public bool HasColumn(string table, string column) => Column(table, column) is not null;

    /// <summary>The column, or null when the table or the column is missing.</summary>
    public CatalogueColumn? Column(string table, string column) =>
        tables.TryGetValue(table, out var columns) && columns.TryGetValue(column, out var found) ? found : null;

    /// <summary>The columns of a table; empty when there is none.</summary>
    public IReadOnlyCollection<CatalogueColumn> Columns(string table) =>
        tables.TryGetValue(table, out var columns) ? columns.Values : [];

    /// <summary>Looks once, in one round trip.</summary>
    public static async Task<Catalogue> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(SqlText.Read("Postgres/catalogue.sql"), connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<(string, CatalogueColumn)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(
                (
                    reader.GetString(0),
                    new CatalogueColumn(
                        reader.GetString(2),
                        reader.GetString(3),
                        reader.GetBoolean(4),
                        reader.GetBoolean(5)
                    )
                )
            );
        }

        return new Catalogue(rows);
    }
}

/// <summary>One column as <c>pg_attribute</c> has it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type as <c>format_type</c> writes it, for example <c>vector(384)</c> or <c>real[]</c>.</param>
/// <param name="NotNull">True when it refuses null.</param>
/// <param name="HasDefault">True when the database fills it where nothing is sent.</param>
internal sealed record CatalogueColumn(string Name, string Type, bool NotNull, bool HasDefault);
