using System.Text.Json;
using Backfill.Core.Postgres;

namespace Backfill.Core.Sync;

/// <summary>What a sync reads of its own tables and of the rows that are stored.</summary>
internal sealed class SyncTables(Database database, StoredRepository repository)
{
    private readonly RepositoryStatements statements = new(database, repository);

    /// <summary>Every window of the repository by its lane.</summary>
    public Task<IReadOnlyDictionary<string, LaneWindow>> WindowsAsync(CancellationToken cancellationToken) =>
        statements.ReadAsync<IReadOnlyDictionary<string, LaneWindow>>(
            "read-windows",
            _ => { },
            async (reader, token) =>
            {
                var windows = new Dictionary<string, LaneWindow>(StringComparer.Ordinal);
                while (await reader.ReadAsync(token))
                {
                    var lane = reader.GetString(0);
                    windows[lane] = new LaneWindow(
                        lane,
                        reader.Text(1),
                        reader.Time(2),
                        reader.Text(3),
                        reader.Time(4),
                        reader.GetBoolean(5),
                        reader.Integer(6),
                        reader.Text(7),
                        reader.Text(8)
                    );
                }

                return windows;
            },
            cancellationToken
        );

    /// <summary>Rows of the repository by entity.</summary>
    public Task<IReadOnlyDictionary<string, long>> CountAsync(CancellationToken cancellationToken) =>
        statements.ReadAsync<IReadOnlyDictionary<string, long>>(
            "count-stored",
            _ => { },
            async (reader, token) =>
            {
                var counts = new Dictionary<string, long>(StringComparer.Ordinal);
                while (await reader.ReadAsync(token))
                {
                    counts[reader.GetString(0)] = reader.GetInt64(1);
                }

                return counts;
            },
            cancellationToken
        );

    /// <summary>What is still to be fetched of an entity, leaving out what already failed in this run.</summary>
    public Task<IReadOnlyList<GapRow>> GapsToFetchAsync(
        string entity,
        DateTimeOffset runStartedAt,
        int most,
        CancellationToken cancellationToken
    ) =>
        statements.ReadAsync<IReadOnlyList<GapRow>>(
            "read-gaps",
            parameters =>
            {
                parameters.AddWithValue("entity", entity);
                parameters.AddWithValue("run_started", runStartedAt.ToUniversalTime());
                parameters.AddWithValue("most", most);
            },
            async (reader, token) =>
            {
                var gaps = new List<GapRow>();
                while (await reader.ReadAsync(token))
                {
                    gaps.Add(
                        new GapRow(
                            reader.GetString(0),
                            reader.GetString(1),
                            reader.Integer(2),
                            reader.Text(3),
                            reader.GetString(4),
                            reader.GetInt32(5)
                        )
                    );
                }

                return gaps;
            },
            cancellationToken
        );

    /// <summary>GitHub's ids, by number, of the pull requests and issues of these comments that are stored.</summary>
    public Task<IReadOnlyDictionary<int, long>> StoredParentsAsync(
        IReadOnlyCollection<CommentRow> comments,
        CancellationToken cancellationToken
    ) =>
        statements.ReadAsync<IReadOnlyDictionary<int, long>>(
            "read-stored-parents",
            parameters =>
            {
                parameters.AddWithValue("pull_numbers", Numbers(comments, ofIssues: false));
                parameters.AddWithValue("issue_numbers", Numbers(comments, ofIssues: true));
            },
            async (reader, token) =>
            {
                var stored = new Dictionary<int, long>();
                while (await reader.ReadAsync(token))
                {
                    stored[reader.GetInt32(0)] = reader.GetInt64(1);
                }

                return stored;
            },
            cancellationToken
        );

    /// <summary>Held comments whose parent is stored by now.</summary>
    public Task<IReadOnlyList<CommentRow>> HeldCommentsAsync(int most, CancellationToken cancellationToken) =>
        statements.ReadAsync<IReadOnlyList<CommentRow>>(
            "read-held-comments",
            parameters => parameters.AddWithValue("most", most),
            async (reader, token) =>
            {
                var held = new List<CommentRow>();
                while (await reader.ReadAsync(token))
                {
                    var comment = JsonSerializer.Deserialize<CommentRow>(reader.GetString(0))!;
                    held.Add(comment with { Parent = comment.Parent with { GitHubId = reader.GetInt64(1) } });
                }

                return held;
            },
            cancellationToken
        );

