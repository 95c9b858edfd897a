namespace Backfill.Core.Metrics;

/// <summary>The time that a range means, its predecessor of equal length, and how many days it counts for.</summary>
/// <param name="Range">The range.</param>
/// <param name="Start">The first moment that counts.</param>
/// <param name="PreviousStart">Where the period before begins; null where there is none.</param>
/// <param name="Days">What a rate a day divides by.</param>
internal sealed record Period(TimeRange Range, DateTimeOffset Start, DateTimeOffset? PreviousStart, double Days)
{
    // The app's beginning of everything, from which it computes what one day of "all" is.
    private static readonly DateTimeOffset Beginning = new(2008, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The period of a range that ends now.</summary>
    public static Period Of(TimeRange range, DateTimeOffset now)
    {
        if (range.StartBefore(now) is not { } start)
        {
            return new Period(range, Beginning, null, (now - Beginning).TotalDays);
        }

        // A calendar year counts as 365 days, as the app counts it.
        var days = range.Text[^1] == 'y' ? 365.0 * (now.Year - start.Year) : (now - start).TotalDays;
        return new Period(range, start, range.StartBefore(start), days);
    }

    /// <summary>How long the app calls a computation of the range fresh.</summary>
    public TimeSpan Lifetime =>
        PreviousStart is null ? TimeSpan.FromHours(2)
        : Days <= 7 ? TimeSpan.FromMinutes(5)
        : Days <= 30 ? TimeSpan.FromMinutes(10)
        : Days <= 90 ? TimeSpan.FromMinutes(30)
        : TimeSpan.FromHours(1);

    /// <summary>Percent against the period before: 100 from nothing to something, 0 from nothing to nothing; null where there is no period before.</summary>
    public double? Trend(long current, long? previous) =>
        PreviousStart is null || previous is null ? null
        : previous == 0
            ? current > 0 ? 100
                : 0
        : Math.Round(100.0 * (current - previous.Value) / previous.Value, MidpointRounding.AwayFromZero);
}
