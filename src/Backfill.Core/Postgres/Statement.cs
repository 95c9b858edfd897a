using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace Backfill.Core.Postgres;

/// <summary>
/// One statement of a file with its parameters. A statement of a <see cref="Database"/> opens a connection and is tried again
/// after a temporary fault. A statement of a connection runs once, in the open transaction of that connection.
/// </summary>
internal sealed class Statement
{
    private readonly string text;
    private readonly Database? database;
    private readonly NpgsqlConnection? connection;
    private readonly List<(string Name, NpgsqlDbType Type, object? Value)> parameters = [];
    private int? timeoutSeconds;
    private bool isOverWholeTables;

    /// <summary>Makes a statement that opens its own connection.</summary>
    public Statement(string text, Database database)
    {
        this.text = text;
        this.database = database;
    }

    /// <summary>Makes a statement for an open connection.</summary>
    public Statement(string text, NpgsqlConnection connection)
    {
        this.text = text;
        this.connection = connection;
    }

    /// <summary>Sets a parameter; null becomes NULL.</summary>
    public Statement Set(string name, string? value) => Add(name, NpgsqlDbType.Text, value);

    /// <inheritdoc cref="Set(string, string?)"/>
    public Statement Set(string name, bool? value) => Add(name, NpgsqlDbType.Boolean, value);

    /// <inheritdoc cref="Set(string, string?)"/>
    public Statement Set(string name, int? value) => Add(name, NpgsqlDbType.Integer, value);

    /// <inheritdoc cref="Set(string, string?)"/>
    public Statement Set(string name, long? value) => Add(name, NpgsqlDbType.Bigint, value);

    /// <inheritdoc cref="Set(string, string?)"/>
    public Statement Set(string name, Guid? value) => Add(name, NpgsqlDbType.Uuid, value);

    /// <inheritdoc cref="Set(string, string?)"/>
    public Statement Set(string name, TimeSpan? value) => Add(name, NpgsqlDbType.Interval, value);

    /// <inheritdoc cref="Set(string, string?)"/>
    public Statement Set(string name, DateTimeOffset? value) =>
        Add(name, NpgsqlDbType.TimestampTz, value?.ToUniversalTime());

    /// <inheritdoc cref="Set(string, string?)"/>
    public Statement Set(string name, string[]? values) => Add(name, NpgsqlDbType.Array | NpgsqlDbType.Text, values);

    /// <inheritdoc cref="Set(string, string?)"/>
    public Statement Set(string name, int[]? values) => Add(name, NpgsqlDbType.Array | NpgsqlDbType.Integer, values);

    /// <inheritdoc cref="Set(string, string?)"/>
    public Statement Set(string name, int?[]? values) => Add(name, NpgsqlDbType.Array | NpgsqlDbType.Integer, values);

    /// <inheritdoc cref="Set(string, string?)"/>
    public Statement Set(string name, DateTimeOffset[]? values) =>
        Add(name, NpgsqlDbType.Array | NpgsqlDbType.TimestampTz, values);

    /// <inheritdoc cref="Set(string, string?)"/>
    public Statement Set(string name, long[]? values) => Add(name, NpgsqlDbType.Array | NpgsqlDbType.Bigint, values);

    /// <inheritdoc cref="Set(string, string?)"/>
    public Statement Set(string name, Guid[]? values) => Add(name, NpgsqlDbType.Array | NpgsqlDbType.Uuid, values);

    /// <inheritdoc cref="Set(string, string?)"/>
    public Statement Set(string name, Guid?[]? values) => Add(name, NpgsqlDbType.Array | NpgsqlDbType.Uuid, values);

    /// <inheritdoc cref="Set(string, string?)"/>
    public Statement Set(string name, float[]? values) => Add(name, NpgsqlDbType.Array | NpgsqlDbType.Real, values);

    /// <inheritdoc cref="Set(string, string?)"/>
    public Statement Set(string name, DateTime?[]? values) =>
        Add(name, NpgsqlDbType.Array | NpgsqlDbType.TimestampTz, values);

    /// <inheritdoc cref="Set(string, string?)"/>
    public Statement Set(string name, byte[]? value) => Add(name, NpgsqlDbType.Bytea, value);

    /// <summary>Sets a parameter to a value as JSON.</summary>
    public Statement SetJson<T>(string name, T value) => Add(name, NpgsqlDbType.Jsonb, JsonSerializer.Serialize(value));

    /// <summary>Sets another time limit than the 30 seconds of Npgsql; 0 is no limit.</summary>
    public Statement Within(int seconds)
    {
        timeoutSeconds = seconds;
        return this;
    }

    /// <summary>
    /// Prepares for a statement that reads much of a table: it may take ten minutes and 128 MB, and PostgreSQL does not
    /// compile it. These settings go out with the statement and end with its transaction.
    /// </summary>
    public Statement OverWholeTables()
    {
        isOverWholeTables = true;
        return Within(Database.LongStatementSeconds);
    }

    /// <summary>Runs the statement.</summary>
    /// <returns>The number of rows that it changed.</returns>
    /// <exception cref="BackfillException">The database cannot be reached or refuses.</exception>
    public Task<int> ExecuteAsync(CancellationToken cancellationToken) =>
        RunAsync((command, token) => command.ExecuteNonQueryAsync(token), cancellationToken);

