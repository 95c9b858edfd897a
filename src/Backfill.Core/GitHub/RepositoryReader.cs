using System.Text.Json;

namespace Backfill.Core.GitHub;

/// <summary>What one cheap request says of a repository: itself, its totals, and which lanes moved.</summary>
/// <param name="Metadata">The repository itself.</param>
/// <param name="PullRequests">GitHub's total.</param>
/// <param name="Issues">GitHub's total.</param>
/// <param name="Discussions">GitHub's total.</param>
/// <param name="PullRequestsMoved">True when an item lies beyond the cursor that was sent.</param>
/// <param name="IssuesMoved">The same for issues.</param>
/// <param name="DiscussionsMoved">The same for discussions.</param>
/// <param name="RateLimit">What the token has left.</param>
/// <param name="AnsweredAt">GitHub's time.</param>
internal sealed record Probe(
    RepositoryMetadata Metadata,
    int PullRequests,
    int Issues,
    int Discussions,
    bool PullRequestsMoved,
    bool IssuesMoved,
    bool DiscussionsMoved,
    RateLimitNode? RateLimit,
    DateTimeOffset AnsweredAt
)
{
    /// <summary>How many comments the last updated pull requests and issues have on average; null where that was not asked, or there are none.</summary>
    public double? CommentsPerItem { get; init; }
}

/// <summary>Reads a repository itself.</summary>
internal static class RepositoryReader
{
    /// <summary>Asks for the repository, its totals and whether anything lies beyond the cursors; one point.</summary>
    /// <exception cref="BackfillException">There is no such repository for the token.</exception>
    public static async Task<Probe> ProbeAsync(
        GraphQLClient client,
        RepositoryName repository,
        string? pullRequestsAfter,
        string? issuesAfter,
        string? discussionsAfter,
        CancellationToken cancellationToken
    )
    {
        var answer = await client.QueryAsync(
            GraphQLText.Read("probe"),
            new Dictionary<string, object?>
            {
                ["owner"] = repository.Owner,
                ["name"] = repository.Name,
                ["pullRequestsAfter"] = pullRequestsAfter,
                ["issuesAfter"] = issuesAfter,
                ["discussionsAfter"] = discussionsAfter,
                // How the history is read best matters only while it is to be read.
                ["sample"] = pullRequestsAfter is null || issuesAfter is null,
            },
            canShrink: false,
            cancellationToken
        );
        var node = answer.Read<ProbeNode>("repository") ?? throw AnswerJudge.NotFound(repository.FullName);
        return new Probe(
            Describe(node),
            node.PullRequests?.TotalCount ?? 0,
            node.Issues?.TotalCount ?? 0,
            node.Discussions?.TotalCount ?? 0,
            node.PullRequests?.Edges?.Count > 0,
            node.Issues?.Edges?.Count > 0,
            node.Discussions?.Edges?.Count > 0,
            answer.Read<RateLimitNode>("rateLimit"),
            answer.ReceivedAt
        )
        {
            CommentsPerItem = Sampled(node),
        };
    }

    private static double? Sampled(ProbeNode node)
    {
        var items = (node.LastPullRequests?.Nodes ?? [])
            .Concat(node.LastIssues?.Nodes ?? [])
            .Select(item => item?.Comments?.TotalCount)
            .OfType<int>()
            .ToList();
        return items.Count == 0 ? null : items.Average();
    }

    private static RepositoryMetadata Describe(ProbeNode node) =>
        new()
        {
            GitHubId = node.DatabaseId ?? throw new JsonException("The repository has no numeric id."),
            NodeId = node.Id,
            Owner = node.NameWithOwner[..node.NameWithOwner.IndexOf('/', StringComparison.Ordinal)],
            Name = node.Name,
            FullName = node.NameWithOwner,
            Description = node.Description,
            Homepage = node.HomepageUrl,
            Language = node.PrimaryLanguage?.Name,
            Stars = node.StargazerCount,
            Watchers = node.Watchers?.TotalCount ?? 0,
            Forks = node.ForkCount,
            // REST's open_issues counts both kinds.
            OpenIssues = (node.OpenIssues?.TotalCount ?? 0) + (node.OpenPullRequests?.TotalCount ?? 0),
            SizeKilobytes = node.DiskUsage ?? 0,
            DefaultBranch = node.DefaultBranchRef?.Name,
            IsFork = node.IsFork,
            IsArchived = node.IsArchived,
            IsDisabled = node.IsDisabled,
            IsPrivate = node.IsPrivate,
            IsTemplate = node.IsTemplate,
            HasIssues = node.HasIssuesEnabled,
            HasProjects = node.HasProjectsEnabled,
            HasWiki = node.HasWikiEnabled,
            HasDiscussions = node.HasDiscussionsEnabled,
            License = node.LicenseInfo?.SpdxId,
            Topics = [.. (node.RepositoryTopics?.Nodes ?? []).Select(topic => topic?.Topic.Name).OfType<string>()],
            AvatarUrl = node.Owner?.AvatarUrl,
            CreatedAt = node.CreatedAt,
            UpdatedAt = node.UpdatedAt,
            PushedAt = node.PushedAt,
        };
}
