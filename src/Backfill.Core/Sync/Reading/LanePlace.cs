namespace Backfill.Core.Sync.Reading;

/// <summary>The place of one item in a lane, as a gap keeps it.</summary>
/// <param name="Back">True when the item stands before the cursor, false when behind it.</param>
/// <param name="Cursor">The cursor beside it; null is the lane's end.</param>
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
