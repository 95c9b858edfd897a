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

    /// <summary>The form of the report: Markdown, JUnit, Json or Html. Without it the name of the file decides: .html and .htm are Html, .xml is JUnit, .json is Json, and any other is Markdown.</summary>
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
        foreach (var together in unproven.Chunk(CoverageGroup.Most))
        {
            var group = new CoverageGroup(together);
            foreach (var repository in together)
            {
                var request = new CoverageRequest(repository, 100, SkipGitHub, null, Plan: false) { Group = group };
                RunFor(
                    repository.FullName,
                    async (engine, settings, output, token) =>
                        checks.AddRange(await engine.CheckCoverageAsync(settings, request, output, token))
                );
            }
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

        var judged = checks.GroupBy(check => check.Repository).Select(Judged);
        // Only the first repositories of a page have details.
        var reports = (Form == ReportForm.Html ? RepositoryReport.WorstFirst(judged) : judged).ToArray();
        for (var place = 0; place < reports.Length; place++)
        {
            reports[place] = Fill(reports[place], place);
        }

        Save(BackfillReport.Write(Form, reports, EngineAccess.Engine.DrawChart, EngineAccess.Clock.GetUtcNow()));
    }

    /// <inheritdoc/>
    internal override void Emit(object result)
    {
        // The checks are already in the list.
    }

    private ReportForm Form => MyInvocation.BoundParameters.ContainsKey(nameof(As)) ? As : ReportForms.Of(Path);

    // Checks can come from a file, from before the secrets of this session were masked.
    private RepositoryReport Judged(IGrouping<string?, CoverageCheck> own) =>
        new(
            own.Key,
            null,
            [
                .. own.Select(check =>
                    check with
                    {
                        Expected = Masked(check.Expected),
                        Actual = Masked(check.Actual),
                        Advice = Masked(check.Advice),
                    }
                ),
            ],
            []
        );

    private RepositoryReport Fill(RepositoryReport report, int place)
    {
        if (report.Repository is not { } fullName || report.Checks.All(check => check.Status == CheckStatus.Failed))
        {
            return report;
        }

        var name = RepositoryName.Parse(fullName);
        var needsFacts = Form == ReportForm.Json || (Form == ReportForm.Html && place < HtmlReport.MostDetails);
        Run(
            fullName,
            async (engine, settings, _, token) =>
            {
                var found = await engine.FindRepositoriesAsync(settings, new RepositoryQuery([name], true), token);
                var filter = new SyncFilter([], [name], [], ThisProcess: false) { First = MostRuns };
                var runs = await engine.FindSyncsAsync(settings, filter, token);
                report = report with
                {
                    Stored = found.Count > 0 ? found[0] : null,
                    Runs = [.. runs.Select(run => run with { Error = Masked(run.Error) })],
                    Facts = needsFacts ? await engine.ReadFactsAsync(settings, name, token) : null,
                };
            }
        );
        return report;
    }

    private string? Masked(string? text) => text is null ? null : SecretMask.Apply(text, InForce.Secrets);

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
