using System.Text.Json;
using Backfill.Core.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace Backfill.Core.Sync;

/// <summary>The runs as <c>backfill.sync_run</c> has them, for this and any other process.</summary>
internal sealed class RunRecord(Database database)
{
    /// <summary>After so long without a heartbeat a run's owner counts as gone, by the database's clock.</summary>
    public static readonly TimeSpan HeartbeatLimit = TimeSpan.FromSeconds(30);

    /// <summary>Enters a run, closes those of the repository whose owner is gone, and says when it started by the database's clock.</summary>
    public Task<DateTimeOffset> BeginAsync(
        Guid runId,
        StoredRepository repository,
        DateTimeOffset? since,
        string owner,
        CancellationToken cancellationToken
    ) =>
        database.TransactionAsync(
            async (connection, token) =>
            {
                await InterruptAsync(connection, repository, token);
                await using var insert = Command("insert-run", connection);
                insert.Parameters.AddWithValue("id", runId);
                insert.Parameters.AddWithValue("repository_id", repository.Id);
                insert.Parameters.AddWithValue("repository", repository.FullName);
                insert.Parameters.Add(Time("since", since));
                insert.Parameters.AddWithValue("owner", owner);
                return new DateTimeOffset((DateTime)(await insert.ExecuteScalarAsync(token))!);
            },
            cancellationToken
        );

