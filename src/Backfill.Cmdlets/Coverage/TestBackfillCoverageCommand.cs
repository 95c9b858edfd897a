using System.Globalization;
using System.Management.Automation;
using System.Security;
using Backfill.Cmdlets.Pipeline;
using Backfill.Cmdlets.Settings;

namespace Backfill.Cmdlets.Coverage;

/// <summary>Proves that nothing is missing of repositories.</summary>
/// <remarks>
/// <para>Every line of the operators' checklist is a check: counts against GitHub's totals, embeddings, freshness, data quality, metrics and settings. Each writes an object with what was expected, what is, and what to do. A failed check is also a non-terminating error, so that a runbook with -ErrorAction Stop ends and a host's exit code tells; a check that only warns writes a warning. No input at all is an error, since nothing would be proven.</para>
/// <para>Judged is what the stored part covers; totals beyond it are skipped, and the object says how to include them. GitHub's totals that a piped run already carries are not asked for again.</para>
/// </remarks>
/// <example>
/// <code>Test-BackfillCoverage octo/hello | Where-Object Status -eq Failed</code>
/// <para>Shows what is missing.</para>
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

            var request = new CoverageRequest(repository, MinimumCoverage, SkipGitHub, KnownTotals(), planning);
            // Not with &=, which would forget what the checks themselves say about it.
            var ran = Run(
                repository.FullName,
                async (engine, settings, output, token) =>
                {
                    foreach (var check in await engine.CheckCoverageAsync(settings, request, output, token))
                    {
                        await output.WriteAsync(check, token);
                    }
                }
            );
            passed = passed && ran;
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

    /// <inheritdoc/>
    internal override void Emit(object result)
    {
        var check = (CoverageCheck)result;
        passed &= check.Status != CheckStatus.Failed;
        if (Quiet)
        {
            return;
        }

        base.Emit(check);
        if (planning)
        {
            return;
        }

        if (check.Status == CheckStatus.Failed)
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
