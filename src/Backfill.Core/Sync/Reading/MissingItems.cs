using System.Text.Json;
using Backfill.Core.GitHub;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Reading;

/// <summary>What is true of missing items whatever their lane.</summary>
internal static class MissingItems
{
    /// <summary>The most items that one query asks for.</summary>
    public const int PerQuery = 20;
}

/// <summary>
/// Fetches single items of a lane that a page came without, or that an audit found missing: by their node ids where these are
/// known, otherwise by their place among their neighbours.
/// </summary>
internal sealed class MissingItems<T>(Lane<T> lane, SyncContext run, SyncTables tables)
    where T : class, IUpdatedNode
{
    /// <summary>Fetches until nothing is left but what failed in this run.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (!run.Includes(lane.Kind.Content))
        {
            return;
        }

        var most = MissingItems.PerQuery;
        while (true)
        {
            var gaps = await tables.GapsToFetchAsync(lane.Kind, run.StartedAt, most, cancellationToken);
            if (gaps.Count == 0)
            {
                return;
            }

            // A gap without a node id stands at a place.
            if (gaps.FirstOrDefault(gap => gap.Number is null) is { } placed)
            {
                await ByPlaceAsync(placed, cancellationToken);
                continue;
            }

            try
            {
                await ByIdAsync(gaps, run.Include, cancellationToken);
            }
            catch (PageTooHeavyException) when (gaps.Count > 1)
            {
                most = gaps.Count / 2;
            }
            catch (PageTooHeavyException)
            {
                await AloneAsync(gaps[0], cancellationToken);
                most = MissingItems.PerQuery;
            }
        }
    }

    // Without its children, which become gaps of their own.
    private async Task AloneAsync(GapRow gap, CancellationToken cancellationToken)
    {
        try
        {
            await ByIdAsync([gap], SyncContent.None, cancellationToken);
        }
        catch (PageTooHeavyException heavy)
        {
            await tables.FailGapAsync(gap, $"GitHub cannot compute it: {heavy.Message}", run.RunId, cancellationToken);
        }
    }

    private async Task ByIdAsync(IReadOnlyList<GapRow> gaps, SyncContent children, CancellationToken cancellationToken)
    {
        // Few, and perhaps not under way in any list: with their comments, whatever the plan.
        var variables = lane.Children(children, nestsComments: true, run.Plan.NestsReviewComments);
        variables["ids"] = gaps.Select(gap => gap.Parent);
        var response = await run.GraphQL.QueryAsync(
            GraphQLText.Read(lane.Queries.Items),
            variables,
            canShrink: true,
            cancellationToken
        );
        var nodes = response.Data.GetProperty("nodes").Deserialize<List<T?>>(JsonText.Options)!;
        var page = new PageRows(run.Include, run.Plan.NestsReviewComments);
        for (var at = 0; at < gaps.Count; at++)
        {
            var error = response.Errors.FirstOrDefault(error =>
                error.Path == FormattableString.Invariant($"nodes.{at}")
            );
            var cause = error is null ? "GitHub sent nothing for it" : $"{error.Type}: {error.Message}";
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

    private async Task ByPlaceAsync(GapRow gap, CancellationToken cancellationToken)
    {
        var reader = new LaneReader<T>(lane, run, new PageSize(1));
        var node = gap.Cursor is null ? null : await reader.ItemAsync(LanePlace.Parse(gap.Cursor), cancellationToken);
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
