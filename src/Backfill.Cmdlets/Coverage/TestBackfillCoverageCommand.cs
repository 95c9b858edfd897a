using System.Management.Automation;
using System.Security;
using Backfill.Cmdlets.Pipeline;
using Backfill.Cmdlets.Settings;

namespace Backfill.Cmdlets.Coverage;

/// <summary>Checks that repositories are copied completely.</summary>
/// <remarks>
/// <para>The checks are about the schema and the login's rights, counts against GitHub's totals, embeddings, freshness, data quality, the app's jobs, metrics and settings. Each check writes an object with the expected and the actual state, and what to do. A failed check is also a non-terminating error, so a script with -ErrorAction Stop ends and the host's exit code shows the failure. A check that only warns writes a warning. A call without any repository is an error, because nothing would be checked. Only the checks of the database (-Check Schema) and of the settings (-Check Settings) need no repository.</para>
/// <para>The checks judge the range that was synced. GitHub's totals include older items, so without a full sync their checks are skipped, and the object says how to include the older items. When a piped run brings GitHub's totals, GitHub is not asked again.</para>
/// </remarks>
/// <example>
/// <code>Test-BackfillCoverage octo/hello | Where-Object Status -eq Failed</code>
/// <para>Shows what is missing.</para>
/// </example>
/// <example>
/// <code>Test-BackfillCoverage -Check Schema, Settings</code>
/// <para>Reports what the tool needs from the database and what is missing, and tries the keys and addresses in the settings.</para>
/// </example>
/// <example>
/// <code>Test-BackfillCoverage octo/hello -Repair -Confirm</code>
/// <para>Repairs what failed, after asking for each stage.</para>
/// </example>
/// <example>
/// <code>if (-not (Test-BackfillCoverage octo/hello -MinimumCoverage 95 -Quiet)) { exit 1 }</code>
/// <para>Ends a scheduled task with an exit code when a check fails, or when less than 95 percent of the items are embedded.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "BackfillCoverage", SupportsShouldProcess = true, DefaultParameterSetName = DatabaseSet)]
[OutputType(typeof(CoverageCheck), typeof(CoveragePlan), typeof(bool))]
public sealed class TestBackfillCoverageCommand : RepositoryCommand
{
    private const string DatabaseSet = "Database";

    private bool hasInput;

    // False once a check failed or could not be judged.
    private bool passed = true;

    /// <summary>The checks to run, by id or category, for example Schema or *Embeddings. The default is all checks. Checks of the database and the settings (Schema, Settings) need no repository. The object of a dry run lists them in Checks.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Check { get; set; } = [];

    /// <summary>Checks to leave out, by id or category.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Exclude { get; set; } = [];

    /// <summary>Run the stages that fix what failed, and check again after each. For wrong rows (the category Quality), the sync reads the stored part of the repository again, which costs as much as the first sync. A check whose property Repair is empty is not repaired, and its Advice says what to do. With -WhatIf, the checks are run and nothing is repaired. One line says which stages a repair would run, and what they would cost.</summary>
    [Parameter]
    public SwitchParameter Repair { get; set; }

    /// <summary>The percentage of the items of each type that must have an embedding. The default is 100.</summary>
    [Parameter]
    [ValidateRange(0.0, 100.0)]
    public double MinimumCoverage { get; set; } = 100;

    /// <summary>Do not ask GitHub for its totals. The checks that need them are skipped.</summary>
    [Parameter]
    public SwitchParameter SkipGitHub { get; set; }

    /// <summary>What counts as a failure. Error is the default. With Warning, warnings are failures too.</summary>
    [Parameter]
    public CheckSeverity FailOn { get; set; } = CheckSeverity.Error;

    /// <summary>Only return true or false. Checks then write neither objects nor errors. A dry run returns false, because it checks nothing.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <summary>GitHub tokens as SecureString, PSCredential or text. Several tokens share the load. The default is the tokens of Connect-Backfill, then GITHUB_TOKEN and GH_TOKEN.</summary>
    [Parameter]
    [Secret]
    public SecureString[] GitHubToken { get; set; } = [];

    // The check Settings reports a malformed token or key. A repair runs the stages, which cannot use such a value.
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

    /// <summary>Checks the database when no repository was asked for, and writes the answer of -Quiet.</summary>
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
            // After a planned stage there is nothing to judge yet.
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
            checks = RepairFailures(request with { KnownTotals = null }, checks);
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

    /// <summary>Returns what is checked, for a question or an error.</summary>
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

    /// <summary>Writes the failed check of a repository that could not be checked.</summary>
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
                checks = Judge(request);
            }
        }

        return checks;
    }

    /// <summary>Finds the stages that a repair would run, and their cost. After a sync, the items that it adds are embedded.</summary>
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
                // When the sync adds no items, there is nothing to embed.
                && (due.Length > 0 || estimate is { Tokens: > 0 })
            )
            {
                stages.Add(stage);
                total = total.Plus(estimate);
            }
        }

        return stages.Count == 0 ? plan : plan with { Repairs = stages, Estimate = total };
    }

    /// <summary>Writes one line about the checks, and one about the repair.</summary>
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

    /// <summary>Writes a check, and its error or warning.</summary>
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
