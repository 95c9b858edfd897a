using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Xml.Linq;
using Backfill.Cmdlets.Formats;

namespace Backfill.Cmdlets.Reporting;

/// <summary>Writes a report in one of its forms.</summary>
internal static class BackfillReport
{
    private static readonly JsonSerializerOptions JsonForm = new()
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Returns the text of a report.</summary>
    /// <param name="form">The form.</param>
    /// <param name="reports">The reports of the repositories.</param>
    /// <param name="draw">Draws a chart as SVG.</param>
    /// <param name="now">When the report is written.</param>
    internal static string Write(
        ReportForm form,
        IReadOnlyList<RepositoryReport> reports,
        Func<ReportChart, string> draw,
        DateTimeOffset now
    ) =>
        form switch
        {
            ReportForm.Html => HtmlReport.Write(reports, draw, now),
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
                new XAttribute("failures", report.Count(CheckStatus.Failed)),
                new XAttribute("skipped", report.Count(CheckStatus.Skipped)),
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
                $"| {Cell(report.Name)} | {(stored is null ? "" : ViewText.Number(stored.Rows))} | {(stored is null ? "" : $"{ScreenText.Of(stored.Proof, "0.#")} %")} | {(stored?.LastCompletedAt is { } at ? ViewText.When(at, now) : "none")} | {report.Count(CheckStatus.Failed)} | {report.Count(CheckStatus.Warning)} | {report.Count(CheckStatus.Passed)} |\n"
            );
        }

        foreach (var report in reports)
        {
            CoverageCheck[] wrong = [.. report.Findings];
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
