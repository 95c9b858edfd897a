using System.Globalization;
using System.Xml.Linq;

namespace Backfill.Cmdlets.Reporting;

/// <summary>Shows numbers as a chart for the eye, as a sentence for a screen reader, and as a table for both.</summary>
internal static class HtmlChart
{
    // One drawing for a column of the page, and one for a phone. The style sheet shows one of them.
    private static readonly (string Style, int Width, int Height)[] Sizes = [("wide", 560, 230), ("narrow", 320, 210)];

    /// <summary>Returns the figure.</summary>
    /// <param name="draw">Draws a chart as SVG.</param>
    /// <param name="kind">The form of the chart.</param>
    /// <param name="caption">What the chart shows, with its unit.</param>
    /// <param name="sentence">What can be seen in it.</param>
    /// <param name="data">The labels and the series, and more columns of the table.</param>
    internal static XElement Of(
        Func<ReportChart, string> draw,
        ChartKind kind,
        string caption,
        string sentence,
        ChartData data
    ) =>
        Html.Of(
            "figure",
            Html.Of("figcaption", caption),
            data.Series.Count > 1 ? Legend(data.Series) : null,
            Sizes.Select(size =>
                Html.Of(
                    "div",
                    Html.Class($"plot {size.Style}"),
                    Html.Attribute("role", "img"),
                    Html.Attribute("aria-label", $"{caption}. {sentence}"),
                    XElement.Parse(draw(new ReportChart(kind, data.Labels, data.Series, size.Width, size.Height)))
                )
            ),
            Html.Of("p", Html.Class("quiet"), sentence),
            Html.Of(
                "details",
                Html.Of("summary", $"{data.TableName} as numbers"),
                Html.Table(data.TableName, data.Columns, data.Rows)
            )
        );

    /// <summary>Returns a value of a table with at most one decimal.</summary>
    internal static string Decimal(double value) => value.ToString("#,0.#", CultureInfo.InvariantCulture);

    private static XElement Legend(IReadOnlyList<ChartSeries> series) =>
        Html.Of(
            "ul",
            Html.Class("legend"),
            series.Select(
                (one, place) =>
                    Html.Of(
                        "li",
                        Html.Of(
                            "span",
                            Html.Class("swatch"),
                            Html.Attribute(
                                "style",
                                string.Create(CultureInfo.InvariantCulture, $"background:var(--chart-{place + 1})")
                            )
                        ),
                        one.Name
                    )
            )
        );
}

/// <summary>The numbers of a chart and of the table below it.</summary>
/// <param name="Labels">The labels of the horizontal axis.</param>
/// <param name="Series">The series.</param>
/// <param name="TableName">The caption of the table, which is unique on the page.</param>
/// <param name="Columns">The heads of the table.</param>
/// <param name="Rows">The rows of the table.</param>
internal sealed record ChartData(
    IReadOnlyList<string> Labels,
    IReadOnlyList<ChartSeries> Series,
    string TableName,
    IReadOnlyList<string> Columns,
    IReadOnlyList<object?[]> Rows
);
