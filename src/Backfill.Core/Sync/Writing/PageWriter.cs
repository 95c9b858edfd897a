using Backfill.Core.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace Backfill.Core.Sync.Writing;

/// <summary>Rows that were added, rows that were written again, and rows that another writer had stored wrongly, of one entity.</summary>
internal sealed record Written(EntityKind Entity, long Added, long Updated, long Repaired);

/// <summary>
/// Stores pages for one run. A page, the list of what it could not hold and the cursor behind it are one transaction and
/// one round trip, and it is refused when the run has lost its lease.
/// </summary>
internal sealed class PageWriter(Database database, StoredRepository repository, Guid runId)
{
    /// <summary>The name of the lease that a sync of the repository holds.</summary>
    public static string LeaseOf(StoredRepository repository) => $"repository:{repository.Id}";

    /// <summary>Stores a page; again from the start after a fault that passes.</summary>
    /// <exception cref="BackfillException">The lease is lost, or the database refuses.</exception>
    public async Task<IReadOnlyList<Written>> WriteAsync(PageRows page, CancellationToken cancellationToken)
    {
        var catalogue = await database.CatalogueAsync(cancellationToken);
        return await database.TransactionAsync(
            (connection, token) => ExecuteAsync(connection, Statements(page, catalogue), token),
            cancellationToken
        );
    }

    private async Task<IReadOnlyList<Written>> ExecuteAsync(
        NpgsqlConnection connection,
        IReadOnlyList<Statement> statements,
        CancellationToken cancellationToken
    )
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var statement in statements)
        {
            batch.BatchCommands.Add(statement.Command);
        }

        var written = new List<Written>();
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
        {
            throw LeaseLost(repository.FullName);
        }

        foreach (var statement in statements.Where(statement => statement.Entity is not null))
        {
            await reader.NextResultAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            written.Add(new Written(statement.Entity!, reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2)));
        }

        return written;
    }

    private static BackfillException LeaseLost(string repository) =>
        new(
            ErrorIds.LeaseHeld,
            ErrorKind.Conflict,
            $"Another run took {repository} over while this one did not answer for longer than its lease.",
            $"Wait for it: Get-RepoSync {repository} | Wait-RepoSync.",
            repository
        );

    // Parents before children; the accounts first of all.
    private List<Statement> Statements(PageRows page, Catalogue catalogue)
    {
        var statements = new List<Statement> { new(null, HoldLease(catalogue)) };
        Add(page.ClosedGaps.Count, null, () => PageStatements.CloseGaps(page.ClosedGaps, repository, catalogue));
        var accounts = page.Accounts.All;
        Add(accounts.Count, null, () => PageStatements.FreeUsernames(accounts, catalogue));
        Add(accounts.Count, EntityKind.Contributors, () => PageStatements.Contributors(accounts, catalogue));
        Add(accounts.Count, null, () => PageStatements.Actors(accounts, repository, catalogue));

        var pulls = page.PullRequests.Values;
        Add(pulls.Count, EntityKind.PullRequests, () => PageStatements.AdoptPullRequests(pulls, repository, catalogue));
        Add(pulls.Count, EntityKind.PullRequests, () => PageStatements.PullRequests(pulls, repository, catalogue));
        var issues = page.Issues.Values;
        Add(issues.Count, EntityKind.Issues, () => PageStatements.AdoptIssues(issues, repository, catalogue));
        Add(issues.Count, EntityKind.Issues, () => PageStatements.Issues(issues, repository, catalogue));

        var reviews = page.Reviews.Values;
        Add(reviews.Count, EntityKind.Reviews, () => PageStatements.Reviews(reviews, repository, catalogue));
        foreach (var comments in page.Comments.Values.GroupBy(comment => comment.Type, StringComparer.Ordinal))
        {
            AddComments([.. comments], comments.Key);
        }

        var held = page.HeldComments;
        Add(held.Count, null, () => PageStatements.HoldComments(held, repository, catalogue));
        var released = page.ReleasedComments;
        Add(released.Count, null, () => PageStatements.ReleaseComments(released, repository, catalogue));

        if (catalogue.HasTable("discussions"))
        {
            var discussions = page.Discussions.Values;
            foreach (var statement in (string[])["free-discussion-ids", "adopt-discussions"])
            {
                Add(
                    discussions.Count,
                    EntityKind.Discussions,
                    () => PageStatements.AdoptDiscussions(statement, discussions, repository, catalogue)
                );
            }

            Add(
                discussions.Count,
                EntityKind.Discussions,
                () => PageStatements.Discussions(discussions, repository, catalogue)
            );
        }

        if (catalogue.HasTable("discussion_comments"))
        {
            var comments = page.DiscussionComments.Values;
            Add(
                comments.Count,
                EntityKind.DiscussionComments,
                () => PageStatements.DiscussionComments(comments, catalogue)
            );
        }

        var counts = page.ChildCounts.Values;
        Add(counts.Count, null, () => PageStatements.ChildCounts(counts, repository, catalogue));
        var gaps = page.Gaps.Values;
        Add(gaps.Count, null, () => PageStatements.Gaps(gaps, repository, runId, catalogue));
        var texts = page.SourceTexts;
        Add(texts.Count, null, () => PageStatements.SourceTexts(texts, repository, catalogue));
        Add(page.Window is null ? 0 : 1, null, () => PageStatements.Window(page.Window!, repository, catalogue));
        Add(1, null, PageStatements.CheckConstraints);
        return statements;

        void Add(int rows, EntityKind? entity, Func<NpgsqlBatchCommand> command)
        {
            if (rows > 0)
            {
                statements.Add(new Statement(entity, command()));
            }
        }

        void AddComments(IReadOnlyCollection<CommentRow> comments, string type)
        {
            var ofReviews = type == CommentRow.OfReview;
            var entity = ofReviews ? EntityKind.ReviewComments : EntityKind.IssueComments;
            Add(comments.Count, entity, () => PageStatements.AdoptComments(type, comments, repository, catalogue));
            Add(comments.Count, entity, () => PageStatements.Comments(comments, repository, catalogue));
            if (!ofReviews)
            {
                return;
            }

            Add(1, null, () => PageStatements.ReviewComments("miss-review-comments", comments, repository, catalogue));
            if (catalogue.HasColumn("comments", "in_reply_to_id"))
            {
                Add(1, null, () => PageStatements.ReviewComments("link-replies", comments, repository, catalogue));
                Add(1, null, () => PageStatements.ReviewComments("miss-parents", comments, repository, catalogue));
            }
        }
    }

    private NpgsqlBatchCommand HoldLease(Catalogue catalogue) =>
        new RowsCommand<object>("hold-lease", catalogue, [])
            .Set("resource", NpgsqlDbType.Text, LeaseOf(repository))
            .Set("run_id", NpgsqlDbType.Uuid, runId)
            .Build();

    private sealed record Statement(EntityKind? Entity, NpgsqlBatchCommand Command);
}
