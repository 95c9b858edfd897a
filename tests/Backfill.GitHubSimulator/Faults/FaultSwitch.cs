namespace Backfill.Simulation.Faults;

/// <summary>The request that a fault looks at.</summary>
/// <param name="Kind">GraphQL or REST.</param>
/// <param name="Path">Path and query.</param>
/// <param name="Operation">Name of the GraphQL operation.</param>
/// <param name="LargestPage">Of GraphQL: the largest of the variables <c>first</c> and <c>last</c>.</param>
/// <param name="Now">The server's time.</param>
public sealed record FaultRequest(RequestKind Kind, string Path, string Operation, int LargestPage, DateTimeOffset Now);

/// <summary>The faults that are on, and how often each was asked for.</summary>
public sealed class FaultSwitch
{
    private readonly Lock sync = new();
    private readonly List<(FaultRule Rule, int[] Seen)> rules = [];

    /// <summary>Switches a fault on.</summary>
    public void Add(FaultRule rule)
    {
        _ = FaultTable.Find(rule.Name);
        lock (sync)
        {
            rules.Add((rule, [0]));
        }
    }

    /// <summary>Switches all off.</summary>
    public void Clear()
    {
        lock (sync)
        {
            rules.Clear();
        }
    }

    /// <summary>The fault that this request meets, or null; counts the request for every rule that is for it.</summary>
    internal FaultRule? Meet(FaultRequest request)
    {
        lock (sync)
        {
            FaultRule? met = null;
            foreach (var (rule, seen) in rules)
            {
                if (
                    (rule.Kind is { } kind && kind != request.Kind)
                    || (rule.Operation is { } operation && operation != request.Operation)
                    || !FaultTable.Find(rule.Name).IsFor(request, rule)
                )
                {
                    continue;
                }

                seen[0]++;
                if (seen[0] >= rule.From && (rule.Count is not { } count || seen[0] < rule.From + count))
                {
                    met ??= rule;
                }
            }

            return met;
        }
    }
}
