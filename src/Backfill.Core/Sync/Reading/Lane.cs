using Backfill.Core.GitHub;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Reading;

/// <summary>One of the three histories that GraphQL lists, least recently updated first.</summary>
/// <param name="Name">One of <see cref="Lanes"/>.</param>
/// <param name="Entity">One of <see cref="Entities"/>.</param>
/// <param name="Content">What <c>-Include</c> calls it.</param>
/// <param name="ParentType">What <c>backfill.child_count</c> calls one of its items.</param>
/// <param name="Connection">What GraphQL calls its list of the repository.</param>
/// <param name="Query">The file of its query.</param>
/// <param name="PlaceQuery">The file of the query for places alone.</param>
/// <param name="ItemQuery">The file of the query for items by their node ids.</param>
/// <param name="AuditQuery">The file of the query for what is compared with the stored rows.</param>
/// <param name="FirstPageSize">Items on the first page of a repository that was never read; later pages adapt.</param>
/// <param name="Add">Puts an item into the rows of a page.</param>
internal sealed record Lane<T>(
    string Name,
    string Entity,
    SyncContent Content,
    string ParentType,
    string Connection,
    string Query,
    string PlaceQuery,
    string ItemQuery,
    string AuditQuery,
    int FirstPageSize,
    Action<PageRows, T> Add
)
    where T : class, IUpdatedNode
{
    /// <summary>True where REST lists the comments of its items too.</summary>
    public bool HasListedComments => Content != SyncContent.Discussions;

    /// <summary>The variables that say which children come along.</summary>
    /// <param name="include">What of them is wanted.</param>
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

        if (Content == SyncContent.PullRequests)
        {
            variables["reviews"] = include.HasFlag(SyncContent.Reviews);
            variables["threads"] = comments && nestsReviewComments;
        }

        return variables;
    }
}

/// <summary>The three lanes in their order.</summary>
internal static class LaneDefinitions
{
    public static Lane<PullRequestNode> PullRequests { get; } =
        new(
            Lanes.PullRequests,
            Entities.PullRequests,
            SyncContent.PullRequests,
            "pull_request",
            "pullRequests",
            "pull-requests",
            "pull-request-places",
            "pull-request-items",
            "audit-pull-requests",
            25,
            (page, node) => page.Add(node)
        );

    public static Lane<IssueNode> Issues { get; } =
        new(
            Lanes.Issues,
            Entities.Issues,
            SyncContent.Issues,
            "issue",
            "issues",
            "issues",
            "issue-places",
            "issue-items",
            "audit-issues",
            50,
            (page, node) => page.Add(node)
        );

    public static Lane<DiscussionNode> Discussions { get; } =
        new(
            Lanes.Discussions,
            Entities.Discussions,
            SyncContent.Discussions,
            "discussion",
            "discussions",
            "discussions",
            "discussion-places",
            "discussion-items",
            "audit-discussions",
            25,
            (page, node) => page.Add(node)
        );
}
