using System.Text.Json;
using Backfill.Core.Postgres;

namespace Backfill.Core.Sync.Writing;

/// <summary>Reads and writes the tables of a sync outside of a page: windows, counts, gaps and held comments.</summary>
internal sealed class SyncTables(Database database, StoredRepository repository)
{
    private readonly RepositoryStatements statements = new(database, repository);

    /// <summary>Returns every window of the repository.</summary>
    public async Task<StoredWindows> WindowsAsync(CancellationToken cancellationToken)
    {
        var statement = await statements.TakeAsync("read-windows", cancellationToken);
        return (await statement.RowAsync(ReadWindows, cancellationToken))!;
    }

    /// <summary>Reads the windows of one repository.</summary>
    public static StoredWindows ReadWindows(Row row) =>
        new(
            StoredWindows.Read<LaneWindow>(row.Get<string>("lanes")),
            StoredWindows.Read<ListWindow>(row.Get<string>("lists")),
            StoredWindows.Read<AuditWindow>(row.Get<string>("audits")),
            StoredWindows.Read<ContributorsWindow>(row.Get<string>("contributors")) is [var people] ? people : null
        );

    /// <summary>Forgets every window of the repository, so that the next run reads all of it again.</summary>
    public Task ForgetWindowsAsync(CancellationToken cancellationToken) =>
        ExecuteAsync("forget-windows", cancellationToken);

    /// <summary>Returns the number of stored rows of the repository by their kind.</summary>
    public async Task<IReadOnlyDictionary<EntityKind, long>> CountAsync(CancellationToken cancellationToken)
    {
        var statement = await statements.TakeAsync("count-stored", cancellationToken);
        var counts = await statement.RowsAsync(ReadCount, cancellationToken);
        var authors = await statements.TakeAsync("count-authors", cancellationToken);
        var people = await authors.ValueAsync<long>(cancellationToken);
        return ByEntity([.. counts, (EntityKind.Contributors, people)]);
    }

    /// <summary>Reads the number of stored rows of one kind.</summary>
    public static (EntityKind Entity, long Stored) ReadCount(Row row) =>
        (EntityKind.Parse(row.Get<string>("entity")), row.Get<long>("stored"));

    /// <summary>Returns the numbers of stored rows by their kind.</summary>
    public static IReadOnlyDictionary<EntityKind, long> ByEntity(
        IEnumerable<(EntityKind Entity, long Stored)> counts
    ) => counts.ToDictionary(count => count.Entity, count => count.Stored);

    /// <summary>Returns the gaps of an entity that this run has not tried yet.</summary>
    /// <param name="most">The largest number of gaps.</param>
    public async Task<IReadOnlyList<GapRow>> GapsToFetchAsync(
        EntityKind entity,
        DateTimeOffset runStartedAt,
        int most,
        CancellationToken cancellationToken
    )
    {
        var statement = await statements.TakeAsync("read-gaps", cancellationToken);
        return await statement
            .Set("entity", entity.Name)
            .Set("run_started", runStartedAt)
            .Set("most", most)
            .RowsAsync(
                row => new GapRow(
                    EntityKind.Parse(row.Get<string>("entity")),
                    row.Get<string>("parent"),
                    row.GetOrNull<int>("parent_number"),
                    row.TextOrNull("cursor"),
                    row.Get<string>("cause"),
                    row.Get<int>("attempts")
                ),
                cancellationToken
            );
    }

    /// <summary>Returns GitHub's ids of the stored pull requests and issues of some comments, by number.</summary>
    public async Task<IReadOnlyDictionary<int, long>> StoredParentsAsync(
        IReadOnlyCollection<CommentRow> comments,
        CancellationToken cancellationToken
    )
    {
        var statement = await statements.TakeAsync("read-stored-parents", cancellationToken);
        var parents = await statement
            .Set("pull_numbers", Numbers(comments, ofIssues: false))
            .Set("issue_numbers", Numbers(comments, ofIssues: true))
            .RowsAsync(
                row => (Number: row.Get<int>("number"), GitHubId: row.Get<long>("github_id")),
                cancellationToken
            );
        var stored = new Dictionary<int, long>();
        foreach (var (number, gitHubId) in parents)
        {
            stored[number] = gitHubId;
        }

        return stored;
    }

