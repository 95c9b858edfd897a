using Backfill.Simulation.GraphQL;
using Backfill.Simulation.Server;

namespace Backfill.Simulation.Faults;

/// <summary>The request that a fault looks at.</summary>
/// <param name="Kind">GraphQL or REST.</param>
/// <param name="Path">Path and query.</param>
/// <param name="Operation">Name of the GraphQL operation.</param>
/// <param name="LargestPage">Of GraphQL: the largest page of a list of the repository.</param>
/// <param name="Now">The server's time.</param>
public sealed record FaultRequest(RequestKind Kind, string Path, string Operation, int LargestPage, DateTimeOffset Now)
{
    public string Token { get; init; } = "";

    public string Host { get; init; } = "";

    /// <summary>Scheme, host and port.</summary>
    public string Home { get; init; } = "";

    /// <summary>Of GraphQL: the cursors that it goes on from.</summary>
    public IReadOnlyList<string> Cursors { get; init; } = [];

    /// <summary>owner/name as the request has it; null where it names none.</summary>
    public string? Repository { get; init; }
}

/// <summary>A request on its way to its answer.</summary>
internal sealed record Exchange(
    FaultRequest Request,
    Execution Execution,
    RateBudget Budget,
    RepositoryChanges Changes,
    TimeProvider Time,
    CancellationToken Aborted
);

/// <summary>The faults that are on, and how often each was asked for.</summary>
public sealed class FaultSwitch
{
    private readonly Lock sync = new();
    private readonly List<Active> rules = [];

    /// <summary>
    /// Switches a fault on. Of several that a request meets, the first one that has an answer of its own makes it, and
    /// the others change that.
    /// </summary>
    public void Add(FaultRule rule)
    {
        var fault = FaultTable.Find(rule.Name);
        lock (sync)
        {
            rules.Add(new Active(fault, rule));
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

    /// <summary>The answer with all the faults that the request meets, and the names of those that changed it.</summary>
    internal async Task<(Answer Answer, string Met)> AnswerAsync(Exchange exchange, Func<Task<Answer>> good)
    {
        var answer = good;
        var calls = new List<FaultCall>();
        foreach (
            var active in Meet(exchange.Request).AsEnumerable().Reverse().OrderBy(active => !active.Fault.Replaces)
        )
        {
            var call = new FaultCall(active.Rule, active.Memory, exchange, answer);
            calls.Insert(0, call);
            answer = () => call.AnswerAsync(active.Fault);
        }

        return (await answer(), string.Join('+', calls.Where(call => call.IsMet).Select(call => call.Rule.Name)));
    }

    // Counts the request for every rule that is for it.
    private List<Active> Meet(FaultRequest request)
    {
        lock (sync)
        {
            return rules.FindAll(active => active.Meets(request));
        }
    }

    private sealed class Active(Fault fault, FaultRule rule)
    {
        private int seen;

        public Fault Fault => fault;

        public FaultRule Rule => rule;

        public FaultMemory Memory { get; } = new();

        public bool Meets(FaultRequest request)
        {
            if (
                (rule.Kind is { } kind && kind != request.Kind)
                || (rule.Operation is { } operation && operation != request.Operation)
                || !fault.IsFor(request, rule)
            )
            {
                return false;
            }

            seen++;
            return seen >= rule.From && (fault.Lasts || rule.Count is not { } count || seen - rule.From < count);
        }
    }
}

/// <summary>What a fault that is on remembers from request to request.</summary>
internal sealed class FaultMemory
{
    private object? kept;

    public Lock Sync { get; } = new();

    /// <summary>Hold <see cref="Sync"/> while using it.</summary>
    public T Of<T>()
        where T : class, new() => (T)(kept ??= new T());
}
