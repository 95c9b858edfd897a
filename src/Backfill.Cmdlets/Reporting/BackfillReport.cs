using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Xml.Linq;
using Backfill.Cmdlets.Formats;

namespace Backfill.Cmdlets.Reporting;

/// <summary>The form of a report.</summary>
public enum ReportForm
{
    /// <summary>A table per repository, for a pull request or a ticket.</summary>
    Markdown,

    /// <summary>A test suite per repository and a test case per check, for build servers.</summary>
    JUnit,

    /// <summary>Every property of every check, repository and run.</summary>
    Json,
}

/// <summary>What a report has about one repository.</summary>
/// <param name="Repository">The repository as <c>owner/name</c>; null for checks of the database alone.</param>
/// <param name="Stored">Its rows and proof, or null.</param>
/// <param name="Checks">Its checks.</param>
/// <param name="Runs">Its newest runs, the newest first.</param>
internal sealed record RepositoryReport(
    string? Repository,
    BackfillRepository? Stored,
    IReadOnlyList<CoverageCheck> Checks,
    IReadOnlyList<RepoSync> Runs
)
{
    /// <summary>Gets the name for people.</summary>
    [JsonIgnore]
    public string Name => Repository ?? "the database";
}

/// <summary>Writes a report in one of its forms.</summary>
internal static class BackfillReport
{
    private static readonly JsonSerializerOptions JsonForm = new()
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Returns the text of a report.</summary>
    internal static string Write(ReportForm form, IReadOnlyList<RepositoryReport> reports, DateTimeOffset now) =>
        form switch
        {
            ReportForm.Json => JsonSerializer.Serialize(new { GeneratedAt = now, Repositories = reports }, JsonForm)
                + "\n",
            ReportForm.JUnit => JUnit(reports),
            _ => Markdown(reports, now),
        };

    private static string JUnit(IReadOnlyList<RepositoryReport> reports)
    {
        var suites = new XElement(
            "testsuites",
            reports.Select(report => new XElement(
                "testsuite",
                new XAttribute("name", report.Name),
                new XAttribute("tests", report.Checks.Count),
                new XAttribute("failures", Count(report, CheckStatus.Failed)),
                new XAttribute("skipped", Count(report, CheckStatus.Skipped)),
                report.Checks.Select(check => new XElement(
                    "testcase",
                    new XAttribute("classname", $"{report.Name}.{check.Category}"),
                    new XAttribute("name", check.Check),
                    Outcome(check)
                ))
            ))
        );
        return $"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{suites}\n";
    }

    private static XElement? Outcome(CoverageCheck check) =>
        check.Status switch
        {
            CheckStatus.Failed => new XElement(
                "failure",
                new XAttribute("message", Clean($"{check.Actual}, expected {check.Expected}")),
                Clean(check.Advice)
            ),
            CheckStatus.Skipped => new XElement("skipped", new XAttribute("message", Clean(check.Actual))),
            CheckStatus.Warning => new XElement("system-out", Clean($"Warning: {check.Actual}. {check.Advice}")),
            _ => null,
        };

    private static string Markdown(IReadOnlyList<RepositoryReport> reports, DateTimeOffset now)
    {
        var text = new StringBuilder(
            "# Backfill\n\n| Repository | Rows | Proven | Last complete sync | Failed | Warnings | Passed |\n|---|---:|---:|---|---:|---:|---:|\n"
        );
        foreach (var report in reports)
        {
            var stored = report.Stored;
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {Cell(report.Name)} | {(stored is null ? "" : ViewText.Number(stored.Rows))} | {(stored is null ? "" : $"{ScreenText.Of(stored.Proof, "0.#")} %")} | {(stored?.LastCompletedAt is { } at ? ViewText.When(at, now) : "none")} | {Count(report, CheckStatus.Failed)} | {Count(report, CheckStatus.Warning)} | {Count(report, CheckStatus.Passed)} |\n"
            );
        }

        foreach (var report in reports)
        {
            CoverageCheck[] wrong =
            [
                .. report
                    .Checks.Where(check => check.Status is CheckStatus.Failed or CheckStatus.Warning)
                    .OrderBy(check => check.Status),
            ];
            text.Append(CultureInfo.InvariantCulture, $"\n## {Cell(report.Name)}\n\n");
            if (wrong.Length == 0)
            {
                text.Append("Nothing to do.\n");
                continue;
            }

            text.Append("| Status | Check | Found | Expected | What to do |\n|---|---|---|---|---|\n");
            foreach (var check in wrong)
            {
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"| {check.Status} | {Cell(check.Check)} | {Cell(check.Actual)} | {Cell(check.Expected)} | {Cell(check.Advice)} |\n"
                );
            }
        }

        return text.ToString();
    }

    private static int Count(RepositoryReport report, CheckStatus status) =>
        report.Checks.Count(check => check.Status == status);

    // XML takes no control characters.
    private static string Clean(string? text) => ScreenText.Of(text) ?? "";

    // A text from outside must not end the cell, or become a link or a mark.
    private static string Cell(string? text)
    {
        var cell = new StringBuilder();
        foreach (var character in Clean(text))
        {
            cell.Append(
                character switch
                {
                    '\r' => "",
                    '\n' => "<br>",
                    '|' or '[' or ']' or '`' or '*' or '_' or '\\' => $"\\{character}",
                    '<' => "&lt;",
                    '&' => "&amp;",
                    _ => character.ToString(),
                }
            );
        }

        return cell.ToString();
    }
}
