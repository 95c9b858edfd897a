using Backfill.Core.Embedding.Store;
using Backfill.Core.Postgres;

namespace Backfill.Core.Coverage;

/// <summary>Whether the app tracks a repository.</summary>
/// <param name="Rows">Its rows.</param>
/// <param name="Off">Those of them that are switched off.</param>
internal sealed record TrackingFacts(long Rows, long Off);

/// <summary>The app's sync schedule of a repository.</summary>
/// <param name="Rows">One a workspace.</param>
/// <param name="Off">Rows that are switched off.</param>
/// <param name="Failing">Rows whose last sync failed.</param>
/// <param name="Overdue">Rows whose next sync should have begun more than a week ago.</param>
/// <param name="Error">Why the last one failed; null where no row says it.</param>
internal sealed record ScheduleFacts(long Rows, long Off, long Failing, long Overdue, string? Error);

/// <summary>Jobs of the app that failed, and why the newest did.</summary>
internal sealed record FailedJobFacts(long Failed, string? Error);

/// <summary>The jobs of pg_cron.</summary>
/// <param name="Jobs">Those that the login may see.</param>
/// <param name="Active">Those of them that are switched on.</param>
/// <param name="Failing">Names, with the last message, of those whose every run failed.</param>
internal sealed record CronFacts(long Jobs, long Active, IReadOnlyList<string> Failing);

/// <summary>Reads what the app's own tables say of its work on a repository.</summary>
internal sealed class AppFacts(Database database, StoredRepository repository)
{
    private static readonly string[] ScheduleColumns =
    [
        "is_active",
        "last_sync_at",
        "last_sync_error",
        "last_sync_status",
        "next_sync_at",
    ];

    /// <summary>Whether the app's table of repositories shows a sync status.</summary>
    public async Task<bool> HasSyncStatusAsync(CancellationToken cancellationToken) =>
        (await database.CatalogueAsync(cancellationToken)).HasColumn("repositories", "sync_status");

    /// <summary>The app's status where nothing will change it; null where it is as it should be.</summary>
    public async Task<string?> SyncStatusAsync(CancellationToken cancellationToken) =>
        await (await StatementAsync("read-sync-status", cancellationToken)).ValueAsync<string>(cancellationToken);

    /// <summary>Whether the app tracks the repository.</summary>
    public async Task<TrackingFacts> TrackingAsync(CancellationToken cancellationToken) =>
        (
            await (await StatementAsync("count-tracking", cancellationToken)).RowAsync(
                row => new TrackingFacts(row.Get<long>("rows"), row.Get<long>("off")),
                cancellationToken
            )
        )!;

    /// <summary>The app's schedule; null where the database has none.</summary>
    public async Task<ScheduleFacts?> ScheduleAsync(CancellationToken cancellationToken)
    {
        var catalogue = await database.CatalogueAsync(cancellationToken);
        return Array.TrueForAll(
            ScheduleColumns,
            column => catalogue.HasColumn("workspace_tracked_repositories", column)
        )
            ? await (await StatementAsync("count-schedules", cancellationToken)).RowAsync(
                row => new ScheduleFacts(
                    row.Get<long>("rows"),
                    row.Get<long>("off"),
                    row.Get<long>("failing"),
                    row.Get<long>("overdue"),
                    row.TextOrNull("error")
                ),
                cancellationToken
            )
            : null;
    }

    /// <summary>Jobs of the app that failed and that none has succeeded since.</summary>
    public async Task<FailedJobFacts> FailedJobsAsync(CancellationToken cancellationToken) =>
        (
            await (await StatementAsync("count-failed-jobs", cancellationToken)).RowAsync(
                row => new FailedJobFacts(row.Get<long>("failed"), row.TextOrNull("error")),
                cancellationToken
            )
        )!;

    /// <summary>True where the login may read pg_cron's tables; null where the database has no pg_cron.</summary>
    public async Task<bool?> MayReadCronAsync(CancellationToken cancellationToken) =>
        await (await StatementAsync("find-cron", cancellationToken)).ValueAsync<bool?>(cancellationToken);

    /// <summary>The jobs of pg_cron.</summary>
    public async Task<CronFacts> CronAsync(CancellationToken cancellationToken) =>
        (
            await (await StatementAsync("read-cron", cancellationToken)).RowAsync(
                row => new CronFacts(row.Get<long>("jobs"), row.Get<long>("active"), row.Get<string[]>("failing")),
                cancellationToken
            )
        )!;

    private async Task<Statement> StatementAsync(string name, CancellationToken cancellationToken) =>
        database
            .Statement($"Coverage/{name}", await database.CatalogueAsync(cancellationToken))
            .Set("repository_id", repository.Id)
            .Set("own_failure", EmbeddingJob.Failure);
}
