using Backfill.Core.GitHub;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Reading;

/// <summary>The files of a lane's queries.</summary>
/// <param name="Pages">Asks for items with their children.</param>
/// <param name="Places">Asks for the places of items alone.</param>
/// <param name="Items">Asks for items by their node ids.</param>
/// <param name="Audit">Asks for what is compared with the stored rows.</param>
internal sealed record LaneQueries(string Pages, string Places, string Items, string Audit);

/// <summary>One of the three histories that GraphQL lists, least recently updated first.</summary>
/// <param name="Kind">Pull requests, issues or discussions.</param>
/// <param name="Connection">What GraphQL calls its list of the repository.</param>
/// <param name="Queries">The files of its queries.</param>
/// <param name="FirstPageSize">Items on the first page of a repository that was never read; later pages adapt.</param>
/// <param name="Add">Puts an item into the rows of a page.</param>
internal sealed record Lane<T>(
    EntityKind Kind,
    string Connection,
    LaneQueries Queries,
    int FirstPageSize,
    Action<PageRows, T> Add
)
    where T : class, IUpdatedNode
{
    /// <summary>As notes and messages call it.</summary>
    public string Name => Kind.StoredName;

    /// <summary>True where REST lists the comments of its items too.</summary>
    public bool HasListedComments => Kind != EntityKind.Discussions;

    /// <summary>Returns the variables that say which children come along.</summary>
    /// <param name="include">The children that are wanted.</param>
    /// <param name="nestsComments">False for the number of comments alone.</param>
    /// <param name="nestsReviewComments">True for review comments as well.</param>
    public Dictionary<string, object?> Children(SyncContent include, bool nestsComments, bool nestsReviewComments)
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
            (page, node) => page.Add(node)
        );

    public static Lane<IssueNode> Issues { get; } =
        new(
            EntityKind.Issues,
            "issues",
            new LaneQueries("issues", "issue-places", "issue-items", "audit-issues"),
            FirstPageSize: 50,
            (page, node) => page.Add(node)
        );

    public static Lane<DiscussionNode> Discussions { get; } =
        new(
            EntityKind.Discussions,
            "discussions",
            new LaneQueries("discussions", "discussion-places", "discussion-items", "audit-discussions"),
            FirstPageSize: 25,
            (page, node) => page.Add(node)
        );
}