    /// <summary>What is missing now, the first hundred, and how many there are.</summary>
    /// <param name="reachedBeginning">True when the window of pull requests reaches the beginning.</param>
    public Task<(IReadOnlyList<SyncGap> Gaps, long Total)> OpenGapsAsync(
        bool reachedBeginning,
        CancellationToken cancellationToken
    ) =>
        statements.ReadAsync<(IReadOnlyList<SyncGap>, long)>(
            "open-gaps",
            parameters => parameters.AddWithValue("reached_beginning", reachedBeginning),
            async (reader, token) =>
            {
                var gaps = new List<SyncGap>();
                var total = 0L;
                while (await reader.ReadAsync(token))
                {
                    var number = reader.Integer(2);
                    gaps.Add(
                        new SyncGap(
                            reader.GetString(0),
                            number is null ? null : FormattableString.Invariant($"#{number}"),
                            reader.GetString(3),
                            reader.GetInt32(4)
                        )
                    );
                    total = reader.GetInt64(5);
                }

                return (gaps, total);
            },
            cancellationToken
        );

    /// <summary>Marks a gap as tried in vain.</summary>
    public Task FailGapAsync(GapRow gap, string cause, Guid runId, CancellationToken cancellationToken) =>
        statements.ExecuteAsync(
            "fail-gap",
            parameters =>
            {
                parameters.AddWithValue("entity", gap.Entity);
                parameters.AddWithValue("parent", gap.Parent);
                parameters.AddWithValue("cause", cause);
                parameters.AddWithValue("run_id", runId);
            },
            cancellationToken
        );

    /// <summary>
    /// Compares how many children each parent has stored with GitHub's count. Those of parents with fewer become gaps, where they
    /// are none yet.
    /// </summary>
    /// <param name="since">Only parents that were read at or after; null is all.</param>
    public async Task<ChildComparison> CompareChildrenAsync(
        Guid runId,
        DateTimeOffset? since,
        CancellationToken cancellationToken
    )
    {
        var differing = await statements.RowsAsync(
            "compare-children",
            parameters =>
            {
                parameters.AddWithValue("since", (since ?? DateTimeOffset.UnixEpoch).ToUniversalTime());
                parameters.AddWithValue("run_id", runId);
            },
            reader =>
                (
                    Parent: new GapRow(reader.GetString(0), reader.GetString(1), reader.GetInt32(2), null, "surplus"),
                    IsShort: reader.GetBoolean(3)
                ),
            cancellationToken
        );
        return new ChildComparison(
            differing.Count(row => row.IsShort),
            [.. differing.Where(row => !row.IsShort).Select(row => row.Parent)]
        );
    }

    /// <summary>How many children the parents that were read have, by GitHub's count and stored.</summary>
    public Task<ChildTotals> CountChildrenAsync(CancellationToken cancellationToken) =>
        statements.ReadAsync(
            "count-children",
            _ => { },
            async (reader, token) =>
            {
                await reader.ReadAsync(token);
                return new ChildTotals(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3));
            },
            cancellationToken
        );

    /// <summary>Notes the stored pull requests whose review comments are to be fetched.</summary>
    /// <param name="since">Only those updated at or after; null is all.</param>
    public Task MissReviewThreadsAsync(Guid runId, DateTimeOffset? since, CancellationToken cancellationToken) =>
        statements.ExecuteAsync(
            "miss-review-threads",
            parameters =>
            {
                parameters.AddWithValue("since", (since ?? DateTimeOffset.UnixEpoch).ToUniversalTime());
                parameters.AddWithValue("run_id", runId);
            },
            cancellationToken
        );

    /// <summary>Forgets what is still to be fetched of review comments with their pull requests.</summary>
    public Task CloseReviewThreadsAsync(CancellationToken cancellationToken) =>
        statements.ExecuteAsync("close-review-threads", _ => { }, cancellationToken);

    /// <summary>Links replies whose parent was stored after them.</summary>
    public async Task LinkMissedParentsAsync(CancellationToken cancellationToken)
    {
        if ((await database.CatalogueAsync(cancellationToken)).HasColumn("comments", "in_reply_to_id"))
        {
            await statements.ExecuteAsync("link-missed-parents", _ => { }, cancellationToken);
        }
    }

    /// <summary>Gives items that were stored without their comments, and got these later, their number of comments.</summary>
    public async Task CompleteCommentCountsAsync(CancellationToken cancellationToken)
    {
        var catalogue = await database.CatalogueAsync(cancellationToken);
        if (catalogue.HasColumn("issues", "comments_count"))
        {
            await statements.ExecuteAsync("complete-issue-counts", _ => { }, cancellationToken);
        }

        if (catalogue.HasColumn("discussions", "comment_count"))
        {
            await statements.ExecuteAsync("complete-discussion-counts", _ => { }, cancellationToken);
        }
    }

    private static int[] Numbers(IEnumerable<CommentRow> comments, bool ofIssues) =>
        [
            .. comments
                .Where(comment => comment.Parent.IsIssue == ofIssues)
                .Select(comment => comment.Parent.Number)
                .Distinct(),
        ];
}
