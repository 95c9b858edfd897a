using System.Text.Json;
using Backfill.Simulation.Data;
using Backfill.Simulation.Faults;

namespace Backfill.Core.Tests.Simulation;

public sealed class PartialFaultTests
{
    [Theory]
    [InlineData("null-node:1", "NOT_FOUND")]
    [InlineData("forbidden-node:1", "FORBIDDEN")]
    public async Task A_null_node_leaves_the_rest_of_the_page(string rule, string type)
    {
        await using var simulator = await FaultCalls.StartAsync(rule);
        var reply = await simulator.PageAsync(3);
        Assert.Equal(
            [JsonValueKind.Object, JsonValueKind.Null, JsonValueKind.Object],
            reply
                .At("data", "repository", "issues", "edges")
                .EnumerateArray()
                .Select(edge => edge.GetProperty("node").ValueKind)
        );
        Assert.Equal(
            (type, """["repository","issues","edges",1,"node"]"""),
            (reply.ErrorType, reply.At("errors", "0", "path").GetRawText())
        );
    }

    [Fact]
    public async Task A_forbidden_item_is_null_wherever_it_stands()
    {
        await using var simulator = await FaultCalls.StartAsync();
        var number = simulator.Repositories[0].Issues.By(SortField.UpdatedAt)[3].Number;
        simulator.Faults.Add(FaultRule.Parse($"forbidden-item:{number}"));
        var reply = await simulator.PageAsync(10);
        Assert.Equal((9, "FORBIDDEN"), (reply.Numbers().Count, reply.ErrorType));
        Assert.DoesNotContain(number, reply.Numbers());
        Assert.Equal("""["repository","issues","edges",3,"node"]""", reply.At("errors", "0", "path").GetRawText());
        var before = reply.At("data", "repository", "issues", "edges", "2", "cursor").GetString();
        Assert.Equal(
            """["repository","issues","edges",0,"node"]""",
            (await simulator.PageAsync(1, before)).At("errors", "0", "path").GetRawText()
        );
    }

