using System.Globalization;

namespace Backfill.Core.Coverage;

/// <summary>The checks of rows, people and jobs: what no honest copy has.</summary>
internal sealed class RowChecks(CoverageFacts facts, CheckReport report, string repository)
{
    /// <summary>Judges those that are asked for.</summary>
    public async Task AllAsync(CancellationToken cancellationToken)
    {
        await QualityAsync(cancellationToken);
        await PeopleAsync(cancellationToken);
        await JobsAsync(cancellationToken);
    }

    private async Task QualityAsync(CancellationToken cancellationToken)
    {
        if (!report.WantsAny(CheckDefinition.All.Where(check => check.Query == CheckDefinition.NullAuthors.Query)))
        {
            return;
        }

        var quality = await facts.QualityAsync(cancellationToken);
        report.Judge(
            CheckDefinition.NullAuthors,
            quality.NullAuthors == 0,
            "none",
            quality.NullAuthors == 0
                ? "none"
                : $"{quality.NullPullRequestAuthors} pull requests, {quality.NullIssueAuthors} issues, {quality.NullCommenters} comments",
            report.SyncAdvice(CheckDefinition.NullAuthors)
        );
        report.None(
            CheckDefinition.Duplicates,
            quality.Duplicates,
            "rows with the number of another",
            "Another writer stored them twice, or pull requests as issues: delete the rows that GitHub does not have."
        );
        report.None(
            CheckDefinition.NumericIds,
            quality.WrongIds,
            "rows with a number, or nothing of GitHub's, as their id",
            report.SyncAdvice(CheckDefinition.NumericIds)
        );
        report.None(
            CheckDefinition.MergedWithoutDate,
            quality.Undated,
            "merged pull requests without a date or a mark",
            report.SyncAdvice(CheckDefinition.MergedWithoutDate)
        );
        report.None(
            CheckDefinition.ImpossibleStates,
            quality.Impossible,
            "rows",
            report.SyncAdvice(CheckDefinition.ImpossibleStates)
        );
        report.None(
            CheckDefinition.FutureDates,
            quality.Future,
            "rows from the future",
            report.SyncAdvice(CheckDefinition.FutureDates)
        );
        report.Warn(
            CheckDefinition.UpdateTimes,
            quality.ForeignTimes,
            "rows updated after they were last synced",
            $"GitHub updated them since, and Start-RepoSync {repository} | Wait-RepoSync brings it; or another program writes its own time there. {report.SyncAdvice(CheckDefinition.UpdateTimes)}"
        );
        report.Warn(
            CheckDefinition.StoredCounters,
            quality.WrongCounters,
            "counter of the repository is not the number of its rows",
            report.SyncAdvice(CheckDefinition.StoredCounters)
        );
    }

    private async Task PeopleAsync(CancellationToken cancellationToken)
    {
        if (!report.WantsAny(CheckDefinition.All.Where(check => check.Query == CheckDefinition.OrphanAuthors.Query)))
        {
            return;
        }

        var people = await facts.PeopleAsync(cancellationToken);
        report.Judge(
            CheckDefinition.ContributorCount,
            people.Missing == 0,
            CheckReport.Number(people.People + people.Missing),
            CheckReport.Number(people.People),
            report.SyncAdvice(CheckDefinition.ContributorCount)
        );
        report.None(
            CheckDefinition.OrphanAuthors,
            people.Orphans,
            "authors without a row in contributors",
            report.SyncAdvice(CheckDefinition.OrphanAuthors)
        );
        report.None(
            CheckDefinition.DuplicateAuthors,
            people.Twice,
            "people with two rows of one login",
            "Logins differ not by capitals: move the rows of the one whose github_id is not GitHub's to the other, and delete it."
        );
        report.None(
            CheckDefinition.BotFlags,
            people.Humans,
            "bots taken for humans",
            report.SyncAdvice(CheckDefinition.BotFlags)
        );
    }

    private async Task JobsAsync(CancellationToken cancellationToken)
    {
        if (report.WantsAny(CheckDefinition.All.Where(check => check.Query == CheckDefinition.StuckJobs.Query)))
        {
            var jobs = await facts.JobsAsync(cancellationToken);
            StuckJobs(jobs);
            report.None(
                CheckDefinition.DesertedJobs,
                jobs.Deserted,
                "jobs or log lines of syncs of this tool whose process is gone",
                report.SyncAdvice(CheckDefinition.DesertedJobs)
            );
            report.None(
                CheckDefinition.DesertedEmbeddings,
                jobs.DesertedEmbeddings,
                "embedding jobs of this tool whose process is gone",
                $"Run Invoke-EmbeddingBackfill {repository}."
            );
            report.None(
                CheckDefinition.IdleJobs,
                jobs.Idle,
                "embedding jobs called complete that found items and embedded none",
                "The app's embedding function hides an error: read the function's log and fix the cause, then delete these rows of embedding_jobs."
            );
            report.Warn(
                CheckDefinition.SyncSchedule,
                jobs.Unscheduled,
                "workspaces whose schedule does not hold the repository",
                "The app's scheduler never syncs it there: remove the repository from the workspace and add it again, after it is tracked."
            );
        }

        if (report.Wants(CheckDefinition.EmbeddingQueue))
        {
            var queue = await facts.QueueAsync(cancellationToken);
            report.Add(
                CheckDefinition.EmbeddingQueue,
                queue is { Waiting: > 0, Shown: 0 } ? CheckStatus.Warning : CheckStatus.Passed,
                "shown where some wait",
                queue.Waiting == 0
                    ? "none waits"
                    : $"{CheckReport.Number(queue.Waiting)} wait, {queue.Shown?.ToString(CultureInfo.InvariantCulture) ?? "no queue"} shown",
                $"The app's queue shows only active workspaces, and 200 items in all. Run Invoke-EmbeddingBackfill {repository}, which reads the tables."
            );
        }
    }

    private void StuckJobs(JobFacts jobs)
    {
        string[] found =
        [
            .. jobs.Stuck > 0
                ? [$"{CheckReport.Number(jobs.Stuck)} jobs of the app at work for too long"]
                : Array.Empty<string>(),
            .. jobs.Unstarted > 0
                ? [$"{CheckReport.Number(jobs.Unstarted)} jobs of the app that nothing began"]
                : Array.Empty<string>(),
        ];
        report.Judge(
            CheckDefinition.StuckJobs,
            found.Length == 0,
            "none",
            found.Length == 0 ? "none" : string.Join(", ", found),
            "No command of this tool changes the app's jobs. Look in the app for why they do not end or do not begin. Then delete these rows of progressive_capture_jobs, embedding_jobs and sync_logs, or set their status to failed and completed_at to now()."
        );
    }
}
