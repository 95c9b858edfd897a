using System.Text.Json.Serialization;

namespace Backfill.Core.GitHub;

// GitHub's responses to the queries in this folder. Every property that GitHub may withhold is nullable.

internal sealed record Connection<T>(int TotalCount, PageInfo? PageInfo, IReadOnlyList<T?>? Nodes);

internal sealed record LanePage<T>(int TotalCount, LanePageInfo PageInfo, IReadOnlyList<Edge<T>?>? Edges);

internal sealed record Edge<T>(string Cursor, T? Node);

internal sealed record PageInfo(bool HasNextPage, string? EndCursor);

internal sealed record LanePageInfo(bool HasNextPage, bool HasPreviousPage);

internal sealed record Counted(int TotalCount);

internal sealed record Named(string? Name);

internal sealed record CommitNode(string? Oid);

internal sealed record Identified(string Id);

internal sealed record LabelNode(string Id, string Name, string? Color);

internal sealed record MilestoneNode(int Number, string Title);

internal sealed record AccountNode
{
    [JsonPropertyName("__typename")]
    public string Kind { get; init; } = "User";
    public required string Login { get; init; }
    public string? AvatarUrl { get; init; }
    public string? Url { get; init; }
    public string? Id { get; init; }
    public long? DatabaseId { get; init; }

    /// <summary>The user behind an enterprise account. The user has the numeric id and the login, picture and page that REST shows.</summary>
    public UserReference? User { get; init; }
}

internal sealed record UserReference(string Id, long? DatabaseId, string Login, string? AvatarUrl, string? Url);

internal interface IUpdatedNode
{
    string Id { get; }
    int Number { get; }
    DateTimeOffset UpdatedAt { get; }
}

/// <summary>An item's place in its lane, without its content.</summary>
internal sealed record PlaceNode(string Id, int Number, DateTimeOffset UpdatedAt);

