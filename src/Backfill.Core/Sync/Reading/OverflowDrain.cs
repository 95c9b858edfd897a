using System.Globalization;
using System.Text.Json;
using Backfill.Core.GitHub;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Reading;

/// <summary>
/// Fetches the overflow: children of a pull request, issue, discussion or comment that did not fit into the page of their
/// parent. One query reads children of many parents. Children and the gaps that remain are stored together. Children that
/// cannot be read stay in <c>backfill.sync_gap</c> with the reason, and the run goes on.
/// </summary>
internal sealed class OverflowDrain(SyncContext run, SyncTables tables)
{
    private const int MostParents = 20;

    // A repair reads the lists of many items, and most lists are short. A hundred lists cost one point. Nested lists cost by
    // their children, so fewer of them fit.
    private const int MostRepairedParents = 100;
    private const int MostRepairedNests = 50;

    // GitHub's limit for one list.
    private const int MostOfOneParent = 100;

    // Replies are nested in these comments. With fewer comments per page, twenty parents cost as much as with other kinds.
    private static readonly Children[] OfDiscussions =
    [
        new(
            EntityKind.DiscussionComments,
            "overflow-discussion-comments",
            "comments",
            MostChildren: 50,
            AddDiscussionComments
        ),
        new(EntityKind.DiscussionReplies, "overflow-replies", "replies", MostChildren: 100, AddReplies),
    ];

    // Each row is read from left to right, because fetching the first kind finds more of the second. The rows are read at the
    // same time: while a page of one row is stored, a page of another row is fetched.
    private static readonly Children[][] Rows =
    [
        [new(EntityKind.Reviews, "overflow-reviews", "reviews", MostChildren: 100, AddReviews)],
        [new(EntityKind.IssueComments, "overflow-comments", "comments", MostChildren: 100, AddIssueComments)],
        OfDiscussions,
        [
            // Comments are nested in threads, so a page has few threads. While REST lists review comments, a gap of these kinds is
            // a repair's, or is left from a run in which they were nested.
            new(
                EntityKind.ReviewThreads,
                "overflow-review-threads",
                "reviewThreads",
                MostChildren: 20,
                AddReviewThreads
            ),
            new(
                EntityKind.ThreadComments,
                "overflow-thread-comments",
                "comments",
                MostChildren: 100,
                AddThreadComments
            ),
        ],
    ];

    /// <summary>Fetches until only gaps are left that failed in this run.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var nested = run.Plan.NestsReviewComments;
        await new MissingItems<PullRequestNode>(Lanes.PullRequests, run, tables).RunAsync(cancellationToken);
        await new MissingItems<IssueNode>(Lanes.Issues, run, tables).RunAsync(cancellationToken);
        await new MissingItems<DiscussionNode>(Lanes.Discussions, run, tables).RunAsync(cancellationToken);
        await SideBySide.RunAsync(
            Rows.Select<Children[], Func<CancellationToken, Task>>(row => token => DrainAsync(row, token)),
            cancellationToken
        );

