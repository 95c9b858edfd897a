using System.Net;
using Backfill.Simulation;
using Backfill.Simulation.Faults;

namespace Backfill.Core.Tests.Simulation;

public sealed class ServerFaultTests
{
    private const string WentWrong =
        """{"data":null,"errors":[{"message":"Something went wrong while executing your query. This may be the result of a timeout, or it could be a GitHub bug. Please include `C084:58C5:1747A26:2F86499:6334A643` when reporting this issue."}]}""";
    private const string BadGateway =
        "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";

    [Theory]
    [InlineData("http-502", 502, WentWrong)]
    [InlineData("http-502-html", 502, BadGateway)]
    [InlineData(
        "http-504",
        504,
        """{"message":"We couldn't respond to your request in time. Sorry about that. Please try resubmitting your request and contact us if the problem persists."}"""
    )]
    [InlineData("http-500", 500, "")]
    [InlineData("page-too-heavy:1", 502, WentWrong)]
    public async Task A_failure_before_the_limits_has_no_rate_headers(string rule, int status, string text)
    {
        await using var simulator = await FaultCalls.StartAsync(rule);
        var reply = await simulator.PageAsync();
        Assert.Equal((status, text), ((int)reply.Status, reply.Text));
        Assert.DoesNotContain(reply.Headers.Keys, name => name.StartsWith("X-RateLimit", StringComparison.Ordinal));
        var logged = Assert.Single(simulator.Requests);
        Assert.Equal((rule.Split(':')[0], status, "Page"), (logged.Fault, logged.Status, logged.Operation));
    }

    [Theory]
    [InlineData("errors-200", WentWrong)]
    [InlineData(
        "errors-200-dated",
        """{"data":null,"errors":[{"message":"Something went wrong while executing your query on 2025-03-25T04:48:34+00:00. This may be the result of a timeout, or it could be a GitHub bug. Please include `C084:58C5:1747A26:2F86499:6334A643` when reporting this issue."}]}"""
    )]
    [InlineData("timedout-200", """{"data":{"repository":null},"errors":[{"message":"timedout"}]}""")]
    [InlineData("empty-200", "")]
    public async Task Failures_come_as_200_too(string rule, string text)
    {
        await using var simulator = await FaultCalls.StartAsync(rule);
        var reply = await simulator.PageAsync();
        Assert.Equal((HttpStatusCode.OK, text), (reply.Status, reply.Text));
    }

