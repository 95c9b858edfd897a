using System.Text.Json;
using System.Text.Json.Serialization;

namespace Backfill.Core.Sync.Writing;

/// <summary>How far one of GitHub's lists was read. A page stores its window together with its rows.</summary>
internal abstract record StoredWindow;

/// <summary>
/// How far a lane was read. Everything between the oldest and the newest cursor is stored. While a run reads the lane from both
/// ends, everything between the two cursors of a second part is stored too, which lies ahead of the newest cursor.
/// </summary>
/// <param name="Lane">Pull requests, issues or discussions.</param>
/// <param name="NewestCursor">The cursor from which a run reads forward; null before the first page.</param>
/// <param name="NewestAt">The update time of the item at that cursor.</param>
/// <param name="OldestCursor">The cursor from which a run reads back; null where the window begins with the first item of the lane.</param>
/// <param name="OldestAt">The update time of the item at that cursor.</param>
/// <param name="ReachedBeginning">True when nothing lies before the window.</param>
/// <param name="PageSize">The number of items on the next full page.</param>
/// <param name="AheadNewestCursor">The newest cursor of the part ahead.</param>
/// <param name="AheadNewestAt">The update time of the item at that cursor.</param>
/// <param name="AheadOldestCursor">The oldest cursor of the part ahead; null where there is no such part.</param>
/// <param name="AheadOldestAt">The update time of the item at that cursor.</param>
internal sealed record LaneWindow(
    EntityKind Lane,
    string? NewestCursor = null,
    DateTimeOffset? NewestAt = null,
    string? OldestCursor = null,
    DateTimeOffset? OldestAt = null,
    bool ReachedBeginning = false,
    int? PageSize = null,
    string? AheadNewestCursor = null,
    DateTimeOffset? AheadNewestAt = null,
    string? AheadOldestCursor = null,
    DateTimeOffset? AheadOldestAt = null
) : StoredWindow
{
    /// <summary>Returns the part ahead as a window of its own. It is empty where there is no such part.</summary>
    public LaneWindow Ahead() => new(Lane, AheadNewestCursor, AheadNewestAt, AheadOldestCursor, AheadOldestAt);

    /// <summary>Returns this window with another part ahead.</summary>
    public LaneWindow WithAhead(LaneWindow ahead) =>
        this with
        {
            AheadNewestCursor = ahead.NewestCursor,
            AheadNewestAt = ahead.NewestAt,
            AheadOldestCursor = ahead.OldestCursor,
            AheadOldestAt = ahead.OldestAt,
        };

    /// <summary>Returns one window for this window and the part ahead, after everything between them was read.</summary>
    public LaneWindow JoinedWithAhead() =>
        (
            AheadNewestAt is null || AheadNewestAt < NewestAt
                ? this
                : this with
                {
                    NewestCursor = AheadNewestCursor,
                    NewestAt = AheadNewestAt,
                }
        ).WithAhead(new LaneWindow(Lane));

    /// <summary>True when the window reaches back at least to a time; null is the beginning.</summary>
    public bool Covers(DateTimeOffset? since) => ReachedBeginning || (since is { } from && OldestAt <= from);

    /// <summary>Gets whether a page of the lane is stored, or the lane was empty.</summary>
    public bool IsKnown => ReachedBeginning || NewestCursor is not null || OldestCursor is not null;
}

/// <summary>How far one of REST's lists of comments was read. Every comment that was updated between two times is stored.</summary>
/// <param name="List">Review comments, or comments of pull requests and issues.</param>
/// <param name="ListedFrom">The first of the two times; null where the window reaches the beginning or nothing was read.</param>
/// <param name="ListedUntil">The second of the two times; null where nothing was read.</param>
/// <param name="ReachedBeginning">True when no comment is before the window.</param>
/// <param name="EntityTag">The tag of the first page. With it, GitHub says without a charge that nothing changed.</param>
/// <param name="Plan">Whether the comments come from this list or nested in their parents; null before a plan was chosen.</param>
internal sealed record ListWindow(
    EntityKind List,
    DateTimeOffset? ListedFrom = null,
    DateTimeOffset? ListedUntil = null,
    bool ReachedBeginning = false,
    [property: JsonPropertyName("etag")] string? EntityTag = null,
    string? Plan = null
) : StoredWindow
{
    /// <summary>The value of <see cref="Plan"/> for comments that come from this list.</summary>
    public const string Listed = "listed";

    /// <summary>The value of <see cref="Plan"/> for comments that come nested in their parents.</summary>
    public const string Nested = "nested";

    /// <summary>True when the window reaches back at least to a time; null is the beginning.</summary>
    public bool Covers(DateTimeOffset? since) => ReachedBeginning || (since is { } from && ListedFrom <= from);
}

/// <summary>When the people with commits were last listed.</summary>
/// <param name="PushedAt">The time of the last push before the list was read; null for a repository without a push.</param>
/// <param name="EntityTag">The tag of the first page of the list.</param>
internal sealed record ContributorsWindow(
    DateTimeOffset? PushedAt,
    [property: JsonPropertyName("etag")] string? EntityTag
) : StoredWindow;

/// <summary>How far the audit of a lane has come.</summary>
/// <param name="Lane">Pull requests, issues or discussions.</param>
/// <param name="BeganAt">The start of the audit, by the database's clock.</param>
/// <param name="Cursor">The cursor from which the audit goes on; null before the first page.</param>
/// <param name="IsComplete">True when every item was compared.</param>
/// <param name="UnexplainedTotal">GitHub's count, where the audit could not explain why the number of rows differs; null otherwise.</param>
/// <param name="UnexplainedStored">The number of rows at that time.</param>
internal sealed record AuditWindow(
    EntityKind Lane,
    DateTimeOffset BeganAt,
    string? Cursor = null,
    bool IsComplete = false,
    long? UnexplainedTotal = null,
    long? UnexplainedStored = null
) : StoredWindow;

/// <summary>Every window of one repository.</summary>
internal sealed record StoredWindows(
    IReadOnlyList<LaneWindow> Lanes,
    IReadOnlyList<ListWindow> Lists,
    IReadOnlyList<AuditWindow> Audits,
    ContributorsWindow? Contributors
)
{
    private static readonly JsonSerializerOptions Rows = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    /// <summary>Gets the windows of a repository that was never read.</summary>
    public static StoredWindows None { get; } = new([], [], [], null);

    public LaneWindow? Lane(EntityKind lane) => Lanes.FirstOrDefault(window => window.Lane == lane);

    public ListWindow? List(EntityKind list) => Lists.FirstOrDefault(window => window.List == list);

    /// <summary>Returns true when an audit of the lane could not explain this difference.</summary>
    public bool HasUnexplained(EntityKind lane, long total, long stored) =>
        Audits.Any(audit => audit.Lane == lane && audit.UnexplainedTotal == total && audit.UnexplainedStored == stored);

    /// <summary>Reads the rows of one table from JSON.</summary>
    public static IReadOnlyList<T> Read<T>(string rows)
        where T : StoredWindow => JsonSerializer.Deserialize<List<T>>(rows, Rows)!;
}
