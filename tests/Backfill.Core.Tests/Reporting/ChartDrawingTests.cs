using System.Xml.Linq;
using Backfill.Core.Reporting;

namespace Backfill.Core.Tests.Reporting;

public sealed class ChartDrawingTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void Every_value_of_stacked_columns_stands_on_the_one_below_it()
    {
        var columns = Columns(Draw(ChartKind.StackedColumns, [2, 0, 4], [1, 3, 0]));

        Assert.Equal(4, columns.Length);
        var (below, above) = (columns[0], columns[2]);
        Assert.Equal(Number(below, "x"), Number(above, "x"));
        Assert.Equal(Number(below, "y"), Number(above, "y") + Number(above, "height"), 1);
        Assert.Equal(Number(below, "height") / 2, Number(above, "height"), 1);
    }

    [Fact]
    public void Columns_of_several_series_stand_side_by_side()
    {
        var columns = Columns(Draw(ChartKind.Columns, [2, 4], [1, 3]));

        Assert.Equal(4, columns.Length);
        Assert.Equal(Number(columns[0], "x") + Number(columns[0], "width"), Number(columns[2], "x"), 1);
    }

    [Fact]
    public void A_missing_value_interrupts_a_line()
    {
        var lines = Draw(ChartKind.Lines, [2, 4, null, 1, 3])
            .Descendants(Svg + "polyline")
            .Count(line => Style(line).Contains("--chart-1", StringComparison.Ordinal));

        Assert.Equal(2, lines);
    }

    [Fact]
    public void Every_colour_is_one_of_the_page_and_nothing_has_an_id()
    {
        var drawing = Draw(ChartKind.StackedColumns, [2, 0, 4], [1, 3, 0]);

        var text = drawing.ToString();
        Assert.DoesNotContain("rgb(", text);
        Assert.DoesNotContain("url(", text);
        Assert.DoesNotContain(drawing.DescendantsAndSelf().Attributes(), attribute => attribute.Name == "id");
        Assert.Equal("0 0 320 200", (string?)drawing.Attribute("viewBox"));
        Assert.All(
            (string[])["--chart-1", "--chart-2", "--chart-text", "--chart-grid"],
            colour => Assert.Contains($"var({colour})", text)
        );
    }

    [Theory]
    [InlineData(320)]
    [InlineData(560)]
    public void The_labels_of_a_year_of_weeks_do_not_touch(int width)
    {
        string[] labels = [.. Enumerable.Range(0, 52).Select(week => $"{week % 28 + 1} Oct")];
        var drawing = XElement.Parse(
            ChartDrawing.Draw(
                new ReportChart(
                    ChartKind.StackedColumns,
                    labels,
                    [new ChartSeries("a", [.. labels.Select(_ => (double?)1)])],
                    width,
                    200
                )
            )
        );

        var places = drawing
            .Descendants(Svg + "text")
            .Where(text => text.Value.EndsWith("Oct", StringComparison.Ordinal))
            .Select(text => double.Parse(((string)text.Attribute("transform")!).Split('(', ',')[1]))
            .ToArray();
        Assert.InRange(places.Length, 3, 12);
        Assert.All(places.Zip(places.Skip(1)), pair => Assert.True(pair.Second - pair.First > 48));
    }

    [Theory]
    [InlineData(ChartKind.StackedColumns)]
    [InlineData(ChartKind.Columns)]
    [InlineData(ChartKind.Lines)]
    public void A_chart_without_values_is_drawn_too(ChartKind kind)
    {
        Assert.NotEmpty(Draw(kind, [0, null, 0]).Descendants(Svg + "text"));
        Assert.NotEmpty(
            Draw(
                    kind,
                    [
                        [],
                    ]
                )
                .Descendants(Svg + "text")
        );
    }

    private static XElement Draw(ChartKind kind, params double?[][] values) =>
        XElement.Parse(
            ChartDrawing.Draw(
                new ReportChart(
                    kind,
                    [.. values[0].Select((_, place) => $"{place}")],
                    [.. values.Select((one, place) => new ChartSeries($"{place}", one))],
                    320,
                    200
                )
            )
        );

    // The plot itself is a rectangle without a colour.
    private static XElement[] Columns(XElement drawing) =>
        [
            .. drawing
                .Descendants(Svg + "rect")
                .Where(column => Style(column).Contains("--chart-", StringComparison.Ordinal)),
        ];

    private static string Style(XElement element) => (string?)element.Attribute("style") ?? "";

    private static double Number(XElement element, string name) => double.Parse((string)element.Attribute(name)!);
}
