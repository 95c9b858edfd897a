using Backfill.Simulation;
using Backfill.Simulation.Faults;
using Backfill.Simulation.Server;
using Microsoft.Extensions.Time.Testing;

namespace Backfill.Core.Tests.Simulation;

public sealed class WitnessTests
{
    private const string Cheap = """{ repository(owner: "octo", name: "hello") { id } }""";

    [Theory]
    [InlineData("secondary-403-retry-after:30@1", 30, true)]
    [InlineData("secondary-429-retry-after:30@1", 30, true)]
    [InlineData("secondary-403@1", 60, true)]
    [InlineData("secondary-429@1", 60, true)]
    [InlineData("secondary-200@1", 60, true)]
    [InlineData("rate-limited-200:90@1", 90, false)]
    [InlineData("rate-limited-code-200:90@1", 90, false)]
    [InlineData("rate-limited-remaining:90@1", 90, false)]
    [InlineData("last-page:90@1", 90, false)]
    public async Task A_request_inside_a_wait_is_seen_and_one_after_it_is_not(string rule, int seconds, bool closesBoth)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 7, 1, 12, 0, 0, TimeSpan.Zero));
        await using var simulator = await StartAsync(time, rule);
        await simulator.QueryAsync(Cheap);
        Assert.Empty(simulator.EarlyRequests);
        time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
        await simulator.QueryAsync(Cheap);
        var early = Assert.Single(simulator.EarlyRequests);
        Assert.Equal(
            ("POST", "/graphql", RequestKind.GraphQL, time.GetUtcNow(), time.GetUtcNow().AddMilliseconds(1)),
            (early.Method, early.Path, early.Kind, early.At, early.Until)
        );
        Assert.NotEmpty(early.Reason);
        await simulator.GetAsync("repos/octo/hello");
        Assert.Equal(closesBoth ? 2 : 1, simulator.EarlyRequests.Count);

        time.Advance(TimeSpan.FromMilliseconds(1));
        await simulator.QueryAsync(Cheap);
        await simulator.GetAsync("repos/octo/hello");
        Assert.Equal(closesBoth ? 2 : 1, simulator.EarlyRequests.Count);
        simulator.Reset();
        Assert.Empty(simulator.EarlyRequests);
    }

    [Theory]
    [InlineData("rest/rate-limited-403:90@1")]
    [InlineData("rest/rate-limited-429:90@1")]
    [InlineData("rest/last-page:90@1")]
    public async Task The_primary_limit_of_REST_leaves_GraphQL_and_the_question_what_is_left(string rule)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 7, 1, 12, 0, 0, TimeSpan.Zero));
        await using var simulator = await StartAsync(time, rule);
        await simulator.GetAsync("repos/octo/hello");
        await simulator.QueryAsync(Cheap);
        await simulator.GetAsync("rate_limit");
        Assert.Empty(simulator.EarlyRequests);
        await simulator.GetAsync("repos/octo/hello");
        Assert.Equal("/repos/octo/hello", Assert.Single(simulator.EarlyRequests).Path);
    }

    [Fact]
    public async Task Budgets_that_are_spent_are_waits_too()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 7, 1, 12, 0, 0, TimeSpan.Zero));
        await using var simulator = await StartAsync(time, null);
        await simulator.QueryAsync(Cheap);
        await simulator.QueryAsync(Cheap);
        Assert.Equal(time.GetUtcNow().AddHours(1), Assert.Single(simulator.EarlyRequests).Until);
    }

    [Fact]
    public async Task Each_token_waits_for_itself()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 7, 1, 12, 0, 0, TimeSpan.Zero));
        await using var simulator = await StartAsync(time, "secondary-403@1");
        await simulator.QueryAsync(Cheap, token: "one");
        await simulator.QueryAsync(Cheap, token: "two");
        Assert.Empty(simulator.EarlyRequests);
        await simulator.QueryAsync(Cheap, token: "one");
        Assert.Single(simulator.EarlyRequests);
    }

    [Fact]
    public async Task A_clock_that_is_off_does_not_move_the_wait()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 7, 1, 12, 0, 0, TimeSpan.Zero));
        await using var simulator = await StartAsync(time, "clock-ahead");
        simulator.Faults.Add(FaultRule.Parse("rate-limited-200:90@1"));
        var limited = await simulator.QueryAsync(Cheap);
        Assert.Equal(
            time.GetUtcNow().AddSeconds(690).ToUnixTimeSeconds().ToString(),
            limited.Headers["X-RateLimit-Reset"]
        );
        time.Advance(TimeSpan.FromSeconds(90));
        await simulator.QueryAsync(Cheap);
        Assert.Empty(simulator.EarlyRequests);
    }

    [Fact]
    public void A_request_that_was_already_under_way_is_not_early()
    {
        var (time, wall) = (new FakeTimeProvider(), new FakeTimeProvider());
        var witness = new WaitWitness(time, wall, TimeSpan.FromMilliseconds(50));
        witness.Told(
            "t",
            "one",
            RequestKind.Rest,
            new Answer(403, []),
            name => name == "Retry-After" ? "60" : null,
            TimeSpan.Zero
        );
        witness.Arrived("t", "two", "GET", "/under/way", RequestKind.Rest);
        witness.Arrived("t", "one", "POST", "/of/the/other/interface", RequestKind.GraphQL);
        Assert.Empty(witness.Early);
        witness.Arrived("t", "one", "GET", "/same/connection", RequestKind.Rest);
        wall.Advance(TimeSpan.FromMilliseconds(51));
        witness.Arrived("t", "two", "GET", "/much/later", RequestKind.Rest);
        Assert.Equal(["/same/connection", "/much/later"], witness.Early.Select(early => early.Path));
    }

    [Fact]
    public async Task An_answer_that_breaks_on_its_way_sets_no_limit()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 7, 1, 12, 0, 0, TimeSpan.Zero));
        await using var simulator = await StartAsync(time, "last-page@1");
        simulator.Faults.Add(FaultRule.Parse("truncated-body@1"));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => simulator.QueryAsync(Cheap));
        await simulator.QueryAsync(Cheap);
        Assert.Empty(simulator.EarlyRequests);
    }

    // One point an hour where nothing else is wrong.
    private static Task<GitHubSimulator> StartAsync(TimeProvider time, string? rule) =>
        SimulatorCalls.StartAsync(
            new SimulatorOptions
            {
                PullRequests = 12,
                Time = time,
                Underway = TimeSpan.Zero,
                PointsPerHour = rule is null ? 1 : 5_000,
                Faults = rule is null ? [] : [FaultRule.Parse(rule)],
            }
        );
}
