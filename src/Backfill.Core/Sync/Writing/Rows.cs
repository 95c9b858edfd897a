using Backfill.Core.GitHub;

namespace Backfill.Core.Sync.Writing;

internal sealed record PullRequestRow(
    long GitHubId,
    PullRequestNode Node,
    string Title,
    string? Body,
    string? Labels,
    AccountRow Author,
    AccountRow? Assignee,
    AccountRow? Merger
)
{
    /// <summary><c>open</c>, <c>closed</c> or <c>merged</c>.</summary>
    public string State => Node.Merged ? "merged" : Node.State.ToLowerInvariant();

    /// <summary>Null where GitHub has not worked it out.</summary>
    public bool? Mergeable =>
        Node.Mergeable switch
        {
            "MERGEABLE" => true,
            "CONFLICTING" => false,
            _ => null,
        };
}

internal sealed record IssueRow(
    long GitHubId,
    IssueNode Node,
    string Title,
    string? Body,
    string? Labels,
    string? Assignees,
    string? Milestone,
    AccountRow Author
);

internal sealed record ReviewRow(
    long GitHubId,
    long PullGitHubId,
    string GitHubState,
    string Body,
    DateTimeOffset SubmittedAt,
    string? CommitId,
    AccountRow Author
)
{
    /// <summary>The tables know no other states.</summary>
    public string State =>
        GitHubState is "APPROVED" or "CHANGES_REQUESTED" or "COMMENTED" or "DISMISSED" ? GitHubState : "COMMENTED";
}

internal sealed record CommentRow(
    long GitHubId,
    string Type,
    ParentReference Parent,
    string Body,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    AccountRow Author
)
{
    public const string OfIssue = "issue_comment";
    public const string OfReview = "review_comment";

    public long? ReplyTo { get; init; }
    public int? Position { get; init; }
    public int? OriginalPosition { get; init; }
    public string? DiffHunk { get; init; }
    public string? Path { get; init; }
    public string? CommitId { get; init; }
    public string? OriginalCommitId { get; init; }
}

/// <summary>The pull request or issue that a comment belongs to.</summary>
/// <param name="Number">Its number.</param>
/// <param name="IsIssue">False for a pull request.</param>
/// <param name="GitHubId">Its numeric id; null where only the number is known, until its row is found.</param>
internal sealed record ParentReference(int Number, bool IsIssue, long? GitHubId);

internal sealed record DiscussionRow(
    long GitHubId,
    DiscussionNode Node,
    string Title,
    string? Body,
    AccountRow Author,
    string AuthorLogin
);

internal sealed record DiscussionCommentRow(
    long GitHubId,
    DiscussionCommentNode Node,
    string DiscussionId,
    int DiscussionNumber,
    string? ParentId,
    string? Body,
    int? Replies,
    AccountRow Author,
    string AuthorLogin
);

/// <summary>How many children GitHub counts under an item; null where that was not asked for.</summary>
internal sealed record ChildCountRow(EntityKind ParentKind, int Number, string Parent, int? Reviews, int? Comments);

/// <summary>Something to be fetched: the children of a parent from a cursor on.</summary>
/// <param name="Parent">Node id of the item that they belong to; for a review comment its own id.</param>
/// <param name="Number">The number that people know the item by.</param>
/// <param name="Cursor">Where the next page begins; null is at the first.</param>
/// <param name="Cause">Why it is not stored yet.</param>
/// <param name="Attempts">How often it failed.</param>
internal sealed record GapRow(
    EntityKind Entity,
    string Parent,
    int? Number,
    string? Cursor,
    string Cause,
    int Attempts = 0
)
{
    /// <summary>More children than a page holds: not a fault.</summary>
    public const string Overflow = "overflow";

    /// <summary>Left out by <c>-Include</c>: the next run that includes it fetches it.</summary>
    public const string LeftOut = "left out";

    /// <summary>Altered since the tool wrote it: a repair reads it again.</summary>
    public const string Altered = "altered by another program";
}

/// <summary>Parents whose stored children are not as many as GitHub counts.</summary>
/// <param name="Short">How many have fewer.</param>
/// <param name="Surplus">Those that have more.</param>
internal sealed record ChildComparison(int Short, IReadOnlyList<GapRow> Surplus);

/// <summary>Children of every parent that was read: as many as GitHub counts, and of these as many as are stored.</summary>
internal sealed record ChildTotals(
    long ExpectedReviews,
    long StoredReviews,
    long ExpectedComments,
    long StoredComments
);

/// <summary>Rows of one kind that are not as the tool wrote them.</summary>
/// <param name="Entity">The kind, or <c>Repository</c>.</param>
/// <param name="Altered">The number of rows that another program altered.</param>
/// <param name="Unproven">The number of rows that the tool has not written yet.</param>
/// <param name="ProvenAt">Since when the longest unread of the altered rows was proven.</param>
/// <param name="Examples">Up to ten altered rows, by number or name.</param>
internal sealed record AlteredRows(
    string Entity,
    long Altered,
    long Unproven,
    DateTimeOffset? ProvenAt,
    IReadOnlyList<string> Examples
);

/// <summary>A text as GitHub sent it, where the column holds a replacement.</summary>
internal sealed record SourceTextRow(EntityKind Entity, long GitHubId, string Field, byte[] Original);
