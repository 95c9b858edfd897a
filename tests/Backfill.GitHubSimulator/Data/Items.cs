namespace Backfill.Simulation.Data;

/// <summary>
/// What everything written by somebody has. Times have no fractions of a second, as GitHub's. A generated body is
/// made from its seed whenever it is asked for, so that a million of them need no memory.
/// </summary>
public abstract class Entry
{
    private string? body;

    public required SimulatedRepository Repository { get; init; }
    public required long DatabaseId { get; init; }

    /// <summary>Null is a deleted account.</summary>
    public Account? Author { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; set; }
    public DateTimeOffset? LastEditedAt { get; set; }
    public string Association { get; init; } = "NONE";

    /// <summary>From what <see cref="Body"/> is made while nobody sets it.</summary>
    public TextSeed Seed { get; init; }

    public string Body
    {
        get => body ?? BodyText.Of(Seed);
        set => body = value;
    }

    /// <summary>The id as an archive gives it; null where it is made.</summary>
    public string? GivenNodeId { get; init; }

    public abstract NodeKind Kind { get; }

    public string NodeId => GivenNodeId ?? Data.NodeId.Of(Kind, Repository.DatabaseId, DatabaseId);
}

/// <summary>A pull request, an issue or a discussion: they share one sequence of numbers.</summary>
public abstract class Item : Entry
{
    public required int Number { get; init; }
    public required string Title { get; set; }
    public DateTimeOffset? ClosedAt { get; set; }
    public bool Locked { get; set; }
    public abstract string Path { get; }

    public string Url => $"https://github.com/{Repository.FullName}/{Path}/{Number}";
}

/// <summary>What issues and pull requests share; REST lists both as issues.</summary>
public abstract class IssueLike : Item
{
    /// <summary><c>OPEN</c>, <c>CLOSED</c> or, of a pull request, <c>MERGED</c>.</summary>
    public required string State { get; set; }
    public IReadOnlyList<Label> Labels { get; init; } = [];
    public IReadOnlyList<Account> Assignees { get; set; } = [];
    public Milestone? Milestone { get; init; }

    /// <summary>Of what happened to it: only what a reader of changes needs.</summary>
    public List<TimelineEvent> Timeline { get; } = [];

    /// <summary>Oldest first.</summary>
    public List<IssueComment> Comments { get; init; } = [];
}

public sealed class Issue : IssueLike
{
    public string? StateReason { get; set; }
    public override NodeKind Kind => NodeKind.Issue;
    public override string Path => "issues";
}

public sealed class PullRequest : IssueLike
{
    public bool IsDraft { get; init; }
    public string Mergeable { get; init; } = "UNKNOWN";
    public DateTimeOffset? MergedAt { get; init; }
    public Account? MergedBy { get; set; }
    public string? MergeCommit { get; init; }
    public int Additions { get; init; }
    public int Deletions { get; init; }
    public int ChangedFiles { get; init; }
    public int Commits { get; init; } = 1;
    public string BaseRefName { get; init; } = "main";
    public string BaseRefOid { get; init; } = "";
    public string HeadRefName { get; init; } = "patch";
    public string HeadRefOid { get; init; } = "";

    /// <summary>owner/name; null where the fork is gone.</summary>
    public string? HeadRepository { get; init; }

    /// <summary>Oldest first.</summary>
    public List<Review> Reviews { get; init; } = [];

    /// <summary>All of the pull request, in a review or outside of any; oldest first.</summary>
    public List<ReviewComment> ReviewComments { get; init; } = [];
    public override NodeKind Kind => NodeKind.PullRequest;
    public override string Path => "pull";
}

public sealed class Review : Entry
{
    public required PullRequest PullRequest { get; init; }

    /// <summary><c>APPROVED</c>, <c>CHANGES_REQUESTED</c>, <c>COMMENTED</c>, <c>DISMISSED</c>.</summary>
    public required string State { get; init; }
    public string? Commit { get; init; }

    /// <summary>Oldest first.</summary>
    public List<ReviewComment> Comments { get; init; } = [];
    public override NodeKind Kind => NodeKind.PullRequestReview;
    public string Url => $"{PullRequest.Url}#pullrequestreview-{DatabaseId}";
}

public sealed class ReviewComment : Entry
{
    public required PullRequest PullRequest { get; init; }

