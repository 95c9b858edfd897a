using Backfill.Core.GitHub;

namespace Backfill.Core.Sync;

/// <summary>One of the three histories that GraphQL lists, least recently updated first.</summary>
/// <param name="Name">One of <see cref="Lanes"/>.</param>
/// <param name="Entity">One of <see cref="Entities"/>.</param>
/// <param name="Query">The file of its query.</param>
/// <param name="FirstPageSize">Items on the first page of a repository that was never read; later pages adapt.</param>
/// <param name="Add">Puts an item into the rows of a page.</param>
internal sealed record Lane<T>(string Name, string Entity, string Query, int FirstPageSize, Action<PageRows, T> Add)
    where T : class, IUpdatedNode;

/// <summary>The three lanes in their order.</summary>
internal static class LaneDefinitions
{
    public static Lane<PullRequestNode> PullRequests { get; } =
        new(Lanes.PullRequests, Entities.PullRequests, "pull-requests", 25, (page, node) => page.Add(node));

    public static Lane<IssueNode> Issues { get; } =
        new(Lanes.Issues, Entities.Issues, "issues", 50, (page, node) => page.Add(node));

    public static Lane<DiscussionNode> Discussions { get; } =
        new(Lanes.Discussions, Entities.Discussions, "discussions", 25, (page, node) => page.Add(node));
}
