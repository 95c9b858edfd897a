namespace Backfill.Core.Coverage;

/// <summary>The checks of what the app itself does with a repository: its status, its tracking, its schedules and its failed jobs.</summary>
internal sealed class AppChecks(AppFacts facts, CheckReport report, string repository)
{
    /// <summary>Judges those that are asked for.</summary>
    public async Task AllAsync(CancellationToken cancellationToken)
    {
        if (report.Wants(CheckDefinition.FailedJobs))
        {
            var jobs = await facts.FailedJobsAsync(cancellationToken);
            report.Warn(
                CheckDefinition.FailedJobs,
                jobs.Failed,
                $"jobs of the app failed in the last 30 days, and none succeeded since{Because(jobs.Error)}",
                "Fix in the app what the error names. The check passes once a job of the same kind has succeeded, or the failed rows are deleted."
            );
        }

        if (report.Wants(CheckDefinition.SyncStatus))
        {
            await SyncStatusAsync(cancellationToken);
        }

        if (report.Wants(CheckDefinition.Tracking))
        {
            await TrackingAsync(cancellationToken);
        }

        if (report.Wants(CheckDefinition.ScheduledSyncs))
        {
            await SchedulesAsync(cancellationToken);
        }

        if (report.Wants(CheckDefinition.CronJobs))
        {
            await CronAsync(cancellationToken);
        }
    }

    private static string Because(string? error) => error is null ? "" : $": {error}";

    private async Task SyncStatusAsync(CancellationToken cancellationToken)
    {
        if (!await facts.HasSyncStatusAsync(cancellationToken))
        {
            report.Skip(CheckDefinition.SyncStatus, "The table repositories has no column sync_status.");
            return;
        }

        var stuck = await facts.SyncStatusAsync(cancellationToken);
        report.Judge(
            CheckDefinition.SyncStatus,
            stuck is null,
            "not failed, and syncing only during a sync",
            stuck switch
            {
                null => "as expected",
                "syncing" => "syncing for more than an hour, and nothing is at work",
                _ => stuck,
            },
            report.SyncAdvice(CheckDefinition.SyncStatus)
        );
    }

    private async Task TrackingAsync(CancellationToken cancellationToken)
    {
        var tracking = await facts.TrackingAsync(cancellationToken);
        report.Add(
            CheckDefinition.Tracking,
            tracking is { Rows: > 0, Off: 0 } ? CheckStatus.Passed : CheckStatus.Warning,
            "tracked by the app",
            tracking switch
            {
                { Rows: 0 } => "no row in tracked_repositories",
                { Off: > 0 } => "switched off in the app (tracked_repositories.tracking_enabled is false)",
                _ => "tracked by the app",
            },
            tracking.Rows == 0
                ? $"Run Register-BackfillRepository {repository}."
                : "The app does not sync it any more. Switch tracking on in the app, or set tracking_enabled to true in its row of tracked_repositories. No command of this tool changes that column."
        );
    }

    private async Task SchedulesAsync(CancellationToken cancellationToken)
    {
        if (await facts.ScheduleAsync(cancellationToken) is not { } schedule)
        {
            report.Skip(CheckDefinition.ScheduledSyncs, "The database has no sync schedule of the app.");
            return;
        }

        var allOff = schedule.Rows > 0 && schedule.Off == schedule.Rows;
        string[] found =
        [
            .. allOff ? [$"all {CheckReport.Number(schedule.Rows)} switched off"] : Array.Empty<string>(),
            .. schedule.Overdue > 0
                ? [$"{CheckReport.Number(schedule.Overdue)} overdue for more than a week"]
                : Array.Empty<string>(),
            .. schedule.Failing > 0
                ? [$"{CheckReport.Number(schedule.Failing)} failed at their last sync{Because(schedule.Error)}"]
                : Array.Empty<string>(),
        ];
        report.Add(
            CheckDefinition.ScheduledSyncs,
            found.Length == 0 ? CheckStatus.Passed : CheckStatus.Warning,
            "schedules that are on and work",
            found.Length == 0 ? $"{CheckReport.Number(schedule.Rows)} schedules" : string.Join(", ", found),
            "The app's scheduler does not keep the repository up to date. Switch the schedules on in workspace_tracked_repositories (is_active), or look in the app for why its scheduler fails or does not run. The rows of this tool's syncs are not affected."
        );
    }

    private async Task CronAsync(CancellationToken cancellationToken)
    {
        var mayRead = await facts.MayReadCronAsync(cancellationToken);
        if (mayRead == false)
        {
            report.Skip(
                CheckDefinition.CronJobs,
                "The login may not read cron.job and cron.job_run_details.",
                "Let a superuser grant USAGE on schema cron and SELECT on these two tables."
            );
            return;
        }

        // A database without pg_cron has no jobs.
        var cron = mayRead is null ? new CronFacts(0, 0, []) : await facts.CronAsync(cancellationToken);
        var allOff = cron is { Jobs: > 0, Active: 0 };
        report.Add(
            CheckDefinition.CronJobs,
            allOff || cron.Failing.Count > 0 ? CheckStatus.Warning : CheckStatus.Passed,
            "jobs that are on and work",
            allOff ? $"all {CheckReport.Number(cron.Jobs)} switched off"
                : cron.Failing.Count > 0 ? $"every run in the last 30 days failed: {string.Join("; ", cron.Failing)}"
                : $"{CheckReport.Number(cron.Active)} jobs on",
            "Fix what the message names, or switch the jobs on with cron.alter_job."
        );
    }
}
