using Backfill.Core.GitHub;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Reading;

/// <summary>
/// Reads one lane into its window: forward from the newest cursor, then back from the oldest cursor until the window covers
/// the requested time. Where reading back took long, it reads forward again for items that were updated meanwhile. Each page
/// is stored together with the window behind it.
/// </summary>
internal sealed class LaneCrawl<T>
    where T : class, IUpdatedNode
{
    // GitHub's index trails its database. An item that changed in the last minutes may still appear before the last cursor.
    private static readonly TimeSpan IndexDelay = TimeSpan.FromMinutes(5);

    private readonly Lane<T> lane;
    private readonly SyncContext run;
    private readonly PageSize size;
    private readonly LaneReader<T> reader;
    private LaneWindow window;
    private DateTimeOffset? firstReceivedAt;
    private DateTimeOffset? lastReceivedAt;

    public LaneCrawl(Lane<T> lane, SyncContext run, LaneWindow window)
    {
        (this.lane, this.run, this.window) = (lane, run, window);
        size = new PageSize(window.PageSize ?? lane.FirstPageSize);
        reader = new LaneReader<T>(lane, run, size);
    }

    /// <summary>Reads the items that the window lacks.</summary>
    /// <param name="moved">False when the probe found no item behind the newest cursor.</param>
    public async Task RunAsync(bool moved, CancellationToken cancellationToken)
    {
        var known = window.ReachedBeginning || window.NewestCursor is not null || window.OldestCursor is not null;
        if (!known && run.Since is null)
        {
            window = window with { ReachedBeginning = true };
        }

        if (known ? moved : window.ReachedBeginning)
        {
            await ForwardAsync(cancellationToken);
        }

        if (!window.Covers(run.Since))
        {
            await BackAsync(cancellationToken);
            // The newest cursor stays five minutes behind, so the next run reads items that changed in these minutes anyway.
            if (lastReceivedAt - firstReceivedAt > IndexDelay)
            {
                await ForwardAsync(cancellationToken);
            }
        }
    }

    // Reads everything behind the newest cursor. A window whose items are all too new for a newest cursor begins at its oldest.
    private async Task ForwardAsync(CancellationToken cancellationToken)
    {
        var after = window.NewestCursor ?? window.OldestCursor;
        try
        {
            await foreach (
                var page in ReadAhead.OneAheadAsync(token => reader.ForwardAsync(after, token), cancellationToken)
            )
            {
                await StoreAsync(page, Advance(window, page), cancellationToken);
            }
        }
        catch (StaleCursorException)
        {
            await RejoinAsync(cancellationToken);
        }
    }

    // Reads back from the oldest cursor, or from the newest item where nothing was read yet.
    private async Task BackAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (
                var page in ReadAhead.OneAheadAsync(
                    token => reader.BackAsync(window.OldestCursor, run.Since, token),
                    cancellationToken
                )
            )
            {
                await StoreAsync(page, Advance(Extend(window, page), page), cancellationToken);
            }
        }
        catch (StaleCursorException)
        {
            run.Progress.Say(
                $"GitHub refuses the stored cursor of {lane.Name}. The run reads back from the newest item."
            );
            window = window with { OldestCursor = null };
            await BackAsync(cancellationToken);
        }
    }

    // The window ends at NewestAt. Everything later is read again, newest first, and the window then ends at the newest item.
    private async Task RejoinAsync(CancellationToken cancellationToken)
    {
        run.Progress.Say(
            $"GitHub refuses the stored cursor of {lane.Name}. The run reads back to {window.NewestAt:u} instead."
        );
        var known = window.NewestAt;
        var rejoined = window with { NewestCursor = null };
        await foreach (
            var page in ReadAhead.OneAheadAsync(token => reader.BackAsync(null, known, token), cancellationToken)
        )
        {
            await StoreAsync(page, null, cancellationToken);
            rejoined = rejoined.NewestCursor is null ? Advance(rejoined, page) : rejoined;
        }

        window = rejoined;
        await run.StoreAsync(new PageRows { Window = window }, cancellationToken);
    }

    private Task StoreAsync(LaneRead<T> page, LaneWindow? advanced, CancellationToken cancellationToken) =>
        run.Plan.InTurnAsync(() => StoreInTurnAsync(page, advanced, cancellationToken), cancellationToken);

    private async Task StoreInTurnAsync(LaneRead<T> page, LaneWindow? advanced, CancellationToken cancellationToken)
    {
        firstReceivedAt ??= page.ReceivedAt;
        lastReceivedAt = page.ReceivedAt;
        var rows = new PageRows(run.Include, run.Plan.NestsReviewComments);
        for (var at = 0; at < page.Edges.Count; at++)
        {
            var edge = page.Edges[at];
            if (edge.Node is { } node)
            {
                lane.Add(rows, node);
            }
            else
            {
                rows.RecordGap(
                    lane.Kind,
                    edge.Item?.Id ?? edge.Cursor,
                    edge.Item?.Number,
                    page.Place(at).ToString(),
                    edge.Cause
                );
            }
        }

        if (page.IsCut)
        {
            var place = new LanePlace(page.Back, page.Asked).ToString();
            rows.RecordGap(lane.Kind, place, null, place, "GitHub says that more items follow, but does not send them");
        }

        if (advanced is not null)
        {
            window = advanced;
            rows.Window = window;
        }

        await run.StoreAsync(rows, cancellationToken);
        run.Progress.SetTotal(lane.Kind, page.TotalCount);
    }

    private static LaneWindow Extend(LaneWindow stored, LaneRead<T> page)
    {
        var first = page.Edges.Count == 0 ? null : page.Edges[0];
        return stored with
        {
            OldestCursor = first?.Cursor ?? stored.OldestCursor,
            OldestAt = first?.UpdatedAt ?? stored.OldestAt,
            ReachedBeginning = page.IsLast,
        };
    }

    private LaneWindow Advance(LaneWindow stored, LaneRead<T> page)
    {
        var settled = page.Edges.LastOrDefault(edge =>
            edge.Node is not null && edge.Node.UpdatedAt <= page.ReceivedAt - IndexDelay
        );
        var advanced = stored with { PageSize = size.Items };
        return settled is not null && (stored.NewestAt is null || settled.Node!.UpdatedAt >= stored.NewestAt)
            ? advanced with
            {
                NewestCursor = settled.Cursor,
                NewestAt = settled.Node!.UpdatedAt,
            }
            : advanced;
    }
}
