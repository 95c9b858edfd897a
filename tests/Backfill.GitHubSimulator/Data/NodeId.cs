using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Backfill.Simulation.Data;

/// <summary>What a node id can stand for.</summary>
public enum NodeKind
{
    Repository,
    User,
    Bot,
    Mannequin,
    Organization,
    EnterpriseUserAccount,
    PullRequest,
    Issue,
    PullRequestReview,
    PullRequestReviewComment,
    PullRequestReviewThread,
    IssueComment,
    Discussion,
    DiscussionComment,
    DiscussionCategory,
    Label,
    Milestone,
    CommentDeletedEvent,
    ConvertedToDiscussionEvent,
    TransferredEvent,
}

/// <summary>
/// GitHub's node ids. The form of today is a prefix and URL-safe Base64 of a MessagePack array: a zero, the
/// repository's id (not for accounts and repositories), the item's. The form of old is Base64 of text as in
/// <c>05:Issue31752528</c>.
/// </summary>
public static class NodeId
{
    private static readonly Dictionary<NodeKind, string> Prefixes = new()
    {
        [NodeKind.Repository] = "R",
        [NodeKind.User] = "U",
        [NodeKind.Bot] = "BOT",
        [NodeKind.Mannequin] = "M",
        [NodeKind.Organization] = "O",
        [NodeKind.EnterpriseUserAccount] = "EUA",
        [NodeKind.PullRequest] = "PR",
        [NodeKind.Issue] = "I",
        [NodeKind.PullRequestReview] = "PRR",
        [NodeKind.PullRequestReviewComment] = "PRRC",
        [NodeKind.PullRequestReviewThread] = "PRRT",
        [NodeKind.IssueComment] = "IC",
        [NodeKind.Discussion] = "D",
        [NodeKind.DiscussionComment] = "DC",
        [NodeKind.DiscussionCategory] = "DIC",
        [NodeKind.Label] = "LA",
        [NodeKind.Milestone] = "MI",
        [NodeKind.CommentDeletedEvent] = "CDE",
        [NodeKind.ConvertedToDiscussionEvent] = "CTDE",
        [NodeKind.TransferredEvent] = "TRE",
    };

    private static readonly Dictionary<string, NodeKind> Kinds = Prefixes.ToDictionary(
        pair => pair.Value,
        pair => pair.Key,
        StringComparer.Ordinal
    );

    /// <summary>The id in today's form.</summary>
    public static string Of(NodeKind kind, long? repositoryId, long databaseId)
    {
        Span<byte> bytes = stackalloc byte[20];
        bytes[0] = (byte)(repositoryId is null ? 0x92 : 0x93);
        bytes[1] = 0;
        var length = 2;
        if (repositoryId is { } repository)
        {
            length += Write(bytes[length..], repository);
        }

        length += Write(bytes[length..], databaseId);
        var text = Convert.ToBase64String(bytes[..length]).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        return $"{Prefixes[kind]}_{text}";
    }

    /// <summary>Takes an id apart, in either form; null where it is none. The form of old does not name the repository.</summary>
    public static (NodeKind Kind, long? RepositoryId, long DatabaseId)? Parse(string id)
    {
        var underscore = id.IndexOf('_', StringComparison.Ordinal);
        if (
            underscore > 0
            && Kinds.TryGetValue(id[..underscore], out var kind)
            && Bytes(id[(underscore + 1)..]) is { } bytes
        )
        {
            return Read(bytes) is { } numbers ? (kind, numbers.Repository, numbers.Item) : null;
        }

        if (Bytes(id) is not { } old)
        {
            return null;
        }

        // The number before the colon is the length of the type's name.
        var text = Encoding.UTF8.GetString(old);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return
            colon > 0
            && int.TryParse(text[..colon], CultureInfo.InvariantCulture, out var length)
            && text.Length > colon + 1 + length
            && Enum.TryParse<NodeKind>(text.AsSpan(colon + 1, length), out var named)
            && long.TryParse(text.AsSpan(colon + 1 + length), CultureInfo.InvariantCulture, out var number)
            ? (named, null, number)
            : null;
    }

    private static int Write(Span<byte> target, long value)
    {
        if (value <= uint.MaxValue)
        {
            target[0] = 0xce;
            BinaryPrimitives.WriteUInt32BigEndian(target[1..], (uint)value);
            return 5;
        }

        target[0] = 0xcf;
        BinaryPrimitives.WriteUInt64BigEndian(target[1..], (ulong)value);
        return 9;
    }

    private static (long? Repository, long Item)? Read(byte[] bytes)
    {
        if (bytes.Length < 3 || (bytes[0] & 0xf0) != 0x90)
        {
            return null;
        }

        var numbers = new List<long>();
        for (var at = 1; at < bytes.Length; )
        {
            var width = bytes[at] switch
            {
                < 0x80 => 0,
                0xcc => 1,
                0xcd => 2,
                0xce => 4,
                0xcf => 8,
                _ => -1,
            };
            if (width < 0 || at + width >= bytes.Length)
            {
                return null;
            }

            var value = width == 0 ? bytes[at] : 0L;
            for (var digit = 1; digit <= width; digit++)
            {
                value = (value << 8) | bytes[at + digit];
            }

            numbers.Add(value);
            at += width + 1;
        }

        return numbers.Count switch
        {
            2 => (null, numbers[1]),
            3 => (numbers[1], numbers[2]),
            _ => null,
        };
    }

    private static byte[]? Bytes(string text)
    {
        var standard = text.Replace('-', '+').Replace('_', '/');
        var buffer = new byte[text.Length];
        standard = standard.PadRight((standard.Length + 3) / 4 * 4, '=');
        return Convert.TryFromBase64String(standard, buffer, out var written) ? buffer[..written] : null;
    }
}
