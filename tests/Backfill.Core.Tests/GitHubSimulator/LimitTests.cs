using System.Net;
using Backfill.Simulation;
using Backfill.Simulation.Data;
using Backfill.Simulation.GraphQL;
using GraphQL;
using GraphQLParser;
using GraphQLParser.AST;
using Microsoft.Extensions.Time.Testing;

namespace Backfill.Core.Tests.Simulation;

public sealed class LimitTests
{
    private const string Cheap =
        """{ rateLimit { cost limit remaining used resetAt nodeCount } repository(owner: "octo", name: "hello") { id } }""";

    [Theory]
    // The example of GitHub's documentation, with this schema's connections: 1 + 100 + 5,000 requests.
    [InlineData(
        "repository(owner: \"o\", name: \"r\") { pullRequests(first: 100) { nodes { reviews(first: 50) { nodes { comments(first: 60) { totalCount } } } } } }",
        51,
        305_100
    )]
    [InlineData("repository(owner: \"o\", name: \"r\") { issues(first: 1) { totalCount } }", 1, 1)]
    [InlineData("viewer { login }", 1, 0)]
    [InlineData(
        "a: repository(owner: \"o\", name: \"r\") { issues(first: 100) { nodes { comments(first: 1) { totalCount } labels(first: 1) { totalCount } } } }",
        2,
        300
    )]
    [InlineData(
        "nodes(ids: [\"a\", \"b\", \"c\"]) { ... on Issue { comments(first: 10) { totalCount } } ...F }",
        1,
        330
    )]
    [InlineData(
        "repository(owner: \"o\", name: \"r\") { issues(first: 100) { nodes { comments(first: 1) @include(if: false) { totalCount } ... @skip(if: true) { labels(first: 1) { totalCount } } } } }",
        1,
        100
    )]
    public void Cost_follows_the_documentation(string selection, int points, long nodes)
    {
        var document = Parser.Parse(
            $"query {{ {selection} }} fragment F on PullRequest {{ comments(first: 100) {{ totalCount }} }}"
        );
        var cost = QueryCost.Of(
            SchemaFactory.Create(new World()),
            document,
            document.Definitions.OfType<GraphQLOperationDefinition>().Single(),
            Inputs.Empty
        );
        Assert.Equal((points, nodes), (cost.Points, cost.Nodes));
    }

    [Fact]
    public async Task More_than_half_a_million_nodes_are_refused_and_cost_nothing()
    {
        await using var simulator = await SimulatorCalls.StartAsync(new SimulatorOptions { PullRequests = 12 });
        var reply = await simulator.QueryAsync(
            """{ repository(owner: "octo", name: "hello") { pullRequests(first: 100) { nodes { reviews(first: 100) { nodes { comments(first: 100) { totalCount } } } } } } }"""
        );
        Assert.Equal("MAX_NODE_LIMIT_EXCEEDED", reply.ErrorType);
        Assert.Equal(0, simulator.Requests[^1].Cost);
    }

    [Fact]
    public async Task Points_are_counted_refused_and_given_back_after_an_hour()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 7, 1, 12, 0, 0, TimeSpan.Zero));
        await using var simulator = await SimulatorCalls.StartAsync(
            new SimulatorOptions
            {
                PullRequests = 12,
                PointsPerHour = 2,
                Time = time,
            }
        );
        var first = await simulator.QueryAsync(Cheap);
        Assert.Equal(
            (1, 2, 1, 1),
            (
                first.At("data", "rateLimit", "cost").GetInt32(),
                first.At("data", "rateLimit", "limit").GetInt32(),
                first.At("data", "rateLimit", "remaining").GetInt32(),
                first.At("data", "rateLimit", "used").GetInt32()
            )
        );
        Assert.Equal("2026-07-01T13:00:00Z", first.At("data", "rateLimit", "resetAt").GetString());
        Assert.Equal(
            ("graphql", "1", "2"),
            (
                first.Headers["X-RateLimit-Resource"],
                first.Headers["X-RateLimit-Remaining"],
                first.Headers["X-RateLimit-Limit"]
            )
        );
        Assert.Equal("Wed, 01 Jul 2026 12:00:00 GMT", first.Headers["Date"]);
        Assert.NotEmpty(first.Headers["X-GitHub-Request-Id"]);

        var last = await simulator.QueryAsync(Cheap);
        Assert.Equal("0", last.Headers["X-RateLimit-Remaining"]);
        var refused = await simulator.QueryAsync(Cheap);
        Assert.Equal((HttpStatusCode.OK, "RATE_LIMITED"), (refused.Status, refused.ErrorType));
        Assert.False(refused.Json.TryGetProperty("data", out _));
        // The other budget is untouched.
        Assert.Equal(HttpStatusCode.OK, (await simulator.GetAsync("repos/octo/hello")).Status);

        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(1, (await simulator.QueryAsync(Cheap)).At("data", "rateLimit", "remaining").GetInt32());
    }

    [Fact]
    public async Task Rest_has_a_budget_of_its_own()
    {
        await using var simulator = await SimulatorCalls.StartAsync(
            new SimulatorOptions { PullRequests = 12, RequestsPerHour = 1 }
        );
        Assert.Equal(
            ("core", "0"),
            (await simulator.GetAsync("repos/octo/hello")) is var reply
                ? (reply.Headers["X-RateLimit-Resource"], reply.Headers["X-RateLimit-Remaining"])
                : default
        );
        var refused = await simulator.GetAsync("repos/octo/hello");
        Assert.Equal(HttpStatusCode.Forbidden, refused.Status);
        Assert.Contains("API rate limit exceeded", refused.At("message").GetString(), StringComparison.Ordinal);
        // Asking what is left is free, even then.
        Assert.Equal(0, (await simulator.GetAsync("rate_limit")).At("resources", "core", "remaining").GetInt32());
    }

    [Fact]
    public async Task Only_the_token_is_let_in()
    {
        await using var simulator = await SimulatorCalls.StartAsync(
            new SimulatorOptions { PullRequests = 12, Token = "right" }
        );
        var none = await simulator.GetAsync("repos/octo/hello");
        var wrong = await simulator.GetAsync("repos/octo/hello", ("Authorization", "Bearer wrong"));
        var right = await simulator.GetAsync("repos/octo/hello", ("Authorization", "token right"));
        Assert.Equal(
            (HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.OK),
            (none.Status, wrong.Status, right.Status)
        );
        Assert.Equal("Bad credentials", wrong.At("message").GetString());
        Assert.Equal(HttpStatusCode.Unauthorized, (await simulator.QueryAsync(Cheap)).Status);
    }

    [Fact]
    public async Task A_client_must_say_what_it_is()
    {
        await using var simulator = await SimulatorCalls.StartAsync(new SimulatorOptions { PullRequests = 12 });
        using var anonymous = new HttpClient();
        using var response = await anonymous.GetAsync(
            new Uri(simulator.Url, "repos/octo/hello"),
            TestContext.Current.CancellationToken
        );
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }
}
