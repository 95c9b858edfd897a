using System.Globalization;

namespace Backfill.Core.Coverage;

/// <summary>The checks of rows, people and jobs: what no honest copy has.</summary>
internal sealed class RowChecks(CoverageFacts facts, CheckReport report, string repository)
{
    /// <summary>What is stored and not as GitHub has it is not read by a run that goes on from where the last one ended.</summary>
    public static string Reread(string repository) =>
        $"Run Test-BackfillCoverage {repository} -Repair: it reads the repository again, which costs what the first sync did.";

    private string Again => $"Run Start-RepoSync {repository} | Wait-RepoSync.";

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
            Reread(repository)
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
            Reread(repository)
        );
        report.None(
            CheckDefinition.MergedWithoutDate,
            quality.Undated,
            "merged pull requests without a date or a mark",
            Reread(repository)
        );
        report.None(CheckDefinition.ImpossibleStates, quality.Impossible, "rows", Reread(repository));
        report.None(CheckDefinition.FutureDates, quality.Future, "rows from the future", Reread(repository));
        report.Warn(
            CheckDefinition.UpdateTimes,
            quality.ForeignTimes,
            "rows updated after they were last synced",
            $"{Again} Where that does not help, another program writes its own time there: {Reread(repository)}"
        );
        report.Warn(
            CheckDefinition.StoredCounters,
            quality.WrongCounters,
            "counter of the repository is not the number of its rows",
            Again
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
            Reread(repository)
        );
        report.None(
            CheckDefinition.OrphanAuthors,
            people.Orphans,
            "authors without a row in contributors",
            Reread(repository)
        );
        report.None(
            CheckDefinition.DuplicateAuthors,
            people.Twice,
            "people with two rows of one login",
            "Logins differ not by capitals: move the rows of the one whose github_id is not GitHub's to the other, and delete it."
        );
        report.None(CheckDefinition.BotFlags, people.Humans, "bots taken for humans", Reread(repository));
    }

    private async Task JobsAsync(CancellationToken cancellationToken)
    {
        if (report.WantsAny(CheckDefinition.StuckJobs, CheckDefinition.IdleJobs, CheckDefinition.SyncSchedule))
        {
            var jobs = await facts.JobsAsync(cancellationToken);
            report.None(
                CheckDefinition.StuckJobs,
                jobs.Stuck,
                "jobs at work for too long",
                $"{Again} It closes those of the tool's own; the app's own are closed by its clean-up, or by hand."
            );
            report.None(
                CheckDefinition.IdleJobs,
                jobs.Idle,
                "jobs called complete that found work and did none",
                "The app's embedding job swallows an error: look at its log, and delete these rows once it is mended."
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
}
