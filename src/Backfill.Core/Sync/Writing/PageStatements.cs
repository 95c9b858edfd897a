using System.Text.Json;
using Backfill.Core.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace Backfill.Core.Sync.Writing;

/// <summary>The statements that store the rows of a page; their texts stand in <c>Sql</c>.</summary>
internal static class PageStatements
{
    public static NpgsqlBatchCommand FreeUsernames(IReadOnlyCollection<AccountRow> rows, Catalogue catalogue) =>
        new RowsCommand<AccountRow>("free-usernames", catalogue, rows)
            .Bigints("github_id", row => row.GitHubId)
            .Texts("username", row => row.Login)
            .Build();

    public static NpgsqlBatchCommand Contributors(IReadOnlyCollection<AccountRow> rows, Catalogue catalogue) =>
        new RowsCommand<AccountRow>("upsert-contributors", catalogue, rows)
            .Bigints("github_id", row => row.GitHubId)
            .Texts("username", row => row.Login)
            .Texts("avatar_url", row => row.AvatarUrl)
            .Texts("profile_url", row => row.Url)
            .Flags("is_bot", row => row.IsBot)
            .Build();

    public static NpgsqlBatchCommand Actors(
        IReadOnlyCollection<AccountRow> rows,
        StoredRepository repository,
        Catalogue catalogue
    ) =>
        new RowsCommand<AccountRow>("upsert-actors", catalogue, rows)
            .Set("repository_id", NpgsqlDbType.Uuid, repository.Id)
            .Bigints("github_id", row => row.GitHubId)
            .Texts("node_id", row => row.NodeId)
            .Texts("login", row => row.Login)
            .Texts("kind", row => row.Kind)
            .Build();

    public static NpgsqlBatchCommand AdoptPullRequests(
        IReadOnlyCollection<PullRequestRow> rows,
        StoredRepository repository,
        Catalogue catalogue
    ) =>
        new RowsCommand<PullRequestRow>("adopt-pull-requests", catalogue, rows)
            .Set("repository_id", NpgsqlDbType.Uuid, repository.Id)
            .Bigints("github_id", row => row.GitHubId)
            .Integers("number", row => row.Node.Number)
            .Build();

    public static NpgsqlBatchCommand AdoptIssues(
        IReadOnlyCollection<IssueRow> rows,
        StoredRepository repository,
        Catalogue catalogue
    ) =>
        new RowsCommand<IssueRow>("adopt-issues", catalogue, rows)
            .Set("repository_id", NpgsqlDbType.Uuid, repository.Id)
            .Bigints("github_id", row => row.GitHubId)
            .Integers("number", row => row.Node.Number)
            .Build();

    public static NpgsqlBatchCommand PullRequests(
        IReadOnlyCollection<PullRequestRow> rows,
        StoredRepository repository,
        Catalogue catalogue
    ) =>
        new RowsCommand<PullRequestRow>("upsert-pull-requests", catalogue, rows)
            .Set("repository_id", NpgsqlDbType.Uuid, repository.Id)
            .Set("repository_full_name", NpgsqlDbType.Text, repository.FullName)
            .Set("repository_github_id", NpgsqlDbType.Bigint, repository.GitHubId)
            .Bigints("github_id", row => row.GitHubId)
            .Integers("number", row => row.Node.Number)
            .Texts("title", row => row.Title)
            .Texts("body", row => row.Body)
            .Texts("state", row => row.State)
            .Texts("head_branch", row => row.Node.HeadRefName)
            .Texts("base_branch", row => row.Node.BaseRefName)
            .Times("created_at", row => row.Node.CreatedAt)
            .Times("updated_at", row => row.Node.UpdatedAt)
            .Times("merged_at", row => row.Node.MergedAt)
            .Times("closed_at", row => row.Node.ClosedAt)
            .Flags("draft", row => row.Node.IsDraft)
            .Flags("mergeable", row => row.Mergeable)
            .Integers("additions", row => row.Node.Additions)
            .Integers("deletions", row => row.Node.Deletions)
            .Integers("changed_files", row => row.Node.ChangedFiles)
            .Integers("commits", row => row.Node.Commits?.TotalCount)
            .Texts("html_url", row => row.Node.Url)
            .Texts("labels", row => row.Labels)
            .Texts("author_login", row => row.Author.Login)
            .Bigints("author_github_id", row => row.Author.GitHubId)
            .Bigints("assignee_github_id", row => row.Assignee?.GitHubId)
            .Bigints("merger_github_id", row => row.Merger?.GitHubId)
            .Build();

