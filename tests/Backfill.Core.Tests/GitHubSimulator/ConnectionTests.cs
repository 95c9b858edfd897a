using System.Net;
using Backfill.Simulation;
using Backfill.Simulation.Data;

namespace Backfill.Core.Tests.Simulation;

public sealed class ConnectionTests
{
    [Theory]
    [InlineData("UPDATED_AT", "ASC", "first", "after")]
    [InlineData("UPDATED_AT", "DESC", "first", "after")]
    [InlineData("CREATED_AT", "ASC", "first", "after")]
    [InlineData("UPDATED_AT", "ASC", "last", "before")]
    [InlineData("UPDATED_AT", "DESC", "last", "before")]
    public async Task Pages_give_every_item_once_in_order(string field, string direction, string size, string cursor)
    {
        await using var simulator = await SimulatorCalls.StartAsync();
        List<int> numbers = [];
        string? place = null;
        for (var more = true; more; )
        {
            var reply = await simulator.QueryAsync(
                $$"""
                query($place: String) { repository(owner: "octo", name: "hello") {
                  pullRequests({{size}}: 37, {{cursor}}: $place, orderBy: { field: {{field}}, direction: {{direction}} }) {
                    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { number } } } } }
                """,
                new { place }
            );
            var page = reply.At("data", "repository", "pullRequests");
            Assert.Equal(300, page.GetProperty("totalCount").GetInt32());
            var edges = page.GetProperty("edges").EnumerateArray().ToList();
            var found = edges.Select(edge => edge.GetProperty("node").GetProperty("number").GetInt32()).ToList();
            var info = page.GetProperty("pageInfo");
            Assert.Equal(edges[0].GetProperty("cursor").GetString(), info.GetProperty("startCursor").GetString());
            Assert.Equal(edges[^1].GetProperty("cursor").GetString(), info.GetProperty("endCursor").GetString());
            if (size == "first")
            {
                Assert.Equal(place is not null, info.GetProperty("hasPreviousPage").GetBoolean());
                numbers.AddRange(found);
                (more, place) = (
                    info.GetProperty("hasNextPage").GetBoolean(),
                    info.GetProperty("endCursor").GetString()
                );
            }
            else
            {
                Assert.Equal(place is not null, info.GetProperty("hasNextPage").GetBoolean());
                numbers.InsertRange(0, found);
                (more, place) = (
                    info.GetProperty("hasPreviousPage").GetBoolean(),
                    info.GetProperty("startCursor").GetString()
                );
            }
        }

        IEnumerable<PullRequest> expected = simulator
            .Repositories[0]
            .PullRequests.All.OrderBy(item => field == "UPDATED_AT" ? item.UpdatedAt : item.CreatedAt)
            .ThenBy(item => item.DatabaseId);
        Assert.Equal((direction == "ASC" ? expected : expected.Reverse()).Select(item => item.Number), numbers);
    }

    [Fact]
    public async Task A_cursor_stays_valid_when_its_item_moves_and_shows_the_later_items()
    {
        await using var simulator = await SimulatorCalls.StartAsync();
        const string Query = """
            query($after: String) { repository(owner: "octo", name: "hello") {
              issues(first: 100, after: $after, orderBy: { field: UPDATED_AT, direction: ASC }) {
                pageInfo { hasNextPage endCursor } nodes { number title } } } }
            """;
        string? after = null;
        var last = 0;
        for (var more = true; more; )
        {
            var page = (await simulator.QueryAsync(Query, new { after })).At("data", "repository", "issues");
            last = page.GetProperty("nodes").EnumerateArray().Last().GetProperty("number").GetInt32();
            after = page.GetProperty("pageInfo").GetProperty("endCursor").GetString();
            more = page.GetProperty("pageInfo").GetProperty("hasNextPage").GetBoolean();
        }

        Assert.Empty(
            (await simulator.QueryAsync(Query, new { after }))
                .At("data", "repository", "issues", "nodes")
                .EnumerateArray()
        );
        simulator.Changes.EditTitle("octo/hello", last, "moved");
        var added = simulator.Changes.AddIssue("octo/hello", "new").Number;
        var news = (await simulator.QueryAsync(Query, new { after }))
            .At("data", "repository", "issues", "nodes")
            .EnumerateArray();
        Assert.Equivalent(
            new[] { last, added },
            news.Select(node => node.GetProperty("number").GetInt32()),
            strict: true
        );
    }

