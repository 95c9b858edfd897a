using System.Text.Json;
using Backfill.Core.GitHub;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Reading;

/// <summary>
/// Compares every stored item of a lane with GitHub, a hundred items per request. An item that is missing here, or older, becomes
/// a gap. An item that GitHub does not list any more is traced and becomes a tombstone. An audit goes on where an interrupted
/// one ended.
/// </summary>
internal sealed class Audit(SyncContext run, AuditTables tables, StoredWindows windows)
{
    private const int MostItems = 100;

    /// <summary>Audits one lane.</summary>
    public async Task RunAsync<T>(Lane<T> lane, CancellationToken cancellationToken)
        where T : class, IUpdatedNode
    {
        var known = windows.Audits.FirstOrDefault(audit => audit.Lane == lane.Kind);
        // An earlier slice of the same run has compared the lane.
        if (run.Progress.Slice is not null && known is { IsComplete: true } && known.BeganAt == run.StartedAt)
        {
            return;
        }

        var began = known is { Cursor: not null, IsComplete: false } interrupted
            ? interrupted
            : new AuditWindow(lane.Kind, run.StartedAt);
        var history = windows.Lane(lane.Kind);
        var from = history?.ReachedBeginning == true ? (DateTimeOffset?)null : history?.OldestAt ?? run.StartedAt;
        run.Progress.Say($"{lane.Name}: comparing every item with GitHub.");
        var withheld = 0;
        await foreach (
            var page in ReadAhead.OneAheadAsync(token => PagesAsync(lane, began.Cursor, token), cancellationToken)
        )
        {
            withheld += page.Withheld;
            await tables.StorePageAsync(lane.Kind, page.Nodes, from, run.RunId, cancellationToken);
            await run.StoreAsync(new PageRows { Window = began with { Cursor = page.EndCursor } }, cancellationToken);
        }

        await TraceAsync(lane.Kind, began.BeganAt, withheld, cancellationToken);
        await run.StoreAsync(new PageRows { Window = began with { IsComplete = true } }, cancellationToken);
    }

    private async IAsyncEnumerable<(IReadOnlyList<AuditNode> Nodes, int Withheld, string? EndCursor)> PagesAsync<T>(
        Lane<T> lane,
        string? after,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
        where T : class, IUpdatedNode
    {
        var size = new PageSize(MostItems);
        while (true)
        {
            var page = await PageAsync(lane, size, after, cancellationToken);
            yield return (
                [.. page.Nodes!.OfType<AuditNode>()],
                page.Nodes!.Count(node => node is null),
                page.PageInfo!.EndCursor
            );
            if (page.PageInfo is not { HasNextPage: true, EndCursor: { } next } || next == after)
            {
                yield break;
            }

            after = next;
        }
    }

    private async Task<Connection<AuditNode>> PageAsync<T>(
        Lane<T> lane,
        PageSize size,
        string? after,
        CancellationToken cancellationToken
    )
        where T : class, IUpdatedNode
    {
        while (true)
        {
            try
            {
                var response = await run.QueryAsync(
                    lane.Queries.Audit,
                    new Dictionary<string, object?>(StringComparer.Ordinal)
                    {
                        ["first"] = size.Items,
                        ["after"] = after,
                    },
                    cancellationToken
                );
                size.RecordResponse(response.Elapsed);
                var page = response
                    .Data.GetProperty("repository")
                    .GetProperty(lane.Connection)
                    .Deserialize<Connection<AuditNode>>(JsonText.Options);
                // Without this check, a response without a list of items would make every stored item a vanished one.
                return page is { Nodes: not null, PageInfo: not null }
                    ? page
                    : throw RepositoryReader.Withheld(run.Name, lane.Connection);
            }
            catch (PageTooHeavyException) when (size.TryShrink(size.Items))
            {
                run.Progress.Say($"{lane.Name}: comparing {size.Items} items at a time.");
            }
            catch (PageTooHeavyException heavy)
            {
                throw new BackfillException(
                    ErrorIds.GitHubUnavailable,
                    ErrorKind.Unavailable,
                    $"GitHub cannot list the numbers of {lane.Name} of {run.Name}: {heavy.Message}.",
                    "Start the sync again later with -Verify: the comparison goes on from its last page.",
                    run.Name.FullName
                );
            }
        }
    }

    private async Task TraceAsync(
        EntityKind lane,
        DateTimeOffset beganAt,
        int withheld,
        CancellationToken cancellationToken
    )
    {
        await tables.RemoveTombstonesAsync(lane, beganAt, cancellationToken);
        foreach (var (githubId, number) in await tables.VanishedItemsAsync(lane, beganAt, cancellationToken))
        {
            // REST has no discussions, so GitHub cannot be asked what happened to one.
            var (reason, movedTo) =
                lane == EntityKind.Discussions
                    ? ("gone", null)
                    : await run.Rest.TraceAsync(run.Name, number, cancellationToken);
            if (reason == "present")
            {
                run.Progress.Say($"#{number}: GitHub has the item, but does not list it.");
                continue;
            }

            // GitHub lists some existing items as null. While it does, an item that is only missing from the list does not count as gone.
            if (reason == "gone" && withheld > 0)
            {
                run.Progress.Say(
                    FormattableString.Invariant(
                        $"#{number}: GitHub does not list the item. GitHub also listed {withheld} items as null, so the item does not count as gone."
                    )
                );
                continue;
            }

            await tables.RecordTombstoneAsync(lane, githubId, number, reason, movedTo, cancellationToken);
            run.Progress.Say($"#{number}: {reason}{(movedTo is null ? "" : $" to {movedTo}")}.");
        }
    }
}