        if (run.Includes(SyncContent.Comments) && !nested)
        {
            await FetchReviewCommentsAsync(cancellationToken);
        }
    }

    /// <summary>Fetches the overflow of discussions, which only their lane adds to.</summary>
    public Task RunDiscussionsAsync(CancellationToken cancellationToken) =>
        DrainAsync(OfDiscussions, cancellationToken);

    /// <summary>Reads all children of one parent again.</summary>
    /// <returns>The numeric ids of the children; null where GitHub does not send all of them.</returns>
    public async Task<IReadOnlyCollection<long>?> ListAsync(GapRow parent, CancellationToken cancellationToken)
    {
        var kind = Rows.SelectMany(row => row).First(kind => kind.Entity == parent.Entity);
        var above = parent.Entity == EntityKind.DiscussionReplies ? parent.Parent : null;
        var listed = new HashSet<long>();
        try
        {
            for (var at = parent with { Cursor = null }; ; )
            {
                var (response, page) = (
                    await QueryAsync(kind, [at], kind.MostChildren, cancellationToken),
                    new PageRows()
                );
                if (!TryAdd(page, kind, at, response, "n0"))
                {
                    return null;
                }

                listed.UnionWith(page.Reviews.Keys);
                listed.UnionWith(page.Comments.Values.Select(row => row.GitHubId));
                // A page of comments also has the first replies of each comment. Only children of this parent count.
                listed.UnionWith(
                    page.DiscussionComments.Values.Where(row => row.ParentId == above).Select(row => row.GitHubId)
                );
                var more = page.Gaps.Remove((kind.Entity, parent.Parent), out var next);
                await run.StorePartAsync(page, cancellationToken);
                if (!more)
                {
                    return listed;
                }

                if (next!.Cursor is null || next.Cursor == at.Cursor)
                {
                    return null;
                }

                at = next;
            }
        }
        catch (Exception refused) when (refused is PageTooHeavyException or StaleCursorException)
        {
            run.Progress.Say($"#{parent.Number}: GitHub cannot list {parent.Entity} of this item: {refused.Message}");
            return null;
        }
    }

    private async Task DrainAsync(Children[] row, CancellationToken cancellationToken)
    {
        foreach (var kind in row.Where(kind => run.Includes(kind.Entity.Content)))
        {
            await DrainAsync(kind, cancellationToken);
        }
    }

    private async Task DrainAsync(Children kind, CancellationToken cancellationToken)
    {
        var (most, children) = (kind.IsNested ? MostRepairedNests : MostRepairedParents, kind.MostChildren);
        while (true)
        {
            var open = await tables.GapsToFetchAsync(kind.Entity, run.StartedAt, most, cancellationToken);
            if (open.Count == 0)
            {
                return;
            }

            GapRow[] altered = [.. open.Where(gap => gap.Cause == GapRow.Altered)];
            GapRow[] gaps = altered.Length > 0 ? altered : [.. open.Take(MostParents)];

            try
            {
                await FetchAsync(kind, gaps, ChildrenPerPage(kind, gaps, children), cancellationToken);
                children = kind.MostChildren;
            }
            catch (PageTooHeavyException) when (gaps.Length > 1)
            {
                most = gaps.Length / 2;
            }
            catch (PageTooHeavyException) when (children > 1)
            {
                children = Math.Max(1, children / 4);
            }
            catch (PageTooHeavyException heavy)
            {
                await tables.FailGapAsync(gaps[0], heavy.Message, run.RunId, cancellationToken);
                children = kind.MostChildren;
            }
            catch (StaleCursorException) when (gaps.Any(gap => gap.Cursor is not null))
            {
                await StoreAsync(gaps.Select(gap => gap with { Cursor = null }), cancellationToken);
            }
        }
    }

    // A list with nested lists costs by its children, so a request for few such lists asks for more children of each.
    private static int ChildrenPerPage(Children kind, GapRow[] gaps, int children) =>
        children == kind.MostChildren && gaps[0].Cause == GapRow.Altered && kind.IsNested
            ? Math.Min(MostOfOneParent, children * MostParents / gaps.Length)
            : children;

    private async Task FetchAsync(Children kind, GapRow[] gaps, int children, CancellationToken cancellationToken)
    {
        var response = await QueryAsync(kind, gaps, children, cancellationToken);
        var page = new PageRows();
        for (var at = 0; at < gaps.Length; at++)
        {
            var alias = string.Create(CultureInfo.InvariantCulture, $"n{at}");
            var cause = "GitHub says that more items follow, but does not send them";
            if (TryAdd(page, kind, gaps[at], response, alias))
            {
                // A next page that begins at the same cursor as this page would be read forever.
                var key = (kind.Entity, gaps[at].Parent);
                if (
                    !page.Gaps.TryGetValue(key, out var next)
                    || (next.Cursor is not null && next.Cursor != gaps[at].Cursor)
                )
                {
                    continue;
                }

                page.Gaps.Remove(key);
                cause = next.Cause == GapRow.Overflow ? cause : next.Cause;
            }
            else
            {
                var error = response.Errors.FirstOrDefault(error => error.Path.Split('.')[0] == alias);
                cause = error is null ? "GitHub sent nothing for its parent" : $"{error.Type}: {error.Message}";
            }

            await tables.FailGapAsync(gaps[at], cause, run.RunId, cancellationToken);
        }

        await run.StoreAsync(page, cancellationToken);
    }

    private Task<GraphQLResponse> QueryAsync(
        Children kind,
        GapRow[] gaps,
        int children,
        CancellationToken cancellationToken
    )
    {
        var variables = new Dictionary<string, object?>(StringComparer.Ordinal) { ["first"] = children };
        for (var at = 0; at < gaps.Length; at++)
        {
            var number = at.ToString(CultureInfo.InvariantCulture);
            variables["id" + number] = gaps[at].Parent;
            variables["after" + number] = gaps[at].Cursor;
        }

        return run.GraphQL.QueryAsync(
            GraphQLText.ReadForNodes(kind.Query, gaps.Length),
            variables,
            canShrink: true,
            cancellationToken
        );
    }

    private static bool TryAdd(PageRows page, Children kind, GapRow gap, GraphQLResponse response, string alias)
    {
        if (
            !response.Data.TryGetProperty(alias, out var node)
            || node.ValueKind != JsonValueKind.Object
            || !node.TryGetProperty(kind.Connection, out var connection)
            || connection.ValueKind != JsonValueKind.Object
        )
        {
            return false;
        }

        kind.Add(page, gap, node, connection);
        return true;
    }

    private static void AddReviews(PageRows page, GapRow gap, JsonElement pullRequest, JsonElement connection)
    {
        var reviews = Read<ReviewNode>(connection);
        page.AddReviews(Id(pullRequest), reviews.Nodes);
        page.RecordMissingChildren(gap.Entity, gap.Parent, gap.Number, reviews);
        page.RecordChildCounts(
            EntityKind.PullRequests,
            Number(pullRequest),
            gap.Parent,
            reviews.TotalCount,
            comments: null
        );
    }

    private static void AddIssueComments(PageRows page, GapRow gap, JsonElement item, JsonElement connection)
    {
        var comments = Read<CommentNode>(connection);
        var isIssue = item.GetProperty("__typename").GetString() != "PullRequest";
        page.AddComments(new ParentReference(Number(item), isIssue, Id(item)), comments.Nodes);
        page.RecordMissingChildren(gap.Entity, gap.Parent, gap.Number, comments);
        page.RecordChildCounts(
            isIssue ? EntityKind.Issues : EntityKind.PullRequests,
            Number(item),
            gap.Parent,
            reviews: null,
            comments.TotalCount
        );
    }

    private static void AddDiscussionComments(PageRows page, GapRow gap, JsonElement discussion, JsonElement connection)
    {
        var comments = Read<DiscussionCommentNode>(connection);
        page.AddDiscussionComments(gap.Parent, Number(discussion), parent: null, comments.Nodes);
        page.RecordMissingChildren(gap.Entity, gap.Parent, gap.Number, comments);
        page.RecordChildCounts(
            EntityKind.Discussions,
            Number(discussion),
            gap.Parent,
            reviews: null,
            comments.TotalCount
        );
    }

    private static void AddReplies(PageRows page, GapRow gap, JsonElement comment, JsonElement connection)
    {
        var replies = Read<DiscussionCommentNode>(connection);
        var discussion = comment.GetProperty("discussion").Deserialize<DiscussionReference>(JsonText.Options)!;
        page.AddDiscussionComments(discussion.Id, discussion.Number, gap.Parent, replies.Nodes);
        page.RecordMissingChildren(gap.Entity, gap.Parent, gap.Number, replies);
    }

    private static void AddReviewThreads(PageRows page, GapRow gap, JsonElement pullRequest, JsonElement connection) =>
        page.AddReviewThreads(gap.Parent, gap.Number, Id(pullRequest), Read<ReviewThreadNode>(connection));

    private static void AddThreadComments(PageRows page, GapRow gap, JsonElement thread, JsonElement connection)
    {
        var comments = Read<ReviewCommentNode>(connection);
        var pullRequest = thread.GetProperty("pullRequest");
        page.AddReviewComments(
            new ParentReference(Number(pullRequest), IsIssue: false, Id(pullRequest)),
            comments.Nodes
        );
        page.RecordMissingChildren(gap.Entity, gap.Parent, gap.Number, comments);
    }

    // Reads review comments again that the table could not hold when they were listed.
    private async Task FetchReviewCommentsAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var gaps = await tables.GapsToFetchAsync(EntityKind.ReviewComments, run.StartedAt, 1, cancellationToken);
            if (gaps.Count == 0)
            {
                return;
            }

            var id = long.Parse(gaps[0].Parent, CultureInfo.InvariantCulture);
            var comment = await run.Rest.ReviewCommentAsync(run.Name, id, cancellationToken);
            var page = new PageRows();
            // A comment that was deleted meanwhile is not missing any more, so the gap is closed in both cases.
            page.ClosedGaps.Add((gaps[0].Entity, gaps[0].Parent));
            if (comment is not null)
            {
                page.Add(comment);
                page.FindParents(await tables.StoredParentsAsync(page.Comments.Values, cancellationToken));
            }

            await run.StoreAsync(page, cancellationToken);
            // The gap still exists only where the table could not hold the comment.
            await tables.FailGapAsync(gaps[0], gaps[0].Cause, run.RunId, cancellationToken);
        }
    }

    private Task StoreAsync(IEnumerable<GapRow> gaps, CancellationToken cancellationToken)
    {
        var page = new PageRows();
        foreach (var gap in gaps)
        {
            page.RecordGap(gap.Entity, gap.Parent, gap.Number, gap.Cursor, gap.Cause);
        }

        return run.StoreAsync(page, cancellationToken);
    }

    private static long Id(JsonElement node) =>
        long.Parse(node.GetProperty("fullDatabaseId").GetString()!, CultureInfo.InvariantCulture);

    private static Connection<T> Read<T>(JsonElement connection) =>
        connection.Deserialize<Connection<T>>(JsonText.Options)!;

    private static int Number(JsonElement node) => node.GetProperty("number").GetInt32();

    // One kind of children: the query that fetches them, and the method that makes rows of a page.
    private sealed record Children(
        EntityKind Entity,
        string Query,
        string Connection,
        int MostChildren,
        Action<PageRows, GapRow, JsonElement, JsonElement> Add
    )
    {
        // Whether each child has children in the same response.
        public bool IsNested => MostChildren < MostOfOneParent;
    }
}
