using System.Globalization;

namespace Backfill.Simulation.Server;

/// <summary>A request that came although its token had been told to wait.</summary>
/// <param name="Path">Path and query.</param>
/// <param name="At">When it came, by the server's clock.</param>
/// <param name="Until">When it might have come.</param>
/// <param name="Reason">Which answer said so.</param>
public sealed record EarlyRequest(
    string Method,
    string Path,
    RequestKind Kind,
    DateTimeOffset At,
    DateTimeOffset Until,
    string Reason
);

/// <summary>
/// Remembers until when each token was told to wait, and every request that came earlier. By GitHub's documentation:
/// Retry-After as long as it says, else nothing left until the reset, else a secondary limit for a minute. The primary
/// limit closes one of the two interfaces, every other one both.
/// </summary>
/// <param name="time">The server's clock, by which waits are measured.</param>
/// <param name="wall">The real clock, by which requests travel.</param>
/// <param name="underway">
/// A request of the other interface, or on another connection, may have left before the limit was told: how long that
/// may be, in real time. One of the same interface on the same connection waited for that answer.
/// </param>
internal sealed class WaitWitness(TimeProvider time, TimeProvider wall, TimeSpan underway)
{
    private const int SecondsWithoutRetryAfter = 60;

    private readonly Lock sync = new();
    private readonly List<Wait> waits = [];
    private readonly List<EarlyRequest> early = [];

    public IReadOnlyList<EarlyRequest> Early
    {
        get
        {
            lock (sync)
            {
                return [.. early];
            }
        }
    }

    public void Clear()
    {
        lock (sync)
        {
            waits.Clear();
            early.Clear();
        }
    }

    /// <summary>A request came.</summary>
    public void Arrived(string token, string connection, string method, string path, RequestKind kind)
    {
        var now = time.GetUtcNow();
        lock (sync)
        {
            waits.RemoveAll(wait => wait.Until <= now);
            // What is left can be asked for free of the primary limit.
            var broken = waits.Find(wait =>
                wait.Token == token
                && (wait.Kind is null || (wait.Kind == kind && path != "/rate_limit"))
                && ((wait.Connection == connection && wait.ToldTo == kind) || wall.GetElapsedTime(wait.Told) > underway)
            );
            if (broken is not null)
            {
                early.Add(new EarlyRequest(method, path, kind, now, broken.Until, broken.Reason));
            }
        }
    }

    /// <summary>An answer with these headers leaves. One that breaks on its way tells nothing.</summary>
    /// <param name="headers">As they are sent.</param>
    /// <param name="offset">How far off the clock is that the headers show.</param>
    public void Told(
        string token,
        string connection,
        RequestKind kind,
        Answer answer,
        Func<string, string?> headers,
        TimeSpan offset
    )
    {
        if (answer.Sending != Sending.Whole)
        {
            return;
        }

        var now = time.GetUtcNow();
        Wait? wait = null;
        if (Number(headers("Retry-After")) is { } seconds)
        {
            wait = new Wait(token, null, now.AddSeconds(seconds), $"Retry-After: {seconds}", connection);
        }
        else if (
            (answer.Limit == Limit.Primary || headers("X-RateLimit-Remaining") == "0")
            && Number(headers("X-RateLimit-Reset")) is { } reset
        )
        {
            wait = new Wait(
                token,
                kind,
                DateTimeOffset.FromUnixTimeSeconds(reset) - offset,
                $"X-RateLimit-Reset: {reset}",
                connection
            );
        }
        else if (answer.Limit == Limit.Secondary)
        {
            wait = new Wait(token, null, now.AddSeconds(SecondsWithoutRetryAfter), "secondary rate limit", connection);
        }

        if (wait is not null && wait.Until > now)
        {
            lock (sync)
            {
                waits.Add(wait with { ToldTo = kind, Told = wall.GetTimestamp() });
            }
        }
    }

    private static long? Number(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private sealed record Wait(string Token, RequestKind? Kind, DateTimeOffset Until, string Reason, string Connection)
    {
        public RequestKind ToldTo { get; init; }

        public long Told { get; init; }
    }
}
