using System.Net;
using Backfill.Core.GitHub;

namespace Backfill.Core.Tests.GitHub;

/// <summary>When a gate opens, whatever fractions of a second GitHub's dates leave out.</summary>
public sealed class TokenGateTests
{
    private static readonly DateTimeOffset Second = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_minute_of_waiting_is_a_whole_minute_whichever_answer_gave_the_time_last()
    {
        var clock = new SetClock { Now = Second.AddMilliseconds(900) };
        using var gate = new TokenGate(new GivenToken(null), clock);

        // Refused at .9 of a second, which the Date leaves out; then an answer of REST whose Date is exact.
        gate.Observe(GitHubResource.GraphQL, Answer(Second));
        Assert.True(
            gate.Close(GitHubResource.GraphQL, new Verdict.Limited(null, "secondary rate limit", Secondary: true))
        );
        clock.Now = Second.AddSeconds(1);
        gate.Observe(GitHubResource.Rest, Answer(Second.AddSeconds(1)));

        clock.Now = Second.AddSeconds(60.8);
        Assert.True(gate.OpensAt(GitHubResource.GraphQL) > gate.Now);
        clock.Now = Second.AddSeconds(61);
        Assert.True(gate.OpensAt(GitHubResource.GraphQL) <= gate.Now);
    }

    private static GitHubResponse Answer(DateTimeOffset date) =>
        new(HttpStatusCode.OK, new Dictionary<string, string>(), [], default, date, TimeSpan.Zero);

    private sealed class SetClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
