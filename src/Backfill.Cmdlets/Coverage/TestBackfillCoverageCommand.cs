using System.Globalization;
using System.Management.Automation;
using System.Security;
using Backfill.Cmdlets.Pipeline;
using Backfill.Cmdlets.Settings;

namespace Backfill.Cmdlets.Coverage;

/// <summary>Proves that nothing is missing of repositories.</summary>
/// <remarks>
/// <para>Every line of the operators' checklist is a check: the schema and the login's rights, counts against GitHub's totals, embeddings, freshness, data quality, the app's jobs, metrics and settings. Each writes an object with what was expected, what is, and what to do. A failed check is also a non-terminating error, so that a runbook with -ErrorAction Stop ends and a host's exit code tells; a check that only warns writes a warning. No input at all is an error, since nothing would be proven.</para>
/// <para>Judged is what the stored part covers; totals beyond it are skipped, and the object says how to include them. GitHub's totals that a piped run already carries are not asked for again.</para>
/// </remarks>
/// <example>
/// <code>Test-BackfillCoverage octo/hello | Where-Object Status -eq Failed</code>
/// <para>Shows what is missing.</para>
/// </example>
/// <example>
/// <code>Test-BackfillCoverage octo/hello -Check Schema</code>
/// <para>Reports what the tool needs of the database, what it found and what it does without.</para>
/// </example>
/// <example>
/// <code>Test-BackfillCoverage octo/hello -Repair -Confirm</code>
/// <para>Mends what failed, after asking for each stage.</para>
/// </example>
/// <example>
/// <code>if (-not (Test-BackfillCoverage octo/hello -MinimumCoverage 95 -Quiet)) { exit 1 }</code>
/// <para>Ends a scheduled task with an exit code when a check fails, or when fewer than 95 items in a hundred are embedded.</para>
/// </example>
[Cmdlet(
    VerbsDiagnostic.Test,
    "BackfillCoverage",
    SupportsShouldProcess = true,
    DefaultParameterSetName = RepositorySet
)]
[OutputType(typeof(CoverageCheck), typeof(bool))]
public sealed class TestBackfillCoverageCommand : RepositoryCommand
{
    private readonly HashSet<string> seen = new(StringComparer.OrdinalIgnoreCase);
    private bool passed = true;
    private bool planning;

    /// <summary>The checks to run, by id or category, for example Schema or *Embeddings; without it all. A dry run lists them.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Check { get; set; } = [];

    /// <summary>Checks to leave out, by id or category.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Exclude { get; set; } = [];

    /// <summary>What counts as a failure: Error, or Warning for warnings as well.</summary>
    [Parameter]
    public CheckSeverity FailOn { get; set; } = CheckSeverity.Error;

    /// <summary>Mend what failed by the stage that would have prevented it, and check again. A sync reads the repository again as far back as it was read, which costs what the first one did.</summary>
    [Parameter]
    public SwitchParameter Repair { get; set; }

    /// <summary>How many items in a hundred of each type must be embedded.</summary>
    [Parameter]
    [ValidateRange(0.0, 100.0)]
    public double MinimumCoverage { get; set; } = 100;

    /// <summary>Do not ask GitHub for its totals; the checks that need them are skipped.</summary>
    [Parameter]
    public SwitchParameter SkipGitHub { get; set; }

    /// <summary>Only answer true or false. Failed checks then write neither objects nor errors. A dry run answers false, since it proves nothing.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <summary>GitHub tokens as SecureString, PSCredential or text; several share the load. Without them those of Connect-Backfill count, then GITHUB_TOKEN and GH_TOKEN.</summary>
    [Parameter]
    [Secret]
    public SecureString[] GitHubToken { get; set; } = [];

    private protected override BackfillSettings Given =>
        base.Given with
        {
            GitHubTokens = SecretAttribute.Read(GitHubToken),
        };

    /// <summary>Checks each repository that was not checked yet.</summary>
    protected override void ProcessRecord()
    {
        var names = Parse(Repository).ToArray();
        passed &= names.Length == Repository.Length;
        foreach (var repository in names.Where(name => seen.Add(name.FullName)))
        {
            var decision = Decide("Check the coverage", repository.FullName, IsInputPlanned);
            planning = decision == Decision.Plan;
            passed &= decision == Decision.Act;
            if (decision == Decision.Leave)
            {
                continue;
            }

            var request = new CoverageRequest(repository, MinimumCoverage, SkipGitHub, KnownTotals(), planning)
            {
                Checks = Check,
                Exclude = Exclude,
            };
            var checks = Judge(request);
            if (Repair && !planning)
            {
                checks = Mend(request with { KnownTotals = null }, checks);
            }

            foreach (var check in checks)
            {
                Tell(check);
            }
        }
    }

    /// <summary>Answers, where one answer was asked for.</summary>
    protected override void EndProcessing()
    {
        if (seen.Count == 0 && passed)
        {
            passed = false;
            WriteFailure(
                new BackfillException(
                    ErrorIds.NoInput,
                    ErrorKind.Input,
                    "No repository came in, so that nothing was checked.",
                    "Name a repository, or look at the errors of the stages before."
                )
            );
        }

        if (Quiet)
        {
            WriteObject(passed);
        }
    }

    private IReadOnlyList<CoverageCheck> Judge(CoverageRequest request)
    {
        IReadOnlyList<CoverageCheck> checks = [];
        var ran = Run(
            request.Repository.FullName,
            async (engine, settings, output, token) =>
                checks = await engine.CheckCoverageAsync(settings, request, output, token)
        );
        passed &= ran;
        return checks;
    }

    // In the order of the pipeline, each by what fails after the one before: what a sync brings back wants a vector.
    private IReadOnlyList<CoverageCheck> Mend(CoverageRequest request, IReadOnlyList<CoverageCheck> checks)
    {
        var repository = request.Repository;
        foreach (var stage in Enum.GetValues<PipelineStage>())
        {
            string[] due =
            [
                .. checks.Where(check => IsFailure(check) && check.Repair == stage).Select(check => check.Check),
            ];
            if (
                due.Length > 0
                && Decide($"Repair ({stage})", repository.FullName, planned: false) == Decision.Act
                && Run(
                    repository.FullName,
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

    private bool IsFailure(CoverageCheck check) =>
        check.Status == CheckStatus.Failed || (check.Status == CheckStatus.Warning && FailOn == CheckSeverity.Warning);

    private void Tell(CoverageCheck check)
    {
        passed &= !IsFailure(check);
        if (Quiet)
        {
            return;
        }

        WriteObject(check);
        if (planning)
        {
            return;
        }

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
            WriteWarning($"{Sentence(check)} {check.Advice}".TrimEnd());
        }
    }

    private static string Sentence(CoverageCheck check) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{check.Repository}: {check.Check} is {check.Actual ?? "nothing"}, expected {check.Expected ?? "something else"}."
        );

    private EntityCount[]? KnownTotals()
    {
        var known = PipedRun?.Counts.Where(count => count.GitHubTotal is not null).ToArray();
        return known is { Length: > 0 } ? known : null;
    }
}
