using System.Globalization;
using System.Xml.Linq;
using Backfill.Cmdlets.Formats;

namespace Backfill.Cmdlets.Reporting;

/// <summary>Writes what the copy of a repository cost: requests and points of GitHub, tokens and dollars of a provider.</summary>
internal static class HtmlCost
{
    /// <summary>Returns the part about the cost, or null where the report has no facts.</summary>
    internal static XElement? Of(RepositoryReport report, Func<ReportChart, string> draw, int level) =>
        report.Facts is { } facts
            ? Html.Section(level, "Requests, points and cost", Content(report, facts, draw))
            : null;

    private static IEnumerable<XElement?> Content(
        RepositoryReport report,
        RepositoryFacts facts,
        Func<ReportChart, string> draw
    )
    {
        var syncs = facts.Syncs;
        yield return Html.Facts(
            ("Runs", Html.Number(syncs.Runs)),
            ("Requests to GitHub", Html.Number(syncs.Requests)),
            ("GraphQL points", Html.Number(syncs.Points)),
            ("Time of all runs", ViewText.Span(syncs.Duration)),
            ("First run", syncs.FirstStartedAt is { } at ? Html.Time(at) : null),
            ("Embeddings, about", facts.Models.Count == 0 ? null : Dollars(facts.Models))
        );
        yield return Html.Of(
            "p",
            Html.Class("quiet"),
            "GitHub takes no money for requests and points. They count against the limits per hour of a token. Tokens and dollars of embeddings are estimated from the stored texts."
        );
        if (facts.Models.Count > 0)
        {
            yield return Html.Table(
                $"Vectors of {report.Name} by model",
                ["Model", "#Vectors", "#Tokens, about", "#US dollars, about"],
                facts.Models.Select(model =>
                    new object?[] { model.Model ?? "not recorded", model.Vectors, model.Tokens, Dollars([model]) }
                )
            );
        }

        yield return Chart(report, draw);
    }

    private static XElement? Chart(RepositoryReport report, Func<ReportChart, string> draw)
    {
        RepoSync[] runs = [.. report.Runs.Where(run => run.StartedAt is not null).Reverse()];
        // The table of runs says as much about a single run.
        if (runs.Length < 2 || runs.All(run => run.Requests + run.Points == 0))
        {
            return null;
        }

        var most = runs.MaxBy(run => run.Requests)!;
        return Html.Of(
            "div",
            Html.Class("charts"),
            HtmlChart.Of(
                draw,
                ChartKind.Columns,
                $"Requests and points of the newest {Html.Number(runs.Length)} runs",
                $"The most requests of one run were {Html.Number(most.Requests)}, on {Html.Minute(most.StartedAt!.Value)}. The newest run made {Html.Number(runs[^1].Requests)} requests for {Html.Number(runs[^1].Points)} points.",
                new ChartData(
                    [.. runs.Select(run => Day(run.StartedAt!.Value))],
                    [
                        new ChartSeries("Requests", [.. runs.Select(run => (double?)run.Requests)]),
                        new ChartSeries("Points", [.. runs.Select(run => (double?)run.Points)]),
                    ],
                    $"Requests of {report.Name} by run",
                    ["Run of", "#Requests", "#Points"],
                    [
                        .. runs.Select(run =>
                            new object?[] { Html.Minute(run.StartedAt!.Value), run.Requests, run.Points }
                        ),
                    ]
                )
            )
        );
    }

    private static string Dollars(IReadOnlyList<ModelVectors> models) =>
        models.All(model => model.Cost == 0) ? "free"
        : models.Any(model => model.Cost is null) ? "no price known"
        : string.Create(CultureInfo.InvariantCulture, $"${models.Sum(model => model.Cost):0.00##}");

    private static string Day(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("d MMM", CultureInfo.InvariantCulture);
}
