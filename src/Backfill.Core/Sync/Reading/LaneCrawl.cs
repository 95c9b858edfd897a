using Backfill.Core.GitHub;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Reading;

/// <summary>
/// Reads one lane into its window: forward from the newest cursor, then back from the oldest cursor until the window covers
/// the requested time. Where reading back took long, it reads forward again for items that were updated meanwhile. A run with
/// several accounts reads a long lane from both ends. Each page is stored together with the window behind it.
/// </summary>
internal sealed class LaneCrawl<T>
    where T : class, IUpdatedNode
{
    // GitHub's index trails its database. An item that changed in the last minutes may still appear before the last cursor.
    private static readonly TimeSpan IndexDelay = TimeSpan.FromMinutes(5);

    // Where fewer pages are missing, two ends would read much of them twice.
    private const int FewPages = 4;

    private readonly Lane<T> lane;
    private readonly SyncContext run;
    private readonly int? total;
    private readonly long? missing;
    private readonly PageSize size;
    private readonly LaneReader<T> reader;
    private volatile LaneWindow window;
    private volatile bool hasMet;
    private DateTimeOffset? firstReceivedAt;
    private DateTimeOffset? lastReceivedAt;

    /// <param name="window">The stored window of the lane.</param>
    /// <param name="total">The number of items of the whole lane, by the probe.</param>
    public LaneCrawl(Lane<T> lane, SyncContext run, LaneWindow window, int? total)
    {
        (this.lane, this.run, this.window, this.total) = (lane, run, window, total);
        missing = total - (window.IsKnown ? run.Progress.CountOf(lane.Kind).Stored : 0);
        size = new PageSize(window.PageSize ?? lane.FirstPageSize);
        reader = new LaneReader<T>(lane, run, size, total, lane.SmallFirstPage(window, run.Since, missing));
    }

    /// <summary>Reads the items that the window lacks.</summary>
    /// <param name="moved">False when the probe found no item behind the newest cursor.</param>
    public async Task RunAsync(bool moved, CancellationToken cancellationToken)
    {
        var known = window.IsKnown;
        if (!known && run.Since is null)
        {
            window = window with { ReachedBeginning = true };
        }

        if (
            run.HasSeveralAccounts
            && missing >= FewPages * lane.FirstPageSize
            && (window.ReachedBeginning ? moved : run.Since is null)
        )
        {
            await BothEndsAsync(cancellationToken);
            return;
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

    // Reads forward from the newest cursor, and at the same time back from the end of the lane, until both meet. A window that
    // does not reach the beginning becomes the part ahead of a window that begins there. An item that was updated meanwhile is
    // behind the end of the lane by now, so the run reads forward once more.
    private async Task BothEndsAsync(CancellationToken cancellationToken)
    {
        if (!window.ReachedBeginning)
        {
            window = new LaneWindow(lane.Kind, ReachedBeginning: true).WithAhead(window);
        }

        var back = new LaneReader<T>(lane, run, new PageSize(size.Items), total, smallFirstPage: null);
        await SideBySide.RunAsync(
            [
                token =>
                    OneEndAsync(
                        reader.ForwardAsync(
                            window.NewestCursor ?? window.OldestCursor,
                            () => hasMet ? DateTimeOffset.MinValue : window.AheadOldestAt,
                            token
                        ),
                        AdvanceToAhead,
                        token
                    ),
                token =>
                    OneEndAsync(
                        back.BackAsync(
                            window.AheadOldestCursor,
                            () => hasMet ? DateTimeOffset.MaxValue : window.NewestAt,
                            token
                        ),
                        ExtendAhead,
                        token
                    ),
            ],
            cancellationToken
        );
        await ForwardAsync(cancellationToken);
    }

    // Stores the pages of one end. No page is fetched ahead, because the other ends use the accounts meanwhile, and so an end
    // knows how far the other end is before it asks for a page. Where GitHub refuses its cursor, the other end reads the rest.
    private async Task OneEndAsync(
        IAsyncEnumerable<LaneRead<T>> pages,
        Func<LaneWindow, LaneRead<T>, LaneWindow> advance,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await foreach (var page in pages)
            {
                await StoreAsync(page, advance, cancellationToken);
            }
        }
        catch (StaleCursorException stale)
        {
            run.Progress.Say($"{stale.Message} The run reads {lane.Name} from the other end.");
        }
    }

    // Reads everything behind the newest cursor. A window whose items are all too new for a newest cursor begins at its oldest.
    // Where there is a part ahead, the run reads as far as that part, and then everything behind it.
    private async Task ForwardAsync(CancellationToken cancellationToken)
    {
        do
        {
            hasMet = false;
            try
            {
                await foreach (
                    var page in ReadAhead.OneAheadAsync(
                        token =>
                            reader.ForwardAsync(
                                window.NewestCursor ?? window.OldestCursor,
                                () => window.AheadOldestAt,
                                token
                            ),
                        cancellationToken
                    )
                )
                {
                    await StoreAsync(page, AdvanceToAhead, cancellationToken);
                }
            }
            catch (StaleCursorException)
            {
                await RejoinAsync(cancellationToken);
            }
        } while (hasMet);
    }

    // Reads back from the oldest cursor, or from the newest item where nothing was read yet.
    private async Task BackAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (
                var page in ReadAhead.OneAheadAsync(
                    token => reader.BackAsync(window.OldestCursor, () => run.Since, token),
                    cancellationToken
                )
            )
            {
                await StoreAsync(page, Extend, cancellationToken);
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
            var page in ReadAhead.OneAheadAsync(token => reader.BackAsync(null, () => known, token), cancellationToken)
        )
        {
            await StoreAsync(page, null, cancellationToken);
            rejoined = rejoined.NewestCursor is null ? Advance(rejoined, page) : rejoined;
        }

        window = rejoined.WithAhead(new LaneWindow(lane.Kind));
        await run.StoreAsync(new PageRows { Window = window }, cancellationToken);
    }

    private Task StoreAsync(
        LaneRead<T> page,
        Func<LaneWindow, LaneRead<T>, LaneWindow>? advance,
        CancellationToken cancellationToken
    ) => run.Plan.InTurnAsync(() => StoreInTurnAsync(page, advance, cancellationToken), cancellationToken);

    private async Task StoreInTurnAsync(
        LaneRead<T> page,
        Func<LaneWindow, LaneRead<T>, LaneWindow>? advance,
        CancellationToken cancellationToken
    )
    {
        // Both ends have met, so everything in this page is stored.
        if (hasMet)
        {
            return;
        }

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

        var advanced = advance?.Invoke(window, page);
        rows.Window = advanced;
        await run.StoreAsync(rows, cancellationToken);
        // Only now, because the other end must not store the window of a page that was not stored.
        hasMet = window.AheadOldestCursor is not null && advanced is { AheadOldestCursor: null };
        window = advanced ?? window;
        run.Progress.SetTotal(lane.Kind, page.TotalCount);
    }

    private LaneWindow Extend(LaneWindow stored, LaneRead<T> page)
    {
        var first = page.Edges.Count == 0 ? null : page.Edges[0];
        var extended = stored with
        {
            OldestCursor = first?.Cursor ?? stored.OldestCursor,
            OldestAt = first?.UpdatedAt ?? stored.OldestAt,
            ReachedBeginning = page.IsLast,
        };
        return Advance(extended, page);
    }

    // A page that was read forward closes the distance when it passes the oldest item of the part ahead.
    private LaneWindow AdvanceToAhead(LaneWindow stored, LaneRead<T> page)
    {
        var advanced = Advance(stored, page);
        return page.IsLast || page.Passes(stored.AheadOldestAt) ? advanced.JoinedWithAhead() : advanced;
    }

    // A page that was read back closes the distance when it passes the newest item of the window.
    private LaneWindow ExtendAhead(LaneWindow stored, LaneRead<T> page)
    {
        var extended = stored.WithAhead(Extend(stored.Ahead(), page));
        return page.IsLast || page.Passes(stored.NewestAt) ? extended.JoinedWithAhead() : extended;
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
