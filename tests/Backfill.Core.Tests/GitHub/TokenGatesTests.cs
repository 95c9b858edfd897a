using System.Net;
using Backfill.Core.GitHub;
using Backfill.Core.Sync.Reading;

namespace Backfill.Core.Tests.GitHub;

/// <summary>Which token a request gets, and how many requests are under way at once.</summary>
public sealed class TokenGatesTests
{
    [Fact]
    public async Task A_request_takes_an_idle_token_although_the_other_one_has_more_left()
    {
        using var rich = Gate("a", remaining: 4_000);
        using var poor = Gate("b", remaining: 10);
        var gates = new TokenGates([rich, poor]);

        Assert.Equal(rich, (await EnterAsync(gates)).Gate);
        Assert.Equal(poor, (await EnterAsync(gates)).Gate);
        Assert.Equal(2, gates.Accounts);
    }

    [Fact]
    public async Task Tokens_of_one_account_have_one_turn()
    {
        using var first = Gate(null);
        using var second = Gate(null);
        var gates = new TokenGates([first, second]);
        Assert.Equal([first, second], gates.Unknown);
        gates.SetAccount(first, "octocat");
        gates.SetAccount(second, "octocat");

        var entered = await EnterAsync(gates);
        var waiting = EnterAsync(gates);

        Assert.Equal(1, gates.Accounts);
        Assert.False(waiting.IsCompleted);
        entered.Turn.Leave();
        await waiting;
    }

    [Fact]
    public async Task A_token_whose_account_is_not_known_is_the_last_choice()
    {
        using var known = Gate("a");
        using var unknown = Gate(null);
        var gates = new TokenGates([unknown, known]);

        var entered = await EnterAsync(gates);
        var waiting = EnterAsync(gates);

        Assert.Equal(known, entered.Gate);
        Assert.False(waiting.IsCompleted);
        entered.Turn.Leave();
        Assert.Equal(known, (await waiting).Gate);
        Assert.Equal(1, gates.Accounts);
    }

    [Fact]
    public async Task A_request_whose_token_meets_a_limit_while_it_waits_takes_another_token()
    {
        using var first = Gate("a");
        using var second = Gate("b");
        var gates = new TokenGates([first, second]);
        var entered = await EnterAsync(gates);
        var other = await EnterAsync(gates);
        var waiting = EnterAsync(gates);
        Assert.Equal((first, second), (entered.Gate, other.Gate));

        first.Close(GitHubResource.GraphQL, new Verdict.Limited(TimeSpan.FromHours(1), "rate limit", Secondary: false));
        entered.Turn.Leave();
        other.Turn.Leave();

        Assert.Equal(second, (await waiting).Gate);
    }

    private static Task<Entrance> EnterAsync(TokenGates gates) =>
        gates.EnterAsync(
            GitHubResource.GraphQL,
            new SyncProgress(),
            only: null,
            patience: null,
            TestContext.Current.CancellationToken
        );

    private static TokenGate Gate(string? account, long remaining = 5_000)
    {
        var gate = new TokenGate(new GivenToken(null), TimeProvider.System, account);
        var now = DateTimeOffset.UtcNow;
        gate.Observe(
            GitHubResource.GraphQL,
            new GitHubResponse(
                HttpStatusCode.OK,
                new Dictionary<string, string>
                {
                    ["x-ratelimit-limit"] = "5000",
                    ["x-ratelimit-remaining"] = FormattableString.Invariant($"{remaining}"),
                    ["x-ratelimit-reset"] = FormattableString.Invariant($"{now.AddHours(1).ToUnixTimeSeconds()}"),
                },
                [],
                default,
                now,
                TimeSpan.Zero
            )
        );
        return gate;
    }
}
