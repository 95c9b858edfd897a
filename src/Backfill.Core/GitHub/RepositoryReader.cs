using System.Text.Json;

namespace Backfill.Core.GitHub;

/// <summary>The response to the first request of a sync: the repository, its totals, and which lanes have new items.</summary>
/// <param name="Metadata">The repository itself.</param>
/// <param name="PullRequests">GitHub's total; null where the run does not copy pull requests.</param>
/// <param name="Issues">GitHub's total; null where the run does not copy issues.</param>
/// <param name="Discussions">GitHub's total; null where the run does not copy discussions.</param>
/// <param name="PullRequestsMoved">True when GitHub has a pull request behind the cursor of the request.</param>
/// <param name="IssuesMoved">True when GitHub has an issue behind the cursor of the request.</param>
/// <param name="DiscussionsMoved">True when GitHub has a discussion behind the cursor of the request.</param>
/// <param name="RateLimit">The remaining budget of the token.</param>
/// <param name="ReceivedAt">The time of the response, by GitHub's clock.</param>
internal sealed record Probe(
    RepositoryMetadata Metadata,
    int? PullRequests,
    int? Issues,
    int? Discussions,
    bool PullRequestsMoved,
    bool IssuesMoved,
    bool DiscussionsMoved,
    RateLimitNode? RateLimit,
    DateTimeOffset ReceivedAt
)
{
    /// <summary>Gets the number of open pull requests; null where the request did not ask for them or GitHub withheld it.</summary>
    public int? OpenPullRequests { get; init; }

    /// <summary>Gets the number of merged pull requests; null where the request did not ask for them or GitHub withheld it.</summary>
    public int? MergedPullRequests { get; init; }

    /// <summary>Gets the number of open issues; null where the request did not ask for them or GitHub withheld it.</summary>
    public int? OpenIssues { get; init; }

    /// <summary>Gets the average number of comments of the pull requests and issues that were updated last; null where the request did not sample them, or there are none.</summary>
    public double? CommentsPerItem { get; init; }

    /// <summary>Gets the sample that a plan estimates from; null outside of a plan.</summary>
    public RepositorySample? Sample { get; init; }

    /// <summary>Gets the time that GitHub took for the response.</summary>
    public TimeSpan Elapsed { get; init; }
}

/// <summary>Reads a repository and its totals.</summary>
internal static class RepositoryReader
{
    /// <summary>Reads the repository and the totals of the included content, outside of any sync. Costs one point.</summary>
    /// <inheritdoc cref="ProbeAsync(GraphQLClient, RepositoryName, SyncContent, string, string, string, CancellationToken, bool)"/>
    public static Task<Probe> ProbeAsync(
        GitHubAccess access,
        RepositoryName repository,
        SyncContent include,
        CancellationToken cancellationToken
    ) =>
        ProbeAsync(
            new GraphQLClient(access.Transport, access.GraphQLUrl, RateLimits.NoListener.Instance),
            repository,
            include,
            pullRequestsAfter: null,
            issuesAfter: null,
            discussionsAfter: null,
            cancellationToken
        );

    /// <summary>Reads the repository, the totals of the included content and whether GitHub has items behind the cursors. Costs one point.</summary>
    /// <param name="include">The content whose totals are read. The token may lack the permission for other content.</param>
    /// <param name="plans">True reads the sample that a plan estimates from as well. Costs two points in all.</param>
    /// <exception cref="BackfillException">The token sees no such repository, or GitHub withholds a list.</exception>
    public static async Task<Probe> ProbeAsync(
        GraphQLClient client,
        RepositoryName repository,
        SyncContent include,
        string? pullRequestsAfter,
        string? issuesAfter,
        string? discussionsAfter,
        CancellationToken cancellationToken,
        bool plans = false
    )
    {
        var samples = pullRequestsAfter is null || issuesAfter is null;
        var response = await client.QueryAsync(
            GraphQLText.Read("probe"),
            new Dictionary<string, object?>
            {
                ["owner"] = repository.Owner,
                ["name"] = repository.Name,
                ["pullRequestsAfter"] = pullRequestsAfter,
                ["issuesAfter"] = issuesAfter,
                ["discussionsAfter"] = discussionsAfter,
                ["pullRequests"] = Asked(SyncContent.PullRequests),
                ["issues"] = Asked(SyncContent.Issues),
                ["discussions"] = Asked(SyncContent.Discussions),
                // The sample decides how comments are read, which matters only until the history was read.
                ["samplePullRequests"] = samples && Asked(SyncContent.PullRequests),
                ["sampleIssues"] = samples && Asked(SyncContent.Issues),
                ["planPullRequests"] = plans && Asked(SyncContent.PullRequests),
                ["planIssues"] = plans && Asked(SyncContent.Issues),
                ["planDiscussions"] = plans && Asked(SyncContent.Discussions),
            },
            canShrink: false,
            cancellationToken
        );
        var node = response.Read<ProbeNode>("repository") ?? throw ResponseJudge.NotFound(repository.FullName);
        return new Probe(
            Describe(node),
            Asked(SyncContent.PullRequests)
                ? (node.PullRequests ?? throw Withheld(repository, "pullRequests")).TotalCount
                : null,
            Asked(SyncContent.Issues) ? (node.Issues ?? throw Withheld(repository, "issues")).TotalCount : null,
            Asked(SyncContent.Discussions)
                ? (node.Discussions ?? throw Withheld(repository, "discussions")).TotalCount
                : null,
            node.PullRequests?.Edges?.Count > 0,
            node.Issues?.Edges?.Count > 0,
            node.Discussions?.Edges?.Count > 0,
            response.Read<RateLimitNode>("rateLimit"),
            response.ReceivedAt
        )
        {
            OpenPullRequests = node.OpenPullRequests?.TotalCount,
            MergedPullRequests = node.MergedPullRequests?.TotalCount,
            OpenIssues = node.OpenIssues?.TotalCount,
            CommentsPerItem = Sampled(node),
            Sample = plans ? RepositorySample.Of(node) : null,
            Elapsed = response.Elapsed,
        };

        bool Asked(SyncContent content) => include.HasFlag(content);
    }

    /// <summary>Returns the error of a list that GitHub leaves out of its response without a reason. The number of its items is not known.</summary>
    /// <param name="connection">The name of the list in GraphQL.</param>
    public static BackfillException Withheld(RepositoryName repository, string connection) =>
        new(
            ErrorIds.GitHubUnavailable,
            ErrorKind.Unavailable,
            $"GitHub sent the repository {repository} without its {Permissions.Words(connection)}, so their number is not known.",
            $"Start the sync again later. If the error stays, check that the token has the permission {Permissions.Name(connection)}: read.",
            repository.FullName
        );

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
            Watchers = node.Watchers?.TotalCount,
            Forks = node.ForkCount,
            // REST's open_issues counts issues and pull requests, so the sum needs both.
            OpenIssues = node.OpenIssues?.TotalCount + node.OpenPullRequests?.TotalCount,
            SizeKilobytes = node.DiskUsage,
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
            Topics = node.RepositoryTopics?.Nodes is { } topics
                ? [.. topics.Select(topic => topic?.Topic.Name).OfType<string>()]
                : null,
            AvatarUrl = node.Owner?.AvatarUrl,
            CreatedAt = node.CreatedAt,
            UpdatedAt = node.UpdatedAt,
            PushedAt = node.PushedAt,
        };
}
