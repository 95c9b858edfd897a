using System.Buffers.Binary;
using Backfill.Simulation.Data;

namespace Backfill.Simulation.GraphQL;

/// <summary>
/// Cursors: like GitHub's they hold the place in the order and not an offset, so they stay good while items move,
/// and like GitHub's they are not to be understood by a client. One of another order is refused.
/// </summary>
internal static class Cursor
{
    private const int Length = 17;

    public static string Of(SortField field, SortKey key)
    {
        Span<byte> bytes = stackalloc byte[Length];
        bytes[0] = (byte)(0xC0 + (int)field);
        BinaryPrimitives.WriteInt64BigEndian(bytes[1..], key.Value);
        BinaryPrimitives.WriteInt64BigEndian(bytes[9..], key.Id);
        return Convert.ToBase64String(bytes);
    }

    /// <exception cref="GitHubError">It is no cursor of this order.</exception>
    public static SortKey Parse(SortField field, string cursor)
    {
        Span<byte> bytes = stackalloc byte[Length + 3];
        return
            Convert.TryFromBase64String(cursor, bytes, out var written)
            && written == Length
            && bytes[0] == 0xC0 + (int)field
            ? new SortKey(
                BinaryPrimitives.ReadInt64BigEndian(bytes[1..]),
                BinaryPrimitives.ReadInt64BigEndian(bytes[9..])
            )
            : throw Refusal(cursor);
    }

    public static GitHubError Refusal(string cursor) =>
        new("INVALID_CURSOR_ARGUMENTS", $"`{cursor}` does not appear to be a valid cursor.");
}
