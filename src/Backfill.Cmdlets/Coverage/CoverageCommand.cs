using System.Globalization;
using System.Management.Automation;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Coverage;

/// <summary>A cmdlet that checks repositories, mends what failed and says what it found.</summary>
public abstract class CoverageCommand : RepositoryCommand
{
    /// <summary>What counts as a failure: Error, or Warning for warnings as well.</summary>
    [Parameter]
    public CheckSeverity FailOn { get; set; } = CheckSeverity.Error;

    /// <summary>Only answer true or false. Failed checks then write neither objects nor errors. A dry run answers false, since it proves nothing.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <summary>What is checked, in a question and in an error.</summary>
    private protected static string Subject(RepositoryName? repository) => repository?.FullName ?? "the database";

    /// <summary>False once something was not proven.</summary>
    private protected bool Passed { get; set; } = true;

    /// <summary>True while the checks are only listed.</summary>
    private protected bool Planning { get; set; }

    /// <summary>Runs the checks.</summary>
    private protected IReadOnlyList<CoverageCheck> Judge(CoverageRequest request)
    {
        IReadOnlyList<CoverageCheck> checks = [];
        Passed &= request.Repository is { } repository
            ? RunFor(repository.FullName, CheckAsync)
            : Run(null, CheckAsync);
        return checks;

        async Task CheckAsync(
            IBackfillEngine engine,
            BackfillSettings settings,
            IOperationOutput output,
            CancellationToken cancellationToken
        ) => checks = await engine.CheckCoverageAsync(settings, request, output, cancellationToken);
    }

    /// <summary>Judges a repository that could not be checked: it was named, and it is not proven.</summary>
    private protected override void HandOnFailed(string repository, string error, bool isReported)
    {
        var check = new CoverageCheck
        {
            Repository = repository,
            Check = CoverageCheck.OfRepository,
            Category = CoverageCheck.OfRepository,
            Status = CheckStatus.Failed,
            Expected = "a repository that can be checked",
            Actual = $"not checked: {error.TrimEnd('.')}",
            Advice = "Fix what the message names, then run the pipeline again for this repository.",
        };
        if (isReported)
        {
            Passed = false;
            if (!Quiet)
            {
                WriteObject(check);
            }
        }
        else
        {
            Tell(check);
        }
    }

    /// <summary>Runs the stages that mend what failed, in the order of the pipeline, each by what fails after the one before: what a sync brings back wants a vector.</summary>
    private protected IReadOnlyList<CoverageCheck> Mend(CoverageRequest request, IReadOnlyList<CoverageCheck> checks)
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
                checks = Judge(request);
            }
        }

        return checks;
    }

    /// <summary>Finds the stages that a repair would run by what fails now, and what they would cost. A sync is followed by the embeddings of what it adds.</summary>
    private protected CoveragePlan PlanRepair(
        CoveragePlan plan,
        RepositoryName? repository,
        IReadOnlyList<CoverageCheck> checks
    )
    {
        var stages = new List<PipelineStage>();
        var total = PipelineEstimate.Nothing;
        foreach (var stage in Enum.GetValues<PipelineStage>())
        {
            var due = Due(checks, stage);
            var afterSync = stage == PipelineStage.Embed && stages.Contains(PipelineStage.Sync);
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
                // Where the sync adds nothing, there is nothing to embed.
                && (due.Length > 0 || estimate is { Tokens: > 0 })
            )
            {
                stages.Add(stage);
                total = total.Plus(estimate);
            }
        }

        return stages.Count == 0 ? plan : plan with { Repairs = stages, Estimate = total };
    }

    /// <summary>Says in one line what would be checked, and in another one what would be repaired.</summary>
    private protected void TellPlan(CoveragePlan plan, bool repairs)
    {
        if (plan.Checks.Count == 0)
        {
            return;
        }

        SayPlan(PlanText.Of(plan));
        if (repairs)
        {
            SayPlan(PlanText.OfRepair(plan));
        }

        if (!Quiet)
        {
            WriteObject(plan);
        }
    }

    private string[] Due(IReadOnlyList<CoverageCheck> checks, PipelineStage stage) =>
        [.. checks.Where(check => IsFailure(check) && check.Repair == stage).Select(check => check.Check)];

    private bool IsFailure(CoverageCheck check) =>
        check.Status == CheckStatus.Failed || (check.Status == CheckStatus.Warning && FailOn == CheckSeverity.Warning);

    /// <summary>Writes a check, and what it means.</summary>
    private protected void Tell(CoverageCheck check)
    {
        Passed &= !IsFailure(check);
        if (Quiet)
        {
            return;
        }

        WriteObject(check);
        if (IsFailure(check))
        {
            WriteFailure(
                new BackfillException(
                    ErrorIds.CoverageCheckFailed,
                    ErrorKind.Data,
                    Sentence(check),
                    check.Advice ?? "Look at the check's object for what is missing.",
                    check
                )
            );
        }
        else if (check.Status == CheckStatus.Warning)
        {
            WriteWarning(ScreenText.Of($"{Sentence(check)} {check.Advice}".TrimEnd()));
        }
    }

    private static string Sentence(CoverageCheck check) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{check.Repository ?? "The database"}: {check.Check} is {check.Actual ?? "nothing"}, expected {check.Expected ?? "something else"}."
        );
}
