namespace Backfill;

/// <summary>The form of a chart.</summary>
public enum ChartKind
{
    /// <summary>One column per label, in which the series stand on each other.</summary>
    StackedColumns,

    /// <summary>One column per label and series, side by side.</summary>
    Columns,

    /// <summary>One line per series. A missing value interrupts it.</summary>
    Lines,
}

/// <summary>A chart of a report. Its colours are the custom properties <c>--chart-1</c>, <c>--chart-2</c> and so on of the page, so that they fit a light and a dark page.</summary>
/// <param name="Kind">Gets the form.</param>
/// <param name="Labels">Gets the labels of the horizontal axis. Only as many are written as fit.</param>
/// <param name="Series">Gets the series.</param>
/// <param name="Width">Gets the width in pixels.</param>
/// <param name="Height">Gets the height in pixels.</param>
public sealed record ReportChart(
    ChartKind Kind,
    IReadOnlyList<string> Labels,
    IReadOnlyList<ChartSeries> Series,
    int Width,
    int Height
);

/// <summary>The values of one series.</summary>
/// <param name="Name">Gets the name.</param>
/// <param name="Values">Gets one value per label; null where there is none.</param>
public sealed record ChartSeries(string Name, IReadOnlyList<double?> Values);
