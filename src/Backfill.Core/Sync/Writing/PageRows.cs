using System.Globalization;
using Backfill.Core.GitHub;

namespace Backfill.Core.Sync.Writing;

/// <summary>
/// The rows of one page, ready to be written in one transaction: each id once, every author among the accounts, every
/// text storable, and a gap for each thing that the page could not hold.
/// </summary>
/// <param name="include">What the run copies: children beyond it are noted as left out.</param>
/// <param name="itemsOnly">True where items were asked for without their children: nothing is noted of these.</param>
/// <param name="nestsReviewComments">True where review comments come with their pull requests: what lacks them is noted.</param>
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

    /// <summary>GitHub numbers the two kinds apart: an id may be one of either.</summary>
    public Dictionary<(string Type, long GitHubId), CommentRow> Comments { get; } = [];

    public Dictionary<string, DiscussionRow> Discussions { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, DiscussionCommentRow> DiscussionComments { get; } = new(StringComparer.Ordinal);

    public Dictionary<(EntityKind ParentKind, int Number), ChildCountRow> ChildCounts { get; } = [];

    /// <summary>What is still to be fetched.</summary>
    public Dictionary<(EntityKind Entity, string Parent), GapRow> Gaps { get; } = [];

    /// <summary>What is not missing any more.</summary>
    public HashSet<(EntityKind Entity, string Parent)> ClosedGaps { get; } = [];

    public IReadOnlyList<SourceTextRow> SourceTexts => texts.Originals;

    /// <summary>Comments whose parent is not stored yet.</summary>
    public List<CommentRow> HeldComments { get; } = [];

    /// <summary>Comments that were held until now.</summary>
    public List<CommentRow> ReleasedComments { get; } = [];

    /// <summary>How far the list was read, once this page is stored.</summary>
    public StoredWindow? Window { get; set; }

    public void Add(PullRequestNode node)
    {
        if (node.FullDatabaseId is not { } id)
        {
            Miss(EntityKind.PullRequests, node.Id, node.Number, null, "GitHub sent it without its numeric id");
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
        Children(EntityKind.Reviews, node.Id, node.Number, node.Reviews);
        if (nestsReviewComments || node.ReviewThreads is not null)
        {
            AddReviewThreads(node.Id, node.Number, id, node.ReviewThreads);
        }

        Children(EntityKind.IssueComments, node.Id, node.Number, node.Comments);
        Counted(EntityKind.PullRequests, node.Number, node.Id, node.Reviews?.TotalCount, node.Comments?.TotalCount);
        ClosedGaps.Add((EntityKind.PullRequests, node.Id));
    }

    public void Add(IssueNode node)
    {
        if (node.FullDatabaseId is not { } id)
        {
            Miss(EntityKind.Issues, node.Id, node.Number, null, "GitHub sent it without its numeric id");
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
        Children(EntityKind.IssueComments, node.Id, node.Number, node.Comments);
        Counted(EntityKind.Issues, node.Number, node.Id, reviews: null, node.Comments?.TotalCount);
        ClosedGaps.Add((EntityKind.Issues, node.Id));
    }

    public void Add(DiscussionNode node)
    {
        if (node.DatabaseId is not { } id)
        {
            Miss(EntityKind.Discussions, node.Id, node.Number, null, "GitHub sent it without its numeric id");
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
        Children(EntityKind.DiscussionComments, node.Id, node.Number, node.Comments);
        Counted(EntityKind.Discussions, node.Number, node.Id, reviews: null, node.Comments?.TotalCount);
        ClosedGaps.Add((EntityKind.Discussions, node.Id));
    }

    /// <summary>Reviews of one pull request. One without an id or a time is not stored: the count of its parent tells that it is missing.</summary>
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

    /// <summary>Comments of one pull request or of one issue; see <see cref="AddReviews"/>.</summary>
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

    /// <summary>Review comments of one pull request by their threads, and what is still to be fetched of these.</summary>
    /// <param name="parent">The pull request's node id.</param>
    /// <param name="pullGitHubId">Its numeric id.</param>
    public void AddReviewThreads(string parent, int? number, long pullGitHubId, Connection<ReviewThreadNode>? threads)
    {
        Children(EntityKind.ReviewThreads, parent, number, threads);
        foreach (var thread in threads?.Nodes ?? [])
        {
            if (thread is null)
            {
                Miss(EntityKind.ReviewThreads, parent, number, null, "GitHub sent nothing for one of them");
                continue;
            }

            AddReviewComments(new ParentReference(number ?? 0, IsIssue: false, pullGitHubId), thread.Comments?.Nodes);
            Children(EntityKind.ThreadComments, thread.Id, number, thread.Comments);
        }
    }

    /// <summary>Review comments of one pull request; see <see cref="AddReviews"/>.</summary>
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

    /// <summary>Comments of a discussion, or replies to one of them.</summary>
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
                Children(EntityKind.DiscussionReplies, node.Id, number, node.Replies);
            }
        }
    }

    /// <summary>A review comment as REST lists it.</summary>
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

    /// <summary>A comment of a pull request or issue as REST lists it.</summary>
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

    /// <summary>What GitHub counts under an item; null where that was not asked for.</summary>
    public void Counted(EntityKind parentKind, int number, string parent, int? reviews, int? comments) =>
        ChildCounts[(parentKind, number)] = new ChildCountRow(parentKind, number, parent, reviews, comments);

    /// <summary>A comment as it was held.</summary>
    public void Release(CommentRow comment)
    {
        Accounts.Take(comment.Author);
        Comments[(comment.Type, comment.GitHubId)] = comment;
        ReleasedComments.Add(comment);
    }

    /// <summary>Gives each comment its pull request or issue by the number, and holds those back whose is not stored.</summary>
    /// <param name="stored">GitHub's ids by number.</param>
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

    /// <summary>Notes something that is still to be fetched.</summary>
    public void Miss(EntityKind entity, string parent, int? number, string? cursor, string cause)
    {
        Gaps[(entity, parent)] = new GapRow(entity, parent, number, cursor, cause);
        ClosedGaps.Remove((entity, parent));
    }

    /// <summary>What a page of children leaves to be fetched; nothing where it was the last one.</summary>
    public void Children<T>(EntityKind entity, string parent, int? number, Connection<T>? children)
    {
        if (itemsOnly)
        {
            return;
        }

        if (children is null)
        {
            Miss(
                entity,
                parent,
                number,
                null,
                (include & entity.Content) == SyncContent.None ? GapRow.LeftOut : "GitHub sent its parent without them"
            );
        }
        else if (children.PageInfo is not null && children.Nodes is null)
        {
            Miss(entity, parent, number, null, "GitHub sent their number without a list of them");
        }
        // Without a page, these are listed by REST, and their number tells what it did not bring.
        else if (children.PageInfo is { HasNextPage: true } page)
        {
            Miss(entity, parent, number, page.EndCursor, GapRow.Overflow);
        }
        else if (!Gaps.ContainsKey((entity, parent)))
        {
            ClosedGaps.Add((entity, parent));
        }
    }

    private static int LastNumber(string address) =>
        int.Parse(address.AsSpan(address.LastIndexOf('/') + 1), CultureInfo.InvariantCulture);
}
