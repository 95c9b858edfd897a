using Backfill.Core.Postgres;
using Backfill.Core.Sync.Writing;
using Npgsql;
using NpgsqlTypes;

namespace Backfill.Core.Sync.Runs;

/// <summary>
/// Writes what the app shows of a run: the state of the repository, a job, and a line in its log. Each of these tables and
/// columns may be missing. The app's clean-up fails jobs that run for ten minutes, so a long run is a chain of shorter jobs.
/// </summary>
internal sealed class AppState(Database database, StoredRepository repository, Guid runId)
{
    private const string Jobs = "progressive_capture_jobs";
    private const string Logs = "sync_logs";

    /// <summary>Shows the run as running, and closes the jobs and log lines of deserted runs of the repository.</summary>
    /// <param name="since">The time back to which the run reads; null is the beginning.</param>
    public Task BeginAsync(DateTimeOffset? since, CancellationToken cancellationToken) =>
        ExecuteAsync(
            ["begin-repository", "mend-jobs", "open-job", "mend-logs", "open-log"],
            command =>
            {
                Set(command, "repository", NpgsqlDbType.Text, repository.FullName);
                Set(command, "since", NpgsqlDbType.TimestampTz, since?.ToUniversalTime());
            },
            cancellationToken
        );

    /// <summary>Closes what deserted runs of the repository left in the app's tables, where no new run begins.</summary>
    public Task RepairAsync(CancellationToken cancellationToken) =>
        ExecuteAsync(["mend-repository", "mend-jobs", "mend-logs"], _ => { }, cancellationToken);

    /// <summary>Shows a run that goes on with its next slice as running.</summary>
    public Task ResumeAsync(CancellationToken cancellationToken) =>
        ExecuteAsync(
            ["begin-repository", "reopen-job"],
            command => Set(command, "repository", NpgsqlDbType.Text, repository.FullName),
            cancellationToken
        );

    /// <summary>Closes the job of a run that waits for its next slice. The app would fail the job as stuck.</summary>
    public Task RestAsync(CancellationToken cancellationToken) =>
        ExecuteAsync(
            ["close-job"],
            command =>
            {
                Set(command, "job_status", NpgsqlDbType.Text, "completed");
                Set(command, "error", NpgsqlDbType.Text, null);
            },
            cancellationToken
        );

    /// <summary>Begins the next job before the app would fail this one as stuck.</summary>
    public Task BeatAsync(CancellationToken cancellationToken) =>
        ExecuteAsync(["turn-job"], _ => { }, cancellationToken);

    /// <summary>Shows how the run ended.</summary>
    /// <param name="leaseId">The id under which the run holds the lease of the repository.</param>
    public Task FinishAsync(RepoSync run, Guid leaseId, CancellationToken cancellationToken) =>
        ExecuteAsync(
            ["lock-repository", "finish-repository", "close-job", "close-log"],
            command =>
            {
                var (repositoryStatus, status) = Words(run.State);
                Set(command, "resource", NpgsqlDbType.Text, PageWriter.LeaseOf(repository));
                Set(command, "lease_id", NpgsqlDbType.Uuid, leaseId);
                Set(command, "repository_status", NpgsqlDbType.Text, repositoryStatus);
                Set(command, "read", NpgsqlDbType.Boolean, run.State is RunState.Completed or RunState.Incomplete);
                Set(command, "job_status", NpgsqlDbType.Text, status == "completed" ? status : "failed");
                Set(command, "status", NpgsqlDbType.Text, status);
                Set(command, "error", NpgsqlDbType.Text, run.Error ?? Ending(run));
                Set(command, "added", NpgsqlDbType.Bigint, run.Counts.Sum(count => count.Added));
                Set(command, "updated", NpgsqlDbType.Bigint, run.Counts.Sum(count => count.Updated));
                Set(command, "gaps", NpgsqlDbType.Bigint, (long)run.Gaps.Count);
                Set(command, "requests", NpgsqlDbType.Bigint, (long)run.Requests);
            },
            cancellationToken
        );

    // Returns the app's word for the state of a repository, and its word for the state of a job or a log line.
    private static (string Repository, string Job) Words(RunState state) =>
        state switch
        {
            RunState.Completed => ("completed", "completed"),
            RunState.Incomplete => ("partial", "completed"),
            RunState.Stopped => ("partial", "cancelled"),
            _ => ("failed", "failed"),
        };

    private static string? Ending(RepoSync run) =>
        run.State switch
        {
            RunState.Completed => null,
            RunState.Incomplete => string.Join("; ", run.Gaps.Take(3)),
            _ => $"The run was {run.State.ToString().ToLowerInvariant()}.",
        };

    private async Task ExecuteAsync(
        string[] statements,
        Action<NpgsqlBatchCommand> bind,
        CancellationToken cancellationToken
    )
    {
        var catalogue = await database.CatalogueAsync(cancellationToken);
        string[] possible =
        [
            .. statements.Where(statement =>
                statement switch
                {
                    "mend-jobs" or "open-job" or "reopen-job" or "turn-job" or "close-job" => SchemaNeeds.IsUsable(
                        catalogue,
                        Jobs
                    ),
                    "mend-logs" or "open-log" or "close-log" => SchemaNeeds.IsUsable(catalogue, Logs),
                    "mend-repository" => catalogue.HasColumn("repositories", "sync_status"),
                    _ => true,
                }
            ),
        ];
        if (possible.Length == 0)
        {
            return;
        }

        await database.TransactionAsync(
            async (connection, token) =>
            {
                await using var batch = new NpgsqlBatch(connection);
                foreach (var statement in possible)
                {
                    var command = new NpgsqlBatchCommand(SqlText.For($"Sync/Runs/Sql/{statement}.sql", catalogue));
                    Set(command, "repository_id", NpgsqlDbType.Uuid, repository.Id);
                    Set(command, "run_id", NpgsqlDbType.Uuid, runId);
                    bind(command);
                    batch.BatchCommands.Add(command);
                }

                // A job refers to its repository by a deferred key. This statement shows an error before COMMIT would.
                batch.BatchCommands.Add(new NpgsqlBatchCommand(SqlText.Read("Postgres/check-constraints.sql")));
                return await batch.ExecuteNonQueryAsync(token);
            },
            cancellationToken
        );
    }

    private static void Set(NpgsqlBatchCommand command, string name, NpgsqlDbType type, object? value) =>
        command.Parameters.Add(new NpgsqlParameter(name, type) { Value = value ?? DBNull.Value });
}
