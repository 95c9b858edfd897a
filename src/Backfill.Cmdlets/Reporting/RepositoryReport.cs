using System.Text.Json.Serialization;

namespace Backfill.Cmdlets.Reporting;

/// <summary>What a report has about one repository.</summary>
/// <param name="Repository">The repository as <c>owner/name</c>; null for checks of the database alone.</param>
/// <param name="Stored">Its rows and proof, or null.</param>
/// <param name="Checks">Its checks.</param>
/// <param name="Runs">Its newest runs, the newest first.</param>
internal sealed record RepositoryReport(
    string? Repository,
    BackfillRepository? Stored,
    IReadOnlyList<CoverageCheck> Checks,
    IReadOnlyList<RepoSync> Runs
)
{
    /// <summary>Gets its rows by entity, vectors, activity and cost; null where the form of the report has no place for them.</summary>
    public RepositoryFacts? Facts { get; init; }

    /// <summary>Gets the name for people.</summary>
    [JsonIgnore]
    public string Name => Repository ?? "the database";

    /// <summary>Gets the worst outcome of its checks. A skipped check counts only where nothing was judged.</summary>
    [JsonIgnore]
    public CheckStatus Status =>
        Count(CheckStatus.Failed) > 0 ? CheckStatus.Failed
        : Count(CheckStatus.Warning) > 0 ? CheckStatus.Warning
        : Count(CheckStatus.Passed) > 0 ? CheckStatus.Passed
        : CheckStatus.Skipped;

    /// <summary>Gets the checks that failed, and then those that warn.</summary>
    [JsonIgnore]
    public IEnumerable<CoverageCheck> Findings =>
        Checks.Where(check => check.Status is CheckStatus.Failed or CheckStatus.Warning).OrderBy(check => check.Status);

    /// <summary>Returns the number of checks with an outcome.</summary>
    internal int Count(CheckStatus status) => Checks.Count(check => check.Status == status);

    /// <summary>Returns the reports with the worst first.</summary>
    internal static IEnumerable<RepositoryReport> WorstFirst(IEnumerable<RepositoryReport> reports) =>
        reports
            .OrderByDescending(report => report.Count(CheckStatus.Failed))
            .ThenByDescending(report => report.Count(CheckStatus.Warning))
            .ThenBy(report => report.Name, StringComparer.OrdinalIgnoreCase);
}
