using System.Management.Automation;
using System.Security;
using Backfill.Cmdlets.Pipeline;
using Backfill.Cmdlets.Settings;

namespace Backfill.Cmdlets.Coverage;

/// <summary>Proves that nothing is missing of repositories.</summary>
/// <remarks>
/// <para>Every line of the operators' checklist is a check: the schema and the login's rights, counts against GitHub's totals, embeddings, freshness, data quality, the app's jobs, metrics and settings. Each writes an object with what was expected, what is, and what to do. A failed check is also a non-terminating error, so that a runbook with -ErrorAction Stop ends and a host's exit code tells; a check that only warns writes a warning. No input at all is an error, since nothing would be proven; -Check with checks of the database (Schema) and the settings (Settings) alone needs no repository.</para>
/// <para>Judged is what the stored part covers; totals beyond it are skipped, and the object says how to include them. GitHub's totals that a piped run already carries are not asked for again.</para>
/// </remarks>
/// <example>
/// <code>Test-BackfillCoverage octo/hello | Where-Object Status -eq Failed</code>
/// <para>Shows what is missing.</para>
/// </example>
/// <example>
/// <code>Test-BackfillCoverage -Check Schema, Settings</code>
/// <para>Reports what the tool needs of the database, what it found and what it does without, and tries the keys and addresses that are set.</para>
/// </example>
/// <example>
/// <code>Test-BackfillCoverage octo/hello -Repair -Confirm</code>
/// <para>Mends what failed, after asking for each stage.</para>
/// </example>
/// <example>
/// <code>if (-not (Test-BackfillCoverage octo/hello -MinimumCoverage 95 -Quiet)) { exit 1 }</code>
/// <para>Ends a scheduled task with an exit code when a check fails, or when fewer than 95 items in a hundred are embedded.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "BackfillCoverage", SupportsShouldProcess = true, DefaultParameterSetName = DatabaseSet)]
[OutputType(typeof(CoverageCheck), typeof(CoveragePlan), typeof(bool))]
public sealed class TestBackfillCoverageCommand : RepositoryCommand
{
    private const string DatabaseSet = "Database";

    private bool hasInput;

    // False once something was not proven.
    private bool passed = true;

    /// <summary>The checks to run, by id or category, for example Schema or *Embeddings; without it all. Checks of the database and the settings (Schema, Settings) need no repository. The object of a dry run lists them in Checks.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Check { get; set; } = [];

    /// <summary>Checks to leave out, by id or category.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Exclude { get; set; } = [];

    /// <summary>Run the stages that fix what failed, and check again after each. Where rows are wrong (the category Quality), the sync reads the repository again as far back as it was read, which costs what the first sync did. Checks whose property Repair is empty are not repaired; their Advice says what to do. With -WhatIf, the checks are run and nothing is repaired: one line says which stages a repair would run, and what they would cost.</summary>
    [Parameter]
    public SwitchParameter Repair { get; set; }

    /// <summary>How many items in a hundred of each type must be embedded.</summary>
    [Parameter]
    [ValidateRange(0.0, 100.0)]
    public double MinimumCoverage { get; set; } = 100;

    /// <summary>Do not ask GitHub for its totals; the checks that need them are skipped.</summary>
    [Parameter]
    public SwitchParameter SkipGitHub { get; set; }

    /// <summary>What counts as a failure: Error, or Warning for warnings as well.</summary>
    [Parameter]
    public CheckSeverity FailOn { get; set; } = CheckSeverity.Error;

    /// <summary>Only answer true or false. Failed checks then write neither objects nor errors. A dry run answers false, since it proves nothing.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <summary>GitHub tokens as SecureString, PSCredential or text; several share the load. Without them those of Connect-Backfill count, then GITHUB_TOKEN and GH_TOKEN.</summary>
    [Parameter]
    [Secret]
    public SecureString[] GitHubToken { get; set; } = [];

    // The check Settings reports it. A repair runs the stages, which cannot use it.
    private protected override bool JudgesSettings => Repair;

