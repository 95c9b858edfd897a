using System.Globalization;
using Backfill.Core.Postgres;

namespace Backfill.Core.Coverage.Checks;

/// <summary>The checks of the category Jobs: the jobs, schedules and states of a repository in the app's tables.</summary>
internal static class JobChecks
{
    private const string Category = "Jobs";
    private const string Jobs = "Coverage/count-jobs";
    private const string Cron = "Coverage/read-cron";
    private const string Queue = "items_needing_embeddings_priority";

    // The app's queue has no discussions.
    private static readonly string[] QueuedTypes = ["issue", "pull_request"];

    private static readonly string[] ScheduleColumns =
    [
        "is_active",
        "last_sync_at",
        "last_sync_error",
        "last_sync_status",
        "next_sync_at",
    ];

    /// <summary>Gets the checks in their order.</summary>
    public static IReadOnlyList<Check> All { get; } =
    [
        new("StuckJobs", Category, Jobs, Repair: null, StuckAsync),
        None(
            "DesertedJobs",
            PipelineStage.Sync,
            "deserted",
            "jobs or log rows of this tool's syncs whose process has ended"
        ),
        None(
            "DesertedEmbeddings",
            PipelineStage.Embed,
            "deserted_embeddings",
            "embedding jobs of this tool whose process has ended"
        ),
        None(
            "IdleJobs",
            repair: null,
            "idle",
            "completed embedding jobs that found items but embedded none",
            "The app's embedding function hides an error. Read the function's log, fix the cause, then delete these rows of embedding_jobs."
        ),
        new("FailedJobs", Category, "Coverage/count-failed-jobs", Repair: null, FailedAsync),
        new("EmbeddingQueue", Category, "Coverage/count-queue", PipelineStage.Embed, QueueAsync),
        new("SyncStatus", Category, "Coverage/read-sync-status", PipelineStage.Sync, SyncStatusAsync),
        new("Tracking", Category, "Coverage/count-tracking", Repair: null, TrackingAsync),
        None(
            "SyncSchedule",
            repair: null,
            "unscheduled",
            "workspaces whose schedule lacks the repository",
            "The app's scheduler never syncs the repository there. When the repository is tracked, remove it from the workspace and add it again.",
            warns: true
        ),
        new("ScheduledSyncs", Category, "Coverage/count-schedules", Repair: null, SchedulesAsync),
        new("CronJobs", Category, Cron, Repair: null, CronAsync),
    ];

    private static Check None(
        string id,
        PipelineStage? repair,
        string column,
        string what,
        string? advice = null,
        bool warns = false
    ) =>
        new(
            id,
            Category,
            Jobs,
            repair,
            async (facts, token) => Verdict.None((await facts.CountsAsync(Jobs, token))[column], what, advice, warns)
        );

    private static async Task<Verdict> StuckAsync(CoverageFacts facts, CancellationToken cancellationToken)
    {
        var jobs = await facts.CountsAsync(Jobs, cancellationToken);
        return Verdict.None(
            [
                .. Some(jobs["stuck"], "jobs of the app that run for too long"),
                .. Some(jobs["unstarted"], "jobs of the app that were never started"),
            ],
            "none",
            "No command of this tool changes the app's jobs. Find out in the app why these jobs do not start or do not end. Then delete these rows of progressive_capture_jobs, embedding_jobs and sync_logs, or set their status to failed and completed_at to now()."
        );
    }

    private static async Task<Verdict> FailedAsync(CoverageFacts facts, CancellationToken cancellationToken)
    {
        var jobs = await facts.RowAsync(
            "Coverage/count-failed-jobs",
            row => Tuple.Create(row.Get<long>("failed"), row.TextOrNull("error")),
            cancellationToken
        );
        return Verdict.None(
            jobs?.Item1 ?? 0,
            $"jobs of the app failed in the last 30 days, and none succeeded since{Because(jobs?.Item2)}",
            "Fix in the app what the error names. The check passes when a later job of the same kind has succeeded, or when the failed rows are deleted.",
            warns: true
        );
    }

    private static async Task<Verdict> QueueAsync(CoverageFacts facts, CancellationToken cancellationToken)
    {
        var vectors = await EmbeddingChecks.VectorsAsync(facts, cancellationToken);
        var waiting = vectors
            .Where(vector => QueuedTypes.Contains(vector.Item.Name, StringComparer.Ordinal))
            .Sum(vector => vector.Total - vector.Embedded);
        var hasQueue = (await facts.Database.CatalogueAsync(cancellationToken)).HasTable(Queue);
        var queue =
            waiting > 0 && hasQueue
                ? await facts.RowAsync("Coverage/count-queue", row => row.Counts(), cancellationToken)
                : null;
        long? shown = hasQueue ? queue?["shown"] ?? 0 : null;
        return Verdict.Warn(
            waiting == 0 || shown != 0,
            "items in the queue when some wait",
            waiting == 0
                ? "no items wait"
                : $"{Verdict.Number(waiting)} items wait, {shown?.ToString(CultureInfo.InvariantCulture) ?? "none"} in the queue",
            $"The app's queue only holds items of active workspaces, and at most 200. Run Invoke-EmbeddingBackfill {facts.FullName}, which reads the tables instead."
        );
    }

