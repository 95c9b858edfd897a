namespace Backfill.Core.GitHub;

/// <summary>The token that one request may use now, and the turn that the request gives back.</summary>
internal sealed record Entrance(TokenGate Gate, GateTurn Turn);

/// <summary>
/// The gates of the tokens that share the load. GitHub allows each account sixty seconds of GraphQL time per minute, which is
/// one query at a time. So tokens of different accounts send queries at the same time, and tokens of one account do not.
/// </summary>
internal sealed class TokenGates(IReadOnlyList<TokenGate> gates)
{
    // Two requests that choose at the same moment would choose the same idle token, although another one is idle as well.
    private static readonly Lock Choosing = new();

    /// <summary>Gets the number of GraphQL queries that may be under way at once.</summary>
    public int Accounts =>
        Math.Max(1, gates.Select(gate => gate.Account).OfType<string>().Distinct(StringComparer.Ordinal).Count());

    /// <summary>Gets the gates whose account has to be learned. A token that is alone shares its budgets with no other. A token that GitHub refused is not asked again before GitHub accepts it.</summary>
    public IReadOnlyList<TokenGate> Unknown =>
        gates.Count == 1 ? [] : [.. gates.Where(gate => gate.Account is null && gate.Refusals == 0)];

    /// <summary>Returns the name of a token for a message: its place among the tokens of the settings.</summary>
    public string NameOf(TokenGate gate) =>
        FormattableString.Invariant(
            $"GitHub token {gates.Index().First(one => one.Item == gate).Index + 1} of {gates.Count}"
        );

    /// <summary>Notes the account of a token.</summary>
    public void SetAccount(TokenGate gate, string account) =>
        gate.SetAccount(account, gates.FirstOrDefault(other => other != gate && other.Account == account));

    /// <summary>Returns the largest remaining budget of the tokens that may send now; 0 where none may send, null where no response has named a budget yet.</summary>
    public long? Remaining(GitHubResource resource) =>
        gates.Where(gate => gate.OpensAt(resource) <= gate.Now).Select(gate => gate.Remaining(resource)).ToList()
            is { Count: > 0 } open
            ? open.Contains(null)
                ? null
                : open.Max()
            : 0;

    /// <summary>Returns what is known of a budget of the only token. Sends no request.</summary>
    public KnownBudget Known(GitHubResource resource) => gates.Single().Known(resource);

    /// <summary>Chooses a token for a request, and waits for its turn and for the end of its limit.</summary>
    /// <param name="only">The token to use; null uses the best one.</param>
    /// <param name="patience">The longest time for which a limit may hold the request back; null waits until the limit ends.</param>
    /// <exception cref="LongWaitException">A limit would hold the request back for longer than <paramref name="patience"/>.</exception>
    public async Task<Entrance> EnterAsync(
        GitHubResource resource,
        IGitHubListener listener,
        TokenGate? only,
        TimeSpan? patience,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var (gate, turn) = Join(resource, only, patience);
            await turn.WaitAsync(cancellationToken);
            try
            {
                // A limit may have closed the gate while the request waited for its turn. Another token may send sooner then.
                if (gate.OpensAt(resource) <= gate.Now || gate == (only ?? Best(resource)))
                {
                    await gate.WaitForLimitAsync(resource, listener, cancellationToken);
                    return new Entrance(gate, turn);
                }
            }
            catch
            {
                turn.Leave();
                throw;
            }

            turn.Leave();
        }
    }

    private Entrance Join(GitHubResource resource, TokenGate? only, TimeSpan? patience)
    {
        lock (Choosing)
        {
            var gate = only ?? Best(resource);
            if (gate.OpensAt(resource) is var opensAt && opensAt - gate.Now > patience)
            {
                throw new LongWaitException(resource, opensAt);
            }

            var turn = gate.Turn(resource);
            turn.Join();
            return new Entrance(gate, turn);
        }
    }

    // Prefers tokens that GitHub does not refuse, then the token that may send soonest. Of the tokens that may send now, it
    // prefers those whose account is known, because another one may have the account of a token that is at work. Of these it
    // prefers the one with the fewest requests, and then the one with the largest remaining budget.
    private TokenGate Best(GitHubResource resource) =>
        gates
            .OrderBy(gate => gate.Refusals)
            .ThenBy(gate => gate.OpensAt(resource) > gate.Now ? gate.OpensAt(resource) : DateTimeOffset.MinValue)
            .ThenBy(gate => resource == GitHubResource.GraphQL && gate.Account is null)
            .ThenBy(gate => gate.Turn(resource).Requests)
            .ThenByDescending(gate => gate.Remaining(resource) ?? long.MaxValue)
            .First();
}