    [Theory]
    [InlineData("http-503", 503, "503 Service Unavailable")]
    [InlineData("html-200", 200, "GitHub is down for maintenance")]
    [InlineData("rest/http-502", 502, "502 Bad Gateway")]
    public async Task A_proxy_answers_with_a_page(string rule, int status, string title)
    {
        await using var simulator = await FaultCalls.StartAsync(rule);
        var reply = await simulator.GetAsync("repos/octo/hello");
        Assert.Equal(status, (int)reply.Status);
        Assert.Contains($"<title>{title}</title>", reply.Text, StringComparison.Ordinal);
        Assert.StartsWith("text/html", reply.Headers["Content-Type"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_field_that_is_gone_ends_the_query()
    {
        await using var simulator = await FaultCalls.StartAsync("schema-change");
        var reply = await simulator.PageAsync();
        Assert.False(reply.Json.TryGetProperty("data", out _));
        Assert.Equal(
            ("undefinedField", "PullRequest", "mergeable", "Field 'mergeable' doesn't exist on type 'PullRequest'"),
            (
                reply.At("errors", "0", "extensions", "code").GetString(),
                reply.At("errors", "0", "extensions", "typeName").GetString(),
                reply.At("errors", "0", "extensions", "fieldName").GetString(),
                reply.At("errors", "0", "message").GetString()
            )
        );
        Assert.Equal(HttpStatusCode.OK, (await simulator.GetAsync("repos/octo/hello")).Status);
    }

    [Fact]
    public async Task A_page_that_is_small_enough_is_not_too_heavy()
    {
        await using var simulator = await FaultCalls.StartAsync("page-too-heavy:5");
        Assert.Equal(HttpStatusCode.BadGateway, (await simulator.PageAsync(6)).Status);
        Assert.Equal(HttpStatusCode.OK, (await simulator.PageAsync(5)).Status);
    }

    [Fact]
    public async Task Many_nodes_take_long_and_too_many_end_after_ten_seconds_with_a_fine()
    {
        var time = new AcceleratedTime(500);
        await using var simulator = await SimulatorCalls.StartAsync(
            new SimulatorOptions
            {
                PullRequests = 30,
                Time = time,
                Faults = [FaultRule.Parse("slow-by-size:300")],
            }
        );
        // One issue with at most five comments: at most two seconds.
        var began = time.GetTimestamp();
        Assert.Equal(HttpStatusCode.OK, (await simulator.PageAsync(1)).Status);
        Assert.True(time.GetElapsedTime(began) >= TimeSpan.FromMilliseconds(500));
        began = time.GetTimestamp();
        Assert.Equal(HttpStatusCode.BadGateway, (await simulator.PageAsync(20)).Status);
        Assert.True(time.GetElapsedTime(began) >= TimeSpan.FromSeconds(10));
        // Two queries of one point, and the fine.
        Assert.Equal(12, (await simulator.GetAsync("rate_limit")).At("resources", "graphql", "used").GetInt32());
    }

    [Fact]
    public async Task One_item_is_too_heavy_however_it_is_asked_for()
    {
        await using var simulator = await FaultCalls.StartAsync();
        var issue = simulator.Repositories[0].Issues.By(Backfill.Simulation.Data.SortField.UpdatedAt)[0];
        simulator.Faults.Add(FaultRule.Parse($"item-too-heavy:{issue.Number}"));
        Assert.Equal(HttpStatusCode.BadGateway, (await simulator.PageAsync(20)).Status);
        Assert.Equal(HttpStatusCode.BadGateway, (await simulator.PageAsync(1)).Status);
        foreach (
            var query in new[]
            {
                $$"""{ repository(owner: "octo", name: "hello") { issue(number: {{issue.Number}}) { id } } }""",
                $$"""{ repository(owner: "octo", name: "hello") { issueOrPullRequest(number: {{issue.Number}}) { __typename } } }""",
                $$"""{ node(id: "{{issue.NodeId}}") { id } }""",
                $$"""{ nodes(ids: ["{{issue.NodeId}}"]) { id } }""",
            }
        )
        {
            Assert.Equal(HttpStatusCode.BadGateway, (await simulator.QueryAsync(query)).Status);
        }

        // Its cursor leads past it, and the next page is good.
        var past = await simulator.QueryAsync(
            """{ repository(owner: "octo", name: "hello") { issues(first: 1, orderBy: { field: UPDATED_AT, direction: ASC }) { edges { cursor } } } }"""
        );
        var cursor = past.At("data", "repository", "issues", "edges", "0", "cursor").GetString();
        Assert.Equal(HttpStatusCode.OK, (await simulator.PageAsync(5, cursor)).Status);
    }

    [Fact]
    public async Task Children_of_one_item_are_too_heavy_and_the_item_is_not()
    {
        await using var simulator = await FaultCalls.StartAsync();
        var issue = simulator.Repositories[0].Issues.All.First(item => item.Comments.Count > 5);
        simulator.Faults.Add(FaultRule.Parse($"children-too-heavy:{issue.Number}"));
        string Query(string selection) => $$"""{ node(id: "{{issue.NodeId}}") { ... on Issue { {{selection}} } } }""";
        Assert.Equal(
            HttpStatusCode.BadGateway,
            (await simulator.QueryAsync(Query("comments(first: 1) { nodes { id } }"))).Status
        );
        var counted = await simulator.QueryAsync(Query("title body comments(first: 1) { totalCount }"));
        Assert.Equal(issue.Comments.Count, counted.At("data", "node", "comments", "totalCount").GetInt32());
    }

    [Fact]
    public async Task A_page_is_too_heavy_with_what_is_nested_in_it()
    {
        await using var simulator = await FaultCalls.StartAsync("many-nodes:20");
        Task<Reply> QueryAsync(string comments) =>
            simulator.QueryAsync(
                $$"""{ repository(owner: "octo", name: "hello") { issues(first: 20) { nodes { number comments(first: 20) { {{comments}} } } } } }"""
            );
        Assert.Equal(HttpStatusCode.OK, (await QueryAsync("totalCount")).Status);
        Assert.Equal(HttpStatusCode.BadGateway, (await QueryAsync("totalCount nodes { id }")).Status);
    }

    [Theory]
    [InlineData("node-limit", false)]
    [InlineData(null, true)]
    public async Task Too_many_nodes_are_refused_with_their_place(string? rule, bool isReal)
    {
        await using var simulator = await FaultCalls.StartAsync(rule is null ? [] : [rule]);
        var reply = await simulator.QueryAsync(
            """
            {
              repository(owner: "octo", name: "hello") { pullRequests(first: 100) { nodes { reviews(first: 100) {
                nodes { comments(first: 100) { totalCount } } } } } }
            }
            """
        );
        Assert.Equal("MAX_NODE_LIMIT_EXCEEDED", reply.ErrorType);
        Assert.Equal(
            "By the time this query traverses to the comments connection, it is requesting up to "
                + (isReal ? "1,010,100" : "1,000,000")
                + " possible nodes which exceeds the maximum limit of 500,000.",
            reply.At("errors", "0", "message").GetString()
        );
        if (isReal)
        {
            Assert.Equal("""[{"line":3,"column":13}]""", reply.At("errors", "0", "locations").GetRawText());
        }
    }
}
