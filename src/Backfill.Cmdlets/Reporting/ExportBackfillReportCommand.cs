using System.Management.Automation;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Reporting;

/// <summary>Writes a report about repositories: what is proven, what failed and what to do.</summary>
[Cmdlet(VerbsData.Export, "BackfillReport", SupportsShouldProcess = true, DefaultParameterSetName = RepositorySet)]
[OutputType(typeof(FileInfo), typeof(string))]
public sealed class ExportBackfillReportCommand : RepositoryCommand
{
    private const int MostRuns = 20;

    private readonly List<CoverageCheck> checks = [];
    private readonly List<RepositoryName> unproven = [];

    /// <summary>Every tracked repository.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AllSet)]
    public SwitchParameter All { get; set; }

    /// <summary>The file of the report, which is replaced. Without it the text of the report is written to the pipeline.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>The form of the report: Markdown, JUnit or Json. The default is Markdown.</summary>
    [Parameter]
    public ReportForm As { get; set; }

    /// <summary>Do not ask GitHub for its totals when the cmdlet runs the checks itself.</summary>
    [Parameter]
    public SwitchParameter SkipGitHub { get; set; }

    private protected override bool IsAll => All;

    /// <summary>Collects the piped checks, and the repositories whose checks have to be run.</summary>
    protected override void ProcessRecord()
    {
        if (InputObject?.BaseObject is CoverageCheck check)
        {
            checks.Add(check);
            return;
        }

        unproven.AddRange(Named());
    }

    /// <summary>Runs the missing checks and writes the report.</summary>
    protected override void EndProcessing()
    {
        foreach (var repository in unproven)
        {
            var request = new CoverageRequest(repository, 100, SkipGitHub, null, Plan: false);
            RunFor(
                repository.FullName,
                async (engine, settings, output, token) =>
                    checks.AddRange(await engine.CheckCoverageAsync(settings, request, output, token))
            );
        }

        if (checks.Count == 0)
        {
            WriteFailure(
                new BackfillException(
                    ErrorIds.NoInput,
                    ErrorKind.Input,
                    "There is nothing to report, because no check came in.",
                    "Name a repository, or pipe the output of Test-BackfillCoverage."
                )
            );
            return;
        }

        var reports = checks.GroupBy(check => check.Repository).Select(Report).ToArray();
        Save(BackfillReport.Write(As, reports, EngineAccess.Clock.GetUtcNow()));
    }

    /// <inheritdoc/>
    internal override void Emit(object result)
    {
        // The checks are already in the list.
    }

    private RepositoryReport Report(IGrouping<string?, CoverageCheck> own)
    {
        BackfillRepository? stored = null;
        IReadOnlyList<RepoSync> runs = [];
        if (own.Key is { } fullName && own.Any(check => check.Status != CheckStatus.Failed))
        {
            var name = RepositoryName.Parse(fullName);
            Run(
                fullName,
                async (engine, settings, _, token) =>
                {
                    var found = await engine.FindRepositoriesAsync(settings, new RepositoryQuery([name], true), token);
                    stored = found.Count > 0 ? found[0] : null;
                    var filter = new SyncFilter([], [name], [], ThisProcess: false) { First = MostRuns };
                    runs = await engine.FindSyncsAsync(settings, filter, token);
                }
            );
        }

        return new RepositoryReport(own.Key, stored, [.. own], runs);
    }

    private void Save(string text)
    {
        if (Path is null)
        {
            WriteObject(text);
            return;
        }

        var file = new FileInfo(GetUnresolvedProviderPathFromPSPath(Path));
        if (!ShouldProcess(file.FullName, "Write the report"))
        {
            return;
        }

        try
        {
            File.WriteAllText(file.FullName, text);
            WriteObject(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            WriteFailure(
                new BackfillException(
                    ErrorIds.ReportNotWritten,
                    ErrorKind.Input,
                    $"The report '{file.FullName}' cannot be written: {error.Message}",
                    "Name a file in a folder that exists and that this account may write to.",
                    file.FullName,
                    error
                )
            );
        }
    }
}