    public static NpgsqlBatchCommand Issues(
        IReadOnlyCollection<IssueRow> rows,
        StoredRepository repository,
        Catalogue catalogue
    ) =>
        new RowsCommand<IssueRow>("upsert-issues", catalogue, rows)
            .Set("repository_id", NpgsqlDbType.Uuid, repository.Id)
            .Bigints("github_id", row => row.GitHubId)
            .Integers("number", row => row.Node.Number)
            .Texts("title", row => row.Title)
            .Texts("body", row => row.Body)
            .Texts("state", row => row.Node.State.ToLowerInvariant())
            .Times("created_at", row => row.Node.CreatedAt)
            .Times("updated_at", row => row.Node.UpdatedAt)
            .Times("closed_at", row => row.Node.ClosedAt)
            .Texts("labels", row => row.Labels)
            .Texts("assignees", row => row.Assignees)
            .Texts("milestone", row => row.Milestone)
            .Integers("comments_count", row => row.Node.Comments?.TotalCount)
            .Bigints("author_github_id", row => row.Author.GitHubId)
            .Build();

    public static NpgsqlBatchCommand Reviews(
        IReadOnlyCollection<ReviewRow> rows,
        StoredRepository repository,
        Catalogue catalogue
    ) =>
        new RowsCommand<ReviewRow>("upsert-reviews", catalogue, rows)
            .Set("repository_id", NpgsqlDbType.Uuid, repository.Id)
            .Bigints("github_id", row => row.GitHubId)
            .Bigints("pull_github_id", row => row.PullGitHubId)
            .Texts("state", row => row.State)
            .Texts("body", row => row.Body)
            .Times("submitted_at", row => row.SubmittedAt)
            .Texts("commit_id", row => row.CommitId)
            .Bigints("author_github_id", row => row.Author.GitHubId)
            .Build();

    /// <summary>Takes rows of other writers for the comments that they are.</summary>
    /// <param name="type">Of all these comments.</param>
    public static NpgsqlBatchCommand AdoptComments(
        string type,
        IReadOnlyCollection<CommentRow> rows,
        StoredRepository repository,
        Catalogue catalogue
    ) =>
        new RowsCommand<CommentRow>("adopt-comments", catalogue, rows)
            .Set("repository_id", NpgsqlDbType.Uuid, repository.Id)
            .Set("comment_type", NpgsqlDbType.Text, type)
            .Bigints("github_id", row => row.GitHubId)
            .Bigints("pull_github_id", row => row.Parent.IsIssue ? null : row.Parent.GitHubId)
            .Bigints("issue_github_id", row => row.Parent.IsIssue ? row.Parent.GitHubId : null)
            .Texts("body", row => row.Body)
            .Times("created_at", row => row.CreatedAt)
            .Build();

