namespace Backfill.Core.GitHub;

/// <summary>What the responses so far said of a token's budget.</summary>
/// <param name="Limit">The budget of an hour; null before the first response.</param>
/// <param name="Remaining">What is left; null before the first response, and when GitHub has filled the budget again since.</param>
/// <param name="ResetsAt">When GitHub fills the budget again; null where <paramref name="Remaining"/> is null.</param>
/// <param name="HeldUntil">When the limit ends that holds requests back; null while requests may leave.</param>
internal sealed record KnownBudget(long? Limit, long? Remaining, DateTimeOffset? ResetsAt, DateTimeOffset? HeldUntil);

/// <summary>
/// The gate that every request of one token passes, whatever repository the request is for. It lets one request of each
/// resource through at a time, and none while a limit is reached. It uses GitHub's clock, because the clock of this machine
/// may be wrong.
/// </summary>
/// <param name="tokens">Gives the token.</param>
/// <param name="time">The local clock.</param>
/// <param name="account">The account whose budgets the token uses; null where GitHub has to say it.</param>
internal sealed class TokenGate(ITokenSource tokens, TimeProvider time, string? account = null) : IDisposable
{
    // Where a response names no time, GitHub's documentation asks for a pause of at least a minute, and then exponentially more.
    private static readonly TimeSpan FirstPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(16);

    private readonly Lock sync = new();
    private readonly GateTurn[] ownTurns = [new(), new()];
    private readonly Budget[] budgets = [new(), new()];
    private TimeSpan clockOffset;
    private GateTurn? sharedTurn;
    private DateTimeOffset blockedUntil = DateTimeOffset.MinValue;
    private string blockedBy = "";
    private int strikes;

    /// <summary>Gets how often GitHub has refused the token since it last accepted it.</summary>
    public int Refusals { get; private set; }

    /// <summary>Gets the account whose budgets the token uses; null while it is not known.</summary>
    public string? Account { get; private set; } = account;

    /// <summary>Notes the account of the token.</summary>
    /// <param name="other">The gate of another token of the account; null where there is none. Of the two tokens, one query is sent at a time.</param>
    public void SetAccount(string found, TokenGate? other)
    {
        sharedTurn = other?.Turn(GitHubResource.GraphQL);
        Account = found;
    }

    /// <summary>Returns the turn that requests of a resource wait for.</summary>
    public GateTurn Turn(GitHubResource resource) =>
        resource == GitHubResource.GraphQL && sharedTurn is { } shared ? shared : ownTurns[(int)resource];

    /// <summary>Returns the token to send now.</summary>
    public ValueTask<Secret?> TokenAsync(CancellationToken cancellationToken) =>
        tokens.ReadAsync(Now, cancellationToken);

    /// <summary>Notes that GitHub refused the token. A token that can be renewed is renewed before the next request.</summary>
    public void Refused()
    {
        Refusals++;
        tokens.Refused();
    }

    /// <summary>Gets the time, by GitHub's clock.</summary>
    public DateTimeOffset Now => time.GetUtcNow() + clockOffset;

    /// <summary>Returns the remaining budget that the last response named; null before the first response, and after a reset.</summary>
    public long? Remaining(GitHubResource resource)
    {
        lock (sync)
        {
            var budget = budgets[(int)resource];
            return budget.ResetsAt > Now ? budget.Remaining : null;
        }
    }

    /// <summary>Returns what the responses so far said of a budget.</summary>
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

    /// <summary>Returns when the next request may leave. A time in the past means that it may leave now.</summary>
    public DateTimeOffset OpensAt(GitHubResource resource)
    {
        lock (sync)
        {
            var budget = budgets[(int)resource];
            return budget.Remaining <= 0 && budget.ResetsAt > blockedUntil ? budget.ResetsAt : blockedUntil;
        }
    }

    /// <summary>Waits for the end of a limit. The caller has the turn.</summary>
    public async Task WaitForLimitAsync(
        GitHubResource resource,
        IGitHubListener listener,
        CancellationToken cancellationToken
    )
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

    /// <summary>Reads GitHub's clock and the remaining budget from the headers of a response.</summary>
    public void Observe(GitHubResource resource, GitHubResponse response)
    {
        lock (sync)
        {
            clockOffset = response.ReceivedAt - time.GetUtcNow();
            if (
                response.Number("x-ratelimit-remaining") is { } remaining
                && response.Number("x-ratelimit-reset") is { } reset
            )
            {
                // GitHub's times have no fractions of a second, so one second is added.
                budgets[(int)resource] = new Budget(
                    response.Number("x-ratelimit-limit"),
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

    /// <summary>Closes the gate for the time of a limit. Returns false after more than eight limits in a row, when another try is pointless.</summary>
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
            // The Date header, by which Now is set, has no fractions of a second, so one second is added.
            var until = Now + pause + TimeSpan.FromSeconds(1);
            blockedUntil = until > blockedUntil ? until : blockedUntil;
            return strikes <= 8;
        }
    }

    /// <summary>Notes that GitHub accepted a request. The pause of the next limit is the first pause again.</summary>
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
        foreach (var turn in ownTurns)
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
