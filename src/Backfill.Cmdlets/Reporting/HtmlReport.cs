using System.Text;
using System.Xml.Linq;

namespace Backfill.Cmdlets.Reporting;

/// <summary>Writes a report as one page: no script, no font, no picture and no style from anywhere else.</summary>
internal static class HtmlReport
{
    /// <summary>The largest number of repositories with details. The worst come first.</summary>
    internal const int MostDetails = 50;

    /// <summary>The largest number of repositories in the overview.</summary>
    internal const int MostRows = 2000;

    private const int MostNames = 20;
    private const string StyleSheet = "Backfill.Cmdlets.Reporting.report.css";

    // A browser that opens the page loads nothing, whatever a text from outside contains.
    private const string Policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

    /// <summary>Returns the text of the page.</summary>
    /// <param name="reports">The reports. Only those with <see cref="RepositoryReport.Facts"/> have charts.</param>
    /// <param name="draw">Draws a chart as SVG.</param>
    /// <param name="now">When the report is written.</param>
    internal static string Write(
        IReadOnlyList<RepositoryReport> reports,
        Func<ReportChart, string> draw,
        DateTimeOffset now
    )
    {
        RepositoryReport[] ordered = [.. RepositoryReport.WorstFirst(reports)];
        var title = ordered is [{ } only] ? only.Name : $"{Html.Number(ordered.Length)} repositories";
        var page = Html.Of(
            "html",
            Html.Attribute("lang", "en"),
            Html.Of(
                "head",
                Void("meta", Html.Attribute("charset", "utf-8")),
                Void(
                    "meta",
                    Html.Attribute("http-equiv", "Content-Security-Policy"),
                    Html.Attribute("content", Policy)
                ),
                Void(
                    "meta",
                    Html.Attribute("name", "viewport"),
                    Html.Attribute("content", "width=device-width, initial-scale=1")
                ),
                Void("meta", Html.Attribute("name", "color-scheme"), Html.Attribute("content", "light dark")),
                Html.Of("title", $"{title}: Backfill report"),
                Html.Of("style")
            ),
            Html.Of(
                "body",
                Html.Of("a", Html.Class("skip"), Html.Attribute("href", "#report"), "Skip to the report"),
                Header(title, ordered, now),
                Html.Of("main", Html.Attribute("id", "report"), Content(ordered, draw)),
                Footer(ordered)
            )
        );
        // The style is no text of XML: its writer would encode it, and HTML does not decode it there.
        var text = page.ToString(SaveOptions.DisableFormatting);
        return $"<!DOCTYPE html>\n{Insert(text, "<style></style>", $"<style>\n{ReadStyle()}</style>")}\n";
    }

    private static IEnumerable<XElement> Content(RepositoryReport[] ordered, Func<ReportChart, string> draw)
    {
        if (ordered is [{ } only])
        {
            return HtmlRepository.Of(only, draw, level: 2);
        }

        var stored = ordered.Select(report => report.Stored).OfType<BackfillRepository>().ToArray();
        var rows = stored.Sum(repository => repository.Rows);
        return
        [
            Html.Facts(
                ("Repositories", Html.Number(ordered.Length)),
                (
                    "Without a failed check",
                    Html.Share(ordered.Count(report => report.Status != CheckStatus.Failed), ordered.Length)
                ),
                ("Rows", rows == 0 ? null : Html.Number(rows)),
                (
                    "Rows with a proof",
                    rows == 0 ? null : Html.Share(stored.Sum(repository => repository.ProvenRows), rows)
                )
            ),
            Html.Section(2, "What to do", ToDo(ordered)),
            Html.Section(2, "Repositories", Overview(ordered)),
            .. ordered
                .Take(MostDetails)
                .Select(
                    (report, place) =>
                        Html.Of(
                            "section",
                            Html.Class("repository"),
                            Html.Attribute("id", Anchor(place)),
                            Html.Of("h2", report.Name, " ", Html.Badge(report.Status)),
                            HtmlRepository.Of(report, draw, level: 3)
                        )
                ),
        ];
    }

    private static XElement Header(string title, RepositoryReport[] ordered, DateTimeOffset now)
    {
        var (style, mark, verdict) = Verdict(ordered);
        return Html.Of(
            "header",
            Html.Of("p", Html.Class("quiet"), "Backfill report"),
            Html.Of("h1", title),
            Html.Of(
                "p",
                Html.Class($"verdict {style}"),
                Html.Of("span", Html.Attribute("aria-hidden", "true"), mark),
                $" {verdict}."
            ),
            Html.Of("p", Html.Class("quiet"), "Written ", Html.Time(now))
        );
    }