    /// <summary>Null for a comment outside of any review.</summary>
    public Review? Review { get; init; }
    public ReviewComment? ReplyTo { get; init; }
    public string FilePath { get; init; } = "README.md";
    public int? Line { get; init; }
    public int? OriginalLine { get; init; }
    public int? OriginalPosition { get; init; }
    public string DiffHunk { get; init; } = "";
    public string Commit { get; init; } = "";
    public override NodeKind Kind => NodeKind.PullRequestReviewComment;
    public string Url => $"{PullRequest.Url}#discussion_r{DatabaseId}";
}

/// <summary>A review comment and its replies, whether in a review or outside of any.</summary>
/// <param name="Root">The comment that the others answer; the thread's number is its.</param>
public sealed record ReviewThread(ReviewComment Root)
{
    /// <summary>Oldest first.</summary>
    public IReadOnlyList<ReviewComment> Comments =>
        Root.PullRequest.ReviewComments.FindAll(comment => RootOf(comment) == Root);

    public string NodeId =>
        Data.NodeId.Of(NodeKind.PullRequestReviewThread, Root.Repository.DatabaseId, Root.DatabaseId);

    /// <summary>The threads of a pull request, oldest first.</summary>
    public static IReadOnlyList<ReviewThread> Of(PullRequest item) =>
        [
            .. item
                .ReviewComments.Select(RootOf)
                .Distinct()
                .OrderBy(root => SortKey.Of(root, SortField.CreatedAt))
                .Select(root => new ReviewThread(root)),
        ];

    private static ReviewComment RootOf(ReviewComment comment)
    {
        while (comment.ReplyTo is { } answered)
        {
            comment = answered;
        }

        return comment;
    }
}

public sealed class IssueComment : Entry
{
    public required IssueLike Parent { get; init; }
    public override NodeKind Kind => NodeKind.IssueComment;
    public string Url => $"{Parent.Url}#issuecomment-{DatabaseId}";
}

public sealed class Discussion : Item
{
    public required DiscussionCategory Category { get; init; }
    public int UpvoteCount { get; init; }
    public DiscussionComment? Answer { get; set; }
    public DateTimeOffset? AnswerChosenAt { get; set; }
    public Account? AnswerChosenBy { get; set; }

    /// <summary>Those at the top, oldest first; their replies hang on them.</summary>
    public List<DiscussionComment> Comments { get; init; } = [];
    public override NodeKind Kind => NodeKind.Discussion;
    public override string Path => "discussions";
}

public sealed class DiscussionComment : Entry
{
    public required Discussion Discussion { get; init; }
    public DiscussionComment? ReplyTo { get; init; }
    public int UpvoteCount { get; init; }

    /// <summary>Oldest first; a reply has none of its own.</summary>
    public List<DiscussionComment> Replies { get; init; } = [];
    public override NodeKind Kind => NodeKind.DiscussionComment;
    public string Url => $"{Discussion.Url}#discussioncomment-{DatabaseId}";
}

/// <summary>Something that happened to an issue or pull request.</summary>
public sealed record TimelineEvent(
    NodeKind Kind,
    long DatabaseId,
    SimulatedRepository Repository,
    Account Actor,
    DateTimeOffset CreatedAt
)
{
    /// <summary>The author of a deleted comment, the repository from which, or the discussion that it became.</summary>
    public object? Of { get; init; }

    public string NodeId => Data.NodeId.Of(Kind, Repository.DatabaseId, DatabaseId);
}

public sealed record Label(
    SimulatedRepository Repository,
    long DatabaseId,
    string Name,
    string Color,
    string? Description
)
{
    public string NodeId => Data.NodeId.Of(NodeKind.Label, Repository.DatabaseId, DatabaseId);
}

public sealed record Milestone(SimulatedRepository Repository, long DatabaseId, int Number, string Title)
{
    public string NodeId => Data.NodeId.Of(NodeKind.Milestone, Repository.DatabaseId, DatabaseId);
}

public sealed record DiscussionCategory(
    SimulatedRepository Repository,
    long DatabaseId,
    string Name,
    string Description,
    string Emoji,
    bool IsAnswerable
)
{
    public string NodeId => Data.NodeId.Of(NodeKind.DiscussionCategory, Repository.DatabaseId, DatabaseId);
    public string Slug => Name.ToLowerInvariant().Replace("&", "", StringComparison.Ordinal).Replace(' ', '-');
}
