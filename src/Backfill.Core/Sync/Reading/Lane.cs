using Backfill.Core.GitHub;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Reading;

/// <summary>The names of the files of a lane's queries.</summary>
/// <param name="Pages">Reads items with their children.</param>
/// <param name="Places">Reads only the places of items.</param>
/// <param name="Items">Reads items by their node ids.</param>
/// <param name="Audit">Reads what an audit compares with the stored rows.</param>
internal sealed record LaneQueries(string Pages, string Places, string Items, string Audit);

/// <summary>One of the three lists of items in GraphQL, least recently updated first.</summary>
/// <param name="Kind">Pull requests, issues or discussions.</param>
/// <param name="Connection">The name of the list in GraphQL.</param>
/// <param name="Queries">The files of its queries.</param>
/// <param name="FirstPageSize">The number of items on the first page of a repository that was never read. Later pages adapt.</param>
/// <param name="OnePointPageSize">The number of items on the first page of a run that probably finds few changes. Such a page costs one point, unless review comments are nested.</param>
/// <param name="Add">Adds an item to the rows of a page.</param>
internal sealed record Lane<T>(
    EntityKind Kind,
    string Connection,
    LaneQueries Queries,
    int FirstPageSize,
    int OnePointPageSize,
    Action<PageRows, T> Add
)
    where T : class, IUpdatedNode
{
    /// <summary>Gets the name of the lane in notes and messages.</summary>
    public string Name => Kind.StoredName;

    /// <summary>Gets whether REST can list the comments of the items.</summary>
    public bool HasListedComments => Kind != EntityKind.Discussions;

    /// <summary>Returns the number of items on the first page of a run that probably finds few changes; null for any other run.</summary>
    /// <param name="window">The stored window of the lane.</param>
    /// <param name="since">The time back to which the run reads; null is the beginning.</param>
    /// <param name="missing">The number of items that are not stored; null where it is not known.</param>
    public int? SmallFirstPage(LaneWindow window, DateTimeOffset? since, long? missing) =>
        // A window that does not reach the beginning lacks all items before it, so their number says nothing about changes.
        window.Covers(since) && (!window.ReachedBeginning || missing <= OnePointPageSize)
            ? OnePointPageSize
            : null;

    /// <summary>Returns the variables that choose the nested children.</summary>
    /// <param name="include">The children to read.</param>
    /// <param name="nestsComments">False reads only the number of comments.</param>
    /// <param name="nestsReviewComments">True reads review comments too.</param>
    public Dictionary<string, object?> ChildVariables(SyncContent include, bool nestsComments, bool nestsReviewComments)
    {
        var comments = include.HasFlag(SyncContent.Comments);
        var variables = new Dictionary<string, object?>(StringComparer.Ordinal) { ["comments"] = comments };
        if (HasListedComments)
        {
            variables["nested"] = nestsComments;
        }

        if (Kind == EntityKind.PullRequests)
        {
            variables["reviews"] = include.HasFlag(SyncContent.Reviews);
            variables["threads"] = comments && nestsReviewComments;
        }

        return variables;
    }
}

/// <summary>The three lanes.</summary>
internal static class Lanes
{
    public static Lane<PullRequestNode> PullRequests { get; } =
        new(
            EntityKind.PullRequests,
            "pullRequests",
            new LaneQueries("pull-requests", "pull-request-places", "pull-request-items", "audit-pull-requests"),
            FirstPageSize: 25,
            OnePointPageSize: 25,
            (page, node) => page.Add(node)
        );

    public static Lane<IssueNode> Issues { get; } =
        new(
            EntityKind.Issues,
            "issues",
            new LaneQueries("issues", "issue-places", "issue-items", "audit-issues"),
            FirstPageSize: 50,
            OnePointPageSize: 40,
            (page, node) => page.Add(node)
        );

    public static Lane<DiscussionNode> Discussions { get; } =
        new(
            EntityKind.Discussions,
            "discussions",
            new LaneQueries("discussions", "discussion-places", "discussion-items", "audit-discussions"),
            FirstPageSize: 25,
            OnePointPageSize: 10,
            (page, node) => page.Add(node)
        );
}
