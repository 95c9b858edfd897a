using System.Text.Json;
using Backfill.Core.GitHub;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Reading;

/// <summary>What all lanes share for missing items.</summary>
internal static class MissingItems
{
    /// <summary>The most items that one query asks for.</summary>
    public const int PerQuery = 20;

    /// <summary>The most items that one query asks for without their children.</summary>
    public const int PerQueryAlone = 100;
}

/// <summary>
/// Fetches single items of a lane that were missing from a page, or that an audit found missing. It asks by the node id where
/// that is known, and otherwise by the place of the item between its neighbours.
/// </summary>
internal sealed class MissingItems<T>(Lane<T> lane, SyncContext run, SyncTables tables)
    where T : class, IUpdatedNode
{
    /// <summary>Fetches until only items are left that failed in this run.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (!run.Includes(lane.Kind.Content))
        {
            return;
        }

        var most = MissingItems.PerQueryAlone;
        while (true)
        {
            var gaps = await tables.GapsToFetchAsync(lane.Kind, run.StartedAt, most, cancellationToken);
            if (gaps.Count == 0)
            {
                return;
            }

            // A gap without a number has no node id, but a place.
            if (gaps.FirstOrDefault(gap => gap.Number is null) is { } placed)
            {
                await FetchByPlaceAsync(placed, cancellationToken);
                continue;
            }

            // An altered item is read without its children: those of them that were altered have gaps of their own.
            GapRow[] altered = [.. gaps.Where(gap => gap.Cause == GapRow.Altered)];
            GapRow[] asked = altered.Length > 0 ? altered : [.. gaps.Take(MissingItems.PerQuery)];
            try
            {
                await FetchByIdAsync(
                    asked,
                    altered.Length > 0 ? SyncContent.None : run.Include,
                    itemsOnly: altered.Length > 0,
                    cancellationToken
                );
            }
            catch (PageTooHeavyException) when (asked.Length > 1)
            {
                most = asked.Length / 2;
            }
            catch (PageTooHeavyException)
            {
                await FetchAloneAsync(asked[0], cancellationToken);
                most = MissingItems.PerQueryAlone;
            }
        }
    }

    // Fetches one item without its children, which become gaps of their own.
    private async Task FetchAloneAsync(GapRow gap, CancellationToken cancellationToken)
    {
        try
        {
            await FetchByIdAsync([gap], SyncContent.None, itemsOnly: false, cancellationToken);
        }
        catch (PageTooHeavyException heavy)
        {
            await tables.FailGapAsync(
                gap,
                $"GitHub cannot compute the item: {heavy.Message}",
                run.RunId,
                cancellationToken
            );
        }
    }

    private async Task FetchByIdAsync(
        GapRow[] gaps,
        SyncContent children,
        bool itemsOnly,
        CancellationToken cancellationToken
    )
    {
        // Comments are nested, whatever the plan, because REST's list may have passed them already. There are few such items.
        var variables = lane.ChildVariables(children, nestsComments: true, run.Plan.NestsReviewComments);
        variables["ids"] = gaps.Select(gap => gap.Parent);
        var response = await run.GraphQL.QueryAsync(
            GraphQLText.Read(lane.Queries.Items),
            variables,
            canShrink: true,
            cancellationToken
        );
        var nodes = response.Data.GetProperty("nodes").Deserialize<List<T?>>(JsonText.Options)!;
        var page = new PageRows(run.Include, run.Plan.NestsReviewComments, itemsOnly);
        for (var at = 0; at < gaps.Length; at++)
        {
            var error = response.Errors.FirstOrDefault(error =>
                error.Path == FormattableString.Invariant($"nodes.{at}")
            );
            var cause = error is null ? "GitHub sent nothing for the item" : $"{error.Type}: {error.Message}";
            if (nodes.ElementAtOrDefault(at) is { } node)
            {
                lane.Add(page, node);
                if (!page.Gaps.Remove((lane.Kind, gaps[at].Parent), out var still))
                {
                    continue;
                }

                cause = still.Cause;
            }

            await tables.FailGapAsync(gaps[at], cause, run.RunId, cancellationToken);
        }

        await run.StoreAsync(page, cancellationToken);
    }

    private async Task FetchByPlaceAsync(GapRow gap, CancellationToken cancellationToken)
    {
        var reader = new LaneReader<T>(lane, run, new PageSize(1), total: null, smallFirstPage: null);
        var node = gap.Cursor is null
            ? null
            : await reader.FetchItemAsync(LanePlace.Parse(gap.Cursor), cancellationToken);
        if (node is null)
        {
            await tables.FailGapAsync(gap, gap.Cause, run.RunId, cancellationToken);
            return;
        }

        var page = new PageRows(run.Include, run.Plan.NestsReviewComments);
        lane.Add(page, node);
        page.ClosedGaps.Add((gap.Entity, gap.Parent));
        await run.StoreAsync(page, cancellationToken);
    }
}
