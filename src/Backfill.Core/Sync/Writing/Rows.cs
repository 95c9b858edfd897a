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

    /// <summary>Gets whether the branch can be merged; null where GitHub has not computed this yet.</summary>
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
    /// <summary>Gets the state as the table stores it. The table knows no states but these four, and another one becomes COMMENTED.</summary>
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
/// <param name="GitHubId">Its numeric id; null until its row is found, where REST sent only the number.</param>
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

/// <summary>How many children GitHub counts under an item; null where the query did not ask for the number.</summary>
internal sealed record ChildCountRow(
    EntityKind ParentKind,
    int Number,
    string Parent,
    int? Reviews,
    int? Comments,
    long? ItemId
);

/// <summary>A gap: an item, or the children of a parent from a cursor on, that are still to be fetched.</summary>
/// <param name="Parent">The node id of the parent, or of the missing item. For a missing review comment, its numeric id.</param>
/// <param name="Number">The number of the item, such as 42 for #42.</param>
/// <param name="Cursor">The cursor of the next page; null for the first page.</param>
/// <param name="Cause">Why the rows are missing.</param>
/// <param name="Attempts">How often fetching them failed.</param>
internal sealed record GapRow(
    EntityKind Entity,
    string Parent,
    int? Number,
    string? Cursor,
    string Cause,
    int Attempts = 0
)
{
    /// <summary>The cause of children that did not fit into the page of their parent. It is no fault.</summary>
    public const string Overflow = "overflow";

    /// <summary>The cause of children that <c>-Include</c> left out. The next run that includes them fetches them.</summary>
    public const string LeftOut = "left out";

    /// <summary>Altered since the tool wrote it: a repair reads it again.</summary>
    public const string Altered = "altered by another program";
}

/// <summary>The parents whose number of stored children differs from GitHub's count.</summary>
/// <param name="Short">The number of parents with fewer stored children.</param>
/// <param name="Surplus">The parents with more stored children.</param>
internal sealed record ChildComparison(int Short, IReadOnlyList<GapRow> Surplus);

/// <summary>The number of children of all parents that were read: GitHub's count, and the number of stored rows.</summary>
internal sealed record ChildTotals(long ExpectedReviews, long StoredReviews, long ExpectedComments, long StoredComments)
{
    /// <summary>Gets the numbers where no parent was read.</summary>
    public static ChildTotals None { get; } = new(0, 0, 0, 0);
}

/// <summary>Rows of one kind that are not as the tool wrote them.</summary>
/// <param name="Altered">The number of rows that another program altered.</param>
/// <param name="Unproven">The number of rows that the tool has not written yet.</param>
/// <param name="Missing">The number of items that were stored and have no row any more.</param>
/// <param name="ProvenAt">The earliest time at which the tool wrote one of the altered rows.</param>
/// <param name="Examples">Up to ten altered rows, by number or name.</param>
/// <param name="MissingExamples">Up to ten missing items, by number.</param>
internal sealed record AlteredRows(
    EntityKind Entity,
    long Altered,
    long Unproven,
    long Missing,
    DateTimeOffset? ProvenAt,
    IReadOnlyList<string> Examples,
    IReadOnlyList<string> MissingExamples
);

/// <summary>The original of a text that PostgreSQL cannot store. Its column has the text with replaced characters.</summary>
internal sealed record SourceTextRow(EntityKind Entity, long GitHubId, string Field, byte[] Original);
