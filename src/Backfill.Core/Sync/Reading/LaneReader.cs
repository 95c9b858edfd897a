using System.Runtime.CompilerServices;
using System.Text.Json;
using Backfill.Core.GitHub;
using Backfill.Core.Postgres;

namespace Backfill.Core.Sync.Reading;

/// <summary>One page of a lane.</summary>
/// <param name="Ends">The cursors of its first and last item; null for a page without items.</param>
/// <param name="Count">The number of its items.</param>
/// <param name="TotalCount">The number of items of the whole lane.</param>
/// <param name="Back">True when the page was read towards the beginning.</param>
/// <param name="Asked">The cursor of the request.</param>
/// <param name="IsLast">True when no page follows in this direction.</param>
/// <param name="IsCut">True when GitHub says that more items follow but does not send them.</param>
/// <param name="ReceivedAt">The time of the response, by GitHub's clock.</param>
/// <param name="Items">Reads the items from the response. They are read when the page is stored, while the next page is fetched.</param>
internal sealed record LaneRead<T>(
    (string First, string Last)? Ends,
    int Count,
    int TotalCount,
    bool Back,
    string? Asked,
    bool IsLast,
    bool IsCut,
    DateTimeOffset ReceivedAt,
    Lazy<IReadOnlyList<LaneEdge<T>>> Items
)
    where T : class, IUpdatedNode
{
    /// <summary>Gets the items, least recently updated first. An item that GitHub did not send, or cannot compute, has no node.</summary>
    public IReadOnlyList<LaneEdge<T>> Edges => Items.Value;

    /// <summary>Returns true when the page reaches beyond a time, so that every item of that time is in this page or in those before it.</summary>
    public bool Passes(DateTimeOffset? time) =>
        Edges.Count > 0 && (Back ? Edges[0].UpdatedAt < time : Edges[^1].UpdatedAt > time);

    /// <summary>Returns the place of an item: behind the item before it, or before the item after it.</summary>
    public LanePlace Place(int at) =>
        at > 0 ? new LanePlace(Back: false, Edges[at - 1].Cursor)
        : !Back ? new LanePlace(Back: false, Asked)
        : new LanePlace(Back: true, Edges.Count > 1 ? Edges[1].Cursor : Asked);
}

/// <summary>One item of a page.</summary>
/// <param name="Cursor">Its cursor.</param>
/// <param name="Node">The item; null where it is missing.</param>
internal sealed record LaneEdge<T>(string Cursor, T? Node)
    where T : class, IUpdatedNode
{
    /// <summary>Gets what is known of a missing item; null where nothing is known.</summary>
    public PlaceNode? Item { get; init; }

    /// <summary>Gets why the item is missing.</summary>
    public string Cause { get; init; } = "GitHub sent nothing for the item";

    /// <summary>Gets the update time of the item; null where it is not known.</summary>
    public DateTimeOffset? UpdatedAt => Node?.UpdatedAt ?? Item?.UpdatedAt;
}