    public static NpgsqlBatchCommand Comments(
        IReadOnlyCollection<CommentRow> rows,
        StoredRepository repository,
        Catalogue catalogue
    ) =>
        new RowsCommand<CommentRow>("upsert-comments", catalogue, rows)
            .Set("repository_id", NpgsqlDbType.Uuid, repository.Id)
            .Bigints("github_id", row => row.GitHubId)
            .Bigints("pull_github_id", row => row.Parent.IsIssue ? null : row.Parent.GitHubId)
            .Bigints("issue_github_id", row => row.Parent.IsIssue ? row.Parent.GitHubId : null)
            .Texts("body", row => row.Body)
            .Times("created_at", row => row.CreatedAt)
            .Times("updated_at", row => row.UpdatedAt)
            .Texts("comment_type", row => row.Type)
            .Bigints("reply_to", row => row.ReplyTo)
            .Integers("position", row => row.Position)
            .Integers("original_position", row => row.OriginalPosition)
            .Texts("diff_hunk", row => row.DiffHunk)
            .Texts("path", row => row.Path)
            .Texts("commit_id", row => row.CommitId)
            .Texts("original_commit_id", row => row.OriginalCommitId)
            .Bigints("author_github_id", row => row.Author.GitHubId)
            .Integers("parent_number", row => row.Parent.Number)
            .Build();

    /// <summary>A statement about review comments by their ids: what they answer, or whether their pull request is there.</summary>
    public static NpgsqlBatchCommand ReviewComments(
        string statement,
        IReadOnlyCollection<CommentRow> rows,
        StoredRepository repository,
        Catalogue catalogue
    ) =>
        new RowsCommand<CommentRow>(statement, catalogue, rows)
            .Set("repository_id", NpgsqlDbType.Uuid, repository.Id)
            .Bigints("github_id", row => row.GitHubId)
            .Times("created_at", row => row.CreatedAt)
            .Integers("pull_number", row => row.Parent.Number)
            .Bigints("reply_to", row => row.ReplyTo)
            .Build();

    public static NpgsqlBatchCommand HoldComments(
        IReadOnlyCollection<CommentRow> rows,
        StoredRepository repository,
        Catalogue catalogue
    ) =>
        new RowsCommand<CommentRow>("hold-comments", catalogue, rows)
            .Set("repository_id", NpgsqlDbType.Uuid, repository.Id)
            .Texts("comment_type", row => row.Type)
            .Bigints("github_id", row => row.GitHubId)
            .Integers("parent_number", row => row.Parent.Number)
            .Flags("of_issue", row => row.Parent.IsIssue)
            .Texts("comment", row => JsonSerializer.Serialize(row))
            .Build();

    public static NpgsqlBatchCommand ReleaseComments(
        IReadOnlyCollection<CommentRow> rows,
        StoredRepository repository,
        Catalogue catalogue
    ) =>
        new RowsCommand<CommentRow>("release-comments", catalogue, rows)
            .Set("repository_id", NpgsqlDbType.Uuid, repository.Id)
            .Texts("comment_type", row => row.Type)
            .Bigints("github_id", row => row.GitHubId)
            .Build();

    /// <summary>Takes rows of other writers for the discussions that they are: <c>free-discussion-ids</c>, then <c>adopt-discussions</c>.</summary>
    public static NpgsqlBatchCommand AdoptDiscussions(
        string statement,
        IReadOnlyCollection<DiscussionRow> rows,
        StoredRepository repository,
        Catalogue catalogue
    ) =>
        new RowsCommand<DiscussionRow>(statement, catalogue, rows)
            .Set("repository_id", NpgsqlDbType.Uuid, repository.Id)
            .Texts("id", row => row.Node.Id)
            .Bigints("github_id", row => row.GitHubId)
            .Integers("number", row => row.Node.Number)
            .Build();

