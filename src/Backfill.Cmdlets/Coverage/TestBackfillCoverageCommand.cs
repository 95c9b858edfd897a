using System.Management.Automation;
using System.Security;
using Backfill.Cmdlets.Pipeline;
using Backfill.Cmdlets.Settings;

namespace Backfill.Cmdlets.Coverage;

/// <summary>Checks that repositories are copied completely.</summary>
[Cmdlet(VerbsDiagnostic.Test, "BackfillCoverage", SupportsShouldProcess = true, DefaultParameterSetName = DatabaseSet)]
[OutputType(typeof(CoverageCheck), typeof(CoveragePlan), typeof(bool))]
public sealed partial class TestBackfillCoverageCommand : RepositoryCommand
{
    private const string DatabaseSet = "Database";

    private bool hasInput;

    private RepositoryProof? proof;

    // The repositories of the input that are checked together.
    private CoverageGroup? group;

    // False once a check failed or could not be judged.
    private bool passed = true;

    /// <summary>Every tracked repository.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AllSet)]
    public SwitchParameter All { get; set; }

    /// <summary>The checks to run, by id or category, for example Schema or *Embeddings. The default is all checks. Checks of the database and the settings (Schema, Settings) need no repository. The object of a dry run lists them in Checks.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(CheckCompleter))]
    public string[] Check { get; set; } = [];

    /// <summary>Checks to leave out, by id or category.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(CheckCompleter))]
    public string[] Exclude { get; set; } = [];

    /// <summary>Run the stages that fix what failed, and check again after each. The sync reads the rows that are wrong or missing. For the checks OrphanAuthors and ContributorCount it reads the stored part of the repository again, which costs as much as the first sync. A check whose property Repair is empty is not repaired, and its Advice says what to do. With -WhatIf, the checks are run and nothing is repaired. The lines of the plan say which stages a repair would run, what they would cost, and which rows each stage repairs.</summary>
    [Parameter]
    public SwitchParameter Repair { get; set; }

    /// <summary>The percentage of the items of each type that must have an embedding. The default is 100.</summary>
    [Parameter]
    [ValidateRange(0.0, 100.0)]
    [ArgumentCompleter(typeof(NothingCompleter))]
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
    [ArgumentCompleter(typeof(NothingCompleter))]
    public SecureString[] GitHubToken { get; set; } = [];

    private protected override bool IsAll => All;

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
        foreach (var together in Named().Chunk(CoverageGroup.Most))
        {
            hasInput = true;
            group = new CoverageGroup(together);
            foreach (var (place, repository) in together.Index())
            {
                CheckCoverage(repository);
                if (isRepaired)
                {
                    // What was read of the others may have changed.
                    group = new CoverageGroup(together[(place + 1)..]);
                    isRepaired = false;
                }
            }

            group = null;
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
            Group = group,
        };
        proof = null;
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
            checks = RepairFailures(request with { KnownTotals = null, Group = null }, checks);
        }

        TellAll(checks);
        if (!Quiet && checks.Count > 0)
        {
            Say(CoverageText.Summary(Subject(repository), proof, checks, EngineAccess.Clock.GetUtcNow()));
        }
    }

    /// <inheritdoc/>
    internal override void Emit(object result)
    {
        if (result is RepositoryProof found)
        {
            proof = found;
            return;
        }

        base.Emit(result);
    }

    /// <summary>Writes the checks: failures first, then warnings, then the others. On the screen, the others are one line per category.</summary>
    private void TellAll(IReadOnlyList<CoverageCheck> checks)
    {
        foreach (
            var check in checks
                .Where(check => check.Status is CheckStatus.Failed or CheckStatus.Warning)
                .OrderBy(check => check.Status)
        )
        {
            Tell(check);
        }

        var others = checks.Where(check => check.Status is CheckStatus.Passed or CheckStatus.Skipped);
        bool? isFolded = CanFold ? null : false;
        foreach (var category in others.GroupBy(check => check.Category))
        {
            CoverageCheck[] alike = [.. category.OrderBy(check => check.Status)];
            var line = isFolded == false ? null : CoverageText.Fold(category.Key, alike);
            // When the first check is shown while it is written, no script gets the objects, and the line stands for all.
            var isShown = CoverageText.Show(line, () => Tell(alike[0]));
            isFolded ??= isShown;
            foreach (var check in isFolded == true ? [] : alike[1..])
            {
                Tell(check);
            }
        }
    }

    // A command that was typed, and whose output no other command and no variable takes.
    private bool CanFold =>
        !Quiet
        && MyInvocation.CommandOrigin == CommandOrigin.Runspace
        && MyInvocation.PipelinePosition == MyInvocation.PipelineLength
        && !MyInvocation.BoundParameters.ContainsKey("Verbose")
        && !MyInvocation.BoundParameters.ContainsKey("OutVariable");

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

    /// <summary>Writes one line about the checks, and the lines about the repair.</summary>
    private void TellPlan(CoveragePlan plan, bool repairs)
    {
        if (plan.Checks.Count == 0)
        {
            return;
        }

        SayPlan(PlanText.Of(plan));
        if (repairs)
        {
            foreach (var line in PlanText.OfRepair(plan))
            {
                SayPlan(line);
            }
        }

        if (!Quiet)
        {
            WriteObject(plan);
        }
    }

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
