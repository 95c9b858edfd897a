namespace Backfill;

/// <summary>The checks that a dry run would run for one repository.</summary>
public sealed record CoveragePlan
{
    /// <summary><c>owner/name</c>; null where the database would be checked without one.</summary>
    public required string? Repository { get; init; }

    /// <summary>Always <see cref="RunState.Planned"/>.</summary>
    public RunState State { get; init; } = RunState.Planned;

    /// <summary>The checks in their order, each with the statement that it would judge by.</summary>
    public IReadOnlyList<CoverageCheck> Checks
    {
        get;
        init => field = Held.Of(value);
    } = [];

    /// <summary>Gets the stages that -Repair would run, in the order of the pipeline; empty without -Repair or where no check fails.</summary>
    public IReadOnlyList<PipelineStage> Repairs
    {
        get;
        init => field = Held.Of(value);
    } = [];

    /// <summary>Gets what the stages of <see cref="Repairs"/> would cost together; null where none would run.</summary>
    public PipelineEstimate? Estimate { get; init; }
}
