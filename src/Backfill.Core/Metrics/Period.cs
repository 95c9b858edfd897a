namespace Backfill.Core.Metrics;

/// <summary>The time of a range, and the period of equal length before it.</summary>
/// <param name="Range">The range.</param>
/// <param name="Start">The first moment of the range.</param>
/// <param name="PreviousStart">The first moment of the period before; null where there is none.</param>
/// <param name="Days">The number of days by which a rate per day is divided.</param>
internal sealed record Period(TimeRange Range, DateTimeOffset Start, DateTimeOffset? PreviousStart, double Days)
{
    // The app's beginning of the range "all", from which it counts the days.
    private static readonly DateTimeOffset Beginning = new(2008, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Returns the period of a range that ends now.</summary>
    public static Period Of(TimeRange range, DateTimeOffset now)
    {
        if (range.StartBefore(now) is not { } start)
        {
            return new Period(range, Beginning, null, (now - Beginning).TotalDays);
        }

        // The app counts a calendar year as 365 days.
        var days = range.Text[^1] == 'y' ? 365.0 * (now.Year - start.Year) : (now - start).TotalDays;
        return new Period(range, start, range.StartBefore(start), days);
    }

    /// <summary>Gets how long the app treats a computation of the range as fresh.</summary>
    public TimeSpan Lifetime =>
        PreviousStart is null ? TimeSpan.FromHours(2)
        : Days <= 7 ? TimeSpan.FromMinutes(5)
        : Days <= 30 ? TimeSpan.FromMinutes(10)
        : Days <= 90 ? TimeSpan.FromMinutes(30)
        : TimeSpan.FromHours(1);

    /// <summary>Returns the change in percent against the period before. From 0 to more it is 100, from 0 to 0 it is 0. Null where there is no period before.</summary>
    public double? Trend(long current, long? previous) =>
        PreviousStart is null || previous is null ? null
        : previous == 0
            ? current > 0 ? 100
                : 0
        : Math.Round(100.0 * (current - previous.Value) / previous.Value, MidpointRounding.AwayFromZero);
}