    /// <summary>Returns the held comments whose parent is stored now.</summary>
    /// <param name="most">The largest number of comments.</param>
    public async Task<IReadOnlyList<CommentRow>> HeldCommentsAsync(int most, CancellationToken cancellationToken)
    {
        var statement = await statements.TakeAsync("read-held-comments", cancellationToken);
        return await statement
            .Set("most", most)
            .RowsAsync(
                row =>
                {
                    var comment = JsonSerializer.Deserialize<CommentRow>(row.Get<string>("comment"))!;
                    return comment with { Parent = comment.Parent with { GitHubId = row.Get<long>("github_id") } };
                },
                cancellationToken
            );
    }

    /// <summary>Returns the first hundred gaps, and the number of all gaps.</summary>
    public async Task<(IReadOnlyList<SyncGap> Gaps, long Total)> OpenGapsAsync(CancellationToken cancellationToken)
    {
        var statement = await statements.TakeAsync("open-gaps", cancellationToken);
        var gaps = await statement.RowsAsync(ReadGap, cancellationToken);
        return ([.. gaps.Select(row => row.Gap)], gaps.Select(row => row.Total).FirstOrDefault());
    }

    /// <summary>Reads a gap, and the number of all gaps of its repository.</summary>
    public static (SyncGap Gap, long Total) ReadGap(Row row)
    {
        var number = row.GetOrNull<int>("parent_number");
        return (
            new SyncGap(
                row.Get<string>("entity"),
                number is null ? null : FormattableString.Invariant($"#{number}"),
                row.Get<string>("cause"),
                row.Get<int>("attempts")
            ),
            row.Get<long>("total")
        );
    }

    /// <summary>Records that fetching the rows of a gap failed.</summary>
    public async Task FailGapAsync(GapRow gap, string cause, Guid runId, CancellationToken cancellationToken)
    {
        var statement = await statements.TakeAsync("fail-gap", cancellationToken);
        await statement
            .Set("entity", gap.Entity.Name)
            .Set("parent", gap.Parent)
            .Set("cause", cause)
            .Set("run_id", runId)
            .ExecuteAsync(cancellationToken);
    }

    /// <summary>Compares the number of stored children of each parent with GitHub's count. Parents with too few children become gaps.</summary>
    /// <param name="since">Compares only parents that were read at this time or later; null compares all.</param>
    public async Task<ChildComparison> CompareChildrenAsync(
        Guid runId,
        DateTimeOffset? since,
        CancellationToken cancellationToken
    )
    {
        var statement = await statements.TakeAsync("compare-children", cancellationToken);
        var differing = await statement
            .Set("since", since ?? DateTimeOffset.UnixEpoch)
            .Set("run_id", runId)
            .RowsAsync(
                row =>
                    (
                        Parent: new GapRow(
                            EntityKind.Parse(row.Get<string>("entity")),
                            row.Get<string>("parent"),
                            row.Get<int>("parent_number"),
                            null,
                            "surplus"
                        ),
                        IsShort: row.Get<bool>("is_short")
                    ),
                cancellationToken
            );
        return new ChildComparison(
            differing.Count(row => row.IsShort),
            [.. differing.Where(row => !row.IsShort).Select(row => row.Parent)]
        );
    }

    /// <summary>Returns the number of children of the parents that were read: by GitHub's count, and stored.</summary>
    public async Task<ChildTotals> CountChildrenAsync(CancellationToken cancellationToken)
    {
        var statement = await statements.TakeAsync("count-children", cancellationToken);
        return await statement.RowAsync(ReadChildren, cancellationToken) ?? ChildTotals.None;
    }

    /// <summary>Reads the number of children of one repository.</summary>
    public static ChildTotals ReadChildren(Row row) =>
        new(
            row.Get<long>("expected_reviews"),
            row.Get<long>("stored_reviews"),
            row.Get<long>("expected_comments"),
            row.Get<long>("stored_comments")
        );

