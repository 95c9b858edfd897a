using System.Globalization;
using Backfill.Core.GitHub;

namespace Backfill.Core.Sync.Writing;

/// <summary>
/// Collects the rows of one page, which <see cref="PageWriter"/> stores in one transaction. Each id is in it once, every author
/// is among the accounts, every text can be stored, and everything that the page lacks is a gap.
/// </summary>
/// <param name="include">What the run copies. Other children become gaps with the cause "left out".</param>
/// <param name="nestsReviewComments">True where review comments are nested in their pull requests. A pull request without them becomes a gap.</param>
/// <param name="itemsOnly">True where items were asked for without their children. No gap is recorded for these.</param>
internal sealed class PageRows(
    SyncContent include = SyncContent.All,
    bool nestsReviewComments = false,
    bool itemsOnly = false
)
{
    private readonly StoredText texts = new();

    public AccountRows Accounts { get; } = new();

    public Dictionary<long, PullRequestRow> PullRequests { get; } = [];

    public Dictionary<long, IssueRow> Issues { get; } = [];

    public Dictionary<long, ReviewRow> Reviews { get; } = [];

    /// <summary>Gets the comments. GitHub numbers the two types separately, so one id can belong to a comment of each type.</summary>
    public Dictionary<(string Type, long GitHubId), CommentRow> Comments { get; } = [];

    public Dictionary<string, DiscussionRow> Discussions { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, DiscussionCommentRow> DiscussionComments { get; } = new(StringComparer.Ordinal);

    public Dictionary<(EntityKind ParentKind, int Number), ChildCountRow> ChildCounts { get; } = [];

    /// <summary>Gets the gaps that the page opens.</summary>
    public Dictionary<(EntityKind Entity, string Parent), GapRow> Gaps { get; } = [];

    /// <summary>Gets the gaps that the page closes.</summary>
    public HashSet<(EntityKind Entity, string Parent)> ClosedGaps { get; } = [];

    public IReadOnlyList<SourceTextRow> SourceTexts => texts.Originals;

    /// <summary>Gets the comments whose parent is not stored yet.</summary>
    public List<CommentRow> HeldComments { get; } = [];

    /// <summary>Gets the comments that were held until now.</summary>
    public List<CommentRow> ReleasedComments { get; } = [];

    /// <summary>Gets or sets the window of the list, which includes this page.</summary>
    public StoredWindow? Window { get; set; }

    public void Add(PullRequestNode node)
    {
        if (node.FullDatabaseId is not { } id)
        {
            RecordGap(
                EntityKind.PullRequests,
                node.Id,
                node.Number,
                null,
                "GitHub sent the item without its numeric id"
            );
            return;
        }

        PullRequests[id] = new PullRequestRow(
            id,
            node,
            texts.Storable(node.Title, EntityKind.PullRequests, id, "title")!,
            texts.Storable(node.Body, EntityKind.PullRequests, id, "body"),
            JsonColumns.Labels(node.Labels),
            Accounts.Author(node.Author),
            Accounts.Find(node.Assignees?.Nodes?.FirstOrDefault(assignee => assignee is not null)),
            Accounts.Find(node.MergedBy)
        );
        foreach (var assignee in node.Assignees?.Nodes ?? [])
        {
            Accounts.Find(assignee);
        }

        AddReviews(id, node.Reviews?.Nodes);
        AddComments(new ParentReference(node.Number, IsIssue: false, id), node.Comments?.Nodes);
        RecordMissingChildren(EntityKind.Reviews, node.Id, node.Number, node.Reviews);
        if (nestsReviewComments || node.ReviewThreads is not null)
        {
            AddReviewThreads(node.Id, node.Number, id, node.ReviewThreads);
        }

        RecordMissingChildren(EntityKind.IssueComments, node.Id, node.Number, node.Comments);
        RecordChildCounts(
            EntityKind.PullRequests,
            node.Number,
            node.Id,
            node.Reviews?.TotalCount,
            node.Comments?.TotalCount,
            id
        );
        ClosedGaps.Add((EntityKind.PullRequests, node.Id));
    }

    public void Add(IssueNode node)
    {
        if (node.FullDatabaseId is not { } id)
        {
            RecordGap(EntityKind.Issues, node.Id, node.Number, null, "GitHub sent the item without its numeric id");
            return;
        }

        Issues[id] = new IssueRow(
            id,
            node,
            texts.Storable(node.Title, EntityKind.Issues, id, "title")!,
            texts.Storable(node.Body, EntityKind.Issues, id, "body"),
            JsonColumns.Labels(node.Labels),
            JsonColumns.Assignees(node.Assignees, Accounts),
            JsonColumns.Milestone(node.Milestone),
            Accounts.Author(node.Author)
        );
        AddComments(new ParentReference(node.Number, IsIssue: true, id), node.Comments?.Nodes);
        RecordMissingChildren(EntityKind.IssueComments, node.Id, node.Number, node.Comments);
        RecordChildCounts(EntityKind.Issues, node.Number, node.Id, reviews: null, node.Comments?.TotalCount, id);
        ClosedGaps.Add((EntityKind.Issues, node.Id));
    }

    public void Add(DiscussionNode node)
    {
        if (node.DatabaseId is not { } id)
        {
            RecordGap(
                EntityKind.Discussions,
                node.Id,
                node.Number,
                null,
                "GitHub sent the item without its numeric id"
            );
            return;
        }

        Discussions[node.Id] = new DiscussionRow(
            id,
            node,
            texts.Storable(node.Title, EntityKind.Discussions, id, "title")!,
            texts.Storable(node.Body, EntityKind.Discussions, id, "body"),
            Accounts.Author(node.Author),
            AccountRows.LoginOf(node.Author)
        );
        AddDiscussionComments(node.Id, node.Number, parent: null, node.Comments?.Nodes);
        RecordMissingChildren(EntityKind.DiscussionComments, node.Id, node.Number, node.Comments);
        RecordChildCounts(EntityKind.Discussions, node.Number, node.Id, reviews: null, node.Comments?.TotalCount, id);
        ClosedGaps.Add((EntityKind.Discussions, node.Id));
    }

    /// <summary>Adds reviews of one pull request. A review without an id or a time is not stored. The count of its parent shows that it is missing.</summary>
    public void AddReviews(long pullGitHubId, IReadOnlyList<ReviewNode?>? nodes)
    {
        foreach (var node in nodes ?? [])
        {
            if (node is { FullDatabaseId: { } id, SubmittedAt: { } submittedAt })
            {
                Reviews[id] = new ReviewRow(
                    id,
                    pullGitHubId,
                    node.State,
                    texts.Storable(node.Body, EntityKind.Reviews, id, "body") ?? "",
                    submittedAt,
                    node.Commit?.Oid,
                    Accounts.Author(node.Author)
                );
            }
        }
    }

    /// <summary>Adds comments of one pull request or issue; see <see cref="AddReviews"/>.</summary>
    public void AddComments(ParentReference parent, IReadOnlyList<CommentNode?>? nodes)
    {
        foreach (var node in nodes ?? [])
        {
            if (node?.FullDatabaseId is { } id)
            {
                Comments[(CommentRow.OfIssue, id)] = new CommentRow(
                    id,
                    CommentRow.OfIssue,
                    parent,
                    texts.Storable(node.Body, EntityKind.IssueComments, id, "body") ?? "",
                    node.CreatedAt,
                    node.UpdatedAt,
                    Accounts.Author(node.Author)
                );
            }
        }
    }

    /// <summary>Adds review comments of one pull request by their threads, and the gaps of threads and comments that did not fit into the page.</summary>
    /// <param name="parent">The pull request's node id.</param>
    /// <param name="pullGitHubId">Its numeric id.</param>
    public void AddReviewThreads(string parent, int? number, long pullGitHubId, Connection<ReviewThreadNode>? threads)
    {
        RecordMissingChildren(EntityKind.ReviewThreads, parent, number, threads);
        foreach (var thread in threads?.Nodes ?? [])
        {
            if (thread is null)
            {
                RecordGap(EntityKind.ReviewThreads, parent, number, null, "GitHub sent nothing for one of the threads");
                continue;
            }

            AddReviewComments(new ParentReference(number ?? 0, IsIssue: false, pullGitHubId), thread.Comments?.Nodes);
            RecordMissingChildren(EntityKind.ThreadComments, thread.Id, number, thread.Comments);
        }
    }

    /// <summary>Adds review comments of one pull request; see <see cref="AddReviews"/>.</summary>
    public void AddReviewComments(ParentReference parent, IReadOnlyList<ReviewCommentNode?>? nodes)
    {
        foreach (var node in nodes ?? [])
        {
            if (node?.FullDatabaseId is { } id)
            {
                Comments[(CommentRow.OfReview, id)] = new CommentRow(
                    id,
                    CommentRow.OfReview,
                    parent,
                    texts.Storable(node.Body, EntityKind.ReviewComments, id, "body") ?? "",
                    node.CreatedAt,
                    node.UpdatedAt,
                    Accounts.Author(node.Author)
                )
                {
                    ReplyTo = node.ReplyTo?.FullDatabaseId,
                    Position = node.Position,
                    OriginalPosition = node.OriginalPosition,
                    DiffHunk = texts.Storable(node.DiffHunk, EntityKind.ReviewComments, id, "diff_hunk"),
                    Path = texts.Storable(node.Path, EntityKind.ReviewComments, id, "path"),
                    CommitId = node.Commit?.Oid,
                    OriginalCommitId = node.OriginalCommit?.Oid,
                };
            }
        }
    }

    /// <summary>Adds comments of a discussion, or replies to one comment.</summary>
    public void AddDiscussionComments(
        string discussion,
        int number,
        string? parent,
        IReadOnlyList<DiscussionCommentNode?>? nodes
    )
    {
        foreach (var node in nodes ?? [])
        {
            if (node?.DatabaseId is not { } id)
            {
                continue;
            }

            DiscussionComments[node.Id] = new DiscussionCommentRow(
                id,
                node,
                discussion,
                number,
                parent,
                texts.Storable(node.Body, EntityKind.DiscussionComments, id, "body"),
                node.Replies?.TotalCount,
                Accounts.Author(node.Author),
                AccountRows.LoginOf(node.Author)
            );
            if (parent is null)
            {
                AddDiscussionComments(discussion, number, node.Id, node.Replies?.Nodes);
                RecordMissingChildren(EntityKind.DiscussionReplies, node.Id, number, node.Replies);
            }
        }
    }

    /// <summary>Adds a review comment of REST's list.</summary>
    public void Add(RestReviewComment comment)
    {
        var pull = LastNumber(comment.PullRequestUrl);
        Comments[(CommentRow.OfReview, comment.Id)] = new CommentRow(
            comment.Id,
            CommentRow.OfReview,
            new ParentReference(pull, IsIssue: false, GitHubId: null),
            texts.Storable(comment.Body, EntityKind.ReviewComments, comment.Id, "body") ?? "",
            comment.CreatedAt,
            comment.UpdatedAt,
            Accounts.Author(comment.User)
        )
        {
            ReplyTo = comment.InReplyToId,
            Position = comment.Position,
            OriginalPosition = comment.OriginalPosition,
            DiffHunk = texts.Storable(comment.DiffHunk, EntityKind.ReviewComments, comment.Id, "diff_hunk"),
            Path = texts.Storable(comment.Path, EntityKind.ReviewComments, comment.Id, "path"),
            CommitId = comment.CommitId,
            OriginalCommitId = comment.OriginalCommitId,
        };
    }

    /// <summary>Adds a comment of a pull request or issue of REST's list.</summary>
    public void Add(RestIssueComment comment)
    {
        var isIssue = !comment.HtmlUrl.Contains("/pull/", StringComparison.Ordinal);
        Comments[(CommentRow.OfIssue, comment.Id)] = new CommentRow(
            comment.Id,
            CommentRow.OfIssue,
            new ParentReference(LastNumber(comment.IssueUrl), isIssue, GitHubId: null),
            texts.Storable(comment.Body, EntityKind.IssueComments, comment.Id, "body") ?? "",
            comment.CreatedAt,
            comment.UpdatedAt,
            Accounts.Author(comment.User)
        );
    }

    /// <summary>Records how many children GitHub counts under an item, and the numeric id of the item; null where the query did not ask for the value.</summary>
    public void RecordChildCounts(
        EntityKind parentKind,
        int number,
        string parent,
        int? reviews,
        int? comments,
        long? itemId = null
    ) => ChildCounts[(parentKind, number)] = new ChildCountRow(parentKind, number, parent, reviews, comments, itemId);

    /// <summary>Adds a comment that was held.</summary>
    public void AddHeldComment(CommentRow comment)
    {
        Accounts.Take(comment.Author);
        Comments[(comment.Type, comment.GitHubId)] = comment;
        ReleasedComments.Add(comment);
    }

    /// <summary>Sets the pull request or issue of each comment by its number. Comments whose parent is not stored are held.</summary>
    /// <param name="stored">GitHub's ids of the stored pull requests and issues, by number.</param>
    public void FindParents(IReadOnlyDictionary<int, long> stored)
    {
        foreach (var (key, comment) in Comments.ToArray())
        {
            if (stored.TryGetValue(comment.Parent.Number, out var id))
            {
                Comments[key] = comment with { Parent = comment.Parent with { GitHubId = id } };
            }
            else
            {
                Comments.Remove(key);
                HeldComments.Add(comment);
            }
        }
    }

    /// <summary>Records a gap: an item or children that are still to be fetched.</summary>
    public void RecordGap(EntityKind entity, string parent, int? number, string? cursor, string cause)
    {
        Gaps[(entity, parent)] = new GapRow(entity, parent, number, cursor, cause);
        ClosedGaps.Remove((entity, parent));
    }

    /// <summary>Records the gap of children that did not fit into the page. Closes the gap after the last page.</summary>
    public void RecordMissingChildren<T>(EntityKind entity, string parent, int? number, Connection<T>? children)
    {
        if (itemsOnly)
        {
            return;
        }

        if (children is null)
        {
            RecordGap(
                entity,
                parent,
                number,
                null,
                (include & entity.Content) == SyncContent.None
                    ? GapRow.LeftOut
                    : "GitHub sent the parent without these children"
            );
        }
        else if (children.PageInfo is not null && children.Nodes is null)
        {
            RecordGap(entity, parent, number, null, "GitHub sent the number of these children without their list");
        }
        // Where PageInfo is null, only the number was requested, because REST lists the children. The proof compares the number.
        else if (children.PageInfo is { HasNextPage: true } page)
        {
            RecordGap(entity, parent, number, page.EndCursor, GapRow.Overflow);
        }
        else if (!Gaps.ContainsKey((entity, parent)))
        {
            ClosedGaps.Add((entity, parent));
        }
    }

    private static int LastNumber(string address) =>
        int.Parse(address.AsSpan(address.LastIndexOf('/') + 1), CultureInfo.InvariantCulture);
}
