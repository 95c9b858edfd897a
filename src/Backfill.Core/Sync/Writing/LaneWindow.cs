namespace Backfill.Core.Sync.Writing;

/// <summary>What is known of a lane's history: everything between the oldest and the newest cursor.</summary>
/// <param name="Lane">Its name in <c>backfill.sync_window</c>.</param>
/// <param name="NewestCursor">Where a run goes forward from; null before the first page.</param>
/// <param name="NewestAt">The update time of the item at that cursor.</param>
/// <param name="OldestCursor">Where a run goes back from; null where the window begins with the first item there is.</param>
/// <param name="OldestAt">The update time of the item at that cursor.</param>
/// <param name="ReachedBeginning">True when nothing lies before the window.</param>
/// <param name="PageSize">The page size that worked last.</param>
/// <param name="EntityTag">For lanes over REST: the tag of the first page.</param>
/// <param name="Plan">For comments: where they come from, from REST's list or nested in their parents.</param>
internal sealed record LaneWindow(
    string Lane,
    string? NewestCursor = null,
    DateTimeOffset? NewestAt = null,
    string? OldestCursor = null,
    DateTimeOffset? OldestAt = null,
    bool ReachedBeginning = false,
    int? PageSize = null,
    string? EntityTag = null,
    string? Plan = null
)
{
    /// <summary>True when the window reaches back at least to a time; null is the beginning.</summary>
    public bool Covers(DateTimeOffset? since) => ReachedBeginning || (since is { } from && OldestAt <= from);
}

/// <summary>The lanes by their names in <c>backfill.sync_window</c>.</summary>
internal static class Lanes
{
    public const string PullRequests = "pull_requests";
    public const string Issues = "issues";
    public const string Discussions = "discussions";
    public const string ReviewComments = "review_comments";
    public const string IssueComments = "issue_comments";
    public const string Contributors = "contributors";

    /// <summary>Where an audit of a lane keeps how far it is.</summary>
    public static string AuditOf(string lane) => $"audit_{lane}";
}
