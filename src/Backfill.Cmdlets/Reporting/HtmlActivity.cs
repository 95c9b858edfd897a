using System.Globalization;
using System.Xml.Linq;

namespace Backfill.Cmdlets.Reporting;

/// <summary>Writes the charts of a repository's activity and of the time until its pull requests are merged.</summary>
internal static class HtmlActivity
{
    private const int HoursPerDay = 24;

    // Hours are easier to read than days up to here.
    private const int MostHours = 96;

    /// <summary>Returns the part about the activity, or null where the report has no facts.</summary>
    internal static XElement? Of(RepositoryReport report, Func<ReportChart, string> draw, int level) =>
        report.Facts switch
        {
            null => null,
            { Weeks.Count: 0 } => Html.Section(
                level,
                "Activity",
                Html.Of("p", "No pull request and no issue is stored.")
            ),
            { Weeks: var weeks } => Html.Section(
                level,
                "Activity",
                Html.Of(
                    "div",
                    Html.Class("charts"),
                    Activity(report.Name, weeks, draw),
                    Merges(report.Name, weeks, draw)
                )
            ),
        };

    private static XElement Activity(string name, IReadOnlyList<ActivityWeek> weeks, Func<ReportChart, string> draw)
    {
        var busiest = weeks.MaxBy(week => week.PullRequests + week.Issues)!;
        return HtmlChart.Of(
            draw,
            ChartKind.StackedColumns,
            "Opened per week",
            $"{Html.Number(weeks.Sum(week => week.PullRequests))} pull requests and {Html.Number(weeks.Sum(week => week.Issues))} issues were opened from {Day(weeks[0].Week)} to {Day(weeks[^1].Week.AddDays(6))}. The most were {Html.Number(busiest.PullRequests + busiest.Issues)} in the week of {Day(busiest.Week)}.",
            new ChartData(
                [.. weeks.Select(week => week.Week.ToString("d MMM", CultureInfo.InvariantCulture))],
                [
                    new ChartSeries("Pull requests", [.. weeks.Select(week => (double?)week.PullRequests)]),
                    new ChartSeries("Issues", [.. weeks.Select(week => (double?)week.Issues)]),
                ],
                $"Activity of {name} by week",
                ["Week of", "#Pull requests", "#Issues"],
                [.. weeks.Select(week => new object?[] { Day(week.Week), week.PullRequests, week.Issues })]
            )
        );
    }

    private static XElement? Merges(string name, IReadOnlyList<ActivityWeek> weeks, Func<ReportChart, string> draw)
    {
        double[] medians = [.. weeks.Select(week => week.MedianMergeHours).OfType<double>()];
        if (medians.Length == 0)
        {
            return Html.Of("p", "No pull request was merged in these weeks.");
        }

        var (unit, hours) = medians.Max() <= MostHours ? ("hours", 1) : ("days", HoursPerDay);
        var newest = weeks.Last(week => week.MedianMergeHours is not null);
        return HtmlChart.Of(
            draw,
            ChartKind.Lines,
            $"Time from opening to merge, median of the week in {unit}",
            $"{Html.Number(weeks.Sum(week => week.Merged))} pull requests were merged. The medians are between {HtmlChart.Decimal(medians.Min() / hours)} and {HtmlChart.Decimal(medians.Max() / hours)} {unit}, and that of the week of {Day(newest.Week)} is {HtmlChart.Decimal(newest.MedianMergeHours!.Value / hours)} {unit}.",
            new ChartData(
                [.. weeks.Select(week => week.Week.ToString("d MMM", CultureInfo.InvariantCulture))],
                [new ChartSeries("Median", [.. weeks.Select(week => week.MedianMergeHours / hours)])],
                $"Merges of {name} by week",
                ["Week of", "#Merged", $"#Median {unit} to merge"],
                [
                    .. weeks.Select(week =>
                        new object?[]
                        {
                            Day(week.Week),
                            week.Merged,
                            week.MedianMergeHours is { } median ? HtmlChart.Decimal(median / hours) : "",
                        }
                    ),
                ]
            )
        );
    }

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
