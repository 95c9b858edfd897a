using System.Text.Json;
using Backfill.Core.GitHub;
using Backfill.Core.Postgres;

namespace Backfill.Core.Sync;

/// <summary>
/// Reads one lane into its window: forward from the newest cursor, back from the oldest until the asked time is covered,
/// and forward once more for what moved meanwhile. Each page is stored with the cursor behind it.
/// </summary>
internal sealed class LaneCrawl<T>(Lane<T> lane, SyncContext run, LaneWindow window)
    where T : class, IUpdatedNode
{
    // GitHub's index trails its database: what changed in the last minutes may still turn up before the last cursor.
    private static readonly TimeSpan IndexDelay = TimeSpan.FromMinutes(5);

    private readonly PageSize size = new(window.PageSize ?? lane.FirstPageSize);

    /// <summary>How the window stands.</summary>
    public LaneWindow Window { get; private set; } = window;

    /// <summary>Reads what the window lacks.</summary>
    /// <param name="moved">False when the probe found nothing behind the newest cursor.</param>
    public async Task RunAsync(bool moved, CancellationToken cancellationToken)
    {
        var known = Window.ReachedBeginning || Window.NewestCursor is not null || Window.OldestCursor is not null;
        if (!known && run.Since is null)
        {
            Window = Window with { ReachedBeginning = true };
        }

        if (known ? moved : Window.ReachedBeginning)
        {
            await ForwardAsync(cancellationToken);
        }

        if (!Window.Covers(run.Since))
        {
            await BackAsync(cancellationToken);
            await ForwardAsync(cancellationToken);
        }
    }

    /// <summary>Reads everything behind the newest cursor.</summary>
    public async Task ForwardAsync(CancellationToken cancellationToken)
    {
        // A window whose newest items are all too young to hold a cursor goes forward from its oldest.
        for (var after = Window.NewestCursor ?? Window.OldestCursor; ; )
        {
            var page = await PageAsync(after, back: false, cancellationToken);
            if (page is null)
            {
                // The cursor is not valid any more: back from the newest item to where the window ended.
                await RejoinAsync(cancellationToken);
                return;
            }

            await StoreAsync(page, cancellationToken);
            if (!page.Value.PageInfo.HasNextPage || page.Value.PageInfo.EndCursor == after)
            {
                return;
            }

            after = page.Value.PageInfo.EndCursor;
        }
    }

    // Back from the oldest cursor, or from the newest item of all where nothing was read yet.
    private async Task BackAsync(CancellationToken cancellationToken)
    {
        while (!Window.Covers(run.Since))
        {
            var page = await PageAsync(Window.OldestCursor, back: true, cancellationToken);
            if (page is null)
            {
                Window = Window with { OldestCursor = null };
                continue;
            }

            var first = page.First;
            Window = Window with
            {
                OldestCursor = first?.Cursor ?? Window.OldestCursor,
                OldestAt = first?.Node?.UpdatedAt ?? Window.OldestAt,
                ReachedBeginning = !page.Value.PageInfo.HasPreviousPage || first is null,
            };
            await StoreAsync(page, cancellationToken);
        }
    }

    // What is known ends at NewestAt: everything later is read again, newest first, and the window goes on from there.
    private async Task RejoinAsync(CancellationToken cancellationToken)
    {
        run.Progress.Say(
            $"GitHub refuses the stored cursor of {lane.Name}: reading back to {Window.NewestAt:u} instead."
        );
        var known = Window.NewestAt;
        Window = Window with { NewestCursor = null };
        LaneWindow? rejoined = null;
        for (string? before = null; ; )
        {
            var page = await PageAsync(before, back: true, cancellationToken);
            if (page is null)
            {
                return;
            }

            var stored = Window;
            await StoreAsync(page, cancellationToken, advance: false);
            rejoined = rejoined?.NewestCursor is null ? Advance(stored, page) : rejoined;
            if (!page.Value.PageInfo.HasPreviousPage || page.First?.Node?.UpdatedAt < known || page.Edges.Count == 0)
            {
                break;
            }

            before = page.Value.PageInfo.StartCursor;
        }

        Window = rejoined;
        await run.StoreAsync(new PageRows { Window = Window }, cancellationToken);
    }

    private async Task StoreAsync(Page page, CancellationToken cancellationToken, bool advance = true)
    {
        var rows = new PageRows();
        for (var at = 0; at < page.Edges.Count; at++)
        {
            if (page.Edges[at].Node is { } node)
            {
                lane.Add(rows, node);
            }
            else
            {
                rows.Miss(
                    lane.Entity,
                    page.Edges[at].Cursor,
                    null,
                    Place(page, at).ToString(),
                    "GitHub sent nothing for it"
                );
            }
        }

        if (advance)
        {
            Window = Advance(Window, page);
            rows.Window = Window;
        }

        await run.StoreAsync(rows, cancellationToken);
        run.Progress.Total(lane.Entity, page.Value.TotalCount);
    }

    // Where to ask for this one item again: behind its neighbour, or before the other one at the page's far end.
    private static LanePlace Place(Page page, int at) =>
        at > 0 ? new LanePlace(Back: false, page.Edges[at - 1].Cursor)
        : !page.Back ? new LanePlace(Back: false, page.Asked)
        : new LanePlace(Back: true, page.Edges.Count > 1 ? page.Edges[1].Cursor : page.Asked);

    private LaneWindow Advance(LaneWindow stored, Page page)
    {
        var settled = page.Edges.LastOrDefault(edge =>
            edge.Node is not null && edge.Node.UpdatedAt <= page.AnsweredAt - IndexDelay
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

    // Null when GitHub refuses the cursor.
    private async Task<Page?> PageAsync(string? cursor, bool back, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var answer = await run.AskAsync(
                    lane.Query,
                    new Dictionary<string, object?>(StringComparer.Ordinal)
                    {
                        [back ? "last" : "first"] = size.Items,
                        [back ? "before" : "after"] = cursor,
                    },
                    cancellationToken
                );
                var repository = answer.Data.GetProperty("repository");
                var value =
                    repository.GetProperty("page").Deserialize<LanePage<T>>(JsonText.Options)
                    ?? throw new JsonException($"GitHub sent no page of {lane.Name}.");
                CheckIdentity(repository);
                size.Came(answer.Elapsed);
                return new Page(value, back, cursor, answer.ReceivedAt);
            }
            catch (PageTooHeavyException) when (size.TooHeavy())
            {
                run.Progress.Say($"{lane.Name}: a page was too heavy for GitHub, asking for {size.Items} items.");
            }
            catch (PageTooHeavyException heavy)
            {
                throw new BackfillException(
                    ErrorIds.GitHubUnavailable,
                    ErrorKind.Unavailable,
                    $"GitHub cannot compute a page of one item of {run.Name} ({lane.Name}): {heavy.Message}.",
                    "Start again later: the run goes on from its last committed page.",
                    run.Name.FullName,
                    heavy
                );
            }
            catch (StaleCursorException) when (cursor is not null)
            {
                return null;
            }
        }
    }

    // A name can come to belong to another repository while a run is at work.
    private void CheckIdentity(JsonElement repository)
    {
        if (
            repository.TryGetProperty("databaseId", out var id)
            && id.ValueKind == JsonValueKind.Number
            && id.GetInt64() != run.Repository.GitHubId
        )
        {
            throw RepositoryIdentity.Changed(run.Name.FullName, run.Repository.GitHubId, id.GetInt64());
        }
    }

    private sealed record Page(LanePage<T> Value, bool Back, string? Asked, DateTimeOffset AnsweredAt)
    {
        public IReadOnlyList<Edge<T>> Edges { get; } = [.. (Value.Edges ?? []).OfType<Edge<T>>()];

        public Edge<T>? First => Edges.Count == 0 ? null : Edges[0];
    }
}