    /// <summary>Runs the statement and returns the first column of its first row; the default of the type for NULL or no row.</summary>
    /// <exception cref="BackfillException">The database cannot be reached or refuses.</exception>
    public Task<T?> ValueAsync<T>(CancellationToken cancellationToken) =>
        ReadAsync(
            async (reader, token) =>
                await reader.ReadAsync(token) && !await reader.IsDBNullAsync(0, token)
                    ? await reader.GetFieldValueAsync<T>(0, token)
                    : default,
            cancellationToken
        );

    /// <summary>Runs the statement and returns its rows.</summary>
    /// <exception cref="BackfillException">The database cannot be reached or refuses.</exception>
    public Task<List<T>> RowsAsync<T>(Func<Row, T> read, CancellationToken cancellationToken) =>
        ReadAsync(
            async (reader, token) =>
            {
                var rows = new List<T>();
                while (await reader.ReadAsync(token))
                {
                    rows.Add(read(new Row(reader)));
                }

                return rows;
            },
            cancellationToken
        );

    /// <summary>Runs the statement and returns its first row; null where there is none.</summary>
    /// <exception cref="BackfillException">The database cannot be reached or refuses.</exception>
    public Task<T?> RowAsync<T>(Func<Row, T> read, CancellationToken cancellationToken)
        where T : class =>
        ReadAsync(
            async (reader, token) => await reader.ReadAsync(token) ? read(new Row(reader)) : null,
            cancellationToken
        );

    /// <summary>Runs the statement and passes its reader on, for code that works on the rows one by one.</summary>
    /// <param name="read">Must not keep state between tries.</param>
    /// <exception cref="BackfillException">The database cannot be reached or refuses.</exception>
    public Task<T> ReadAsync<T>(
        Func<NpgsqlDataReader, CancellationToken, Task<T>> read,
        CancellationToken cancellationToken
    ) =>
        RunAsync(
            async (command, token) =>
            {
                await using var reader = await command.ExecuteReaderAsync(token);
                if (isOverWholeTables)
                {
                    await reader.NextResultAsync(token);
                }

                return await read(reader, token);
            },
            cancellationToken
        );

    private Task<T> RunAsync<T>(
        Func<NpgsqlCommand, CancellationToken, Task<T>> run,
        CancellationToken cancellationToken
    )
    {
        return connection is null
            ? database!.RunAsync(WithCommandAsync, cancellationToken)
            : WithCommandAsync(connection, cancellationToken);

        async Task<T> WithCommandAsync(NpgsqlConnection on, CancellationToken token)
        {
            await using var command = new NpgsqlCommand(
                isOverWholeTables ? $"{SqlText.Read("Postgres/long-statement.sql")};\n{text}" : text,
                on
            );
            command.CommandTimeout = timeoutSeconds ?? command.CommandTimeout;
            foreach (var (name, type, value) in parameters)
            {
                command.Parameters.Add(new NpgsqlParameter(name, type) { Value = value ?? DBNull.Value });
            }

            return await run(command, token);
        }
    }

    private Statement Add(string name, NpgsqlDbType type, object? value)
    {
        parameters.Add((name, type, value));
        return this;
    }
}

/// <summary>Statements on a connection that is open.</summary>
internal static class StatementExtensions
{
    /// <summary>Takes a statement from its file.</summary>
    /// <param name="path">Relative to the project and without its extension, for example <c>Postgres/take-lease</c>.</param>
    /// <param name="catalogue">Leaves out the lines that name what the database lacks.</param>
    public static Statement Statement(this NpgsqlConnection connection, string path, Catalogue? catalogue = null) =>
        new(SqlText.Of(path, catalogue), connection);

    /// <summary>Takes a statement from its file and replaces its names; see <see cref="SqlText.With"/>.</summary>
    public static Statement Statement(
        this NpgsqlConnection connection,
        string path,
        IReadOnlyDictionary<string, string> names
    ) => new(SqlText.With(path, names), connection);
}

/// <summary>A row that a statement returned. Its columns are read by their names.</summary>
internal readonly struct Row(NpgsqlDataReader reader)
{
    /// <summary>Returns a value that is never NULL.</summary>
    /// <exception cref="InvalidCastException">The value is NULL, or of another type.</exception>
    public T Get<T>(string column)
        where T : notnull => reader.GetFieldValue<T>(reader.GetOrdinal(column));

    /// <summary>Returns a value; null for NULL.</summary>
    public T? GetOrNull<T>(string column)
        where T : struct
    {
        var ordinal = reader.GetOrdinal(column);
        return reader.IsDBNull(ordinal) ? null : reader.GetFieldValue<T>(ordinal);
    }

    /// <summary>Returns the columns of a row of counts by their names, without <c>repository_id</c>.</summary>
    public Dictionary<string, long> Counts()
    {
        var row = reader;
        return Enumerable
            .Range(0, row.FieldCount)
            .Where(ordinal => row.GetName(ordinal) != "repository_id")
            .ToDictionary(row.GetName, row.GetInt64, StringComparer.Ordinal);
    }

    /// <summary>Returns a text; null for NULL.</summary>
    public string? TextOrNull(string column)
    {
        var ordinal = reader.GetOrdinal(column);
        return reader.IsDBNull(ordinal) ? null : reader.GetString(ordinal);
    }
}