    public static NpgsqlBatchCommand Discussions(
        IReadOnlyCollection<DiscussionRow> rows,
        StoredRepository repository,
        Catalogue catalogue
    ) =>
        new RowsCommand<DiscussionRow>("upsert-discussions", catalogue, rows)
            .Set("repository_id", NpgsqlDbType.Uuid, repository.Id)
            .Texts("id", row => row.Node.Id)
            .Bigints("github_id", row => row.GitHubId)
            .Integers("number", row => row.Node.Number)
            .Texts("title", row => row.Title)
            .Texts("body", row => row.Body)
            .Texts("category_id", row => row.Node.Category?.Id)
            .Texts("category_name", row => row.Node.Category?.Name)
            .Texts("category_description", row => row.Node.Category?.Description)
            .Texts("category_emoji", row => row.Node.Category?.Emoji)
            .Bigints("author_github_id", row => row.Author.GitHubId)
            .Texts("author_login", row => row.AuthorLogin)
            .Times("created_at", row => row.Node.CreatedAt)
            .Times("updated_at", row => row.Node.UpdatedAt)
            .Flags("is_answered", row => row.Node.IsAnswered ?? false)
            .Texts("answer_id", row => row.Node.Answer?.Id)
            .Times("answer_chosen_at", row => row.Node.AnswerChosenAt)
            .Texts("answer_chosen_by", row => row.Node.AnswerChosenBy?.Login)
            .Integers("upvote_count", row => row.Node.UpvoteCount)
            .Integers("comment_count", row => row.Node.Comments?.TotalCount)
            .Flags("locked", row => row.Node.Locked)
            .Texts("url", row => row.Node.Url)
            .Build();

    public static NpgsqlBatchCommand DiscussionComments(
        IReadOnlyCollection<DiscussionCommentRow> rows,
        Catalogue catalogue
    ) =>
        new RowsCommand<DiscussionCommentRow>("upsert-discussion-comments", catalogue, rows)
            .Texts("id", row => row.Node.Id)
            .Bigints("github_id", row => row.GitHubId)
            .Texts("discussion_id", row => row.DiscussionId)
            .Integers("discussion_number", row => row.DiscussionNumber)
            .Texts("parent_comment_id", row => row.ParentId)
            .Bigints("author_github_id", row => row.Author.GitHubId)
            .Texts("author_login", row => row.AuthorLogin)
            .Texts("body", row => row.Body)
            .Times("created_at", row => row.Node.CreatedAt)
            .Times("updated_at", row => row.Node.UpdatedAt)
            .Flags("is_answer", row => row.Node.IsAnswer)
            .Integers("upvote_count", row => row.Node.UpvoteCount)
            .Integers("reply_count", row => row.Replies)
            .Build();

    public static NpgsqlBatchCommand ChildCounts(
        IReadOnlyCollection<ChildCountRow> rows,
        StoredRepository repository,
        Catalogue catalogue
    ) =>
        new RowsCommand<ChildCountRow>("upsert-child-counts", catalogue, rows)
            .Set("repository_id", NpgsqlDbType.Uuid, repository.Id)
            .Texts("parent_type", row => row.ParentKind.ItemName)
            .Integers("parent_number", row => row.Number)
            .Texts("parent", row => row.Parent)
            .Integers("reviews", row => row.Reviews)
            .Integers("comments", row => row.Comments)
            .Bigints("github_id", row => row.ItemId)
            .Build();

    public static NpgsqlBatchCommand Gaps(
        IReadOnlyCollection<GapRow> rows,
        StoredRepository repository,
        Guid runId,
        Catalogue catalogue
    ) =>
        new RowsCommand<GapRow>("upsert-gaps", catalogue, rows)
            .Set("repository_id", NpgsqlDbType.Uuid, repository.Id)
            .Set("run_id", NpgsqlDbType.Uuid, runId)
            .Texts("entity", row => row.Entity.Name)
            .Texts("parent", row => row.Parent)
            .Integers("parent_number", row => row.Number)
            .Texts("cursor", row => row.Cursor)
            .Texts("cause", row => row.Cause)
            .Build();

    public static NpgsqlBatchCommand CloseGaps(
        IReadOnlyCollection<(EntityKind Entity, string Parent)> rows,
        StoredRepository repository,
        Catalogue catalogue
    ) =>
        new RowsCommand<(EntityKind Entity, string Parent)>("close-gaps", catalogue, rows)
            .Set("repository_id", NpgsqlDbType.Uuid, repository.Id)
            .Texts("entity", row => row.Entity.Name)
            .Texts("parent", row => row.Parent)
            .Build();

