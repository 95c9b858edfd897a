using System.Globalization;
using Backfill.Core.Postgres;
using Backfill.Core.Sync;

namespace Backfill.Core.Coverage;

/// <summary>Runs the operators' checklist against one repository. A check that cannot be judged says why; none is left out.</summary>
internal sealed class CoverageRun
{
    private static readonly TimeSpan FreshFor = TimeSpan.FromHours(24);

    private readonly StoredRepository repository;
    private readonly CoverageRequest request;
    private readonly IGitHubTotals totals;
    private readonly BackfillSettings settings;
    private readonly TimeProvider time;
    private readonly SyncTables tables;
    private readonly RunRecord runs;
    private readonly CoverageFacts facts;
    private readonly List<CoverageCheck> checks = [];

    private CoverageRun(
        Database database,
        StoredRepository repository,
        CoverageRequest request,
        IGitHubTotals totals,
        BackfillSettings settings,
        TimeProvider time
    )
    {
        this.repository = repository;
        this.request = request;
        this.totals = totals;
        this.settings = settings;
        this.time = time;
        tables = new SyncTables(database, repository);
        runs = new RunRecord(database);
        facts = new CoverageFacts(database, repository);
    }

    /// <summary>The checks that would be run.</summary>
    public static IReadOnlyList<CoverageCheck> Plan(string repository) =>
        [
            .. CheckDefinition.All.Select(definition =>
                definition.For(repository) with
                {
                    Status = CheckStatus.Skipped,
                    Actual = "planned",
                }
            ),
        ];

    /// <summary>Every check with what it found, in the order of the list.</summary>
    /// <exception cref="BackfillException">The database cannot be read.</exception>
    public static async Task<IReadOnlyList<CoverageCheck>> RunAsync(
        Database database,
        StoredRepository repository,
        CoverageRequest request,
        IGitHubTotals totals,
        BackfillSettings settings,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var run = new CoverageRun(database, repository, request, totals, settings, time);
        await run.CountsAsync(cancellationToken);
        await run.ChildrenAsync(cancellationToken);
        await run.VectorsAsync(cancellationToken);
        await run.SyncAsync(cancellationToken);
        await run.QualityAsync(cancellationToken);
        await run.MetricsAsync(cancellationToken);
        run.CheckSettings();
        return run.checks;
    }

    private string Again => $"Run Start-RepoSync {repository.FullName} | Wait-RepoSync.";

    private async Task CountsAsync(CancellationToken cancellationToken)
    {
        var stored = await tables.CountAsync(cancellationToken);
        var windows = await tables.WindowsAsync(cancellationToken);
        GitHubTotals? found = null;
        string? refused = null;
        if (!request.SkipGitHub)
        {
            try
            {
                found = Known() ?? await totals.ReadAsync(RepositoryName.Parse(repository.FullName), cancellationToken);
            }
            catch (BackfillException error)
            {
                refused = $"GitHub could not be asked: {error.Message}";
            }
        }

        Count(CheckDefinition.PullRequestCount, Entities.PullRequests, Lanes.PullRequests, found?.PullRequests);
        Count(CheckDefinition.IssueCount, Entities.Issues, Lanes.Issues, found?.Issues);
        Count(CheckDefinition.DiscussionCount, Entities.Discussions, Lanes.Discussions, found?.Discussions);

        void Count(CheckDefinition check, string entity, string lane, int? expected)
        {
            var window = windows.GetValueOrDefault(lane);
            if (!stored.TryGetValue(entity, out var rows))
            {
                Skip(check, "The database has no table for them.");
            }
            else if (request.SkipGitHub)
            {
                Skip(check, $"{rows} stored; GitHub was not asked (-SkipGitHub).");
            }
            else if (window is { ReachedBeginning: false })
            {
                Skip(
                    check,
                    $"{rows} stored, back to {window.OldestAt:yyyy-MM-dd}; older ones are outside what was asked for.",
                    $"Start-RepoSync {repository.FullName} -Full includes them."
                );
            }
            else if (expected is null)
            {
                Judge(
                    check,
                    passed: false,
                    "GitHub's total",
                    refused ?? "GitHub gave no total.",
                    "Mend that, or check without GitHub: -SkipGitHub."
                );
            }
            else
            {
                Judge(check, rows == expected, Number(expected.Value), Number(rows), Again);
            }
        }
    }

