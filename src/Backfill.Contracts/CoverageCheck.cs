namespace Backfill;

/// <summary>The outcome of one check.</summary>
public enum CheckStatus
{
    /// <summary>As expected.</summary>
    Passed,

    /// <summary>Not as expected; something is missing or wrong.</summary>
    Failed,

    /// <summary>Worth a look, not wrong.</summary>
    Warning,

    /// <summary>Not judged, with the reason.</summary>
    Skipped,
}

/// <summary>How much a failed check matters.</summary>
public enum CheckSeverity
{
    /// <summary>Data is missing or wrong.</summary>
    Error,

    /// <summary>Something will become wrong, or is unusual.</summary>
    Warning,
}

/// <summary>One line of the operators' checklist.</summary>
public sealed record CoverageCheck
{
    /// <summary>The id and the category of the check that fails where a repository cannot be judged at all. It is reported whichever checks were asked for.</summary>
    public const string OfRepository = "Repository";

    /// <summary><c>owner/name</c>; null where the database was checked without one.</summary>
    public required string? Repository { get; init; }

    /// <summary>Stable id, for example <c>PullRequestCount</c>.</summary>
    public required string Check { get; init; }

    /// <summary><c>Schema</c>, <c>Repository</c>, <c>Counts</c>, <c>Embeddings</c>, <c>Freshness</c>, <c>Quality</c>, <c>Jobs</c>, <c>Metrics</c> or <c>Settings</c>.</summary>
    public required string Category { get; init; }

    /// <summary>How much it matters.</summary>
    public CheckSeverity Severity { get; init; }

    /// <summary>The outcome.</summary>
    public CheckStatus Status { get; init; }

    /// <summary>True only when it passed.</summary>
    public bool Passed => Status == CheckStatus.Passed;

    /// <summary>What should be.</summary>
    public string? Expected { get; init; }

    /// <summary>What is.</summary>
    public string? Actual { get; init; }

    /// <summary>What to do.</summary>
    public string? Advice { get; init; }

    /// <summary>The stage with which <c>-Repair</c> makes the check pass; null where only an operator can.</summary>
    public PipelineStage? Repair { get; init; }

    /// <summary>In a dry run: the statement that it would judge by.</summary>
    public string? Query { get; init; }

    /// <summary>The check's section in the documentation.</summary>
    public string? HelpUri { get; init; }
}