    public static NpgsqlBatchCommand SourceTexts(
        IReadOnlyCollection<SourceTextRow> rows,
        StoredRepository repository,
        Catalogue catalogue
    ) =>
        new RowsCommand<SourceTextRow>("upsert-source-texts", catalogue, rows)
            .Set("repository_id", NpgsqlDbType.Uuid, repository.Id)
            .Texts("entity", row => row.Entity.Name)
            .Bigints("github_id", row => row.GitHubId)
            .Texts("field", row => row.Field)
            .Bytes("original", row => row.Original)
            .Build();

    /// <summary>The last statement of a page: deferred foreign keys are checked by it and not by COMMIT.</summary>
    public static NpgsqlBatchCommand CheckConstraints() => new(SqlText.Read("Postgres/check-constraints.sql"));

    public static NpgsqlBatchCommand Window(StoredWindow window, StoredRepository repository, Catalogue catalogue) =>
        window switch
        {
            LaneWindow lane => Window("upsert-window", repository, catalogue)
                .Set("lane", NpgsqlDbType.Text, lane.Lane.StoredName)
                .Set("newest_cursor", NpgsqlDbType.Text, lane.NewestCursor)
                .Set("newest_at", NpgsqlDbType.TimestampTz, lane.NewestAt?.ToUniversalTime())
                .Set("oldest_cursor", NpgsqlDbType.Text, lane.OldestCursor)
                .Set("oldest_at", NpgsqlDbType.TimestampTz, lane.OldestAt?.ToUniversalTime())
                .Set("reached_beginning", NpgsqlDbType.Boolean, lane.ReachedBeginning)
                .Set("page_size", NpgsqlDbType.Integer, lane.PageSize)
                .Set("ahead_newest_cursor", NpgsqlDbType.Text, lane.AheadNewestCursor)
                .Set("ahead_newest_at", NpgsqlDbType.TimestampTz, lane.AheadNewestAt?.ToUniversalTime())
                .Set("ahead_oldest_cursor", NpgsqlDbType.Text, lane.AheadOldestCursor)
                .Set("ahead_oldest_at", NpgsqlDbType.TimestampTz, lane.AheadOldestAt?.ToUniversalTime())
                .Build(),
            ListWindow list => Window("upsert-list-window", repository, catalogue)
                .Set("list", NpgsqlDbType.Text, list.List.StoredName)
                .Set("listed_from", NpgsqlDbType.TimestampTz, list.ListedFrom?.ToUniversalTime())
                .Set("listed_until", NpgsqlDbType.TimestampTz, list.ListedUntil?.ToUniversalTime())
                .Set("reached_beginning", NpgsqlDbType.Boolean, list.ReachedBeginning)
                .Set("etag", NpgsqlDbType.Text, list.EntityTag)
                .Set("plan", NpgsqlDbType.Text, list.Plan)
                .Build(),
            ContributorsWindow people => Window("upsert-contributors-window", repository, catalogue)
                .Set("pushed_at", NpgsqlDbType.TimestampTz, people.PushedAt?.ToUniversalTime())
                .Set("etag", NpgsqlDbType.Text, people.EntityTag)
                .Build(),
            AuditWindow audit => Window("upsert-audit-window", repository, catalogue)
                .Set("lane", NpgsqlDbType.Text, audit.Lane.StoredName)
                .Set("began_at", NpgsqlDbType.TimestampTz, audit.BeganAt.ToUniversalTime())
                .Set("cursor", NpgsqlDbType.Text, audit.Cursor)
                .Set("is_complete", NpgsqlDbType.Boolean, audit.IsComplete)
                .Set("unexplained_total", NpgsqlDbType.Bigint, audit.UnexplainedTotal)
                .Set("unexplained_stored", NpgsqlDbType.Bigint, audit.UnexplainedStored)
                .Build(),
            _ => throw new ArgumentException($"No statement stores a {window.GetType().Name}.", nameof(window)),
        };

    private static RowsCommand<object> Window(string statement, StoredRepository repository, Catalogue catalogue) =>
        new RowsCommand<object>(statement, catalogue, []).Set("repository_id", NpgsqlDbType.Uuid, repository.Id);
}