    // A piped run has just asked.
    private GitHubTotals? Known()
    {
        var known = (request.KnownTotals ?? []).ToDictionary(
            count => count.Entity,
            count => count.GitHubTotal,
            StringComparer.Ordinal
        );
        return
            known.GetValueOrDefault(Entities.PullRequests) is { } pulls
            && known.GetValueOrDefault(Entities.Issues) is { } issues
            ? new GitHubTotals((int)pulls, (int)issues, (int?)known.GetValueOrDefault(Entities.Discussions))
            : null;
    }

    private async Task ChildrenAsync(CancellationToken cancellationToken)
    {
        var children = await facts.ChildrenAsync(cancellationToken);
        Judge(
            CheckDefinition.ReviewCount,
            children.StoredReviews == children.ExpectedReviews,
            Number(children.ExpectedReviews),
            Number(children.StoredReviews),
            Again
        );
        Judge(
            CheckDefinition.CommentCount,
            children.StoredComments == children.ExpectedComments,
            Number(children.ExpectedComments),
            Number(children.StoredComments),
            Again
        );
        var reached = (await tables.WindowsAsync(cancellationToken))
            .GetValueOrDefault(Lanes.PullRequests)
            ?.ReachedBeginning;
        var (gaps, total) = await tables.OpenGapsAsync(reached == true, cancellationToken);
        Judge(
            CheckDefinition.SyncGaps,
            total == 0,
            "none",
            total == 0 ? "none" : $"{Number(total)}: {string.Join("; ", gaps.Take(3))}",
            Again
        );
    }

    private async Task VectorsAsync(CancellationToken cancellationToken)
    {
        var vectors = await facts.VectorsAsync(cancellationToken);
        var embed = $"Run Invoke-EmbeddingBackfill {repository.FullName}.";
        Coverage(CheckDefinition.PullRequestEmbeddings, "pull_request");
        Coverage(CheckDefinition.IssueEmbeddings, "issue");
        Coverage(CheckDefinition.DiscussionEmbeddings, "discussion");

        var stale = vectors.Sum(vector => vector.Stale);
        Judge(CheckDefinition.StaleEmbeddings, stale == 0, "none", stale == 0 ? "none" : Number(stale), embed);
        string[] models = [.. vectors.SelectMany(vector => vector.Models).Distinct(StringComparer.Ordinal)];
        Judge(
            CheckDefinition.EmbeddingModel,
            models.Length <= 1,
            "one model",
            models.Length == 0 ? "none recorded" : string.Join(", ", models),
            $"Vectors of two models cannot be compared: run Invoke-EmbeddingBackfill {repository.FullName} -AllowModelChange."
        );
        int[] lengths = [.. vectors.SelectMany(vector => vector.Lengths).Distinct()];
        Judge(
            CheckDefinition.EmbeddingLength,
            lengths.Length <= 1 && !lengths.Contains(0),
            "one length",
            lengths.Length == 0 ? "no vectors" : string.Join(", ", lengths.Select(length => Number(length))),
            $"Run Invoke-EmbeddingBackfill {repository.FullName} -Force."
        );

        void Coverage(CheckDefinition check, string type)
        {
            var vector = vectors.FirstOrDefault(vector => vector.Item.Name == type);
            if (vector is null)
            {
                Skip(check, "The table has no column for vectors.");
                return;
            }

            var percent = vector.Total == 0 ? 100 : 100.0 * vector.Embedded / vector.Total;
            var quarantined =
                vector.Quarantined == 0 ? "" : $", {Number(vector.Quarantined)} set aside by the provider";
            Judge(
                check,
                percent >= request.MinimumCoverage,
                string.Create(CultureInfo.InvariantCulture, $"{request.MinimumCoverage:0.##} %"),
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{percent:0.##} % ({vector.Embedded} of {vector.Total}{quarantined})"
                ),
                embed
            );
        }
    }

    private async Task SyncAsync(CancellationToken cancellationToken)
    {
        var name = RepositoryName.Parse(repository.FullName);
        if (await runs.FindAsync(new SyncFilter([], [name], [], false), cancellationToken) is not [var newest, ..])
        {
            Skip(CheckDefinition.LastSync, "The tool has not synced it yet.", Again);
            Skip(CheckDefinition.Freshness, "The tool has not synced it yet.", Again);
            return;
        }

        var working = newest.State is RunState.Queued or RunState.Running or RunState.Waiting;
        Add(
            CheckDefinition.LastSync,
            newest.State == RunState.Completed ? CheckStatus.Passed
                : working ? CheckStatus.Warning
                : CheckStatus.Failed,
            nameof(RunState.Completed),
            newest.State + (newest.Error is null ? "" : $": {newest.Error}"),
            working ? $"Wait for it: Wait-RepoSync -Id {newest.Id}." : Again
        );

        var complete = new SyncFilter([], [name], [RunState.Completed], false);
        var completed = await runs.FindAsync(complete, cancellationToken);
        var age = completed.Count == 0 ? null : time.GetUtcNow() - completed[0].FinishedAt;
        Add(
            CheckDefinition.Freshness,
            age is null ? CheckStatus.Failed
                : age <= FreshFor ? CheckStatus.Passed
                : CheckStatus.Warning,
            "a complete sync in the last 24 h",
            age is null ? "no complete sync" : Age(age.Value),
            Again
        );
    }