    private protected override BackfillSettings Given =>
        base.Given with
        {
            GitHubTokens = SecretAttribute.Read(GitHubToken),
        };

    /// <summary>Checks each repository once.</summary>
    protected override void ProcessRecord()
    {
        foreach (var repository in Named())
        {
            hasInput = true;
            CheckCoverage(repository);
        }
    }

    /// <summary>Checks the database where that was all that was asked for, and answers where one answer was asked for.</summary>
    protected override void EndProcessing()
    {
        if (ParameterSetName == DatabaseSet && !MyInvocation.ExpectingInput)
        {
            CheckCoverage(null);
        }
        else if (!hasInput && passed)
        {
            passed = false;
            WriteFailure(CheckText.NoInput());
        }

        SayTotal(isLastStage: true);
        if (Quiet)
        {
            WriteObject(passed);
        }
    }

    private void CheckCoverage(RepositoryName? repository)
    {
        var decision = DecideStage("Check the coverage", Subject(repository), IsInputPlanned);
        passed &= decision == Decision.Act;
        if (decision == Decision.Leave)
        {
            return;
        }

        var isPlan = decision == Decision.Plan;
        var request = new CoverageRequest(repository, MinimumCoverage, SkipGitHub, KnownTotals(), isPlan)
        {
            Checks = Check,
            Exclude = Exclude,
            EarlierError = repository is null ? null : CarriedErrorOf(repository.FullName),
        };
        var checks = Judge(request);
        if (isPlan)
        {
            var plan = new CoveragePlan { Repository = repository?.FullName, Checks = checks };
            // Behind a planned stage the checks would judge what is not there yet.
            var repairs = Repair && !IsInputPlanned;
            if (repairs)
            {
                plan = PlanRepair(plan, repository, Judge(request with { Plan = false }));
                AddPlan(Subject(repository), plan.Estimate);
            }

            TellPlan(plan, repairs);
            return;
        }

        if (Repair)
        {
            checks = Mend(request with { KnownTotals = null }, checks);
        }

        foreach (var check in checks)
        {
            Tell(check);
        }
    }

    private EntityCount[]? KnownTotals()
    {
        var known = PipedRun?.Counts.Where(count => count.GitHubTotal is not null).ToArray();
        return known is { Length: > 0 } ? known : null;
    }

    /// <summary>What is checked, in a question and in an error.</summary>
    private static string Subject(RepositoryName? repository) => repository?.FullName ?? "the database";

    /// <summary>Runs the checks.</summary>
    private IReadOnlyList<CoverageCheck> Judge(CoverageRequest request)
    {
        IReadOnlyList<CoverageCheck> checks = [];
        Operation check = async (engine, settings, output, token) =>
            checks = await engine.CheckCoverageAsync(settings, request, output, token);
        passed &= request.Repository is { } repository ? RunFor(repository.FullName, check) : Run(null, check);
        return checks;
    }

    /// <summary>Judges a repository that could not be checked: it was named, and it is not proven.</summary>
    private protected override void HandOnFailed(string repository, string error, bool isReported)
    {
        var check = CheckText.NotChecked(repository, error);
        if (isReported)
        {
            passed = false;
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
    private IReadOnlyList<CoverageCheck> Mend(CoverageRequest request, IReadOnlyList<CoverageCheck> checks)
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
    private CoveragePlan PlanRepair(CoveragePlan plan, RepositoryName? repository, IReadOnlyList<CoverageCheck> checks)
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
    private void TellPlan(CoveragePlan plan, bool repairs)
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
    private void Tell(CoverageCheck check)
    {
        passed &= !IsFailure(check);
        if (Quiet)
        {
            return;
        }

        WriteObject(check);
        if (IsFailure(check))
        {
            WriteFailure(CheckText.Failure(check));
        }
        else if (check.Status == CheckStatus.Warning)
        {
            WriteWarning(CheckText.Warning(check));
        }
    }
}