    [Theory]
    [InlineData("issues(first: 101) { totalCount }", "EXCESSIVE_PAGINATION")]
    [InlineData("issues(last: 101) { totalCount }", "EXCESSIVE_PAGINATION")]
    [InlineData("issues { nodes { id } }", "MISSING_PAGINATION_BOUNDARIES")]
    [InlineData("issues { edges { cursor } }", "MISSING_PAGINATION_BOUNDARIES")]
    [InlineData("issues(first: 1, last: 1) { totalCount }", "UNPROCESSABLE")]
    [InlineData("issues(first: 1, after: \"nonsense\") { totalCount }", "INVALID_CURSOR_ARGUMENTS")]
    [InlineData("issue(number: 999999) { id }", "NOT_FOUND")]
    public async Task The_simulator_refuses_the_queries_that_GitHub_refuses(string selection, string type)
    {
        await using var simulator = await SimulatorCalls.StartAsync(new SimulatorOptions { PullRequests = 12 });
        var reply = await simulator.QueryAsync($$"""{ repository(owner: "octo", name: "hello") { {{selection}} } }""");
        Assert.Equal((HttpStatusCode.OK, type), (reply.Status, reply.ErrorType));
        Assert.Equal("repository", reply.At("errors", "0", "path", "0").GetString());
    }

    [Fact]
    public async Task A_cursor_of_another_order_is_refused()
    {
        await using var simulator = await SimulatorCalls.StartAsync(new SimulatorOptions { PullRequests = 12 });
        const string Query =
            """query($after: String) { repository(owner: "octo", name: "hello") { issues(first: 1, after: $after, orderBy: { field: FIELD, direction: ASC }) { pageInfo { endCursor } } } }""";
        var first = await simulator.QueryAsync(Query.Replace("FIELD", "CREATED_AT", StringComparison.Ordinal));
        var after = first.At("data", "repository", "issues", "pageInfo", "endCursor").GetString();
        var reply = await simulator.QueryAsync(
            Query.Replace("FIELD", "UPDATED_AT", StringComparison.Ordinal),
            new { after }
        );
        Assert.Equal("INVALID_CURSOR_ARGUMENTS", reply.ErrorType);
    }

    [Fact]
    public async Task The_number_alone_needs_no_bounds()
    {
        await using var simulator = await SimulatorCalls.StartAsync(new SimulatorOptions { PullRequests = 12 });
        var reply = await simulator.QueryAsync(
            """{ repository(owner: "octo", name: "hello") { pullRequests { totalCount } } }"""
        );
        Assert.Equal(12, reply.At("data", "repository", "pullRequests", "totalCount").GetInt32());
    }

    [Fact]
    public async Task A_field_that_does_not_exist_ends_the_query_in_GitHubs_words()
    {
        await using var simulator = await SimulatorCalls.StartAsync(new SimulatorOptions { PullRequests = 12 });
        var reply = await simulator.QueryAsync("""{ repository(owner: "octo", name: "hello") { nope } }""");
        Assert.False(reply.Json.TryGetProperty("data", out _));
        Assert.Equal("Field 'nope' doesn't exist on type 'Repository'", reply.At("errors", "0", "message").GetString());
        Assert.Equal("undefinedField", reply.At("errors", "0", "extensions", "code").GetString());
    }

    [Fact]
    public async Task A_deleted_node_is_null_beside_the_others()
    {
        await using var simulator = await SimulatorCalls.StartAsync(new SimulatorOptions { PullRequests = 12 });
        var known = simulator.Repositories[0].PullRequests.All[3];
        var reply = await simulator.QueryAsync(
            "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on PullRequest { number } } }",
            new { ids = new[] { "PR_gone", known.NodeId } }
        );
        Assert.Equal(System.Text.Json.JsonValueKind.Null, reply.At("data", "nodes", "0").ValueKind);
        Assert.Equal(known.Number, reply.At("data", "nodes", "1", "number").GetInt32());
        Assert.Equal("NOT_FOUND", reply.ErrorType);
        Assert.Equal(0, reply.At("errors", "0", "path", "1").GetInt32());
    }
}
