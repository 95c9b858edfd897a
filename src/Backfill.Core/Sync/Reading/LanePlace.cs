namespace Backfill.Core.Sync.Reading;

/// <summary>The place of one item in a lane, as a gap keeps it.</summary>
/// <param name="Back">True when the item is before the cursor, false when it is behind the cursor.</param>
/// <param name="Cursor">The cursor of the neighbour; null is the end of the lane.</param>
internal sealed record LanePlace(bool Back, string? Cursor)
{
    private const string BackPrefix = "before:";
    private const string ForwardPrefix = "after:";

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static LanePlace Parse(string text)
    {
        var back = text.StartsWith(BackPrefix, StringComparison.Ordinal);
        var cursor = text[(back ? BackPrefix : ForwardPrefix).Length..];
        return new LanePlace(back, cursor.Length == 0 ? null : cursor);
    }

    /// <inheritdoc/>
    public override string ToString() => (Back ? BackPrefix : ForwardPrefix) + Cursor;
}
