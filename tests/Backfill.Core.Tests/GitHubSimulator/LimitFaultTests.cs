using System.Net;
using Backfill.Simulation;
using Backfill.Simulation.Faults;
using Microsoft.Extensions.Time.Testing;

namespace Backfill.Core.Tests.Simulation;

public sealed class LimitFaultTests
{
    private static readonly DateTimeOffset Noon = new(2026, 7, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider time = new(Noon);

    [Theory]
    [InlineData(
        "rate-limited-200:90",
        """{"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded for user ID 583231."}]}""",
        "0",
        90
    )]
    [InlineData(
        "rate-limited-code-200:90",
        """{"errors":[{"type":"RATE_LIMIT","code":"graphql_rate_limit","message":"API rate limit already exceeded for user ID 583231."}]}""",
        "0",
        90
    )]
    [InlineData(
        "rate-limited-remaining",
        """{"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded for user ID 583231."}]}""",
        "4",
        60
    )]
    [InlineData(
        "reset-in-past",
        """{"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded for user ID 583231."}]}""",
        "0",
        -100
    )]
    public async Task The_primary_limit_of_GraphQL_is_200_with_an_error(
        string rule,
        string text,
        string remaining,
        int seconds
    )
    {
        await using var simulator = await StartAsync(rule);
        var reply = await simulator.PageAsync();
        Assert.Equal((HttpStatusCode.OK, text), (reply.Status, reply.Text));
        Assert.Equal(
            (remaining, Epoch(seconds)),
            (reply.Headers["X-RateLimit-Remaining"], reply.Headers["X-RateLimit-Reset"])
        );
    }

    [Theory]
    [InlineData("rate-limited-403:90", 403, 90)]
    [InlineData("rate-limited-429", 429, 60)]
    [InlineData("reset-in-past:5", 403, -5)]
    public async Task The_primary_limit_of_REST_is_403_or_429(string rule, int status, int seconds)
    {
        await using var simulator = await StartAsync(rule);
        var reply = await simulator.GetAsync("repos/octo/hello");
        Assert.Equal(status, (int)reply.Status);
        Assert.Equal("API rate limit exceeded for user ID 583231.", reply.At("message").GetString());
        Assert.Equal(
            ("0", Epoch(seconds)),
            (reply.Headers["X-RateLimit-Remaining"], reply.Headers["X-RateLimit-Reset"])
        );
    }

    [Theory]
    [InlineData("secondary-403-retry-after:7", 403, "7")]
    [InlineData("secondary-429-retry-after", 429, "60")]
    [InlineData("secondary-403", 403, null)]
    [InlineData("secondary-429", 429, null)]
    public async Task The_secondary_limit_leaves_what_remains(string rule, int status, string? retryAfter)
    {
        await using var simulator = await StartAsync(rule);
        foreach (var reply in new[] { await simulator.GetAsync("repos/octo/hello"), await simulator.PageAsync() })
        {
            Assert.Equal(status, (int)reply.Status);
            Assert.StartsWith(
                "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If you reach out to GitHub Support for help, please include the request ID ",
                reply.At("message").GetString(),
                StringComparison.Ordinal
            );
            Assert.EndsWith(
                "#about-secondary-rate-limits",
                reply.At("documentation_url").GetString(),
                StringComparison.Ordinal
            );
            Assert.Equal(
                ("5000", retryAfter),
                (reply.Headers["X-RateLimit-Remaining"], reply.Headers.GetValueOrDefault("Retry-After"))
            );
        }
    }

    [Fact]
    public async Task The_secondary_limit_of_GraphQL_is_200_too()
    {
        await using var simulator = await StartAsync("secondary-200");
        var reply = await simulator.PageAsync();
        Assert.Equal(HttpStatusCode.OK, reply.Status);
        Assert.False(reply.Json.TryGetProperty("data", out _));
        Assert.Contains(
            "secondary rate limit",
            reply.At("errors", "0", "message").GetString(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task The_last_page_is_whole_and_says_that_nothing_remains()
    {
        await using var simulator = await StartAsync("last-page:90");
        var reply = await simulator.PageAsync();
        Assert.Equal(5, reply.Numbers().Count);
        Assert.Equal(("0", Epoch(90)), (reply.Headers["X-RateLimit-Remaining"], reply.Headers["X-RateLimit-Reset"]));
        Assert.Equal(
            (0, "2026-07-01T12:01:30Z"),
            (
                reply.At("data", "rateLimit", "remaining").GetInt32(),
                reply.At("data", "rateLimit", "resetAt").GetString()
            )
        );
        var rest = await simulator.GetAsync("repos/octo/hello");
        Assert.Equal((HttpStatusCode.OK, "0"), (rest.Status, rest.Headers["X-RateLimit-Remaining"]));
    }

    [Fact]
    public async Task A_limiter_starts_again_with_every_early_request()
    {
        await using var simulator = await StartAsync("limiter-extends:10");
        Assert.Equal(HttpStatusCode.Forbidden, (await simulator.PageAsync()).Status);
        time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(HttpStatusCode.Forbidden, (await simulator.PageAsync()).Status);
        time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal("10", (await simulator.PageAsync()).Headers["Retry-After"]);
        Assert.Equal(2, simulator.EarlyRequests.Count);
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(HttpStatusCode.OK, (await simulator.PageAsync()).Status);
        Assert.Equal((2, ""), (simulator.EarlyRequests.Count, simulator.Requests[^1].Fault));
    }

    [Fact]
    public async Task A_server_without_limits_says_so_when_it_is_asked()
    {
        await using var simulator = await StartAsync("no-rate-limits");
        using var client = new HttpClient { BaseAddress = simulator.Url };

        using var answer = await client.GetAsync("rate_limit", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains(
            "Rate limiting is not enabled",
            await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)
        );
        Assert.Equal(HttpStatusCode.OK, (await simulator.PageAsync()).Status);
    }

    [Fact]
    public async Task Others_spend_from_the_same_budget()
    {
        await using var simulator = await StartAsync("graphql/shared-budget:2000");
        Assert.Equal("2999", (await simulator.PageAsync()).Headers["X-RateLimit-Remaining"]);
        Assert.Equal("998", (await simulator.PageAsync()).Headers["X-RateLimit-Remaining"]);
        Assert.Equal("RATE_LIMITED", (await simulator.PageAsync()).ErrorType);
    }

    [Fact]
    public async Task The_hour_can_start_again_early()
    {
        await using var simulator = await StartAsync("window-resets-early@3");
        await simulator.PageAsync();
        Assert.Equal(
            ("4998", Epoch(3_600)),
            (await simulator.PageAsync()) is var second
                ? (second.Headers["X-RateLimit-Remaining"], second.Headers["X-RateLimit-Reset"])
                : default
        );
        time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(
            ("4999", Epoch(4_200)),
            (await simulator.PageAsync()) is var third
                ? (third.Headers["X-RateLimit-Remaining"], third.Headers["X-RateLimit-Reset"])
                : default
        );
    }

    [Theory]
    [InlineData("clock-ahead", 600)]
    [InlineData("clock-behind:30", -30)]
    public async Task A_wrong_clock_of_the_server_shows_in_every_header(string rule, int seconds)
    {
        await using var simulator = await StartAsync(rule);
        var reply = await simulator.PageAsync();
        Assert.Equal(Noon.AddSeconds(seconds).ToString("R"), reply.Headers["Date"]);
        Assert.Equal(Epoch(3_600 + seconds), reply.Headers["X-RateLimit-Reset"]);
        Assert.Equal(Noon.AddSeconds(3_600 + seconds), reply.At("data", "rateLimit", "resetAt").GetDateTimeOffset());
        var limits = await simulator.GetAsync("rate_limit");
        Assert.Equal(Epoch(3_600 + seconds), limits.At("resources", "graphql", "reset").GetInt64().ToString());
    }

    [Fact]
    public async Task A_token_is_downgraded()
    {
        await using var simulator = await StartAsync("token-downgraded:7");
        var reply = await simulator.GetAsync("repos/octo/hello");
        Assert.Equal(
            ("60", "7", "53"),
            (
                reply.Headers["X-RateLimit-Limit"],
                reply.Headers["X-RateLimit-Remaining"],
                reply.Headers["X-RateLimit-Used"]
            )
        );
        Assert.Equal("5000", (await simulator.PageAsync()).Headers["X-RateLimit-Limit"]);
    }

    private static string Epoch(int seconds) => Noon.AddSeconds(seconds).ToUnixTimeSeconds().ToString();

    private Task<GitHubSimulator> StartAsync(string rule) =>
        SimulatorCalls.StartAsync(
            new SimulatorOptions
            {
                PullRequests = 30,
                Time = time,
                Faults = [FaultRule.Parse(rule)],
            }
        );
}