    /// <summary>Records gaps for the stored pull requests whose review comments are still to be fetched.</summary>
    /// <param name="since">Records only pull requests that were updated at this time or later; null records all.</param>
    public async Task RecordMissingReviewThreadsAsync(
        Guid runId,
        DateTimeOffset? since,
        CancellationToken cancellationToken
    )
    {
        var statement = await statements.TakeAsync("miss-review-threads", cancellationToken);
        await statement
            .Set("since", since ?? DateTimeOffset.UnixEpoch)
            .Set("run_id", runId)
            .ExecuteAsync(cancellationToken);
    }

    /// <summary>Closes the gaps of review comments that were to be read nested in their pull requests.</summary>
    public async Task CloseReviewThreadGapsAsync(CancellationToken cancellationToken)
    {
        var statement = await statements.TakeAsync("close-review-threads", cancellationToken);
        await statement.Set("altered", GapRow.Altered).ExecuteAsync(cancellationToken);
    }

    /// <summary>Links replies whose parent was stored after them.</summary>
    public async Task LinkMissedParentsAsync(CancellationToken cancellationToken)
    {
        if ((await database.CatalogueAsync(cancellationToken)).HasColumn("comments", "in_reply_to_id"))
        {
            await ExecuteAsync("link-missed-parents", cancellationToken);
        }
    }

    /// <summary>Sets the number of comments of items that were stored before their comments.</summary>
    public async Task CompleteCommentCountsAsync(CancellationToken cancellationToken)
    {
        var catalogue = await database.CatalogueAsync(cancellationToken);
        if (catalogue.HasColumn("issues", "comments_count"))
        {
            await ExecuteAsync("complete-issue-counts", cancellationToken);
        }

        if (catalogue.HasColumn("discussions", "comment_count"))
        {
            await ExecuteAsync("complete-discussion-counts", cancellationToken);
        }
    }

    /// <summary>Returns the rows that are not as the tool wrote them, by kind; a kind without such rows is left out.</summary>
    public async Task<IReadOnlyList<AlteredRows>> AlteredAsync(CancellationToken cancellationToken)
    {
        var statement = await statements.TakeAsync("read-altered", cancellationToken);
        return await statement.RowsAsync(ReadAltered, cancellationToken);
    }

    /// <summary>Reads the rows of one kind that are not as the tool wrote them.</summary>
    public static AlteredRows ReadAltered(Row row) =>
        new(
            EntityKind.Parse(row.Get<string>("entity")),
            row.Get<long>("altered"),
            row.Get<long>("unproven"),
            row.Get<long>("missing"),
            row.GetOrNull<DateTimeOffset>("proven_at"),
            row.Get<string[]>("examples"),
            row.Get<string[]>("missing_examples")
        );

    /// <summary>Forgets how far a list was read, so that the next run reads all of it again.</summary>
    public async Task ForgetListAsync(EntityKind list, CancellationToken cancellationToken)
    {
        var statement = await statements.TakeAsync("forget-list", cancellationToken);
        await statement.Set("list", list.StoredName).Set("nested", ListWindow.Nested).ExecuteAsync(cancellationToken);
    }

    /// <summary>Records every row that is not as the tool wrote it as a gap, so that the run reads it again. A contributor with another id than GitHub's gets that id back.</summary>
    public async Task RecordAlteredAsync(Guid runId, CancellationToken cancellationToken)
    {
        await ExecuteAsync("restore-identities", cancellationToken);
        var statement = await statements.TakeAsync("record-altered", cancellationToken);
        await statement.Set("run_id", runId).Set("cause", GapRow.Altered).ExecuteAsync(cancellationToken);
    }

    private async Task ExecuteAsync(string name, CancellationToken cancellationToken)
    {
        var statement = await statements.TakeAsync(name, cancellationToken);
        await statement.ExecuteAsync(cancellationToken);
    }

    private static int[] Numbers(IEnumerable<CommentRow> comments, bool ofIssues) =>
        [
            .. comments
                .Where(comment => comment.Parent.IsIssue == ofIssues)
                .Select(comment => comment.Parent.Number)
                .Distinct(),
        ];
}
