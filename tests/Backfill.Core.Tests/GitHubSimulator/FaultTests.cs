using System.Net;
using System.Text.Json;
using Backfill.Simulation;
using Backfill.Simulation.Faults;
using Microsoft.Extensions.Time.Testing;

namespace Backfill.Core.Tests.Simulation;

public sealed class FaultTests
{
    private const string Page =
        """query Page($first: Int) { repository(owner: "octo", name: "hello") { issues(first: $first) { edges { node { number } } } } }""";

    [Theory]
    [InlineData("http-502", null, RequestKind.GraphQL, null, 1, null)]
    [InlineData("graphql/http-502:7@3x2", "graphql", RequestKind.GraphQL, 7, 3, 2)]
    [InlineData("rest/timeout@2", "rest", RequestKind.Rest, null, 2, 1)]
    [InlineData("truncated-bodyx5", null, RequestKind.Rest, null, 1, 5)]
    public void A_rule_is_read_from_text(
        string text,
        string? kind,
        RequestKind kindOf,
        int? parameter,
        int from,
        int? count
    )
    {
        var rule = FaultRule.Parse(text);
        Assert.Equal(
            (kind is null ? null : (RequestKind?)kindOf, parameter, from, count),
            (rule.Kind, rule.Parameter, rule.From, rule.Count)
        );
    }

    [Theory]
    [InlineData("no-such-fault")]
    [InlineData("http-502:x")]
    [InlineData("")]
    public void What_is_no_rule_is_refused(string text) => Assert.Throws<FormatException>(() => FaultRule.Parse(text));

    [Fact]
    public void Every_fault_can_be_switched_on_by_its_name() =>
        Assert.All(
            FaultTable.Descriptions,
            fault =>
            {
                Assert.Equal(
                    (fault.Name, 1, 1),
                    FaultRule.Parse(fault.Name + "@1") is var rule ? (rule.Name, rule.From, rule.Count) : default
                );
                Assert.NotEmpty(fault.Description);
            }
        );

    [Theory]
    [InlineData("http-502", 502, "Something went wrong")]
    [InlineData("http-502-html", 502, "nginx")]
    [InlineData("http-504", 504, "respond to your request in time")]
    [InlineData("http-500", 500, "")]
    [InlineData("http-503", 503, "503 Service Unavailable")]
    [InlineData("html-200", 200, "<html>")]
    [InlineData("empty-200", 200, "")]
    [InlineData("errors-200", 200, "Something went wrong")]
    [InlineData("timedout-200", 200, "timedout")]
    [InlineData("rate-limited-200", 200, "RATE_LIMITED")]
    [InlineData("rate-limited-403", 403, "API rate limit exceeded")]
    [InlineData("rate-limited-429", 429, "API rate limit exceeded")]
    [InlineData("secondary-403", 403, "secondary rate limit")]
    [InlineData("secondary-403-retry-after", 403, "secondary rate limit")]
    [InlineData("secondary-429-retry-after", 429, "secondary rate limit")]
    [InlineData("secondary-200", 200, "secondary rate limit")]
    [InlineData("401", 401, "Bad credentials")]
    [InlineData("404", 200, "NOT_FOUND")]
    [InlineData("resource-limits:1", 200, "RESOURCE_LIMITS_EXCEEDED")]
    [InlineData("page-too-heavy:1", 502, "Something went wrong")]
    public async Task A_fault_answers_in_its_form_and_is_logged(string rule, int status, string text)
    {
        await using var simulator = await SimulatorCalls.StartAsync(
            new SimulatorOptions { PullRequests = 12, Faults = [FaultRule.Parse(rule)] }
        );
        var reply = await simulator.QueryAsync(Page, new { first = 2 });
        Assert.Equal(status, (int)reply.Status);
        Assert.Contains(text, reply.Text, StringComparison.Ordinal);
        var logged = Assert.Single(simulator.Requests);
        Assert.Equal((rule.Split(':')[0], status, "Page"), (logged.Fault, logged.Status, logged.Operation));
    }

