using System.Text.Json;
using Backfill.Core.Postgres;
using Npgsql;

namespace Backfill.Core.Sync.Runs;

/// <summary>Reads and writes the runs in <c>backfill.sync_run</c>, through which processes see each other's runs.</summary>
internal sealed class RunRecord(Database database)
{
    /// <summary>The time without a heartbeat after which the owner of a run counts as gone, by the database's clock.</summary>
    public static readonly TimeSpan HeartbeatLimit = TimeSpan.FromSeconds(30);

    /// <summary>The owner of the lease of a run between two slices. It is no process, so no process counts as gone.</summary>
    public const string RestingOwner = "a run that goes on in slices";

    /// <summary>Records a run, and closes the runs of the repository whose owner is gone.</summary>
    /// <returns>The start of the run, by the database's clock.</returns>
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
                return await connection
                    .Statement("Sync/Runs/Sql/insert-run")
                    .Set("id", runId)
                    .Set("repository_id", repository.Id)
                    .Set("repository", repository.FullName)
                    .Set("since", since)
                    .Set("owner", owner)
                    .ValueAsync<DateTimeOffset>(token);
            },
            cancellationToken
        );

    /// <summary>Records that a run which is done in slices begins or goes on, and closes the other runs of the repository whose owner is gone.</summary>
    /// <returns>Null when the run has ended already.</returns>
    public Task<ResumedRun?> ResumeAsync(
        Guid runId,
        StoredRepository repository,
        DateTimeOffset? since,
        string owner,
        CancellationToken cancellationToken
    ) =>
        database.TransactionAsync(
            async (connection, token) =>
            {
                await InterruptAsync(connection, repository, token, runId);
                return await connection
                    .Statement("Sync/Runs/Sql/resume-run")
                    .Set("id", runId)
                    .Set("repository_id", repository.Id)
                    .Set("repository", repository.FullName)
                    .Set("since", since)
                    .Set("owner", owner)
                    .RowAsync(
                        row => new ResumedRun(
                            row.Get<DateTimeOffset>("started_at"),
                            row.Get<bool>("stop_requested"),
                            row.Get<bool>("is_new")
                        ),
                        token
                    );
            },
            cancellationToken
        );

    /// <summary>Ends runs between two slices, on which no process works.</summary>
    /// <returns>The ids of the runs that ended.</returns>
    public async Task<IReadOnlyList<Guid>> StopRestingAsync(
        IReadOnlyList<Guid> runIds,
        CancellationToken cancellationToken
    ) =>
        await Statement("stop-resting-runs")
            .Set("ids", [.. runIds])
            .Set("owner", RestingOwner)
            .RowsAsync(row => row.Get<Guid>("id"), cancellationToken);

    /// <summary>Returns the repositories of deserted runs: their rows say that they are running, but their owner is gone. Runs of this process are left out.</summary>
    public async Task<IReadOnlyList<StoredRepository>> FindDesertedAsync(CancellationToken cancellationToken)
    {
        var runs = await Statement("find-deserted-runs")
            .Set("heartbeat_limit", HeartbeatLimit)
            .Set("resting_owner", RestingOwner)
            .RowsAsync(
                row =>
                    (
                        Repository: new StoredRepository(
                            row.Get<Guid>("repository_id"),
                            GitHubId: 0,
                            row.Get<string>("repository")
                        ),
                        Owner: Owner.Parse(row.Get<string>("owner")),
                        IsSilent: row.Get<bool>("is_silent")
                    ),
                cancellationToken
            );
        return
        [
            .. runs.Where(run => run.Owner != Owner.Current && (run.IsSilent || run.Owner?.IsGone == true))
                .Select(run => run.Repository),
        ];
    }

    /// <summary>Closes the runs of a repository whose owner is gone. The caller holds the repository's lease.</summary>
    public Task<int> InterruptAsync(StoredRepository repository, CancellationToken cancellationToken) =>
        Statement("interrupt-runs")
            .Set("repository_id", repository.Id)
            .Set("except_id", (Guid?)null)
            .ExecuteAsync(cancellationToken);

    /// <summary>Records the state of a run.</summary>
    /// <returns>True when a command asked the run to stop.</returns>
    public Task<bool> BeatAsync(RepoSync run, CancellationToken cancellationToken) =>
        Statement("beat-run", run).Set("waiting_until", run.WaitingUntil).ValueAsync<bool>(cancellationToken);

    /// <summary>Records the end of a run.</summary>
    /// <returns>The time of the end, by the database's clock.</returns>
    public async Task<DateTimeOffset> FinishAsync(RepoSync run, string? errorId, CancellationToken cancellationToken) =>
        await Statement("finish-run", run)
            .SetJson("gaps", run.Gaps)
            .Set("error_id", errorId)
            .Set("error", run.Error)
            .ValueAsync<DateTimeOffset?>(cancellationToken)
        ?? throw new InvalidOperationException($"Run {run.Id} is not recorded.");

    /// <summary>Returns the start of the newest run that ended as complete; null when no run did.</summary>
    public async Task<DateTimeOffset?> LastCompletedAsync(
        StoredRepository repository,
        CancellationToken cancellationToken
    ) =>
        await Statement("last-completed-run")
            .Set("repository_id", repository.Id)
            .ValueAsync<DateTimeOffset?>(cancellationToken);

    /// <summary>Returns runs, newest first.</summary>
    /// <param name="own">Runs of this process. They are found in any state, because the process knows their state better than their rows do.</param>
    public async Task<IReadOnlyList<RepoSync>> FindAsync(
        SyncFilter filter,
        CancellationToken cancellationToken,
        IReadOnlyCollection<Guid>? own = null
    ) =>
        await database
            .Statement("Sync/Runs/Sql/find-runs", await database.CatalogueAsync(cancellationToken))
            .Set("started_from", filter.Since)
            .Set("own_ids", [.. own ?? []])
            // The caller may remove runs of this process from the list, because their real state differs from the row.
            .Set("first", filter.First + (long?)(own?.Count ?? 0))
            .Set("ids", [.. filter.RunIds])
            .Set("id_parts", [.. filter.IdParts.Select(part => part.ToLowerInvariant())])
            .Set("repositories", [.. filter.Repositories.Select(name => name.FullName.ToLowerInvariant())])
            .Set("repository_ids", [.. filter.Repositories.Select(name => name.Id).OfType<Guid>()])
            .Set("states", [.. filter.States.Select(state => state.ToString())])
            .Set("heartbeat_limit", HeartbeatLimit)
            .RowsAsync(Read, cancellationToken);

    /// <summary>Asks runs of any process to stop.</summary>
    public Task<int> RequestStopAsync(IReadOnlyList<Guid> runIds, CancellationToken cancellationToken) =>
        Statement("request-stop").Set("ids", [.. runIds]).ExecuteAsync(cancellationToken);

    private static Task<int> InterruptAsync(
        NpgsqlConnection connection,
        StoredRepository repository,
        CancellationToken cancellationToken,
        Guid? except = null
    ) =>
        connection
            .Statement("Sync/Runs/Sql/interrupt-runs")
            .Set("repository_id", repository.Id)
            .Set("except_id", except)
            .ExecuteAsync(cancellationToken);

    private static RepoSync Read(Row row)
    {
        var started = row.GetOrNull<DateTimeOffset>("started_at");
        var finished = row.GetOrNull<DateTimeOffset>("finished_at");
        return new RepoSync
        {
            Id = row.Get<Guid>("id"),
            Repository = row.Get<string>("name_now"),
            RepositoryId = row.Get<Guid>("repository_id"),
            Engine = row.Get<string>("engine"),
            State = Enum.Parse<RunState>(row.Get<string>("actual_state")),
            From = row.GetOrNull<DateTimeOffset>("since"),
            StartedAt = started,
            FinishedAt = finished,
            Duration = (finished ?? row.GetOrNull<DateTimeOffset>("heartbeat_at")) - started,
            Counts = JsonSerializer.Deserialize<List<EntityCount>>(row.Get<string>("counts"))!,
            Gaps = JsonSerializer.Deserialize<List<SyncGap>>(row.Get<string>("gaps"))!,
            Requests = row.Get<int>("requests"),
            Points = row.Get<int>("points"),
            WaitingUntil = row.GetOrNull<DateTimeOffset>("waiting_until"),
            Error = row.TextOrNull("error"),
            EventId = row.TextOrNull("event_id"),
        };
    }

    private Statement Statement(string name, RepoSync run) =>
        Statement(name)
            .Set("id", run.Id)
            .Set("state", run.State.ToString())
            .SetJson("counts", run.Counts)
            .Set("requests", run.Requests)
            .Set("points", run.Points);

    private Statement Statement(string name) => database.Statement($"Sync/Runs/Sql/{name}");
}

/// <summary>A run that begins or goes on with a slice.</summary>
/// <param name="StartedAt">The start of its first slice, by the database's clock.</param>
/// <param name="IsStopRequested">Whether a command asked the run to stop.</param>
/// <param name="IsNew">Whether this is its first slice.</param>
internal sealed record ResumedRun(DateTimeOffset StartedAt, bool IsStopRequested, bool IsNew);
