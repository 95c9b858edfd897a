namespace Backfill.Cmdlets.Coverage;

public sealed partial class TestBackfillCoverageCommand
{
    // Whether the last check ran a stage that repairs.
    private bool isRepaired;

    private string[] Due(IReadOnlyList<CoverageCheck> checks, PipelineStage stage) =>
        [.. checks.Where(check => IsFailure(check) && check.Repair == stage).Select(check => check.Check)];

    /// <summary>Runs the stages that repair what failed, in the order of the pipeline, and checks again after each stage: an item that a sync restores needs a vector.</summary>
    private IReadOnlyList<CoverageCheck> RepairFailures(CoverageRequest request, IReadOnlyList<CoverageCheck> checks)
    {
        var repository = request.Repository;
        foreach (var stage in Enum.GetValues<PipelineStage>())
        {
            var due = Due(checks, stage);
            if (
                due.Length > 0
                && Decide($"Repair ({stage})", Subject(repository), planned: false) == Decision.Act
                && Run(
                    Subject(repository),
                    (engine, settings, output, token) =>
                        engine.RepairCoverageAsync(settings, new RepairRequest(repository, stage, due), output, token)
                )
            )
            {
                isRepaired = true;
                checks = Judge(request);
            }
        }

        return checks;
    }

    /// <summary>Finds the stages that a repair would run, and their cost. After a sync, the items that it adds are embedded.</summary>
    private CoveragePlan PlanRepair(CoveragePlan plan, RepositoryName? repository, IReadOnlyList<CoverageCheck> checks)
    {
        var repairs = new List<PlannedRepair>();
        var total = PipelineEstimate.Nothing;
        foreach (var stage in Enum.GetValues<PipelineStage>())
        {
            var due = Due(checks, stage);
            var afterSync = stage == PipelineStage.Embed && repairs.Exists(one => one.Stage == PipelineStage.Sync);
            if (due.Length == 0 && !afterSync)
            {
                continue;
            }

            PipelineEstimate? estimate = null;
            var request = new RepairRequest(repository, stage, due) { Plan = true, AfterSync = afterSync };
            if (
                Run(
                    Subject(repository),
                    async (engine, settings, output, token) =>
                        estimate = await engine.RepairCoverageAsync(settings, request, output, token)
                )
                // When the sync adds no items, there is nothing to embed.
                && (due.Length > 0 || estimate is { Tokens: > 0 })
            )
            {
                repairs.Add(new PlannedRepair(stage, [.. checks.Where(check => due.Contains(check.Check))], estimate));
                total = total.Plus(estimate);
            }
        }

        return repairs.Count == 0 ? plan : plan with { Repairs = repairs, Estimate = total };
    }
}
