using System.Text.Json;

namespace Backfill.Core.GitHub;

/// <summary>What one cheap request says of a repository: itself, its totals, and which lanes moved.</summary>
/// <param name="Metadata">The repository itself.</param>
/// <param name="PullRequests">GitHub's total; null where it was not asked for.</param>
/// <param name="Issues">GitHub's total; null where it was not asked for.</param>
/// <param name="Discussions">GitHub's total; null where it was not asked for.</param>
/// <param name="PullRequestsMoved">True when an item lies beyond the cursor that was sent.</param>
/// <param name="IssuesMoved">The same for issues.</param>
/// <param name="DiscussionsMoved">The same for discussions.</param>
/// <param name="RateLimit">What the token has left.</param>
/// <param name="AnsweredAt">GitHub's time.</param>
internal sealed record Probe(
    RepositoryMetadata Metadata,
    int? PullRequests,
    int? Issues,
    int? Discussions,
    bool PullRequestsMoved,
    bool IssuesMoved,
    bool DiscussionsMoved,
    RateLimitNode? RateLimit,
    DateTimeOffset AnsweredAt
)
{
    /// <summary>How many comments the last updated pull requests and issues have on average; null where that was not asked, or there are none.</summary>
    public double? CommentsPerItem { get; init; }

    /// <summary>What a plan estimates from; null where it was not asked for.</summary>
    public RepositorySample? Sample { get; init; }

    /// <summary>How long GitHub took to answer.</summary>
    public TimeSpan Elapsed { get; init; }
}

/// <summary>Reads a repository itself.</summary>
internal static class RepositoryReader
{
    /// <summary>Asks for the repository and the totals of what is included, outside of any sync; one point.</summary>
    /// <inheritdoc cref="ProbeAsync(GraphQLClient, RepositoryName, SyncContent, string, string, string, CancellationToken, bool)"/>
    public static Task<Probe> ProbeAsync(
        GitHubAccess access,
        RepositoryName repository,
        SyncContent include,
        CancellationToken cancellationToken
    ) =>
        ProbeAsync(
            new GraphQLClient(access.Transport, access.GraphQLUrl, RateLimits.Unheard.Instance),
            repository,
            include,
            pullRequestsAfter: null,
            issuesAfter: null,
            discussionsAfter: null,
            cancellationToken
        );

    /// <summary>Asks for the repository, the totals of what is included and whether anything lies beyond the cursors; one point.</summary>
    /// <param name="include">Whose totals are asked for: a token may lack the permission for what is left out.</param>
    /// <param name="plans">Ask also for the sample that a plan estimates from; two points together.</param>
    /// <exception cref="BackfillException">There is no such repository for the token, or GitHub withholds something that was asked for.</exception>
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
        var answer = await client.QueryAsync(
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
                // How the history is read best matters only while it is to be read.
                ["samplePullRequests"] = samples && Asked(SyncContent.PullRequests),
                ["sampleIssues"] = samples && Asked(SyncContent.Issues),
                ["planPullRequests"] = plans && Asked(SyncContent.PullRequests),
                ["planIssues"] = plans && Asked(SyncContent.Issues),
                ["planDiscussions"] = plans && Asked(SyncContent.Discussions),
            },
            canShrink: false,
            cancellationToken
        );
        var node = answer.Read<ProbeNode>("repository") ?? throw AnswerJudge.NotFound(repository.FullName);
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
            answer.Read<RateLimitNode>("rateLimit"),
            answer.ReceivedAt
        )
        {
            CommentsPerItem = Sampled(node),
            Sample = plans ? RepositorySample.Of(node) : null,
            Elapsed = answer.Elapsed,
        };

        bool Asked(SyncContent content) => include.HasFlag(content);
    }

    /// <summary>The error of a list that GitHub leaves out of its answer without saying why: how many it holds is not known.</summary>
    /// <param name="connection">What GraphQL calls the list.</param>
    public static BackfillException Withheld(RepositoryName repository, string connection) =>
        new(
            ErrorIds.GitHubUnavailable,
            ErrorKind.Unavailable,
            $"GitHub sent the repository {repository} without its {Permissions.Words(connection)}, so their number is not known.",
            $"Start again later. If it stays so, check that the token has the permission {Permissions.Name(connection)}: read.",
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
            // REST's open_issues counts both kinds; where one of them was not asked for, the sum is not known.
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
