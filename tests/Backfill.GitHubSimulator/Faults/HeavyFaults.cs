using Backfill.Simulation.Server;

namespace Backfill.Simulation.Faults;

/// <summary>Queries that take more than GitHub gives them.</summary>
internal static class HeavyFaults
{
    // By GitHub's documentation a query has ten seconds. How many points a timeout costs it does not say: a guess.
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Overhead = TimeSpan.FromMilliseconds(200);
    private const int Fine = 10;

    public static IReadOnlyList<Fault> All { get; } =
    [
        Fault.Instead(
            "page-too-heavy",
            "502 for every page larger than the parameter (25)",
            _ => ServerFaults.TimedOut(),
            IsLargerPage
        ),
        new(
            "slow-by-size",
            "200 ms and then the parameter (10) in milliseconds for every node, by the server's clock; 502 after ten seconds, fined with ten points",
            Fault.GraphQLOnly,
            SlowAsync
        ),
        new(
            "item-too-heavy",
            "502 for every query that asks for a field of one item; parameter: its number",
            Fault.GraphQLOnly,
            call => RefuseAsync(call, call.Exchange.Execution.Items)
        ),
        new(
            "children-too-heavy",
            "502 for every query that asks for children of one item, more than their number; parameter: its number",
            Fault.GraphQLOnly,
            call => RefuseAsync(call, call.Exchange.Execution.Parents)
        ),
        new(
            "many-nodes",
            "502 for every page of a list whose entries, with those nested in them, are more than the parameter (500)",
            (request, _) => request.Kind == RequestKind.GraphQL && request.LargestPage > 0,
            async call =>
            {
                var answer = await call.NextAsync();
                return call.Exchange.Execution.Nodes > call.Parameter(500)
                    ? ServerFaults.TimedOut()
                    : call.Pass(answer);
            }
        ),
        Fault.Instead(
            "node-limit",
            "a query that may return too many nodes",
            _ =>
                Fault.Json(
                    200,
                    """{"errors":[{"type":"MAX_NODE_LIMIT_EXCEEDED","locations":[{"line":1,"column":60}],"message":"By the time this query traverses to the comments connection, it is requesting up to 1,000,000 possible nodes which exceeds the maximum limit of 500,000."}]}"""
                ),
            Fault.GraphQLOnly
        ),
        Fault.Instead(
            "resource-limits",
            "RESOURCE_LIMITS_EXCEEDED and no repository for every page larger than the parameter (25)",
            _ =>
                Fault.Json(
                    200,
                    """{"data":{"repository":null},"errors":[{"type":"RESOURCE_LIMITS_EXCEEDED","path":["repository"],"message":"Resource limits for this query exceeded."}]}"""
                ),
            IsLargerPage
        ),
        Fault.Instead(
            "resource-limits-without-path",
            "the same without a path and without data",
            _ =>
                Fault.Json(
                    200,
                    """{"data":null,"errors":[{"type":"RESOURCE_LIMITS_EXCEEDED","message":"Resource limits for this query exceeded."}]}"""
                ),
            IsLargerPage
        ),
        Fault.Edited(
            "resource-limits-null-nodes",
            "of every page larger than the parameter (25) so many entries, then nulls, and RESOURCE_LIMITS_EXCEEDED",
            (root, call) =>
                Exceed(
                    root,
                    call,
                    connection =>
                    {
                        for (var place = call.Parameter(25); place < connection.Count; place++)
                        {
                            connection.Clear(place);
                        }
                    }
                ),
            IsLargerPage
        ),
        Fault.Edited(
            "resource-limits-null-connection",
            "of every page larger than the parameter (25) the total and no entries, and RESOURCE_LIMITS_EXCEEDED",
            (root, call) =>
                Exceed(root, call, connection => connection.Members[connection.IsEdges ? "edges" : "nodes"] = null),
            IsLargerPage
        ),
    ];

    private static bool IsLargerPage(FaultRequest request, FaultRule rule) =>
        request.LargestPage > (rule.Parameter ?? 25);

    private static bool Exceed(Dictionary<string, object?> root, FaultCall call, Action<Connection> change) =>
        Connections.Change(Connections.OfRoot(root).Where(connection => connection.Count > call.Parameter(25)), change)
        && Connections.AddError(
            root,
            "RESOURCE_LIMITS_EXCEEDED",
            "Resource limits for this query exceeded.",
            ["repository"]
        );

    private static async Task<Answer> RefuseAsync(FaultCall call, HashSet<int> numbers)
    {
        var answer = await call.NextAsync();
        return call.Rule.Parameter is { } number && numbers.Contains(number)
            ? ServerFaults.TimedOut()
            : call.Pass(answer);
    }

    private static async Task<Answer> SlowAsync(FaultCall call)
    {
        var answer = await call.NextAsync();
        var took = Overhead + TimeSpan.FromMilliseconds((double)call.Parameter(10) * call.Exchange.Execution.Nodes);
        if (took <= Ceiling)
        {
            await Task.Delay(took, call.Exchange.Time, call.Exchange.Aborted);
            return answer;
        }

        await Task.Delay(Ceiling, call.Exchange.Time, call.Exchange.Aborted);
        call.Exchange.Budget.Take(Fine);
        return ServerFaults.TimedOut();
    }
}
