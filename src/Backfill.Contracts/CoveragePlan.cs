namespace Backfill;

/// <summary>The checks that a dry run would run for one repository.</summary>
public sealed record CoveragePlan
{
    /// <summary>Gets the repository as <c>owner/name</c>; null when only the database and the settings would be checked.</summary>
    public required string? Repository { get; init; }

    /// <summary>Gets the state, which is always <see cref="RunState.Planned"/>.</summary>
    public RunState State { get; init; } = RunState.Planned;

    /// <summary>Gets the checks in their order, each with its SQL statement.</summary>
    public IReadOnlyList<CoverageCheck> Checks
    {
        get;
        init => field = Held.Of(value);
    } = [];

    /// <summary>Gets the stages that -Repair would run, in the order of the pipeline. The list is empty without -Repair, or when no check fails.</summary>
    public IReadOnlyList<PlannedRepair> Repairs
    {
        get;
        init => field = Held.Of(value);
    } = [];

    /// <summary>Gets the cost of the stages of <see cref="Repairs"/> together; null when none would run.</summary>
    public PipelineEstimate? Estimate { get; init; }

    /// <summary>Returns the repository and the state.</summary>
    public override string ToString() => $"{Repository ?? "the database"} {State}";
}

/// <summary>A stage that -Repair would run.</summary>
/// <param name="Stage">Gets the stage.</param>
/// <param name="Checks">Gets the failed checks that the stage repairs. <see cref="CoverageCheck.Actual"/> says how many rows differ and names ten. Empty for the vectors of what the sync before it adds.</param>
/// <param name="Estimate">Gets the cost of the stage; null when it needs neither requests nor tokens.</param>
public sealed record PlannedRepair(PipelineStage Stage, IReadOnlyList<CoverageCheck> Checks, PipelineEstimate? Estimate)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Stage}";
}