    /// <summary>The repositories of runs that are at work by their rows and whose owner is gone; those of this process are not.</summary>
    public Task<IReadOnlyList<StoredRepository>> FindDesertedAsync(CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<StoredRepository>>(
            async (connection, token) =>
            {
                await using var command = Command("find-deserted-runs", connection);
                command.Parameters.AddWithValue("heartbeat_limit", HeartbeatLimit);
                await using var reader = await command.ExecuteReaderAsync(token);
                var repositories = new List<StoredRepository>();
                while (await reader.ReadAsync(token))
                {
                    var owner = Owner.Parse(reader.GetString(2));
                    if (owner != Owner.Current && (reader.GetBoolean(3) || owner?.IsGone == true))
                    {
                        repositories.Add(new StoredRepository(reader.GetGuid(0), GitHubId: 0, reader.GetString(1)));
                    }
                }

                return repositories;
            },
            cancellationToken
        );

    /// <summary>Closes the runs of a repository whose owner is gone; the caller holds its lease.</summary>
    public Task<int> InterruptAsync(StoredRepository repository, CancellationToken cancellationToken) =>
        database.TransactionAsync(
            (connection, token) => InterruptAsync(connection, repository, token),
            cancellationToken
        );

    /// <summary>Records how a run stands; true when somebody asked for its end.</summary>
    public Task<bool> BeatAsync(RepoSync run, CancellationToken cancellationToken) =>
        WriteAsync(
            "beat-run",
            run,
            command => command.Parameters.Add(Time("waiting_until", run.WaitingUntil)),
            async (command, token) => await command.ExecuteScalarAsync(token) is true,
            cancellationToken
        );

    /// <summary>Records how a run ended.</summary>
    public Task<DateTimeOffset> FinishAsync(RepoSync run, string? errorId, CancellationToken cancellationToken) =>
        WriteAsync(
            "finish-run",
            run,
            command =>
            {
                command.Parameters.Add(Json("gaps", run.Gaps));
                command.Parameters.Add(Text("error_id", errorId));
                command.Parameters.Add(Text("error", run.Error));
            },
            async (command, token) =>
                await command.ExecuteScalarAsync(token) is DateTime finished
                    ? new DateTimeOffset(finished)
                    : throw new InvalidOperationException($"Run {run.Id} is not recorded."),
            cancellationToken
        );

    /// <summary>When the newest run that proved everything complete started; null when none did.</summary>
    public Task<DateTimeOffset?> LastCompletedAsync(StoredRepository repository, CancellationToken cancellationToken) =>
        database.ReadAsync(
            async (connection, token) =>
            {
                await using var command = Command("last-completed-run", connection);
                command.Parameters.AddWithValue("repository_id", repository.Id);
                return await command.ExecuteScalarAsync(token) is DateTime started
                    ? new DateTimeOffset(started)
                    : (DateTimeOffset?)null;
            },
            cancellationToken
        );

    /// <summary>Runs, newest first.</summary>
    /// <param name="own">Runs that are found in any state, since this process knows their state better than their rows.</param>
    public Task<IReadOnlyList<RepoSync>> FindAsync(
        SyncFilter filter,
        CancellationToken cancellationToken,
        IReadOnlyCollection<Guid>? own = null
    ) =>
        database.ReadAsync<IReadOnlyList<RepoSync>>(
            async (connection, token) =>
            {
                await using var command = Command("find-runs", connection);
                Bind(command, filter, own ?? []);
                command.Parameters.AddWithValue("heartbeat_limit", HeartbeatLimit);
                await using var reader = await command.ExecuteReaderAsync(token);
                var runs = new List<RepoSync>();
                while (await reader.ReadAsync(token))
                {
                    runs.Add(Read(reader));
                }

                return runs;
            },
            cancellationToken
        );

    /// <summary>Asks runs of any process to end at their next page.</summary>
    public Task<int> RequestStopAsync(IReadOnlyList<Guid> runIds, CancellationToken cancellationToken) =>
        database.TransactionAsync(
            async (connection, token) =>
            {
                await using var command = Command("request-stop", connection);
                command.Parameters.AddWithValue("ids", runIds.ToArray());
                return await command.ExecuteNonQueryAsync(token);
            },
            cancellationToken
        );

    private Task<T> WriteAsync<T>(
        string statement,
        RepoSync run,
        Action<NpgsqlCommand> bind,
        Func<NpgsqlCommand, CancellationToken, Task<T>> execute,
        CancellationToken cancellationToken
    ) =>
        database.TransactionAsync(
            async (connection, token) =>
            {
                await using var command = Command(statement, connection);
                command.Parameters.AddWithValue("id", run.Id);
                command.Parameters.AddWithValue("state", run.State.ToString());
                command.Parameters.Add(Json("counts", run.Counts));
                command.Parameters.AddWithValue("requests", run.Requests);
                command.Parameters.AddWithValue("points", run.Points);
                bind(command);
                return await execute(command, token);
            },
            cancellationToken
        );

    private static async Task<int> InterruptAsync(
        NpgsqlConnection connection,
        StoredRepository repository,
        CancellationToken cancellationToken
    )
    {
        await using var command = Command("interrupt-runs", connection);
        command.Parameters.AddWithValue("repository_id", repository.Id);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static void Bind(NpgsqlCommand command, SyncFilter filter, IReadOnlyCollection<Guid> own)
    {
        command.Parameters.Add(Time("started_from", filter.Since));
        command.Parameters.AddWithValue("own_ids", own.ToArray());
        // Those of this process may leave the list again, by the state that they really have.
        command.Parameters.Add(
            new NpgsqlParameter("first", NpgsqlDbType.Bigint)
            {
                Value = filter.First is { } first ? (long)first + own.Count : DBNull.Value,
            }
        );
        command.Parameters.AddWithValue("ids", filter.RunIds.ToArray());
        command.Parameters.AddWithValue(
            "repositories",
            filter.Repositories.Select(name => name.FullName.ToLowerInvariant()).ToArray()
        );
        command.Parameters.AddWithValue(
            "repository_ids",
            filter.Repositories.Select(name => name.Id).OfType<Guid>().ToArray()
        );
        command.Parameters.AddWithValue("states", filter.States.Select(state => state.ToString()).ToArray());
    }

    private static RepoSync Read(NpgsqlDataReader reader)
    {
        var started = reader.Time(6);
        var finished = reader.Time(7);
        return new RepoSync
        {
            Id = reader.GetGuid(0),
            Repository = reader.GetString(1),
            RepositoryId = reader.GetGuid(2),
            Engine = reader.GetString(3),
            State = Enum.Parse<RunState>(reader.GetString(4)),
            From = reader.Time(5),
            StartedAt = started,
            FinishedAt = finished,
            Duration = (finished ?? reader.Time(8)) - started,
            Counts = JsonSerializer.Deserialize<List<EntityCount>>(reader.GetString(9))!,
            Gaps = JsonSerializer.Deserialize<List<SyncGap>>(reader.GetString(10))!,
            Requests = reader.GetInt32(11),
            Points = reader.GetInt32(12),
            WaitingUntil = reader.Time(13),
            Error = reader.Text(14),
            EventId = reader.Text(15),
        };
    }

    private static NpgsqlCommand Command(string statement, NpgsqlConnection connection) =>
        new(SqlText.Read($"Sync/Sql/{statement}.sql"), connection);

    private static NpgsqlParameter Time(string name, DateTimeOffset? value) =>
        new(name, NpgsqlDbType.TimestampTz) { Value = (object?)value?.ToUniversalTime() ?? DBNull.Value };

    private static NpgsqlParameter Text(string name, string? value) =>
        new(name, NpgsqlDbType.Text) { Value = (object?)value ?? DBNull.Value };

    private static NpgsqlParameter Json<T>(string name, T value) =>
        new(name, NpgsqlDbType.Jsonb) { Value = JsonSerializer.Serialize(value) };
}