    private static (string Style, string Mark, string Verdict) Verdict(RepositoryReport[] ordered)
    {
        var (passed, failed) = (Sum(CheckStatus.Passed), Sum(CheckStatus.Failed));
        var (warnings, skipped) = (Sum(CheckStatus.Warning), Sum(CheckStatus.Skipped));
        var rest =
            $"{Html.Number(passed)} passed{(warnings == 0 ? "" : warnings == 1 ? ", 1 warning" : $", {Html.Number(warnings)} warnings")}{(skipped > 0 ? $", {Html.Number(skipped)} skipped" : "")}";
        if (failed > 0)
        {
            var where =
                ordered.Length == 1
                    ? ""
                    : $" in {Of(ordered.Count(report => report.Status == CheckStatus.Failed), ordered.Length, "repositories")}";
            return ("bad", "✕", $"{Checks(failed)} failed{where}; {rest}");
        }

        return (passed, warnings, skipped) switch
        {
            (_, > 0, _) => ("careful", "!", $"No check failed; {rest}"),
            (> 0, _, 0) => ("good", "✓", $"Every check passed: {Html.Number(passed)}"),
            (> 0, _, _) => ("good", "✓", $"No check failed; {rest}"),
            _ => ("still", "–", "No check could be judged"),
        };

        int Sum(CheckStatus status) => ordered.Sum(report => report.Count(status));

        static string Checks(int number) => number == 1 ? "1 check" : $"{Html.Number(number)} checks";
    }

    private static XElement ToDo(RepositoryReport[] ordered)
    {
        var findings = ordered
            .SelectMany(report => report.Findings.Select(check => (report.Name, Check: check)))
            .GroupBy(finding => finding.Check.Check, StringComparer.Ordinal)
            .OrderBy(group => group.Min(finding => finding.Check.Status))
            .ThenByDescending(group => group.Count())
            .ToArray();
        return findings.Length == 0
            ? Html.Of("p", "Nothing. No check failed or warns.")
            : Html.Of(
                "ul",
                Html.Class("findings"),
                findings.Select(group =>
                {
                    var (name, check) = group.First();
                    return HtmlRepository.Finding(
                        check,
                        level: 3,
                        Html.Of(
                            "p",
                            $"{Of(group.Count(), ordered.Length, "repositories")}: {string.Join(", ", group.Take(MostNames).Select(finding => finding.Name))}{More(group.Count() - MostNames)}"
                        ),
                        check.Advice is { } advice ? Html.Of("p", $"For {name}: {advice}") : null
                    );
                })
            );
    }

    private static IEnumerable<XElement> Overview(RepositoryReport[] ordered)
    {
        yield return Html.Table(
            "Repositories, those with failed checks first",
            ["Repository", "Status", "#Failed", "#Warnings", "#Passed", "#Rows", "With a proof", "Last complete sync"],
            ordered
                .Take(MostRows)
                .Select(
                    (report, place) =>
                        new object?[]
                        {
                            place < MostDetails
                                ? Html.Of("a", Html.Attribute("href", $"#{Anchor(place)}"), report.Name)
                                : report.Name,
                            Html.Badge(report.Status),
                            report.Count(CheckStatus.Failed),
                            report.Count(CheckStatus.Warning),
                            report.Count(CheckStatus.Passed),
                            report.Stored is { } stored ? Html.Number(stored.Rows) : "",
                            report.Stored is { } proven ? Html.Share(proven.ProvenRows, proven.Rows) : null,
                            report.Stored?.LastCompletedAt is { } at ? Html.Time(at) : "none",
                        }
                )
        );
    }

    private static XElement Footer(RepositoryReport[] ordered)
    {
        string?[] cut =
        [
            ordered.Length > MostRows
                ? $"The table of repositories ends after {Html.Number(MostRows)} of {Html.Number(ordered.Length)}."
                : null,
            ordered.Length > MostDetails
                ? $"Details are only of the first {Html.Number(MostDetails)} of {Html.Number(ordered.Length)} repositories. Those with failed checks come first."
                : null,
            ordered.Length > MostDetails ? "Export-BackfillReport -As Json writes all of them." : null,
        ];
        return Html.Of(
            "footer",
            cut.OfType<string>().Select(sentence => Html.Of("p", sentence)),
            Html.Of("p", "Written by Export-BackfillReport. This page loads nothing from the network.")
        );
    }

    private static string Anchor(int place) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"repository-{place + 1}");

    private static string Of(int part, int whole, string noun) => $"{Html.Number(part)} of {Html.Number(whole)} {noun}";

    private static string More(int number) => number > 0 ? $" and {Html.Number(number)} more" : "";

    private static XElement Void(string name, params XAttribute[] attributes) => new(name, attributes);

    private static string Insert(string text, string place, string value)
    {
        var at = text.IndexOf(place, StringComparison.Ordinal);
        return string.Concat(text.AsSpan(0, at), value, text.AsSpan(at + place.Length));
    }

    private static string ReadStyle()
    {
        using var stream = typeof(HtmlReport).Assembly.GetManifestResourceStream(StyleSheet)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
