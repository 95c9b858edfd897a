namespace Backfill.Core.GitHub;

/// <summary>What GitHub says about a repository itself.</summary>
internal sealed record RepositoryMetadata
{
    public required long GitHubId { get; init; }
    public required string NodeId { get; init; }
    public required string Owner { get; init; }
    public required string Name { get; init; }
    public required string FullName { get; init; }
    public string? Description { get; init; }
    public string? Homepage { get; init; }
    public string? Language { get; init; }
    public int Stars { get; init; }
    public int? Watchers { get; init; }
    public int Forks { get; init; }

    /// <summary>Gets the number of open issues and pull requests together; null where the run does not copy both.</summary>
    public int? OpenIssues { get; init; }
    public int? SizeKilobytes { get; init; }
    public string? DefaultBranch { get; init; }
    public bool IsFork { get; init; }
    public bool IsArchived { get; init; }
    public bool IsDisabled { get; init; }
    public bool IsPrivate { get; init; }
    public bool IsTemplate { get; init; }
    public bool HasIssues { get; init; }
    public bool HasProjects { get; init; }
    public bool HasWiki { get; init; }
    public bool HasDiscussions { get; init; }
    public string? License { get; init; }
    public IReadOnlyList<string>? Topics { get; init; }
    public string? AvatarUrl { get; init; }
    public DateTimeOffset? CreatedAt { get; init; }
    public DateTimeOffset? UpdatedAt { get; init; }
    public DateTimeOffset? PushedAt { get; init; }
}
