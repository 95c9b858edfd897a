using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace Backfill.Core.Reporting;

/// <summary>Draws charts with OxyPlot as SVG for a page: no ids, which would be there twice on a page with two charts, and no fixed colours.</summary>
internal static partial class ChartDrawing
{
    private const int FontSize = 12;
    private const int CharacterWidth = 7;
    private const int LabelGap = 24;
    private const double ColumnsOfLabel = 0.76;

    // Colours by which the roles are found in the SVG again. The page names the real ones.
    private static readonly OxyColor TextMark = OxyColor.FromRgb(1, 2, 0);
    private static readonly OxyColor GridMark = OxyColor.FromRgb(1, 2, 255);

    /// <summary>Returns an <c>svg</c> element.</summary>
    public static string Draw(ReportChart chart)
    {
        var exporter = new SvgExporter { Width = chart.Width, Height = chart.Height };
        return ForPage(exporter.ExportToString(Model(chart)), chart);
    }

    private static PlotModel Model(ReportChart chart)
    {
        var model = new PlotModel
        {
            DefaultFontSize = FontSize,
            TextColor = TextMark,
            PlotAreaBorderThickness = new OxyThickness(0),
            PlotMargins = new OxyThickness(double.NaN),
            Padding = new OxyThickness(0, 8, 4, 0),
        };
        model.Axes.Add(
            new LinearAxis
            {
                Position = AxisPosition.Left,
                Minimum = 0,
                // A chart of zeros has a height too.
                Maximum = Highest(chart) > 0 ? double.NaN : 1,
                MinimumMajorStep = chart.Kind == ChartKind.Lines ? 0 : 1,
                IntervalLength = 48,
                MajorGridlineStyle = LineStyle.Solid,
                MajorGridlineColor = GridMark,
                TickStyle = TickStyle.None,
                AxisTickToLabelDistance = 6,
                LabelFormatter = value => value.ToString("#,0.##", CultureInfo.InvariantCulture),
            }
        );
        var longest = chart.Labels.Select(label => label.Length).DefaultIfEmpty().Max();
        var room = chart.Width / ((longest * CharacterWidth) + LabelGap);
        model.Axes.Add(
            new LinearAxis
            {
                Position = AxisPosition.Bottom,
                Minimum = -0.5,
                Maximum = Math.Max(chart.Labels.Count, 1) - 0.5,
                MajorStep = Math.Max(1, Math.Ceiling((double)chart.Labels.Count / room)),
                TickStyle = TickStyle.None,
                AxisTickToLabelDistance = 8,
                LabelFormatter = value => chart.Labels.ElementAtOrDefault((int)Math.Round(value)) ?? "",
            }
        );
        for (var series = 0; series < chart.Series.Count; series++)
        {
            model.Series.Add(chart.Kind == ChartKind.Lines ? Line(chart, series) : Columns(chart, series));
        }

        return model;
    }

    private static LineSeries Line(ReportChart chart, int series)
    {
        var line = new LineSeries
        {
            Color = SeriesMark(series),
            StrokeThickness = 2,
            MarkerType = MarkerType.Circle,
            MarkerSize = 2.5,
            MarkerFill = SeriesMark(series),
        };
        line.Points.AddRange(
            chart
                .Series[series]
                .Values.Select((value, place) => value is { } y ? new DataPoint(place, y) : DataPoint.Undefined)
        );
        return line;
    }

    private static RectangleBarSeries Columns(ReportChart chart, int series)
    {
        var columns = new RectangleBarSeries { FillColor = SeriesMark(series), StrokeThickness = 0 };
        var isStacked = chart.Kind == ChartKind.StackedColumns;
        var width = ColumnsOfLabel / (isStacked ? 1 : chart.Series.Count);
        for (var place = 0; place < chart.Labels.Count; place++)
        {
            if (chart.Series[series].Values[place] is not > 0)
            {
                continue;
            }

            var left = place - (ColumnsOfLabel / 2) + (isStacked ? 0 : series * width);
            var bottom = isStacked ? chart.Series.Take(series).Sum(below => below.Values[place] ?? 0) : 0;
            columns.Items.Add(
                new RectangleBarItem(left, bottom, left + width, bottom + chart.Series[series].Values[place]!.Value)
            );
        }

        return columns;
    }

    private static double Highest(ReportChart chart) =>
        chart.Series.SelectMany(series => series.Values).Select(value => value ?? 0).DefaultIfEmpty().Max();

    private static OxyColor SeriesMark(int series) => OxyColor.FromRgb(1, 2, (byte)(series + 1));

    private static string ForPage(string svg, ReportChart chart)
    {
        var root = XDocument.Parse(svg).Root!;
        var page = root.Name.Namespace;
        // Nothing is drawn outside of its area.
        root.Descendants(page + "defs").Remove();
        foreach (var element in root.Descendants().ToArray())
        {
            element.Attribute("clip-path")?.Remove();
            element.Attribute("font-family")?.Remove();
            element.Attribute("font-weight")?.Remove();
            if (element.Attribute("style") is { } style)
            {
                style.Value = Mark().Replace(style.Value, Property);
            }

            if (element.Attribute("fill") is { } fill)
            {
                fill.Remove();
                element.SetAttributeValue("style", $"fill:{Mark().Replace(fill.Value, Property)}");
            }
        }

        root.ReplaceAttributes(
            new XAttribute("viewBox", string.Create(CultureInfo.InvariantCulture, $"0 0 {chart.Width} {chart.Height}"))
        );
        return root.ToString(SaveOptions.DisableFormatting);
    }

    private static string Property(Match mark) =>
        mark.Groups["role"].Value switch
        {
            "0" => "var(--chart-text)",
            "255" => "var(--chart-grid)",
            var series => $"var(--chart-{series})",
        };

    [GeneratedRegex(
        @"rgb\(1,2,(?<role>\d+)\)",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Mark();
}