    private async Task QualityAsync(CancellationToken cancellationToken)
    {
        var quality = await facts.QualityAsync(cancellationToken);
        Judge(
            CheckDefinition.NullAuthors,
            quality.NullAuthors == 0,
            "none",
            quality.NullAuthors == 0
                ? "none"
                : $"{quality.NullPullRequestAuthors} pull requests, {quality.NullIssueAuthors} issues, {quality.NullCommenters} comments",
            $"Another writer stored them without their authors. {Again}"
        );
        Judge(
            CheckDefinition.OrphanAuthors,
            quality.OrphanAuthors == 0,
            "none",
            quality.OrphanAuthors == 0
                ? "none"
                : $"{Number(quality.OrphanAuthors)} authors without a row in contributors",
            Again
        );
        Judge(
            CheckDefinition.Duplicates,
            quality.Duplicates == 0,
            "none",
            quality.Duplicates == 0 ? "none" : $"{Number(quality.Duplicates)} rows with the number of another",
            "Another writer stored them twice, or pull requests as issues: delete the rows that GitHub does not have."
        );
        Judge(
            CheckDefinition.ImpossibleStates,
            quality.ImpossibleStates == 0,
            "none",
            quality.ImpossibleStates == 0 ? "none" : $"{Number(quality.ImpossibleStates)} rows",
            $"Another writer stored merged pull requests as closed, or closed items without a time. {Again}"
        );
    }

    private async Task MetricsAsync(CancellationToken cancellationToken)
    {
        var metrics = await facts.MetricsAsync(cancellationToken);
        if (metrics is null or { Workspaces: 0 })
        {
            Skip(CheckDefinition.MetricsAge, "It is in no workspace, so that there is nothing to measure.");
            return;
        }

        var age = time.GetUtcNow() - metrics.OldestAt;
        Add(
            CheckDefinition.MetricsAge,
            metrics.Unmeasured > 0 || age is null ? CheckStatus.Failed
                : age <= FreshFor ? CheckStatus.Passed
                : CheckStatus.Warning,
            "computed in the last 24 h",
            metrics.Unmeasured > 0 || age is null
                ? $"{Number(metrics.Unmeasured)} workspaces without metrics"
                : Age(age.Value),
            $"Run Update-WorkspaceMetrics {repository.FullName}."
        );
    }

    private void CheckSettings()
    {
        var missing = new List<string>();
        if (
            settings.GitHubTokens.Count == 0
            && settings.GitHubApiUrl == BackfillSettings.DefaultGitHubApiUrl
            && !request.SkipGitHub
        )
        {
            missing.Add("GITHUB_TOKEN");
        }

        if (settings is { EmbeddingProvider: "OpenAI", OpenAIKey: null, OpenAIBaseUrl: null })
        {
            missing.Add("OPENAI_API_KEY");
        }

        Judge(
            CheckDefinition.Settings,
            missing.Count == 0,
            "what the pipeline needs",
            missing.Count == 0 ? "set" : $"missing: {string.Join(", ", missing)}",
            "Set them in the environment or with Connect-Backfill; Get-BackfillContext shows what is in force."
        );
    }

    private void Judge(CheckDefinition check, bool passed, string expected, string actual, string advice) =>
        Add(check, passed ? CheckStatus.Passed : CheckStatus.Failed, expected, actual, advice);

    private void Skip(CheckDefinition check, string reason, string? advice = null) =>
        Add(check, CheckStatus.Skipped, null, reason, advice);

    private void Add(CheckDefinition check, CheckStatus status, string? expected, string actual, string? advice) =>
        checks.Add(
            check.For(repository.FullName) with
            {
                Status = status,
                Severity = status == CheckStatus.Warning ? CheckSeverity.Warning : CheckSeverity.Error,
                Expected = expected,
                Actual = actual,
                Advice = status == CheckStatus.Passed ? null : advice,
            }
        );

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Age(TimeSpan age) =>
        age < TimeSpan.FromHours(1)
            ? string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, age.TotalMinutes):0} min ago")
            : string.Create(CultureInfo.InvariantCulture, $"{age.TotalHours:0} h ago");
}
