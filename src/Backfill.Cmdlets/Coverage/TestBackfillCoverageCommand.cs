using System.Management.Automation;
using System.Security;
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
public sealed class TestBackfillCoverageCommand : CoverageCommand
{
    private const string DatabaseSet = "Database";

    private readonly HashSet<string> seen = new(StringComparer.OrdinalIgnoreCase);

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

    /// <summary>Checks each repository that was not checked yet.</summary>
    protected override void ProcessRecord()
    {
        foreach (var repository in Named())
        {
            if (seen.Add(repository.FullName))
            {
                CheckCoverage(repository);
            }
        }
    }

    /// <summary>Checks the database where that was all that was asked for, and answers where one answer was asked for.</summary>
    protected override void EndProcessing()
    {
        if (ParameterSetName == DatabaseSet && !MyInvocation.ExpectingInput)
        {
            CheckCoverage(null);
        }
        else if (seen.Count == 0 && Passed)
        {
            Passed = false;
            WriteFailure(
                new BackfillException(
                    ErrorIds.NoInput,
                    ErrorKind.Input,
                    "No repository came in, so that nothing was checked.",
                    "Name a repository, or look at the errors of the stages before."
                )
            );
        }

        SayTotal(isLastStage: true);
        if (Quiet)
        {
            WriteObject(Passed);
        }
    }

    private void CheckCoverage(RepositoryName? repository)
    {
        var decision = DecideStage("Check the coverage", Subject(repository), IsInputPlanned);
        Planning = decision == Decision.Plan;
        Passed &= decision == Decision.Act;
        if (decision == Decision.Leave)
        {
            return;
        }

        var request = new CoverageRequest(repository, MinimumCoverage, SkipGitHub, KnownTotals(), Planning)
        {
            Checks = Check,
            Exclude = Exclude,
            EarlierError =
                repository is not null && EarlierFailureOf(repository.FullName) is { IsCarried: true } earlier
                    ? earlier.Error
                    : null,
        };
        var checks = Judge(request);
        if (Planning)
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
}
