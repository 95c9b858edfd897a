namespace Backfill.Simulation;

/// <summary>Which of GitHub's two interfaces.</summary>
public enum RequestKind
{
    GraphQL,
    Rest,
}

/// <summary>One request and how it was answered.</summary>
/// <param name="Method">GET, POST.</param>
/// <param name="Path">Path and query.</param>
/// <param name="Operation">Name of the GraphQL operation; empty for REST.</param>
/// <param name="Status">HTTP status; 0 where no answer was sent.</param>
/// <param name="Cost">Points or requests charged.</param>
/// <param name="Fault">The fault that it met; empty for none, several with a plus between them.</param>
/// <param name="At">When it came, by the server's clock.</param>
public sealed record RequestRecord(
    string Method,
    string Path,
    RequestKind Kind,
    string Operation,
    int Status,
    int Cost,
    string Fault,
    DateTimeOffset At
)
{
    /// <summary>The host that was asked.</summary>
    public string Host { get; init; } = "";

    /// <summary>Whether it brought a token.</summary>
    public bool IsAuthorized { get; init; }

    /// <summary>How many GraphQL queries of its account were under way when it came, itself included; 0 for REST.</summary>
    public int AtOnceOfAccount { get; init; }

    /// <summary>How many GraphQL queries of all accounts were under way when it came, itself included; 0 for REST.</summary>
    public int AtOnce { get; init; }

    /// <summary>From its arrival until the answer left: the latency, or what the answer took to make where that is longer.</summary>
    public TimeSpan Took { get; init; }
}

/// <summary>Sums over the log.</summary>
/// <param name="Requests">All of them.</param>
/// <param name="Points">GraphQL points charged.</param>
/// <param name="RestCharged">REST requests charged.</param>
/// <param name="NotModified">Answers 304.</param>
/// <param name="Faults">Requests that met a fault.</param>
public sealed record RequestCounters(
    int Requests,
    int GraphQL,
    int Rest,
    int Points,
    int RestCharged,
    int NotModified,
    int Faults
);

/// <summary>Every request since the start or the last reset, in the order in which they were answered.</summary>
public sealed class RequestLog
{
    private readonly Lock sync = new();
    private readonly List<RequestRecord> records = [];

    public IReadOnlyList<RequestRecord> Records
    {
        get
        {
            lock (sync)
            {
                return [.. records];
            }
        }
    }

    public RequestCounters Counters
    {
        get
        {
            var all = Records;
            return new RequestCounters(
                all.Count,
                all.Count(record => record.Kind == RequestKind.GraphQL),
                all.Count(record => record.Kind == RequestKind.Rest),
                all.Where(record => record.Kind == RequestKind.GraphQL).Sum(record => record.Cost),
                all.Where(record => record.Kind == RequestKind.Rest).Sum(record => record.Cost),
                all.Count(record => record.Status == 304),
                all.Count(record => record.Fault.Length > 0)
            );
        }
    }

    internal void Add(RequestRecord record)
    {
        lock (sync)
        {
            records.Add(record);
        }
    }

    internal void Clear()
    {
        lock (sync)
        {
            records.Clear();
        }
    }
}
