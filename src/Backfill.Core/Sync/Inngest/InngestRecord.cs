using System.Text.Json;
using Backfill.Core.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace Backfill.Core.Sync.Inngest;

/// <summary>What <c>backfill.sync_run</c> has of runs of this engine beside what every run has.</summary>
internal sealed class InngestRecord(Database database)
{
    /// <summary>Enters a run before its event is sent, so that nothing is at work that nobody can find; when it started, by the database's clock.</summary>
    public Task<DateTimeOffset> OpenAsync(
        RepoSync run,
        string eventName,
        SyncContent include,
        CancellationToken cancellationToken
    ) =>
        database.TransactionAsync(
            async (connection, token) =>
            {
                await using var command = Command("open-inngest-run", connection);
                command.Parameters.AddWithValue("id", run.Id);
                command.Parameters.AddWithValue("repository_id", run.RepositoryId);
                command.Parameters.AddWithValue("repository", run.Repository);
                command.Parameters.Add(
                    new NpgsqlParameter("since", NpgsqlDbType.TimestampTz)
                    {
                        Value = (object?)run.From?.ToUniversalTime() ?? DBNull.Value,
                    }
                );
                command.Parameters.AddWithValue("owner", Owner.Current.ToString());
                command.Parameters.AddWithValue("counts", NpgsqlDbType.Jsonb, JsonSerializer.Serialize(run.Counts));
                command.Parameters.AddWithValue("event_name", eventName);
                command.Parameters.AddWithValue("include", include.ToString());
                return new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync(token))!);
            },
            cancellationToken
        );

    /// <summary>Records under which id Inngest accepted the event.</summary>
    public Task AcceptAsync(Guid runId, string eventId, CancellationToken cancellationToken) =>
        database.TransactionAsync(
            async (connection, token) =>
            {
                await using var command = Command("accept-inngest-run", connection);
                command.Parameters.AddWithValue("id", runId);
                command.Parameters.AddWithValue("event_id", eventId);
                return await command.ExecuteNonQueryAsync(token);
            },
            cancellationToken
        );

    /// <summary>By which event a run was asked for, and what its rows are judged by.</summary>
    public Task<(string EventName, SyncContent Include)> ReadAsync(Guid runId, CancellationToken cancellationToken) =>
        database.ReadAsync(
            async (connection, token) =>
            {
                await using var command = Command("read-inngest-run", connection);
                command.Parameters.AddWithValue("id", runId);
                await using var reader = await command.ExecuteReaderAsync(token);
                return await reader.ReadAsync(token)
                    ? (reader.GetString(0), Enum.Parse<SyncContent>(reader.GetString(1)))
                    : throw new InvalidOperationException($"Run {runId} is not recorded.");
            },
            cancellationToken
        );

    private static NpgsqlCommand Command(string statement, NpgsqlConnection connection) =>
        new(SqlText.Read($"Sync/Sql/{statement}.sql"), connection);
}