/// <summary>
/// Reads the pages of one lane in either direction. A page that is too heavy is requested again with fewer items. An item that
/// is too heavy alone is requested without its children, and then only its place, so that the lane goes on behind it.
/// </summary>
/// <param name="total">The number of items of the whole lane; null where it is not known.</param>
/// <param name="smallFirstPage">The number of items on the first page behind a cursor; null for a page of the full size.</param>
internal sealed class LaneReader<T>(Lane<T> lane, SyncContext run, PageSize size, int? total, int? smallFirstPage)
    where T : class, IUpdatedNode
{
    // GitHub's replicas lag, so a page that has no items although more follow may be complete a moment later.
    private const int MostEmptyPages = 3;

    // One item that is too heavy causes seven setbacks: six halvings from a hundred items, and the item alone. Eight setbacks mean
    // that more than one item is too heavy.
    private const int HostileSetbacks = 8;

    // Pages that are smaller than the first page and still not quick will not become larger. The lane then needs many slow
    // pages, although none of them counts as a setback.
    private const int SteadilySlowPages = 8;

    private const string Uncomputable = "GitHub cannot compute the item, not even alone and without its children";

    /// <summary>Returns the pages behind a cursor, or from the first item on. The last page is the first one that passes <paramref name="until"/>; null reads to the end.</summary>
    /// <exception cref="StaleCursorException">GitHub refuses the cursor.</exception>
    public IAsyncEnumerable<LaneRead<T>> ForwardAsync(
        string? after,
        Func<DateTimeOffset?> until,
        CancellationToken cancellationToken
    ) => PagesAsync(after, back: false, until, cancellationToken);

    /// <summary>Returns the pages before a cursor, or from the last item back. The last page is the first one that passes <paramref name="until"/>; null reads to the beginning.</summary>
    /// <exception cref="StaleCursorException">GitHub refuses the cursor.</exception>
    public IAsyncEnumerable<LaneRead<T>> BackAsync(
        string? before,
        Func<DateTimeOffset?> until,
        CancellationToken cancellationToken
    ) => PagesAsync(before, back: true, until, cancellationToken);

    /// <summary>Returns the item at a place; null where there is none, or GitHub still cannot compute it.</summary>
    public async Task<T?> FetchItemAsync(LanePlace place, CancellationToken cancellationToken)
    {
        try
        {
            var page =
                await TryFetchPageAsync(place.Cursor, place.Back, 1, children: true, cancellationToken)
                ?? await TryFetchPageAsync(place.Cursor, place.Back, 1, children: false, cancellationToken);
            return page is { Edges: [var edge, ..] } ? edge.Node : null;
        }
        catch (StaleCursorException stale)
        {
            run.Progress.Say($"{lane.Name}: one item still cannot be read: {stale.Message}");
            return null;
        }
    }

    private async IAsyncEnumerable<LaneRead<T>> PagesAsync(
        string? cursor,
        bool back,
        Func<DateTimeOffset?> until,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        // Where the reading starts at an end of the lane, the items left are the total minus the items read.
        var begins = cursor is null;
        var (most, read) = (begins ? total : smallFirstPage, 0);
        for (var empty = 0; ; )
        {
            var page = await FetchPageAsync(cursor, back, most, cancellationToken);
            // Uses the cursors of the edges, because pageInfo sometimes repeats a cursor or leaves it out.
            var next = back ? page.Ends?.First : page.Ends?.Last;
            if (page.IsLast || (next is not null && next != cursor))
            {
                empty = 0;
                read += page.Count;
                most = begins ? page.TotalCount - read : null;
                yield return page;
                // Without a time the items are not read yet: they are read while the next page is fetched.
                if (page.IsLast || (until() is { } time && page.Passes(time)))
                {
                    yield break;
                }

                cursor = next;
            }
            else if (++empty == MostEmptyPages)
            {
                yield return page with
                {
                    IsCut = true,
                };
                yield break;
            }
        }
    }

    // GitHub charges for the items that a page asks for, so a page asks for at most as many as are left or expected.
    private async Task<LaneRead<T>> FetchPageAsync(
        string? cursor,
        bool back,
        int? most,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var items = most > 0 ? Math.Min(most.Value, size.Items) : size.Items;
            if (await TryFetchPageAsync(cursor, back, items, children: true, cancellationToken) is { } page)
            {
                TryListComments();
                return page;
            }

            var smaller = size.TryShrink(items);
            if (TryListComments())
            {
                continue;
            }

            if (smaller)
            {
                run.Progress.Say($"{lane.Name}: a page was too heavy for GitHub. The run asks for {size.Items} items.");
                continue;
            }

            return await TryFetchPageAsync(cursor, back, 1, children: false, cancellationToken)
                ?? await FetchPlaceAsync(cursor, back, cancellationToken);
        }
    }

    // Where many pages are slow or too heavy, the items are read without their comments, which REST lists. Returns true when this
    // call changed the plan, and the pages are lighter now.
    private bool TryListComments()
    {
        var isSteadilySlow = size.SlowPages >= SteadilySlowPages && size.Items < lane.FirstPageSize;
        if (
            (size.Setbacks < HostileSetbacks && !isSteadilySlow)
            || !lane.HasListedComments
            || run.Plan.ListsIssueComments
        )
        {
            return false;
        }

        run.Plan.ListIssueComments(
            size.Setbacks < HostileSetbacks
                ? FormattableString.Invariant($"{size.SlowPages} small pages of {lane.Name} in a row were slow")
                : FormattableString.Invariant($"{size.Setbacks} pages of {lane.Name} were slow or too heavy")
        );
        if (run.Plan.ListsIssueComments)
        {
            size.Restart(lane.FirstPageSize);
        }

        return run.Plan.ListsIssueComments;
    }

    // Returns null when GitHub cannot compute the page.
    private async Task<LaneRead<T>?> TryFetchPageAsync(
        string? cursor,
        bool back,
        int items,
        bool children,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var response = await QueryAsync(
                lane.Queries.Pages,
                cursor,
                back,
                items,
                lane.ChildVariables(
                    children ? run.Include : SyncContent.None,
                    !run.Plan.ListsIssueComments,
                    run.Plan.NestsReviewComments
                ),
                cancellationToken
            );
            // A page with fewer items does not show how long a page of the full size takes.
            if (children && items == size.Items)
            {
                size.RecordResponse(response.Elapsed);
            }

            return Read<T>(response, back, cursor, edge => new LaneEdge<T>(edge.Cursor, edge.Node));
        }
        catch (PageTooHeavyException)
        {
            return null;
        }
        catch (StaleCursorException) when (cursor is null)
        {
            throw Unavailable("GitHub refuses a cursor, although the request had none");
        }
    }

    // Reads the place of the next item with its number. Where even that is too heavy, it reads the cursor alone.
    private async Task<LaneRead<T>> FetchPlaceAsync(string? cursor, bool back, CancellationToken cancellationToken)
    {
        var place =
            await TryFetchPlaceAsync(cursor, back, node: true, cancellationToken)
            ?? await TryFetchPlaceAsync(cursor, back, node: false, cancellationToken)
            ?? throw Unavailable("it cannot even compute the place of the next item");
        run.Progress.Say($"{lane.Name}: {Uncomputable}. The item becomes a gap, and the run goes on.");
        return place;
    }

    private async Task<LaneRead<T>?> TryFetchPlaceAsync(
        string? cursor,
        bool back,
        bool node,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var response = await QueryAsync(
                lane.Queries.Places,
                cursor,
                back,
                1,
                new Dictionary<string, object?>(StringComparer.Ordinal) { ["node"] = node },
                cancellationToken
            );
            return Read<PlaceNode>(
                response,
                back,
                cursor,
                edge => new LaneEdge<T>(edge.Cursor, null) { Item = edge.Node, Cause = Uncomputable }
            );
        }
        catch (PageTooHeavyException)
        {
            return null;
        }
    }

    private Task<GraphQLResponse> QueryAsync(
        string query,
        string? cursor,
        bool back,
        int items,
        Dictionary<string, object?> variables,
        CancellationToken cancellationToken
    )
    {
        variables[back ? "last" : "first"] = items;
        variables[back ? "before" : "after"] = cursor;
        return run.QueryAsync(query, variables, cancellationToken);
    }

    private LaneRead<T> Read<TNode>(
        GraphQLResponse response,
        bool back,
        string? asked,
        Func<Edge<TNode>, LaneEdge<T>> edge
    )
    {
        var repository = response.Data.GetProperty("repository");
        CheckIdentity(repository);
        var page = repository.GetProperty(lane.Connection);
        if (page.ValueKind != JsonValueKind.Object)
        {
            throw Unavailable("it sent no page of the list");
        }

        // A page without a list is no empty list. Reading it as one would close the window.
        var edges = page.GetProperty("edges");
        if (edges.ValueKind != JsonValueKind.Array)
        {
            throw Unavailable("it sent a page without a list of items");
        }

        var cursors = edges
            .EnumerateArray()
            .Where(item => item.ValueKind == JsonValueKind.Object)
            .Select(item => item.GetProperty("cursor").GetString()!)
            .ToList();
        var info = page.GetProperty("pageInfo").Deserialize<LanePageInfo>(JsonText.Options)!;
        return new LaneRead<T>(
            cursors.Count == 0 ? null : (cursors[0], cursors[^1]),
            cursors.Count,
            page.GetProperty("totalCount").GetInt32(),
            back,
            asked,
            !(back ? info.HasPreviousPage : info.HasNextPage),
            IsCut: false,
            response.ReceivedAt,
            new Lazy<IReadOnlyList<LaneEdge<T>>>(() =>
                [
                    .. edges
                        .Deserialize<IReadOnlyList<Edge<TNode>?>>(JsonText.Options)!
                        .OfType<Edge<TNode>>()
                        .Select(edge),
                ]
            )
        );
    }

    // While a run works, another repository can take the name. GraphQL sends null for an id of more than 31 bits. A null id is
    // another repository too, because the id of this run's repository was sent before.
    private void CheckIdentity(JsonElement repository)
    {
        if (
            repository.TryGetProperty("databaseId", out var id)
            && (id.ValueKind == JsonValueKind.Number ? id.GetInt64() : (long?)null) is var found
            && found != run.Repository.GitHubId
        )
        {
            throw RepositoryIdentity.Changed(run.Name.FullName, run.Repository.GitHubId, found);
        }
    }

    private BackfillException Unavailable(string reason) =>
        new(
            ErrorIds.GitHubUnavailable,
            ErrorKind.Unavailable,
            $"GitHub cannot list {lane.Name} of {run.Name}: {reason}.",
            "Start the sync again later: it goes on from the last stored page.",
            run.Name.FullName
        );
}
