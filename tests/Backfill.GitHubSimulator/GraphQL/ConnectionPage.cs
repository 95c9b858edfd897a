using Backfill.Simulation.Data;
using GraphQL;

namespace Backfill.Simulation.GraphQL;

/// <summary>One entry of a page with its place.</summary>
internal sealed record Edge(object? Node, SortField Field, SortKey Key)
{
    public string Cursor => GraphQL.Cursor.Of(Field, Key);
}

/// <summary>A page of a connection.</summary>
internal sealed record ConnectionPage(int TotalCount, IReadOnlyList<Edge> Edges, bool HasNext, bool HasPrevious)
{
    /// <summary>The number of the item whose children these are; null where they are no one's.</summary>
    public int? Parent { get; init; }

    /// <summary>The most that a page may hold.</summary>
    public const int MostEntries = 100;

    /// <summary>
    /// The page that the arguments of a connection ask for.
    /// </summary>
    /// <param name="context">The field with its arguments.</param>
    /// <param name="ascending">Everything in the connection, in ascending order of <paramref name="key"/>.</param>
    /// <param name="field">By what it is ordered.</param>
    /// <param name="key">The place of an entry.</param>
    /// <param name="descending">Turns the order around.</param>
    /// <exception cref="GitHubError">What GitHub refuses: no bounds, both bounds, too many, a foreign cursor.</exception>
    public static ConnectionPage Of<T>(
        IResolveFieldContext context,
        IReadOnlyList<T> ascending,
        SortField field,
        Func<T, SortKey> key,
        bool descending = false
    )
    {
        var (first, last) = (context.GetArgument<int?>("first"), context.GetArgument<int?>("last"));
        Check(context, first, last);
        // As positions in the ascending list: from (included) to (excluded).
        var (from, to) = (0, ascending.Count);
        var (lower, upper) = descending ? ("before", "after") : ("after", "before");
        if (context.GetArgument<string?>(lower) is { } low)
        {
            from = Position(ascending, key, Parse(context, field, low), after: true);
        }

        if (context.GetArgument<string?>(upper) is { } high)
        {
            to = Math.Max(from, Position(ascending, key, Parse(context, field, high), after: false));
        }

        var size = first ?? last ?? 0;
        var atStart = first is not null != descending;
        (from, to) = atStart ? (from, Math.Min(to, from + size)) : (Math.Max(from, to - size), to);
        var edges = new Edge[to - from];
        for (var at = 0; at < edges.Length; at++)
        {
            var entry = ascending[descending ? to - 1 - at : from + at];
            edges[at] = new Edge(entry, field, key(entry));
        }

        var (before, behind) = (from > 0, to < ascending.Count);
        return new ConnectionPage(ascending.Count, edges, descending ? before : behind, descending ? behind : before);
    }

    /// <summary>A connection of which only the number is known, as that of somebody's followers.</summary>
    public static ConnectionPage Counted(IResolveFieldContext context, int count)
    {
        Check(context, context.GetArgument<int?>("first"), context.GetArgument<int?>("last"));
        return new ConnectionPage(count, [], HasNext: false, HasPrevious: false);
    }

    private static SortKey Parse(IResolveFieldContext context, SortField field, string cursor) =>
        Execution.Of(context).RefusesCursor?.Invoke(cursor) == true
            ? throw Cursor.Refusal(cursor)
            : Cursor.Parse(field, cursor);

    private static void Check(IResolveFieldContext context, int? first, int? last)
    {
        var name = context.FieldDefinition.Name;
        if (first is not null && last is not null)
        {
            throw new GitHubError(
                "UNPROCESSABLE",
                $"Passing both `first` and `last` to paginate the `{name}` connection is not supported."
            );
        }

        if ((first ?? last) is { } size)
        {
            var bound = first is not null ? "first" : "last";
            if (size > MostEntries)
            {
                throw new GitHubError(
                    "EXCESSIVE_PAGINATION",
                    $"Requesting {size} records on the `{name}` connection exceeds the `{bound}` limit of {MostEntries} records."
                );
            }

            if (size < 0)
            {
                throw new GitHubError(
                    "INVALID_PAGINATION",
                    $"`{bound}` on the `{name}` connection cannot be less than zero."
                );
            }
        }
        else if (
            context.SubFields?.Values.Any(sub => sub.Field.Name.StringValue is "nodes" or "edges" or "pageInfo") == true
        )
        {
            // The number alone may be asked for without bounds.
            throw new GitHubError(
                "MISSING_PAGINATION_BOUNDARIES",
                $"You must provide a `first` or `last` value to properly paginate the `{name}` connection."
            );
        }
    }

    // The first position behind a place (after) or at it.
    private static int Position<T>(IReadOnlyList<T> ascending, Func<T, SortKey> key, SortKey place, bool after)
    {
        var (low, high) = (0, ascending.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            var order = key(ascending[middle]).CompareTo(place);
            if (order < 0 || (after && order == 0))
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
