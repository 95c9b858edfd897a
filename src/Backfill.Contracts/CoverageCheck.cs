namespace Backfill;

/// <summary>The outcome of one check.</summary>
public enum CheckStatus
{
    /// <summary>The check found what it expected.</summary>
    Passed,

    /// <summary>Something is missing or wrong.</summary>
    Failed,

    /// <summary>Something may become wrong, or is unusual.</summary>
    Warning,

    /// <summary>The check could not be judged.</summary>
    Skipped,
}

/// <summary>How much the outcome of a check matters.</summary>
public enum CheckSeverity
{
    /// <summary>Data is missing or wrong.</summary>
    Error,

    /// <summary>Something will become wrong, or is unusual.</summary>
    Warning,
}

/// <summary>The result of one check.</summary>
public sealed record CoverageCheck
{
    /// <summary>The id and the category of the check that fails when a repository cannot be checked at all. Its failure is reported whichever checks are chosen.</summary>
    public const string OfRepository = "Repository";

    /// <summary>Gets the repository as <c>owner/name</c>; null when only the database and the settings were checked.</summary>
    public required string? Repository { get; init; }

    /// <summary>Gets the stable id of the check, for example <c>PullRequestCount</c>.</summary>
    public required string Check { get; init; }

    /// <summary>Gets the category: <c>Schema</c>, <c>Repository</c>, <c>Counts</c>, <c>Embeddings</c>, <c>Freshness</c>, <c>Quality</c>, <c>Jobs</c>, <c>Metrics</c> or <c>Settings</c>.</summary>
    public required string Category { get; init; }

    /// <summary>Gets how much the outcome matters.</summary>
    public CheckSeverity Severity { get; init; }

    /// <summary>Gets the outcome.</summary>
    public CheckStatus Status { get; init; }

    /// <summary>Gets whether the check passed.</summary>
    public bool Passed => Status == CheckStatus.Passed;

    /// <summary>Gets the expected state.</summary>
    public string? Expected { get; init; }

    /// <summary>Gets the actual state; for a skipped check, why it was skipped.</summary>
    public string? Actual { get; init; }

    /// <summary>Gets what to do; null for a check that passed.</summary>
    public string? Advice { get; init; }

    /// <summary>Gets the stage that <c>-Repair</c> runs for the check; null when no stage can repair it.</summary>
    public PipelineStage? Repair { get; init; }

    /// <summary>Gets the SQL statement of the check in a dry run.</summary>
    public string? Query { get; init; }

    /// <summary>Gets the section about the check in the documentation.</summary>
    public string? HelpUri { get; init; }

    /// <summary>Returns the repository, the check and its outcome.</summary>
    public override string ToString() => $"{Repository ?? "the database"} {Check} {Status}";
}
