using System.Text.Json;
using System.Text.Json.Serialization;

namespace Backfill.Core.Sync.Writing;

/// <summary>How far one of GitHub's lists was read. A page stores it with its rows.</summary>
internal abstract record StoredWindow;

/// <summary>How far a lane was read: everything between the oldest and the newest cursor.</summary>
/// <param name="Lane">Pull requests, issues or discussions.</param>
/// <param name="NewestCursor">Where a run goes forward from; null before the first page.</param>
/// <param name="NewestAt">The update time of the item at that cursor.</param>
/// <param name="OldestCursor">Where a run goes back from; null where the window begins with the first item there is.</param>
/// <param name="OldestAt">The update time of the item at that cursor.</param>
/// <param name="ReachedBeginning">True when nothing lies before the window.</param>
/// <param name="PageSize">The page size that worked last.</param>
internal sealed record LaneWindow(
    EntityKind Lane,
    string? NewestCursor = null,
    DateTimeOffset? NewestAt = null,
    string? OldestCursor = null,
    DateTimeOffset? OldestAt = null,
    bool ReachedBeginning = false,
    int? PageSize = null
) : StoredWindow
{
    /// <summary>True when the window reaches back at least to a time; null is the beginning.</summary>
    public bool Covers(DateTimeOffset? since) => ReachedBeginning || (since is { } from && OldestAt <= from);
}

/// <summary>How far one of REST's lists of comments was read: everything that was updated between two times.</summary>
/// <param name="List">Review comments, or comments of pull requests and issues.</param>
/// <param name="ListedFrom">The first of the times; null is the beginning, or nothing was read.</param>
/// <param name="ListedUntil">The last of the times; null where nothing was read.</param>
/// <param name="ReachedBeginning">True when nothing lies before the window.</param>
/// <param name="EntityTag">The tag of the first page; with it GitHub says for free that nothing changed.</param>
/// <param name="Plan">Whether the comments come from this list or nested in their parents; null before that was chosen.</param>
internal sealed record ListWindow(
    EntityKind List,
    DateTimeOffset? ListedFrom = null,
    DateTimeOffset? ListedUntil = null,
    bool ReachedBeginning = false,
    [property: JsonPropertyName("etag")] string? EntityTag = null,
    string? Plan = null
) : StoredWindow
{
    /// <summary>In <see cref="Plan"/>: comments of this kind come from their list.</summary>
    public const string Listed = "listed";

    /// <summary>In <see cref="Plan"/>: comments of this kind come nested in their parents.</summary>
    public const string Nested = "nested";

    /// <summary>True when the window reaches back at least to a time; null is the beginning.</summary>
    public bool Covers(DateTimeOffset? since) => ReachedBeginning || (since is { } from && ListedFrom <= from);
}

/// <summary>The state of a repository in which the people with commits were listed.</summary>
/// <param name="PushedAt">The last push of that time; null where nobody had pushed.</param>
/// <param name="EntityTag">The tag of the list's first page.</param>
internal sealed record ContributorsWindow(
    DateTimeOffset? PushedAt,
    [property: JsonPropertyName("etag")] string? EntityTag
) : StoredWindow;

/// <summary>How far the comparison of a lane with GitHub is.</summary>
/// <param name="Lane">Pull requests, issues or discussions.</param>
/// <param name="BeganAt">When the comparison began, by the database's clock.</param>
/// <param name="Cursor">Where it goes on; null before the first page.</param>
/// <param name="IsComplete">True when every item was compared.</param>
/// <param name="UnexplainedTotal">GitHub's count, where the comparison could not explain why the rows are not as many; else null.</param>
/// <param name="UnexplainedStored">The number of rows then.</param>
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

    /// <summary>Nothing was read.</summary>
    public static StoredWindows None { get; } = new([], [], [], null);

    public LaneWindow? Lane(EntityKind lane) => Lanes.FirstOrDefault(window => window.Lane == lane);

    public ListWindow? List(EntityKind list) => Lists.FirstOrDefault(window => window.List == list);

    /// <summary>True when an audit of the lane could not explain this difference.</summary>
    public bool HasUnexplained(EntityKind lane, long total, long stored) =>
        Audits.Any(audit => audit.Lane == lane && audit.UnexplainedTotal == total && audit.UnexplainedStored == stored);

    /// <summary>Reads the rows of one table, as JSON.</summary>
    public static IReadOnlyList<T> Read<T>(string rows)
        where T : StoredWindow => JsonSerializer.Deserialize<List<T>>(rows, Rows)!;
}
