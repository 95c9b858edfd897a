using System.Text.Json;

namespace Backfill.Core.Tests.Simulation;

public sealed class PermissionFaultTests
{
    [Fact]
    public async Task A_missing_permission_makes_the_whole_repository_null()
    {
        await using var simulator = await FaultCalls.StartAsync("forbidden-issues");

        var reply = await simulator.PageAsync(3);

        Assert.Equal(JsonValueKind.Null, reply.At("data", "repository").ValueKind);
        Assert.Equal(
            ("FORBIDDEN", """["repository","issues"]"""),
            (reply.ErrorType, reply.At("errors", "0", "path").GetRawText())
        );
    }

    [Fact]
    public async Task A_forbidden_list_is_null_and_its_error_names_it()
    {
        await using var simulator = await FaultCalls.StartAsync("null-issues");

        var reply = await simulator.PageAsync(3);

        Assert.Equal(JsonValueKind.Null, reply.At("data", "repository", "issues").ValueKind);
        Assert.Equal(
            ("FORBIDDEN", """["repository","issues"]"""),
            (reply.ErrorType, reply.At("errors", "0", "path").GetRawText())
        );
    }

    [Theory]
    [InlineData("withheld-issues", "")]
    [InlineData("null-lists", "edges")]
    public async Task A_list_can_be_null_without_an_error(string fault, string member)
    {
        await using var simulator = await FaultCalls.StartAsync(fault);

        var reply = await simulator.PageAsync(3);

        string[] path = ["data", "repository", "issues", .. (string[])(member.Length == 0 ? [] : [member])];
        Assert.Equal(JsonValueKind.Null, reply.At(path).ValueKind);
        Assert.False(reply.Json.TryGetProperty("errors", out _));
    }

    [Theory]
    [InlineData("forbidden-pull-requests", "pullRequests", "repository", "FORBIDDEN")]
    [InlineData("null-pull-requests", "pullRequests", "repository/pullRequests", "FORBIDDEN")]
    [InlineData("withheld-pull-requests", "pullRequests", "repository/pullRequests", null)]
    [InlineData("forbidden-discussions", "discussions", "repository", "FORBIDDEN")]
    [InlineData("null-discussions", "discussions", "repository/discussions", "FORBIDDEN")]
    [InlineData("withheld-discussions", "discussions", "repository/discussions", null)]
    public async Task Every_list_can_be_withheld(string fault, string list, string nullPath, string? errorType)
    {
        await using var simulator = await FaultCalls.StartAsync(fault);

        var reply = await simulator.QueryAsync(
            $$"""{ repository(owner: "octo", name: "hello") { {{list}}(first: 3) { totalCount nodes { id } } } }""",
            new { }
        );

        Assert.Equal(JsonValueKind.Null, reply.At(["data", .. nullPath.Split('/')]).ValueKind);
        Assert.Equal(errorType is not null, reply.Json.TryGetProperty("errors", out _));
        if (errorType is not null)
        {
            Assert.Equal(errorType, reply.ErrorType);
        }
    }

    [Fact]
    public async Task A_list_of_children_can_be_null_with_its_total_intact()
    {
        await using var simulator = await FaultCalls.StartAsync("null-child-lists");

        var reply = await simulator.PageAsync(1);

        var comments = reply.At("data", "repository", "issues", "edges", "0", "node", "comments");
        Assert.Equal(JsonValueKind.Null, comments.GetProperty("nodes").ValueKind);
        Assert.Equal(JsonValueKind.Number, comments.GetProperty("totalCount").ValueKind);
    }

    [Fact]
    public async Task Children_can_be_null_without_an_error()
    {
        await using var simulator = await FaultCalls.StartAsync("null-children");

        var reply = await simulator.PageAsync(1);

        Assert.Equal(
            JsonValueKind.Null,
            reply.At("data", "repository", "issues", "edges", "0", "node", "comments").ValueKind
        );
    }

    [Fact]
    public async Task Another_permission_leaves_the_answer_as_it_is()
    {
        await using var simulator = await FaultCalls.StartAsync("forbidden-discussions", "null-pull-requests");

        var reply = await simulator.PageAsync(3);

        Assert.Equal(3, reply.Numbers().Count);
    }
}