internal sealed record PullRequestNode : IUpdatedNode
{
    public required string Id { get; init; }
    public long? FullDatabaseId { get; init; }
    public int Number { get; init; }
    public required string Title { get; init; }
    public string? Body { get; init; }
    public required string State { get; init; }
    public bool IsDraft { get; init; }
    public string? Mergeable { get; init; }
    public bool Merged { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
    public DateTimeOffset? ClosedAt { get; init; }
    public DateTimeOffset? MergedAt { get; init; }
    public int Additions { get; init; }
    public int Deletions { get; init; }
    public int ChangedFiles { get; init; }
    public required string BaseRefName { get; init; }
    public required string HeadRefName { get; init; }
    public string? Url { get; init; }
    public AccountNode? Author { get; init; }
    public AccountNode? MergedBy { get; init; }
    public Counted? Commits { get; init; }
    public Connection<LabelNode>? Labels { get; init; }
    public Connection<AccountNode>? Assignees { get; init; }
    public Connection<ReviewNode>? Reviews { get; init; }

    /// <summary>Null where review comments are not nested.</summary>
    public Connection<ReviewThreadNode>? ReviewThreads { get; init; }

    /// <summary>Has only the total where REST lists the issue comments.</summary>
    public Connection<CommentNode>? Comments { get; init; }
}

internal sealed record IssueNode : IUpdatedNode
{
    public required string Id { get; init; }
    public long? FullDatabaseId { get; init; }
    public int Number { get; init; }
    public required string Title { get; init; }
    public string? Body { get; init; }
    public required string State { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
    public DateTimeOffset? ClosedAt { get; init; }
    public AccountNode? Author { get; init; }
    public MilestoneNode? Milestone { get; init; }
    public Connection<LabelNode>? Labels { get; init; }
    public Connection<AccountNode>? Assignees { get; init; }
    public Connection<CommentNode>? Comments { get; init; }
}

internal sealed record ReviewNode
{
    public required string Id { get; init; }
    public long? FullDatabaseId { get; init; }
    public required string State { get; init; }
    public string? Body { get; init; }
    public DateTimeOffset? SubmittedAt { get; init; }
    public CommitNode? Commit { get; init; }
    public AccountNode? Author { get; init; }
}

internal sealed record CommentNode
{
    public required string Id { get; init; }
    public long? FullDatabaseId { get; init; }
    public string? Body { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
    public AccountNode? Author { get; init; }
}

internal sealed record ReviewThreadNode
{
    public required string Id { get; init; }
    public Connection<ReviewCommentNode>? Comments { get; init; }
}

internal sealed record ReviewCommentNode
{
    public long? FullDatabaseId { get; init; }
    public string? Body { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
    public string? Path { get; init; }
    public int? Position { get; init; }
    public int? OriginalPosition { get; init; }
    public string? DiffHunk { get; init; }
    public CommitNode? Commit { get; init; }
    public CommitNode? OriginalCommit { get; init; }
    public NumberedNode? ReplyTo { get; init; }
    public AccountNode? Author { get; init; }
}

/// <summary>A reference to another item by its numeric id.</summary>
internal sealed record NumberedNode(long? FullDatabaseId);

internal sealed record DiscussionNode : IUpdatedNode
{
    public required string Id { get; init; }
    public long? DatabaseId { get; init; }
    public int Number { get; init; }
    public required string Title { get; init; }
    public string? Body { get; init; }
    public required string Url { get; init; }
    public bool Locked { get; init; }
    public int UpvoteCount { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
    public bool? IsAnswered { get; init; }
    public DateTimeOffset? AnswerChosenAt { get; init; }
    public AccountNode? AnswerChosenBy { get; init; }
    public Identified? Answer { get; init; }
    public AccountNode? Author { get; init; }
    public CategoryNode? Category { get; init; }
    public Connection<DiscussionCommentNode>? Comments { get; init; }
}

internal sealed record CategoryNode(string Id, string? Name, string? Description, string? Emoji);

internal sealed record DiscussionCommentNode
{
    public required string Id { get; init; }
    public long? DatabaseId { get; init; }
    public string? Body { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
    public bool IsAnswer { get; init; }
    public int UpvoteCount { get; init; }
    public AccountNode? Author { get; init; }
    public Connection<DiscussionCommentNode>? Replies { get; init; }
}

internal sealed record ProfileNode
{
    public string? Id { get; init; }
    public long? DatabaseId { get; init; }
    public string? Login { get; init; }
    public string? Name { get; init; }
    public string? Company { get; init; }
    public string? Location { get; init; }
    public string? Bio { get; init; }
    public string? WebsiteUrl { get; init; }
    public string? AvatarUrl { get; init; }
    public string? Url { get; init; }
    public DateTimeOffset? CreatedAt { get; init; }
    public Counted? Followers { get; init; }
    public Counted? Following { get; init; }
    public Counted? Repositories { get; init; }
    public Counted? Gists { get; init; }
}

internal sealed record DiscussionReference(string Id, int Number);

internal sealed record RateLimitNode(int Cost, int? Remaining);

internal sealed record ViewerNode(string Id);

internal sealed record ProbeNode
{
    public required string Id { get; init; }
    public long? DatabaseId { get; init; }
    public required string NameWithOwner { get; init; }
    public required string Name { get; init; }
    public string? Description { get; init; }
    public string? HomepageUrl { get; init; }
    public int StargazerCount { get; init; }
    public int ForkCount { get; init; }
    public int? DiskUsage { get; init; }
    public bool IsFork { get; init; }
    public bool IsArchived { get; init; }
    public bool IsDisabled { get; init; }
    public bool IsPrivate { get; init; }
    public bool IsTemplate { get; init; }
    public bool HasIssuesEnabled { get; init; }
    public bool HasProjectsEnabled { get; init; }
    public bool HasWikiEnabled { get; init; }
    public bool HasDiscussionsEnabled { get; init; }
    public DateTimeOffset? CreatedAt { get; init; }
    public DateTimeOffset? UpdatedAt { get; init; }
    public DateTimeOffset? PushedAt { get; init; }
    public AccountNode? Owner { get; init; }
    public Named? PrimaryLanguage { get; init; }
    public Named? DefaultBranchRef { get; init; }
    public LicenseNode? LicenseInfo { get; init; }
    public Counted? Watchers { get; init; }
    public Counted? OpenIssues { get; init; }
    public Counted? OpenPullRequests { get; init; }
    public Counted? MergedPullRequests { get; init; }
    public Connection<TopicNode>? RepositoryTopics { get; init; }
    public ProbeLane? PullRequests { get; init; }
    public ProbeLane? Issues { get; init; }
    public ProbeLane? Discussions { get; init; }
    public Connection<CommentedNode>? LastPullRequests { get; init; }
    public Connection<CommentedNode>? LastIssues { get; init; }
    public Connection<SampledNode>? EarlyPullRequests { get; init; }
    public Connection<SampledNode>? LatePullRequests { get; init; }
    public Connection<SampledNode>? EarlyIssues { get; init; }
    public Connection<SampledNode>? LateIssues { get; init; }
    public Connection<SampledNode>? EarlyPullRequestTexts { get; init; }
    public Connection<SampledNode>? LatePullRequestTexts { get; init; }
    public Connection<SampledNode>? EarlyIssueTexts { get; init; }
    public Connection<SampledNode>? LateIssueTexts { get; init; }
    public Connection<SampledNode>? StillPullRequestTexts { get; init; }
    public Connection<SampledNode>? ActivePullRequestTexts { get; init; }
    public Connection<SampledNode>? StillIssueTexts { get; init; }
    public Connection<SampledNode>? ActiveIssueTexts { get; init; }
    public Connection<SampledNode>? EarlyDiscussions { get; init; }
    public Connection<SampledNode>? EarlyDiscussionTexts { get; init; }
    public Connection<SampledNode>? LateDiscussionTexts { get; init; }
    public Connection<SampledNode>? StillDiscussionTexts { get; init; }
    public Connection<SampledNode>? ActiveDiscussionTexts { get; init; }
    public Connection<SampledNode>? LateDiscussions { get; init; }
}

internal sealed record LicenseNode(string? SpdxId);

internal sealed record TopicNode(Named Topic);

internal sealed record ProbeLane(int TotalCount, IReadOnlyList<Identifier?>? Edges);

/// <summary>An item with only the number of its comments.</summary>
internal sealed record CommentedNode(Counted? Comments);

/// <summary>An item of the sample that a plan estimates from.</summary>
internal sealed record SampledNode(
    string Id,
    string? Title,
    string? Body,
    NamedAccount? Author,
    Connection<SampledChildNode>? Comments,
    Connection<SampledChildNode>? Reviews
);

/// <summary>A comment or review of a sampled item.</summary>
internal sealed record SampledChildNode(NamedAccount? Author);

/// <summary>An account by its login.</summary>
internal sealed record NamedAccount(string Login);

internal sealed record Identifier(string Cursor);
