using Backfill.Core.Postgres;
using Npgsql;

namespace Backfill.Core.Sync;

/// <summary>Runs the statements of <c>Sql</c> that are about one repository; each has it as <c>@repository_id</c>.</summary>
internal sealed class RepositoryStatements(Database database, StoredRepository repository)
{
    /// <summary>Runs a statement and reads its answer.</summary>
    public async Task<TResult> ReadAsync<TResult>(
        string statement,
        Action<NpgsqlParameterCollection> bind,
        Func<NpgsqlDataReader, CancellationToken, Task<TResult>> read,
        CancellationToken cancellationToken
    )
    {
        var catalogue = await database.CatalogueAsync(cancellationToken);
        return await database.ReadAsync(
            async (connection, token) =>
            {
                await using var command = Command(statement, catalogue, connection, bind);
                await using var reader = await command.ExecuteReaderAsync(token);
                return await read(reader, token);
            },
            cancellationToken
        );
    }

    /// <summary>Runs a statement and reads each row of its answer.</summary>
    public Task<IReadOnlyList<TRow>> RowsAsync<TRow>(
        string statement,
        Action<NpgsqlParameterCollection> bind,
        Func<NpgsqlDataReader, TRow> read,
        CancellationToken cancellationToken
    ) =>
        ReadAsync<IReadOnlyList<TRow>>(
            statement,
            bind,
            async (reader, token) =>
            {
                var rows = new List<TRow>();
                while (await reader.ReadAsync(token))
                {
                    rows.Add(read(reader));
                }

                return rows;
            },
            cancellationToken
        );

    /// <summary>Runs a statement in a transaction and returns how many rows it changed.</summary>
    public async Task<int> ExecuteAsync(
        string statement,
        Action<NpgsqlParameterCollection> bind,
        CancellationToken cancellationToken
    )
    {
        var catalogue = await database.CatalogueAsync(cancellationToken);
        return await database.TransactionAsync(
            async (connection, token) =>
            {
                await using var command = Command(statement, catalogue, connection, bind);
                return await command.ExecuteNonQueryAsync(token);
            },
            cancellationToken
        );
    }

    private NpgsqlCommand Command(
        string statement,
        Catalogue catalogue,
        NpgsqlConnection connection,
        Action<NpgsqlParameterCollection> bind
    )
    {
        var command = new NpgsqlCommand(SqlText.For($"Sync/Sql/{statement}.sql", catalogue), connection)
        {
            CommandTimeout = Database.LongStatementSeconds,
        };
        command.Parameters.AddWithValue("repository_id", repository.Id);
        bind(command.Parameters);
        return command;
    }
}
