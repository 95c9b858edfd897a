namespace Backfill.Core.GitHub;

/// <summary>What is known of a token's budget without asking.</summary>
/// <param name="Limit">The budget of an hour; null before any answer.</param>
/// <param name="Remaining">What is left; null before any answer, and when it became full since.</param>
/// <param name="ResetsAt">When it is full again; null as with what is left.</param>
/// <param name="HeldUntil">Until when a limit holds requests back; null while they may leave.</param>
internal sealed record KnownBudget(long? Limit, long? Remaining, DateTimeOffset? ResetsAt, DateTimeOffset? HeldUntil);

/// <summary>
/// The gate that every request of one token passes, whatever repository it is for: one request of each kind at a
/// time, and none while a limit holds. Times are GitHub's own: this machine's clock may be off.
/// </summary>
/// <param name="tokens">Where its token comes from.</param>
/// <param name="time">The local clock.</param>
internal sealed class TokenGate(ITokenSource tokens, TimeProvider time) : IDisposable
{
    // GitHub asks for at least a minute where it does not say how long, then exponentially more.
    private static readonly TimeSpan FirstPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(16);

    private readonly Lock sync = new();
    private readonly SemaphoreSlim[] turns = [new(1), new(1)];
    private readonly Budget[] budgets = [new(), new()];
    private TimeSpan clockOffset;
    private DateTimeOffset blockedUntil = DateTimeOffset.MinValue;
    private string blockedBy = "";
    private int strikes;

    /// <summary>How often GitHub refused the token since it last took it.</summary>
    public int Refusals { get; private set; }

    /// <summary>The token to send now.</summary>
    public ValueTask<Secret?> TokenAsync(CancellationToken cancellationToken) =>
        tokens.ReadAsync(Now, cancellationToken);

    /// <summary>GitHub refused the token: one that can be made anew is.</summary>
    public void Refused()
    {
        Refusals++;
        tokens.Refused();
    }

    /// <summary>GitHub's time now.</summary>
    public DateTimeOffset Now => time.GetUtcNow() + clockOffset;

    /// <summary>What is left of a budget as the last answer said; null before the first.</summary>
    public long? Remaining(GitHubResource resource)
    {
        lock (sync)
        {
            var budget = budgets[(int)resource];
            return budget.ResetsAt > Now ? budget.Remaining : null;
        }
    }

    /// <summary>What the answers so far told of a budget.</summary>
    public KnownBudget Known(GitHubResource resource)
    {
        lock (sync)
        {
            var budget = budgets[(int)resource];
            var held = OpensAt(resource) is var opensAt && opensAt > Now ? opensAt : (DateTimeOffset?)null;
            return budget.ResetsAt > Now
                ? new KnownBudget(budget.Limit, budget.Remaining, budget.ResetsAt, held)
                : new KnownBudget(budget.Limit, null, null, held);
        }
    }

    /// <summary>When the next request may leave; now or earlier when it may at once.</summary>
    public DateTimeOffset OpensAt(GitHubResource resource)
    {
        lock (sync)
        {
            var budget = budgets[(int)resource];
            return budget.Remaining <= 0 && budget.ResetsAt > blockedUntil ? budget.ResetsAt : blockedUntil;
        }
    }

    /// <summary>Takes the turn, after every wait that is due. The caller gives it back with <see cref="Leave"/>.</summary>
    public async Task EnterAsync(GitHubResource resource, IGitHubListener listener, CancellationToken cancellationToken)
    {
        await turns[(int)resource].WaitAsync(cancellationToken);
        try
        {
            for (var waited = false; ; waited = true)
            {
                var wait = OpensAt(resource) - Now;
                if (wait <= TimeSpan.Zero)
                {
                    if (waited)
                    {
                        listener.Waiting(null, "");
                    }

                    return;
                }

                listener.Waiting(time.GetUtcNow() + wait, blockedBy);
                await Task.Delay(wait, time, cancellationToken);
            }
        }
        catch
        {
            Leave(resource);
            throw;
        }
    }

    /// <summary>Gives the turn back.</summary>
    public void Leave(GitHubResource resource) => turns[(int)resource].Release();

    /// <summary>Learns GitHub's clock and what is left from an answer's headers.</summary>
    public void Observe(GitHubResource resource, GitHubAnswer answer)
    {
        lock (sync)
        {
            clockOffset = answer.ReceivedAt - time.GetUtcNow();
            if (
                answer.Number("x-ratelimit-remaining") is { } remaining
                && answer.Number("x-ratelimit-reset") is { } reset
            )
            {
                // The second after: GitHub's times have no fractions.
                budgets[(int)resource] = new Budget(
                    answer.Number("x-ratelimit-limit"),
                    remaining,
                    DateTimeOffset.FromUnixTimeSeconds(reset).AddSeconds(1)
                );
                if (remaining == 0)
                {
                    blockedBy = $"{resource} rate limit";
                }
            }
        }
    }

    /// <summary>Closes the gate as a limit demands. False when GitHub has not let anything through for so long that asking on is pointless.</summary>
    public bool Close(GitHubResource resource, Verdict.Limited limit)
    {
        lock (sync)
        {
            blockedBy = limit.Reason;
            if (limit is { Secondary: false, Wait: { } untilReset } && untilReset > TimeSpan.Zero)
            {
                var limitOfAnHour = budgets[(int)resource].Limit;
                budgets[(int)resource] = new Budget(limitOfAnHour, 0, Now + untilReset + TimeSpan.FromSeconds(1));
                return true;
            }

            strikes++;
            var doubled = FirstPause * Math.Pow(2, strikes - 1);
            var pause =
                limit.Wait is { } given && given > TimeSpan.Zero ? given
                : doubled < LongestPause ? doubled
                : LongestPause;
            // The second more: the Date by which Now is told has no fractions.
            var until = Now + pause + TimeSpan.FromSeconds(1);
            blockedUntil = until > blockedUntil ? until : blockedUntil;
            return strikes <= 8;
        }
    }

    /// <summary>An answer came through: the next limit begins at the first pause again.</summary>
    public void Passed()
    {
        lock (sync)
        {
            strikes = 0;
            Refusals = 0;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        tokens.Dispose();
        foreach (var turn in turns)
        {
            turn.Dispose();
        }
    }

    private sealed record Budget(long? Limit, long Remaining, DateTimeOffset ResetsAt)
    {
        public Budget()
            : this(null, long.MaxValue, DateTimeOffset.MinValue) { }
    }
}
