using Backfill.Core.Coverage.Checks;
using Backfill.Core.Postgres;

namespace Backfill.Core.Coverage;

/// <summary>Answers a check from the facts. A check of a repository is only asked when the database knows the repository.</summary>
internal delegate Task<Verdict> Judgement(CoverageFacts facts, CancellationToken cancellationToken);

/// <summary>One check of the checklist.</summary>
/// <param name="Id">Gets the stable id. It is also the title of the check's section in <c>docs/coverage.md</c>.</param>
/// <param name="Query">Gets the statement that the check judges by, as the path of its file without the extension; null where the check only asks servers or the settings.</param>
/// <param name="Repair">Gets the stage that makes the check pass; null where only an operator can.</param>
internal sealed record Check(string Id, string Category, string? Query, PipelineStage? Repair, Judgement JudgeAsync)
{
    /// <summary>Gets whether the repair has to read the repository again. Otherwise a sync that goes on from where the last one ended is enough.</summary>
    public bool Rereads { get; init; }

    /// <summary>Gets whether the repair reads the altered rows again, and nothing else.</summary>
    public bool ReadsAltered { get; init; }

    /// <summary>Gets whether the check is about the database itself.</summary>
    public bool IsOfSchema => Category == SchemaChecks.Category;

    /// <summary>Gets whether the check is about a repository, and not about the database or the settings.</summary>
    public bool NeedsRepository => Category is not (SchemaChecks.Category or SettingsChecks.Category);

    /// <summary>Returns the check as a dry run lists it.</summary>
    public CoverageCheck Planned(string? repository) =>
        Result(repository) with
        {
            Status = CheckStatus.Skipped,
            Actual = "planned",
            Query = Query is null ? null : SqlText.Read($"{Query}.sql"),
        };

    /// <summary>Returns what the check found.</summary>
    public CoverageCheck Result(string? repository, Verdict verdict) =>
        Result(repository) with
        {
            Status = verdict.Status,
            Severity = verdict.Status == CheckStatus.Warning ? CheckSeverity.Warning : CheckSeverity.Error,
            Expected = verdict.Expected,
            Actual = verdict.Actual,
            Advice = verdict.Status switch
            {
                CheckStatus.Passed => null,
                CheckStatus.Skipped => verdict.Advice,
                _ => verdict.Advice ?? RepairAdvice(repository),
            },
            Repair = verdict.CanRepair ? Repair : null,
        };

    /// <summary>Returns the sentence that names the command of the check's repair; null where there is none.</summary>
    public string? RepairAdvice(string? repository) =>
        Repair switch
        {
            PipelineStage.Sync when ReadsAltered =>
                $"Run Test-BackfillCoverage {repository} -Repair: it reads the altered rows again, up to 100 per request.",
            PipelineStage.Sync when Rereads =>
                $"Run Test-BackfillCoverage {repository} -Repair. It reads the repository again, which costs as much as the first sync.",
            PipelineStage.Sync => $"Run Start-RepoSync {repository} | Wait-RepoSync.",
            PipelineStage.Embed => $"Run Invoke-EmbeddingBackfill {repository}.",
            PipelineStage.Metrics => $"Run Update-WorkspaceMetrics {repository}.",
            _ => null,
        };

    private CoverageCheck Result(string? repository) =>
        new()
        {
            Repository = repository,
            Check = Id,
            Category = Category,
            Repair = Repair,
            HelpUri = $"docs/coverage.md#{Id.ToLowerInvariant()}",
        };
}
