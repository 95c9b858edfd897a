namespace Backfill.Core.Embedding.Providers;

/// <summary>What an answer says about the provider's limits; null where it says nothing.</summary>
internal sealed record PaceHints(
    double? TokenLimit,
    double? TokensRemaining,
    double? RequestLimit,
    double? RequestsRemaining,
    TimeSpan? RetryAfter
);

/// <summary>
/// When the requests of one provider may leave: two token buckets for its limits of tokens and requests a minute, a gate
/// that <c>Retry-After</c> closes for all of them, and a number of requests under way that grows by one for each clean
/// round and is halved by an overload (additive increase, multiplicative decrease).
/// </summary>
/// <param name="tokensPerMinute">Known limit; null is what the answers say.</param>
/// <param name="requestsPerMinute">Known limit; null is what the answers say.</param>
/// <param name="mostAtOnce">Requests under way at once, at most.</param>
internal sealed class RequestPacer(int? tokensPerMinute, int? requestsPerMinute, int mostAtOnce, TimeProvider time)
{
    private const double FirstAtOnce = 4;
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    private readonly Lock door = new();
    private readonly long started = time.GetTimestamp();
    private readonly RateBucket tokens = new(tokensPerMinute);
    private readonly RateBucket requests = new(requestsPerMinute);
    private readonly LinkedList<TaskCompletionSource> queue = new();
    private TimeSpan opensAt;
    private TimeSpan lastCut = TimeSpan.MinValue;
    private double atOnce = Math.Min(FirstAtOnce, mostAtOnce);
    private int underWay;
    private int sent;
    private int clean;

    /// <summary>Requests that may be under way at once now.</summary>
    public int AtOnce
    {
        get
        {
            lock (door)
            {
                return (int)atOnce;
            }
        }
    }

    /// <summary>Waits for a turn.</summary>
    /// <param name="amount">Tokens of the request.</param>
    /// <returns>To be handed back with the answer.</returns>
    public async Task<Permit> EnterAsync(long amount, CancellationToken cancellationToken)
    {
        await TakePlaceAsync(cancellationToken);
        var taken = false;
        try
        {
            TimeSpan wait;
            lock (door)
            {
                var now = Now;
                var forTokens = tokens.Take(amount, now);
                var forRequests = requests.Take(1, now);
                wait = forTokens > forRequests ? forTokens : forRequests;
                taken = true;
            }

            await DelayAsync(wait, cancellationToken);
            while (Closed is var closed && closed > TimeSpan.Zero)
            {
                await DelayAsync(closed, cancellationToken);
            }

            lock (door)
            {
                var now = Now;
                sent++;
                return new Permit(amount, now, sent == 1, tokens.Send(amount, now), requests.Send(1, now));
            }
        }
        catch
        {
            lock (door)
            {
                if (taken)
                {
                    tokens.Return(amount);
                    requests.Return(1);
                }
            }

            LeavePlace();
            throw;
        }
    }

    /// <summary>Learns from an answer and lets the next request go.</summary>
    /// <param name="isOverload">The provider said that it was too much: 429, or 503.</param>
    /// <param name="hints">Null when there was no answer.</param>
    public void Leave(Permit permit, bool isOverload, PaceHints? hints)
    {
        lock (door)
        {
            sent--;
            var alone = permit.Alone && sent == 0;
            if (isOverload)
            {
                tokens.Exhaust(permit.Tokens);
                Cut(permit);
            }
            else if (hints is not null)
            {
                tokens.Correct(permit.TokenMark, hints.TokenLimit, hints.TokensRemaining, alone);
                requests.Correct(permit.RequestMark, hints.RequestLimit, hints.RequestsRemaining, alone);
                if (++clean >= (int)atOnce)
                {
                    clean = 0;
                    atOnce = Math.Min(mostAtOnce, atOnce + 1);
                }
            }

            if (hints?.RetryAfter is { } pause)
            {
                var until = Now + (pause < LongestWait ? pause : LongestWait);
                opensAt = until > opensAt ? until : opensAt;
            }
        }

        LeavePlace();
    }

    private TimeSpan Now => time.GetElapsedTime(started);

    private TimeSpan Closed
    {
        get
        {
            lock (door)
            {
                return opensAt - Now;
            }
        }
    }

    // What was sent before the last cut met the same overload: it counts once.
    private void Cut(Permit permit)
    {
        clean = 0;
        if (permit.SentAt > lastCut)
        {
            lastCut = Now;
            atOnce = Math.Max(1, atOnce / 2);
        }
    }

    private async Task TakePlaceAsync(CancellationToken cancellationToken)
    {
        LinkedListNode<TaskCompletionSource> place;
        lock (door)
        {
            if (underWay < (int)atOnce && queue.Count == 0)
            {
                underWay++;
                return;
            }

            place = queue.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        await using var cancelled = cancellationToken.Register(() =>
        {
            lock (door)
            {
                if (place.List is not null)
                {
                    queue.Remove(place);
                    place.Value.SetCanceled(cancellationToken);
                }
            }
        });
        await place.Value.Task;
    }

    private void LeavePlace()
    {
        lock (door)
        {
            underWay--;
            while (queue.First is { } next && underWay < (int)atOnce)
            {
                underWay++;
                queue.RemoveFirst();
                next.Value.SetResult();
            }
        }
    }

    private Task DelayAsync(TimeSpan wait, CancellationToken cancellationToken) =>
        wait > TimeSpan.Zero ? Task.Delay(wait, time, cancellationToken) : Task.CompletedTask;

    /// <summary>A request that is under way.</summary>
    /// <param name="Tokens">Its tokens.</param>
    /// <param name="SentAt">When it was sent, since the pacer's beginning.</param>
    /// <param name="Alone">Whether nothing else was under way then.</param>
    /// <param name="TokenMark">The tokens' bucket then.</param>
    /// <param name="RequestMark">The requests' bucket then.</param>
    internal sealed record Permit(
        long Tokens,
        TimeSpan SentAt,
        bool Alone,
        RateBucket.Mark TokenMark,
        RateBucket.Mark RequestMark
    );
}
