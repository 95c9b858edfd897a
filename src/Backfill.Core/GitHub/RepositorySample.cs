namespace Backfill.Core.GitHub;

/// <summary>
/// Some items of each kind. From their children, texts and authors a plan estimates the cost of all items.
/// </summary>
internal sealed record RepositorySample
{
    /// <summary>Comments of single pull requests.</summary>
    public required IReadOnlyList<int> PullRequestComments { get; init; }

    /// <summary>Reviews of single pull requests.</summary>
    public required IReadOnlyList<int> Reviews { get; init; }

    /// <summary>Comments of single issues.</summary>
    public required IReadOnlyList<int> IssueComments { get; init; }

    /// <summary>Comments of single discussions.</summary>
    public required IReadOnlyList<int> DiscussionComments { get; init; }

    /// <summary>Titles and bodies of pull requests.</summary>
    public required IReadOnlyList<(string Title, string Body)> PullRequestTexts { get; init; }

    /// <summary>Titles and bodies of issues.</summary>
    public required IReadOnlyList<(string Title, string Body)> IssueTexts { get; init; }

    /// <summary>Titles and bodies of discussions.</summary>
    public required IReadOnlyList<(string Title, string Body)> DiscussionTexts { get; init; }

    /// <summary>Authors of the sampled items, comments and reviews: one entry for each text.</summary>
    public required IReadOnlyList<string> Authors { get; init; }

    /// <summary>Review comments of the whole repository, as REST counts them; null where REST gives no number.</summary>
    public int? ReviewComments { get; init; }

    /// <summary>Comments of all pull requests and issues, as REST counts them; null where the plan does not list them.</summary>
    public int? ListedComments { get; init; }

    /// <summary>The pull requests and issues with the most comments, in descending order; null where REST does not list them.</summary>
    public IReadOnlyList<RestCommentedItem>? MostCommented { get; init; }

    /// <summary>People with commits, as REST counts them; null where REST gives no number.</summary>
    public int? Contributors { get; init; }

    /// <summary>Returns the sample of a probe.</summary>
    public static RepositorySample Of(ProbeNode node)
    {
        var pulls = Nodes(node.EarlyPullRequests, node.LatePullRequests);
        var issues = Nodes(node.EarlyIssues, node.LateIssues);
        var discussions = Nodes(node.EarlyDiscussions, node.LateDiscussions);
        var pullTexts = Nodes(
            node.EarlyPullRequestTexts,
            node.LatePullRequestTexts,
            node.StillPullRequestTexts,
            node.ActivePullRequestTexts
        );
        var issueTexts = Nodes(node.EarlyIssueTexts, node.LateIssueTexts, node.StillIssueTexts, node.ActiveIssueTexts);
        var discussionTexts = Nodes(
            node.EarlyDiscussionTexts,
            node.LateDiscussionTexts,
            node.StillDiscussionTexts,
            node.ActiveDiscussionTexts
        );
        return new RepositorySample
        {
            PullRequestComments = [.. pulls.Select(pull => pull.Comments?.TotalCount).OfType<int>()],
            Reviews = [.. pulls.Select(pull => pull.Reviews?.TotalCount).OfType<int>()],
            IssueComments = [.. issues.Select(issue => issue.Comments?.TotalCount).OfType<int>()],
            DiscussionComments = [.. discussions.Select(one => one.Comments?.TotalCount).OfType<int>()],
            PullRequestTexts = Texts(pullTexts),
            IssueTexts = Texts(issueTexts),
            DiscussionTexts = Texts(discussionTexts),
            Authors =
            [
                .. pullTexts
                    .Concat(issueTexts)
                    .Concat(discussionTexts)
                    .Select(item => item.Author?.Login)
                    .OfType<string>(),
                .. pulls.Concat(issues).Concat(discussions).SelectMany(item => AuthorsOf(item.Comments)),
                .. pulls.SelectMany(item => AuthorsOf(item.Reviews)),
            ],
        };
    }

    // The lists of a small repository overlap, so each item is taken once.
    private static List<SampledNode> Nodes(params ReadOnlySpan<Connection<SampledNode>?> connections)
    {
        var nodes = new Dictionary<string, SampledNode>(StringComparer.Ordinal);
        foreach (var connection in connections)
        {
            foreach (var node in (connection?.Nodes ?? []).OfType<SampledNode>())
            {
                nodes.TryAdd(node.Id, node);
            }
        }

        return [.. nodes.Values];
    }

    private static IEnumerable<string> AuthorsOf(Connection<SampledChildNode>? children) =>
        (children?.Nodes ?? []).Select(child => child?.Author?.Login).OfType<string>();

    private static IReadOnlyList<(string Title, string Body)> Texts(List<SampledNode> items) =>
        [.. items.Where(item => item.Title is not null).Select(item => (item.Title!, item.Body ?? ""))];
}
