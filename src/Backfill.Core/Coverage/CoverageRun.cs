using System.Globalization;
using Backfill.Core.Embedding.Providers;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Runs;
using Backfill.Core.Sync.Writing;

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
    private readonly AppFacts app;
    private readonly CheckReport report;

    public CoverageRun(
        Database database,
        StoredRepository repository,
        CoverageRequest request,
        IGitHubTotals totals,
        BackfillSettings settings,
        TimeProvider time,
        CheckReport report
    )
    {
        this.repository = repository;
        this.request = request;
        this.totals = totals;
        this.settings = settings;
        this.time = time;
        this.report = report;
        tables = new SyncTables(database, repository);
        runs = new RunRecord(database);
        facts = new CoverageFacts(database, repository);
        app = new AppFacts(database, repository);
    }

    /// <summary>Judges every check of a repository that is asked for.</summary>
    /// <exception cref="BackfillException">The database cannot be read.</exception>
    public async Task AllAsync(CancellationToken cancellationToken)
    {
        if (
            report.WantsAny(
                CheckDefinition.PullRequestCount,
                CheckDefinition.IssueCount,
                CheckDefinition.DiscussionCount
            )
        )
        {
            await CountsAsync(cancellationToken);
        }

        if (report.WantsAny(CheckDefinition.ReviewCount, CheckDefinition.CommentCount, CheckDefinition.SyncGaps))
        {
            await ChildrenAsync(cancellationToken);
        }

        await VectorsAsync(cancellationToken);
        await SyncAsync(cancellationToken);
        await LanesAsync(cancellationToken);
        await new RowChecks(facts, report, repository.FullName).AllAsync(cancellationToken);
        await new AppChecks(app, report, repository.FullName).AllAsync(cancellationToken);
        if (report.Wants(CheckDefinition.MetricsAge))
        {
            await MetricsAsync(cancellationToken);
        }
    }

    // All checks of this class whose repair is a sync have the same advice, except AlteredTexts.
    private string Again => report.SyncAdvice(CheckDefinition.LastSync);

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
                refused = found?.Refusal;
            }
            catch (BackfillException error)
            {
                refused = $"GitHub could not be asked: {error.Message}";
            }
        }

        Count(CheckDefinition.PullRequestCount, EntityKind.PullRequests, found?.PullRequests);
        Count(CheckDefinition.IssueCount, EntityKind.Issues, found?.Issues);
        Count(CheckDefinition.DiscussionCount, EntityKind.Discussions, found?.Discussions);

        void Count(CheckDefinition check, EntityKind entity, int? expected)
        {
            var window = windows.Lane(entity);
            if (!stored.TryGetValue(entity, out var rows))
            {
                report.Skip(check, "The database has no table for them.");
            }
            else if (request.SkipGitHub)
            {
                report.Skip(check, $"{rows} stored; GitHub was not asked (-SkipGitHub).");
            }
            else if (window is { ReachedBeginning: false })
            {
                report.Skip(
                    check,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{rows} stored, back to {window.OldestAt:yyyy-MM-dd}; older ones are outside what was asked for."
                    ),
                    $"Start-RepoSync {repository.FullName} -Full includes them."
                );
            }
            else if (expected is null)
            {
                report.Judge(
                    check,
                    passed: false,
                    "GitHub's total",
                    refused ?? "GitHub gave no total.",
                    "Mend that, or check without GitHub: -SkipGitHub."
                );
            }
            else
            {
                report.Judge(
                    check,
                    rows == expected,
                    CheckReport.Number(expected.Value),
                    CheckReport.Number(rows),
                    Again
                );
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
            known.GetValueOrDefault(EntityKind.PullRequests.Name) is { } pulls
            && known.GetValueOrDefault(EntityKind.Issues.Name) is { } issues
            ? new GitHubTotals((int)pulls, (int)issues, (int?)known.GetValueOrDefault(EntityKind.Discussions.Name))
            : null;
    }

    private async Task ChildrenAsync(CancellationToken cancellationToken)
    {
        var children = await tables.CountChildrenAsync(cancellationToken);
        report.Judge(
            CheckDefinition.ReviewCount,
            children.StoredReviews == children.ExpectedReviews,
            CheckReport.Number(children.ExpectedReviews),
            CheckReport.Number(children.StoredReviews),
            Again
        );
        report.Judge(
            CheckDefinition.CommentCount,
            children.StoredComments == children.ExpectedComments,
            CheckReport.Number(children.ExpectedComments),
            CheckReport.Number(children.StoredComments),
            Again
        );
        var reached = (await tables.WindowsAsync(cancellationToken)).Lane(EntityKind.PullRequests)?.ReachedBeginning;
        var (gaps, total) = await tables.OpenGapsAsync(reached == true, cancellationToken);
        report.Judge(
            CheckDefinition.SyncGaps,
            total == 0,
            "none",
            total == 0 ? "none" : $"{CheckReport.Number(total)}: {string.Join("; ", gaps.Take(3))}",
            Again
        );
    }

    private async Task VectorsAsync(CancellationToken cancellationToken)
    {
        if (!report.WantsAny(CheckDefinition.All.Where(check => check.Query == CheckDefinition.StaleEmbeddings.Query)))
        {
            return;
        }

        var vectors = await facts.VectorsAsync(cancellationToken);
        var embed = $"Run Invoke-EmbeddingBackfill {repository.FullName}.";
        Coverage(CheckDefinition.PullRequestEmbeddings, "pull_request");
        Coverage(CheckDefinition.IssueEmbeddings, "issue");
        Coverage(CheckDefinition.DiscussionEmbeddings, "discussion");

        var stale = vectors.Sum(vector => vector.Stale);
        report.Judge(
            CheckDefinition.StaleEmbeddings,
            stale == 0,
            "none",
            stale == 0 ? "none" : CheckReport.Number(stale),
            embed
        );
        Models(vectors);
        int[] lengths = [.. vectors.SelectMany(vector => vector.Lengths).Distinct()];
        report.Judge(
            CheckDefinition.EmbeddingLength,
            lengths.Length <= 1 && !lengths.Contains(0),
            "one length",
            lengths.Length == 0
                ? "no vectors"
                : string.Join(", ", lengths.Select(length => CheckReport.Number(length))),
            $"Run Invoke-EmbeddingBackfill {repository.FullName} -Force."
        );
        report.None(
            CheckDefinition.EmbeddingDates,
            vectors.Sum(vector => vector.Misdated),
            "items with a date and no vector, or a vector and no date",
            $"{embed} Neither the app's queue nor its search sees what one of the two is missing of."
        );
        report.None(
            CheckDefinition.AlteredTexts,
            vectors.Sum(vector => vector.Altered),
            "texts were changed here and not on GitHub",
            report.SyncAdvice(CheckDefinition.AlteredTexts)
        );

        void Coverage(CheckDefinition check, string type)
        {
            var vector = vectors.FirstOrDefault(vector => vector.Item.Name == type);
            if (vector is null)
            {
                report.Skip(check, "The table has no column for vectors.");
                return;
            }

            var percent = vector.Total == 0 ? 100 : 100.0 * vector.Embedded / vector.Total;
            var quarantined =
                vector.Quarantined == 0 ? "" : $", {CheckReport.Number(vector.Quarantined)} set aside by the provider";
            report.Judge(
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

    private void Models(IReadOnlyList<VectorFacts> vectors)
    {
        string[] models = [.. vectors.SelectMany(vector => vector.Models).Distinct(StringComparer.Ordinal)];
        var unrecorded = vectors.Sum(vector => vector.Unrecorded);
        var set = settings.EmbeddingModel is { } model ? $"{EmbeddingProviders.NameOf(settings)}/{model}/" : null;
        var other =
            set is not null && Array.Exists(models, one => !one.StartsWith(set, StringComparison.OrdinalIgnoreCase));
        report.Add(
            CheckDefinition.EmbeddingModel,
            models.Length > 1 || other ? CheckStatus.Failed
                : unrecorded > 0 ? CheckStatus.Warning
                : CheckStatus.Passed,
            set is null ? "one model" : $"one model, {set.TrimEnd('/')}",
            string.Join(
                ", ",
                models
                    .Concat(unrecorded > 0 ? [$"{CheckReport.Number(unrecorded)} vectors of an unknown model"] : [])
                    .DefaultIfEmpty("none recorded")
            ),
            $"Vectors of two models cannot be compared: run Invoke-EmbeddingBackfill {repository.FullName} -AllowModelChange."
        );
    }

    private async Task SyncAsync(CancellationToken cancellationToken)
    {
        if (!report.WantsAny(CheckDefinition.LastSync, CheckDefinition.Freshness))
        {
            return;
        }

        var name = RepositoryName.Parse(repository.FullName) with { Id = repository.Id };
        var any = new SyncFilter([], [name], [], false) { First = 1 };
        if (await runs.FindAsync(any, cancellationToken) is not [var newest])
        {
            report.Skip(CheckDefinition.LastSync, "The tool has not synced it yet.", Again);
            report.Skip(CheckDefinition.Freshness, "The tool has not synced it yet.", Again);
            return;
        }

        var working = newest.State is RunState.Queued or RunState.Running or RunState.Waiting;
        report.Add(
            CheckDefinition.LastSync,
            newest.State == RunState.Completed ? CheckStatus.Passed
                : working ? CheckStatus.Warning
                : CheckStatus.Failed,
            nameof(RunState.Completed),
            newest.State + (newest.Error is null ? "" : $": {newest.Error}"),
            working ? $"Wait for it: Wait-RepoSync {repository.FullName}." : Again
        );

        var completed = await runs.FindAsync(any with { States = [RunState.Completed] }, cancellationToken);
        var age = completed.Count == 0 ? null : time.GetUtcNow() - completed[0].FinishedAt;
        report.Add(
            CheckDefinition.Freshness,
            age is null ? CheckStatus.Failed
                : age <= FreshFor ? CheckStatus.Passed
                : CheckStatus.Warning,
            "a complete sync in the last 24 h",
            age is null ? "no complete sync" : CheckReport.Age(age.Value),
            Again
        );
    }

    private async Task LanesAsync(CancellationToken cancellationToken)
    {
        (CheckDefinition Check, EntityKind Lane)[] wanted =
        [
            (CheckDefinition.PullRequestFreshness, EntityKind.PullRequests),
            (CheckDefinition.IssueFreshness, EntityKind.Issues),
            (CheckDefinition.DiscussionFreshness, EntityKind.Discussions),
        ];
        if (!report.WantsAny(wanted.Select(one => one.Check)))
        {
            return;
        }

        var lanes = await facts.LanesAsync(cancellationToken);
        foreach (var (check, lane) in wanted)
        {
            if (!lanes.TryGetValue(lane, out var readAt))
            {
                report.Skip(check, "The tool has not read them yet.", Again);
                continue;
            }

            var age = time.GetUtcNow() - readAt;
            report.Add(
                check,
                age <= FreshFor ? CheckStatus.Passed : CheckStatus.Warning,
                "read in the last 24 h",
                CheckReport.Age(age),
                Again
            );
        }
    }

    private async Task MetricsAsync(CancellationToken cancellationToken)
    {
        var metrics = await facts.MetricsAsync(cancellationToken);
        if (metrics is null or { Workspaces: 0 })
        {
            report.Skip(CheckDefinition.MetricsAge, "It is in no workspace, so that there is nothing to measure.");
            return;
        }

        var age = time.GetUtcNow() - metrics.OldestAt;
        report.Add(
            CheckDefinition.MetricsAge,
            metrics.Unmeasured > 0 || age is null ? CheckStatus.Failed
                : age <= FreshFor ? CheckStatus.Passed
                : CheckStatus.Warning,
            "computed in the last 24 h",
            metrics.Unmeasured > 0 || age is null
                ? $"{CheckReport.Number(metrics.Unmeasured)} workspaces without metrics"
                : CheckReport.Age(age.Value),
            $"Run Update-WorkspaceMetrics {repository.FullName}."
        );
    }
}
