using System.Globalization;
using System.Text.Json;
using Backfill.Core.GitHub;

namespace Backfill.Core.Sync;

/// <summary>
/// Fetches what the pages could not hold: the further children of a pull request, issue, discussion or comment, many parents
/// in one query. A page of children and what is still missing of them are stored together; what cannot be read stays in
/// <c>backfill.sync_gap</c> with its reason, and the run goes on.
/// </summary>
internal sealed class OverflowDrain(SyncContext run, SyncTables tables)
{
    private const int MostParents = 20;

    private static readonly Kind[] Kinds =
    [
        new(Entities.Reviews, "overflow-reviews", "reviews"),
        new(Entities.IssueComments, "overflow-comments", "comments"),
        new(Entities.DiscussionComments, "overflow-discussion-comments", "comments"),
        new(Entities.DiscussionReplies, "overflow-replies", "replies"),
    ];

    /// <summary>Fetches until nothing is left but what failed in this run.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var kind in Kinds)
        {
            await DrainAsync(kind, cancellationToken);
        }

        await LaneItemsAsync(LaneDefinitions.PullRequests, cancellationToken);
        await LaneItemsAsync(LaneDefinitions.Issues, cancellationToken);
        await LaneItemsAsync(LaneDefinitions.Discussions, cancellationToken);
        await ReviewCommentsAsync(cancellationToken);
    }

    private async Task DrainAsync(Kind kind, CancellationToken cancellationToken)
    {
        var most = MostParents;
        while (true)
        {
            var gaps = await tables.GapsToFetchAsync(kind.Entity, run.StartedAt, most, cancellationToken);
            if (gaps.Count == 0)
            {
                return;
            }

            try
            {
                await FetchAsync(kind, gaps, cancellationToken);
            }
            catch (PageTooHeavyException heavy)
            {
                if (gaps.Count > 1)
                {
                    most = gaps.Count / 2;
                }
                else
                {
                    await tables.FailGapAsync(gaps[0], heavy.Message, run.RunId, cancellationToken);
                }
            }
            catch (StaleCursorException) when (gaps.Any(gap => gap.Cursor is not null))
            {
                await StoreAsync(gaps.Select(gap => gap with { Cursor = null }), cancellationToken);
            }
        }
    }

    private async Task FetchAsync(Kind kind, IReadOnlyList<GapRow> gaps, CancellationToken cancellationToken)
    {
        var variables = new Dictionary<string, object?>(StringComparer.Ordinal);
        for (var at = 0; at < gaps.Count; at++)
        {
            var number = at.ToString(CultureInfo.InvariantCulture);
            variables["id" + number] = gaps[at].Parent;
            variables["after" + number] = gaps[at].Cursor;
        }

        var answer = await run.GraphQL.QueryAsync(
            GraphQLText.ReadForNodes(kind.Query, gaps.Count),
            variables,
            cancellationToken
        );
        var page = new PageRows();
        for (var at = 0; at < gaps.Count; at++)
        {
            var alias = string.Create(CultureInfo.InvariantCulture, $"n{at}");
            if (
                answer.Data.TryGetProperty(alias, out var node)
                && node.ValueKind == JsonValueKind.Object
                && node.TryGetProperty(kind.Connection, out var connection)
                && connection.ValueKind == JsonValueKind.Object
            )
            {
                Add(page, kind, gaps[at], node, connection);
            }
            else
            {
                var error = answer.Errors.FirstOrDefault(error => error.Path.Split('.')[0] == alias);
                await tables.FailGapAsync(
                    gaps[at],
                    error is null ? "GitHub sent nothing for its parent" : $"{error.Type}: {error.Message}",
                    run.RunId,
                    cancellationToken
                );
            }
        }

        await run.StoreAsync(page, cancellationToken);
    }

    private static void Add(PageRows page, Kind kind, GapRow gap, JsonElement node, JsonElement connection)
    {
        switch (kind.Entity)
        {
            case Entities.Reviews:
                var reviews = Read<ReviewNode>(connection);
                page.AddReviews(node.GetProperty("number").GetInt32(), reviews.Nodes);
                page.Children(kind.Entity, gap.Parent, gap.Number, reviews);
                break;
            case Entities.IssueComments:
                var comments = Read<CommentNode>(connection);
                var number = node.GetProperty("number").GetInt32();
                var ofPull = node.GetProperty("__typename").GetString() == "PullRequest";
                page.AddComments(ofPull ? number : null, ofPull ? null : number, comments.Nodes);
                page.Children(kind.Entity, gap.Parent, gap.Number, comments);
                break;
            case Entities.DiscussionComments:
                var discussionComments = Read<DiscussionCommentNode>(connection);
                page.AddDiscussionComments(
                    gap.Parent,
                    node.GetProperty("number").GetInt32(),
                    parent: null,
                    discussionComments.Nodes
                );
                page.Children(kind.Entity, gap.Parent, gap.Number, discussionComments);
                break;
            default:
                var replies = Read<DiscussionCommentNode>(connection);
                var discussion = node.GetProperty("discussion").Deserialize<DiscussionReference>(JsonText.Options)!;
                page.AddDiscussionComments(discussion.Id, discussion.Number, gap.Parent, replies.Nodes);
                page.Children(kind.Entity, gap.Parent, gap.Number, replies);
                break;
        }
    }

    // Single items that came without content: asked for by their place among their neighbours.
    private async Task LaneItemsAsync<T>(Lane<T> lane, CancellationToken cancellationToken)
        where T : class, IUpdatedNode
    {
        while (true)
        {
            var gaps = await tables.GapsToFetchAsync(lane.Entity, run.StartedAt, 1, cancellationToken);
            if (gaps.Count == 0)
            {
                return;
            }

            var gap = gaps[0];
            var place = gap.Cursor is null ? null : LanePlace.Parse(gap.Cursor);
            var node = place is null ? null : await LaneItemAsync(lane, place, cancellationToken);
            if (node is null)
            {
                await tables.FailGapAsync(gap, gap.Cause, run.RunId, cancellationToken);
                continue;
            }

            var page = new PageRows();
            lane.Add(page, node);
            page.ClosedGaps.Add((gap.Entity, gap.Parent));
            await run.StoreAsync(page, cancellationToken);
        }
    }

    private async Task<T?> LaneItemAsync<T>(Lane<T> lane, LanePlace place, CancellationToken cancellationToken)
        where T : class, IUpdatedNode
    {
        try
        {
            var answer = await run.AskAsync(
                lane.Query,
                new Dictionary<string, object?>(StringComparer.Ordinal)
                {
                    [place.Back ? "last" : "first"] = 1,
                    [place.Back ? "before" : "after"] = place.Cursor,
                },
                cancellationToken
            );
            var page = answer
                .Data.GetProperty("repository")
                .GetProperty("page")
                .Deserialize<LanePage<T>>(JsonText.Options);
            return page?.Edges is [{ } edge, ..] ? edge.Node : null;
        }
        catch (Exception unreadable) when (unreadable is PageTooHeavyException or StaleCursorException)
        {
            run.Progress.Say($"{lane.Name}: one item is still not to be had: {unreadable.Message}");
            return null;
        }
    }

    // Review comments that were listed before their pull request was stored.
    private async Task ReviewCommentsAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var gaps = await tables.GapsToFetchAsync(Entities.ReviewComments, run.StartedAt, 1, cancellationToken);
            if (gaps.Count == 0)
            {
                return;
            }

            var id = long.Parse(gaps[0].Parent, CultureInfo.InvariantCulture);
            var comment = await run.Rest.ReviewCommentAsync(run.Name, id, cancellationToken);
            var page = new PageRows();
            // Deleted meanwhile: nothing is missing any more.
            page.ClosedGaps.Add((gaps[0].Entity, gaps[0].Parent));
            if (comment is not null)
            {
                page.Add(comment);
            }

            await run.StoreAsync(page, cancellationToken);
            // Still a gap only where the table could not hold it.
            await tables.FailGapAsync(gaps[0], gaps[0].Cause, run.RunId, cancellationToken);
        }
    }

    private Task StoreAsync(IEnumerable<GapRow> gaps, CancellationToken cancellationToken)
    {
        var page = new PageRows();
        foreach (var gap in gaps)
        {
            page.Miss(gap.Entity, gap.Parent, gap.Number, gap.Cursor, gap.Cause);
        }

        return run.StoreAsync(page, cancellationToken);
    }

    private static Connection<T> Read<T>(JsonElement connection) =>
        connection.Deserialize<Connection<T>>(JsonText.Options)!;

    private sealed record Kind(string Entity, string Query, string Connection);
}
