using System.Runtime.CompilerServices;
using System.Text.Json;
using Backfill.Core.GitHub;
using Backfill.Core.Postgres;

namespace Backfill.Core.Sync.Reading;

/// <summary>One page of a lane.</summary>
/// <param name="Ends">The cursors of its first and last item; null where it has none.</param>
/// <param name="TotalCount">Items of the whole lane.</param>
/// <param name="Back">True when it was read towards the beginning.</param>
/// <param name="Asked">The cursor that it was asked with.</param>
/// <param name="IsLast">True when nothing lies beyond it in its direction.</param>
/// <param name="IsCut">True when GitHub says that more follows but does not send it.</param>
/// <param name="ReceivedAt">GitHub's time.</param>
/// <param name="Items">Reads the items, when whoever stores them asks: by then the next page is on its way.</param>
internal sealed record LaneRead<T>(
    (string First, string Last)? Ends,
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
    /// <summary>Its items, least recently updated first; without a node where GitHub sent nothing, or cannot compute it.</summary>
    public IReadOnlyList<LaneEdge<T>> Edges => Items.Value;

    /// <summary>Where to ask for one item again: behind its neighbour, or before the other one at the page's far end.</summary>
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
    /// <summary>Of a missing item what is known all the same.</summary>
    public PlaceNode? Item { get; init; }

    /// <summary>Why it is missing.</summary>
    public string Cause { get; init; } = "GitHub sent nothing for it";

    /// <summary>The item's update time; null where that is not known.</summary>
    public DateTimeOffset? UpdatedAt => Node?.UpdatedAt ?? Item?.UpdatedAt;
}

/// <summary>
/// Reads the pages of one lane in either direction. A page that is too heavy is asked for again in a smaller size; an item that
/// is too heavy alone without its children, then only for its place, so that the lane goes on behind it.
/// </summary>
internal sealed class LaneReader<T>(Lane<T> lane, SyncContext run, PageSize size)
    where T : class, IUpdatedNode
{
    // A page that promises more and sends none may come whole a moment later: replicas lag.
    private const int MostEmptyPages = 3;

    // One item that is too heavy takes six halvings from a hundred, and fails once more alone: these are more than that.
    private const int HostileSetbacks = 8;

    // A page that stays below its first size and still is not quick will not become larger. The lane then takes many slow pages,
    // although none of them is a setback.
    private const int SteadilySlowPages = 8;

    private const string Uncomputable = "GitHub cannot compute it, not even alone and without its children";

    /// <summary>Pages behind a cursor, or from the first item on.</summary>
    /// <exception cref="StaleCursorException">GitHub refuses the cursor.</exception>
    public IAsyncEnumerable<LaneRead<T>> ForwardAsync(string? after, CancellationToken cancellationToken) =>
        PagesAsync(after, back: false, until: null, cancellationToken);

    /// <summary>Pages before a cursor, or from the last item back, up to one that begins before a time; null is the beginning.</summary>
    /// <exception cref="StaleCursorException">GitHub refuses the cursor.</exception>
    public IAsyncEnumerable<LaneRead<T>> BackAsync(
        string? before,
        DateTimeOffset? until,
        CancellationToken cancellationToken
    ) => PagesAsync(before, back: true, until, cancellationToken);

    /// <summary>The one item at a place; null where there is none, or GitHub still cannot compute it.</summary>
    public async Task<T?> ItemAsync(LanePlace place, CancellationToken cancellationToken)
    {
        try
        {
            var page =
                await TryAsync(place.Cursor, place.Back, 1, children: true, cancellationToken)
                ?? await TryAsync(place.Cursor, place.Back, 1, children: false, cancellationToken);
            return page is { Edges: [var edge, ..] } ? edge.Node : null;
        }
        catch (StaleCursorException stale)
        {
            run.Progress.Say($"{lane.Name}: one item is still not to be had: {stale.Message}");
            return null;
        }
    }

    private async IAsyncEnumerable<LaneRead<T>> PagesAsync(
        string? cursor,
        bool back,
        DateTimeOffset? until,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        for (var empty = 0; ; )
        {
            var page = await PageAsync(cursor, back, cancellationToken);
            // The edges' own cursors: pageInfo has been seen to repeat a cursor, and to leave it out.
            var next = back ? page.Ends?.First : page.Ends?.Last;
            if (page.IsLast || (next is not null && next != cursor))
            {
                empty = 0;
                yield return page;
                if (page.IsLast || (back && until is not null && page.Edges[0].UpdatedAt < until))
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

    private async Task<LaneRead<T>> PageAsync(string? cursor, bool back, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await TryAsync(cursor, back, size.Items, children: true, cancellationToken) is { } page)
            {
                LightenWhereHostile();
                return page;
            }

            var smaller = size.TooHeavy();
            if (LightenWhereHostile())
            {
                continue;
            }

            if (smaller)
            {
                run.Progress.Say($"{lane.Name}: a page was too heavy for GitHub, asking for {size.Items} items.");
                continue;
            }

            return await TryAsync(cursor, back, 1, children: false, cancellationToken)
                ?? await PlaceAsync(cursor, back, cancellationToken);
        }
    }

    // Where page after page is slow or too heavy, the items come without their comments, which REST lists.
    private bool LightenWhereHostile()
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
            size.Lighten(lane.FirstPageSize);
        }

        return run.Plan.ListsIssueComments;
    }

    // Null when GitHub cannot compute the page.
    private async Task<LaneRead<T>?> TryAsync(
        string? cursor,
        bool back,
        int items,
        bool children,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var response = await AskAsync(
                lane.Queries.Pages,
                cursor,
                back,
                items,
                lane.Children(
                    children ? run.Include : SyncContent.None,
                    !run.Plan.ListsIssueComments,
                    run.Plan.NestsReviewComments
                ),
                cancellationToken
            );
            if (children)
            {
                size.Came(response.Elapsed);
            }

            return Read<T>(response, back, cursor, edge => new LaneEdge<T>(edge.Cursor, edge.Node));
        }
        catch (PageTooHeavyException)
        {
            return null;
        }
        catch (StaleCursorException) when (cursor is null)
        {
            throw Unavailable("GitHub refuses a cursor that it was not given");
        }
    }

    // Where the item stands, with its number, or where even that is too heavy its cursor alone.
    private async Task<LaneRead<T>> PlaceAsync(string? cursor, bool back, CancellationToken cancellationToken)
    {
        var place =
            await TryPlaceAsync(cursor, back, node: true, cancellationToken)
            ?? await TryPlaceAsync(cursor, back, node: false, cancellationToken)
            ?? throw Unavailable("not even the place of its next item");
        run.Progress.Say($"{lane.Name}: {Uncomputable}; it is set aside and the run goes on.");
        return place;
    }

    private async Task<LaneRead<T>?> TryPlaceAsync(
        string? cursor,
        bool back,
        bool node,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var response = await AskAsync(
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

    private Task<GraphQLResponse> AskAsync(
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
        return run.AskAsync(query, variables, cancellationToken);
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
            throw Unavailable("it sent no page");
        }

        // No list is not an empty list, which would close the window.
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

    // A name can come to belong to another repository while a run is at work. One whose id GraphQL cannot tell, because it
    // needs more than 31 bits, is another one: that of the run had been told.
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
            "Start again later: the run goes on from its last committed page.",
            run.Name.FullName
        );
}