    [Fact]
    public async Task Single_sign_on_is_asked_for_by_both_interfaces()
    {
        await using var simulator = await FaultCalls.StartAsync("saml");
        const string Text =
            "Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.";
        var reply = await simulator.PageAsync();
        Assert.Equal(
            ("FORBIDDEN", true, Text, JsonValueKind.Null),
            (
                reply.ErrorType,
                reply.At("errors", "0", "extensions", "saml_failure").GetBoolean(),
                reply.At("errors", "0", "message").GetString(),
                reply.At("data", "repository").ValueKind
            )
        );
        var rest = await simulator.GetAsync("repos/octo/hello");
        Assert.Equal((403, Text), ((int)rest.Status, rest.At("message").GetString()));
        Assert.All(
            new[] { reply, rest },
            answer =>
                Assert.StartsWith("required; url=https://", answer.Headers["X-GitHub-SSO"], StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData(
        "resource-limits:4",
        """{"data":{"repository":null},"errors":[{"type":"RESOURCE_LIMITS_EXCEEDED","path":["repository"],"message":"Resource limits for this query exceeded."}]}"""
    )]
    [InlineData(
        "resource-limits-without-path:4",
        """{"data":null,"errors":[{"type":"RESOURCE_LIMITS_EXCEEDED","message":"Resource limits for this query exceeded."}]}"""
    )]
    public async Task Resource_limits_end_a_page_that_is_too_large(string rule, string text)
    {
        await using var simulator = await FaultCalls.StartAsync(rule);
        Assert.Equal(text, (await simulator.PageAsync(5)).Text);
        Assert.Equal(4, (await simulator.PageAsync(4)).Numbers().Count);
    }

    [Fact]
    public async Task Resource_limits_leave_a_part_and_nulls()
    {
        await using var simulator = await FaultCalls.StartAsync("resource-limits-null-nodes:2");
        var reply = await simulator.PageAsync(5);
        Assert.Equal((2, "RESOURCE_LIMITS_EXCEEDED"), (reply.Numbers().Count, reply.ErrorType));
        Assert.Equal(5, reply.At("data", "repository", "issues", "edges").GetArrayLength());
        Assert.False((await simulator.PageAsync(2)).Json.TryGetProperty("errors", out _));
    }

    [Fact]
    public async Task Resource_limits_leave_a_total_without_a_list()
    {
        await using var simulator = await FaultCalls.StartAsync("resource-limits-null-connection:2");
        var reply = await simulator.PageAsync(5);
        var issues = reply.At("data", "repository", "issues");
        Assert.Equal(
            (20, JsonValueKind.Null, "RESOURCE_LIMITS_EXCEEDED"),
            (issues.GetProperty("totalCount").GetInt32(), issues.GetProperty("edges").ValueKind, reply.ErrorType)
        );
    }

    [Fact]
    public async Task Deleted_accounts_are_null()
    {
        await using var simulator = await FaultCalls.StartAsync("null-authors");
        var edges = (await simulator.PageAsync()).At("data", "repository", "issues", "edges");
        Assert.All(
            edges.EnumerateArray(),
            edge => Assert.Equal(JsonValueKind.Null, edge.GetProperty("node").GetProperty("author").ValueKind)
        );
    }

    // What needs more than 31 bits is refused by the real executor as well.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ids_that_are_too_large_are_null_with_an_error_each(bool asFault)
    {
        await using var simulator = await FaultCalls.StartAsync(asFault ? ["null-database-ids"] : []);
        var item = simulator.Repositories[0].PullRequests.All[^1];
        Assert.True(item.DatabaseId > int.MaxValue);
        var reply = await simulator.QueryAsync(
            """
            query($number: Int!) { repository(owner: "octo", name: "hello") { databaseId
              pullRequest(number: $number) { databaseId fullDatabaseId } } }
            """,
            new { number = asFault ? simulator.Repositories[0].PullRequests.All[0].Number : item.Number }
        );
        var found = reply.At("data", "repository", "pullRequest");
        Assert.Equal(JsonValueKind.Null, found.GetProperty("databaseId").ValueKind);
        Assert.Equal(JsonValueKind.String, found.GetProperty("fullDatabaseId").ValueKind);
        Assert.Equal(JsonValueKind.Number, reply.At("data", "repository", "databaseId").ValueKind);
        Assert.Equal("""["repository","pullRequest","databaseId"]""", reply.At("errors", "0", "path").GetRawText());
        Assert.StartsWith(
            "Integer out of bounds: ",
            reply.At("errors", "0", "message").GetString(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Authors_of_every_kind_are_on_the_wire()
    {
        await using var simulator = await SimulatorCalls.StartAsync();
        HashSet<string?> kinds = [];
        HashSet<string?> types = [];
        string? after = null;
        for (var more = true; more; )
        {
            var reply = await simulator.QueryAsync(
                """
                query($after: String) { repository(owner: "octo", name: "hello") { pullRequests(first: 100, after: $after) {
                  pageInfo { hasNextPage endCursor } nodes { author { __typename } comments(first: 100) { nodes { author { __typename } } } } } } }
                """,
                new { after }
            );
            var page = reply.At("data", "repository", "pullRequests");
            foreach (var node in page.GetProperty("nodes").EnumerateArray())
            {
                foreach (var owner in node.GetProperty("comments").GetProperty("nodes").EnumerateArray().Append(node))
                {
                    var author = owner.GetProperty("author");
                    kinds.Add(
                        author.ValueKind == JsonValueKind.Null ? null : author.GetProperty("__typename").GetString()
                    );
                }
            }

            (more, after) = (
                page.GetProperty("pageInfo").GetProperty("hasNextPage").GetBoolean(),
                page.GetProperty("pageInfo").GetProperty("endCursor").GetString()
            );
        }

        for (var page = 1; page <= 10; page++)
        {
            foreach (
                var comment in (
                    await simulator.GetAsync($"repos/octo/hello/issues/comments?per_page=100&page={page}")
                ).Json.EnumerateArray()
            )
            {
                var user = comment.GetProperty("user");
                types.Add(user.ValueKind == JsonValueKind.Null ? null : user.GetProperty("type").GetString());
            }
        }

        Assert.Equivalent(Enum.GetNames<AccountKind>().Append(null), kinds, strict: true);
        Assert.Superset(new HashSet<string?> { null, "User", "Bot", "Organization", "Mannequin" }, types);
    }
}