    private static async Task<Verdict> SyncStatusAsync(CoverageFacts facts, CancellationToken cancellationToken)
    {
        if (!(await facts.Database.CatalogueAsync(cancellationToken)).HasColumn("repositories", "sync_status"))
        {
            return Verdict.Skip("The table repositories has no column sync_status.");
        }

        var stuck = await facts.RowAsync(
            "Coverage/read-sync-status",
            row => row.Get<string>("sync_status"),
            cancellationToken
        );
        return Verdict.Judge(
            stuck is null,
            "not failed, and syncing only during a sync",
            stuck switch
            {
                null => "as expected",
                "syncing" => "syncing for more than an hour without a running sync",
                _ => stuck,
            }
        );
    }

    private static async Task<Verdict> TrackingAsync(CoverageFacts facts, CancellationToken cancellationToken)
    {
        var tracking = await facts.RowAsync("Coverage/count-tracking", row => row.Counts(), cancellationToken);
        var (isMissing, isOff) = (tracking is null, tracking?["off"] > 0);
        return Verdict.Warn(
            !isMissing && !isOff,
            "tracked by the app",
            isMissing ? "no row in tracked_repositories"
                : isOff ? "switched off in the app (tracked_repositories.tracking_enabled is false)"
                : "tracked by the app",
            isMissing
                ? $"Run Register-BackfillRepository {facts.FullName}."
                : "The app no longer syncs the repository. Switch tracking on in the app, or run Register-BackfillRepository for the repository."
        );
    }

    private static async Task<Verdict> SchedulesAsync(CoverageFacts facts, CancellationToken cancellationToken)
    {
        var catalogue = await facts.Database.CatalogueAsync(cancellationToken);
        if (!Array.TrueForAll(ScheduleColumns, one => catalogue.HasColumn("workspace_tracked_repositories", one)))
        {
            return Verdict.Skip("The database has no sync schedule of the app.");
        }

        var schedule =
            await facts.RowAsync(
                "Coverage/count-schedules",
                row => new ScheduleFacts(
                    row.Get<long>("rows"),
                    row.Get<long>("off"),
                    row.Get<long>("failing"),
                    row.Get<long>("overdue"),
                    row.TextOrNull("error")
                ),
                cancellationToken
            ) ?? new ScheduleFacts(0, 0, 0, 0, Error: null);
        var isOff = schedule.Rows > 0 && schedule.Off == schedule.Rows;
        string[] found =
        [
            .. isOff ? [$"all {Verdict.Number(schedule.Rows)} switched off"] : Array.Empty<string>(),
            .. Some(schedule.Overdue, "overdue for more than a week"),
            .. Some(schedule.Failing, $"failed at their last sync{Because(schedule.Error)}"),
        ];
        return Verdict.Warn(
            found.Length == 0,
            "active schedules that work",
            found.Length == 0 ? $"{Verdict.Number(schedule.Rows)} schedules" : string.Join(", ", found),
            "The app's scheduler does not keep the repository up to date. Switch the schedules on in workspace_tracked_repositories (is_active), or find out in the app why its scheduler fails or does not run. The rows of this tool's syncs are not affected."
        );
    }

    private static async Task<Verdict> CronAsync(CoverageFacts facts, CancellationToken cancellationToken)
    {
        var cron = await facts.Stored.OnceAsync(Cron, token => ReadCronAsync(facts.Database, token), cancellationToken);
        if (cron is null)
        {
            return Verdict.Skip(
                "The login may not read cron.job and cron.job_run_details.",
                "Let a superuser grant USAGE on schema cron and SELECT on these two tables."
            );
        }

        var isOff = cron is { Jobs: > 0, Active: 0 };
        return Verdict.Warn(
            !isOff && cron.Failing.Count == 0,
            "active jobs that work",
            isOff ? $"all {Verdict.Number(cron.Jobs)} switched off"
                : cron.Failing.Count > 0 ? $"every run in the last 30 days failed: {string.Join("; ", cron.Failing)}"
                : $"{Verdict.Number(cron.Active)} active jobs",
            "Fix what the message names, or switch the jobs on with cron.alter_job."
        );
    }

    // Null where the login may not read the jobs. A database without pg_cron has none.
    private static async Task<CronFacts?> ReadCronAsync(Database database, CancellationToken cancellationToken)
    {
        var mayRead = await database.Statement("Coverage/find-cron").ValueAsync<bool?>(cancellationToken);
        return mayRead switch
        {
            null => new CronFacts(0, 0, []),
            false => null,
            true => await database
                .Statement(Cron)
                .OverWholeTables()
                .RowAsync(
                    row => new CronFacts(row.Get<long>("jobs"), row.Get<long>("active"), row.Get<string[]>("failing")),
                    cancellationToken
                ),
        };
    }

    private static string[] Some(long found, string what) => found > 0 ? [$"{Verdict.Number(found)} {what}"] : [];

    private static string Because(string? error) => error is null ? "" : $": {error}";

    /// <summary>The app's sync schedule of a repository.</summary>
    /// <param name="Rows">Gets the number of rows, one per workspace.</param>
    /// <param name="Off">Gets the rows that are switched off.</param>
    /// <param name="Failing">Gets the rows whose last sync failed.</param>
    /// <param name="Overdue">Gets the rows whose next sync should have begun more than a week ago.</param>
    /// <param name="Error">Gets why the newest sync failed; null where no row says it.</param>
    private sealed record ScheduleFacts(long Rows, long Off, long Failing, long Overdue, string? Error);

    /// <summary>The jobs of pg_cron.</summary>
    /// <param name="Jobs">Gets the jobs that the login may see.</param>
    /// <param name="Active">Gets the jobs that are switched on.</param>
    /// <param name="Failing">Gets the names of the jobs whose every run failed, each with its last message.</param>
    private sealed record CronFacts(long Jobs, long Active, IReadOnlyList<string> Failing);
}