    [Fact]
    public async Task Limits_say_how_long()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 7, 1, 12, 0, 0, TimeSpan.Zero));
        await using var simulator = await SimulatorCalls.StartAsync(
            new SimulatorOptions { PullRequests = 12, Time = time }
        );
        simulator.Faults.Add(FaultRule.Parse("secondary-403-retry-after:7@1"));
        simulator.Faults.Add(FaultRule.Parse("rate-limited-200:90@2"));
        Assert.Equal("7", (await simulator.QueryAsync(Page, new { first = 1 })).Headers["Retry-After"]);
        var limited = await simulator.QueryAsync(Page, new { first = 1 });
        Assert.Equal("0", limited.Headers["X-RateLimit-Remaining"]);
        Assert.Equal(
            time.GetUtcNow().AddSeconds(90).ToUnixTimeSeconds().ToString(),
            limited.Headers["X-RateLimit-Reset"]
        );
        Assert.Equal(HttpStatusCode.OK, (await simulator.QueryAsync(Page, new { first = 1 })).Status);
    }

    [Fact]
    public async Task Only_the_requests_that_a_rule_is_for_meet_it()
    {
        await using var simulator = await SimulatorCalls.StartAsync(new SimulatorOptions { PullRequests = 12 });
        simulator.Faults.Add(
            new FaultRule("http-500")
            {
                Kind = RequestKind.GraphQL,
                Operation = "Page",
                From = 2,
                Count = 2,
            }
        );
        List<int> statuses = [];
        for (var request = 0; request < 5; request++)
        {
            Assert.Equal(HttpStatusCode.OK, (await simulator.GetAsync("repos/octo/hello")).Status);
            Assert.Equal(HttpStatusCode.OK, (await simulator.QueryAsync("query Other { viewer { login } }")).Status);
            statuses.Add((int)(await simulator.QueryAsync(Page, new { first = 1 })).Status);
        }

        Assert.Equal([200, 500, 500, 200, 200], statuses);
        Assert.Equal(2, simulator.Counters.Faults);
        simulator.Reset();
        Assert.Empty(simulator.Requests);
    }

    [Fact]
    public async Task A_page_that_is_small_enough_is_not_too_heavy()
    {
        await using var simulator = await SimulatorCalls.StartAsync(
            new SimulatorOptions { PullRequests = 12, Faults = [FaultRule.Parse("page-too-heavy:5")] }
        );
        Assert.Equal(HttpStatusCode.BadGateway, (await simulator.QueryAsync(Page, new { first = 6 })).Status);
        Assert.Equal(HttpStatusCode.OK, (await simulator.QueryAsync(Page, new { first = 5 })).Status);
    }

    [Fact]
    public async Task A_null_node_leaves_the_rest_of_the_page()
    {
        await using var simulator = await SimulatorCalls.StartAsync(
            new SimulatorOptions { PullRequests = 12, Faults = [FaultRule.Parse("null-node:1")] }
        );
        var reply = await simulator.QueryAsync(Page, new { first = 3 });
        var edges = reply.At("data", "repository", "issues", "edges");
        Assert.Equal(
            [JsonValueKind.Object, JsonValueKind.Null, JsonValueKind.Object],
            edges.EnumerateArray().Select(edge => edge.GetProperty("node").ValueKind)
        );
        Assert.Equal("""["repository","issues","edges",1,"node"]""", reply.At("errors", "0", "path").GetRawText());
    }

    [Fact]
    public async Task Half_an_emoji_is_sent_as_an_escape()
    {
        await using var simulator = await SimulatorCalls.StartAsync(
            new SimulatorOptions { PullRequests = 30, Faults = [FaultRule.Parse("half-emoji")] }
        );
        var reply = await simulator.GetAsync("repos/octo/hello/pulls/comments");
        Assert.StartsWith(@"""\ud83d ", reply.At("0", "body").GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_truncated_body_breaks_the_connection()
    {
        await using var simulator = await SimulatorCalls.StartAsync(
            new SimulatorOptions { PullRequests = 12, Faults = [FaultRule.Parse("truncated-body")] }
        );
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => simulator.GetAsync("repos/octo/hello"));
    }

    [Fact]
    public async Task A_timeout_never_answers()
    {
        await using var simulator = await SimulatorCalls.StartAsync(
            new SimulatorOptions { PullRequests = 12, Faults = [FaultRule.Parse("timeout@1")] }
        );
        using var http = new HttpClient { DefaultRequestHeaders = { { "User-Agent", "tests" } } };
        using var impatient = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var request = http.GetAsync(new Uri(simulator.Url, "repos/octo/hello"), impatient.Token);
        // The next request is answered while the first still waits.
        while (simulator.Requests.Count == 0)
        {
            await Task.Yield();
        }

        Assert.Equal(HttpStatusCode.OK, (await simulator.GetAsync("repos/octo/hello")).Status);
        Assert.False(request.IsCompleted);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
    }
}
