using System.Globalization;

namespace Backfill;

/// <summary>A range of time: days (<c>30</c> or <c>30d</c>), weeks (<c>12w</c>), calendar years (<c>1y</c>), or <c>all</c>.</summary>
/// <param name="Text">Gets the range as text, for example <c>30d</c>.</param>
public sealed record TimeRange(string Text)
{
    /// <summary>Gets the range from the beginning.</summary>
    public static TimeRange All { get; } = new("all");

    /// <summary>Returns the beginning of the range; null for <see cref="All"/>.</summary>
    /// <param name="now">The end of the range.</param>
    public DateTimeOffset? StartBefore(DateTimeOffset now)
    {
        if (this == All)
        {
            return null;
        }

        var number = int.Parse(Text.AsSpan(0, Text.Length - 1), CultureInfo.InvariantCulture);
        return Text[^1] switch
        {
            'd' => now.AddDays(-number),
            'w' => now.AddDays(-7.0 * number),
            _ => now.AddYears(-number),
        };
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    /// <summary>Reads a range.</summary>
    /// <exception cref="BackfillException">The text is not a time range.</exception>
    public static TimeRange Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var trimmed = text.Trim().ToLowerInvariant();
        if (trimmed == All.Text)
        {
            return All;
        }

        var unit = trimmed.Length > 0 && char.IsAsciiLetter(trimmed[^1]) ? trimmed[^1] : 'd';
        var digits = trimmed.EndsWith(unit) ? trimmed[..^1] : trimmed;
        var most = unit switch
        {
            'd' => 36_500,
            'w' => 5_200,
            'y' => 100,
            _ => 0,
        };
        return
            int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= 1
            && number <= most
            ? new TimeRange(string.Create(CultureInfo.InvariantCulture, $"{number}{unit}"))
            : throw new BackfillException(
                ErrorIds.TimeRangeMalformed,
                ErrorKind.Input,
                $"'{text}' is not a time range.",
                "Write days (30 or 30d), weeks (12w), years (1y) or all.",
                text
            );
    }
}
