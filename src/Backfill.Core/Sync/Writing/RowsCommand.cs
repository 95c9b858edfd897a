using Backfill.Core.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace Backfill.Core.Sync.Writing;

/// <summary>One statement for many rows. Each column is one array parameter, so a page needs one round trip, whatever its size.</summary>
internal sealed class RowsCommand<T>(string statement, Catalogue catalogue, IReadOnlyCollection<T> rows)
{
    private readonly NpgsqlBatchCommand command = new(SqlText.For($"Sync/Writing/Sql/{statement}.sql", catalogue));

    public RowsCommand<T> Set(string name, NpgsqlDbType type, object? value)
    {
        command.Parameters.Add(new NpgsqlParameter(name, type) { Value = value ?? DBNull.Value });
        return this;
    }

    public RowsCommand<T> Texts(string name, Func<T, string?> value) => Column(name, NpgsqlDbType.Text, value);

    public RowsCommand<T> Bigints(string name, Func<T, long?> value) => Column(name, NpgsqlDbType.Bigint, value);

    public RowsCommand<T> Integers(string name, Func<T, int?> value) => Column(name, NpgsqlDbType.Integer, value);

    public RowsCommand<T> Flags(string name, Func<T, bool?> value) => Column(name, NpgsqlDbType.Boolean, value);

    public RowsCommand<T> Bytes(string name, Func<T, byte[]> value) => Column(name, NpgsqlDbType.Bytea, value);

    public RowsCommand<T> Times(string name, Func<T, DateTimeOffset?> value) =>
        Column(name, NpgsqlDbType.TimestampTz, row => value(row)?.ToUniversalTime());

    /// <summary>Returns the statement for a batch.</summary>
    public NpgsqlBatchCommand Build() => command;

    private RowsCommand<T> Column<TValue>(string name, NpgsqlDbType type, Func<T, TValue> value)
    {
        command.Parameters.Add(
            new NpgsqlParameter(name, NpgsqlDbType.Array | type) { Value = rows.Select(value).ToArray() }
        );
        return this;
    }
}
