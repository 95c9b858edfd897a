using System.Text.Json;
using Backfill.Simulation.Data;
using Backfill.Simulation.Faults;

namespace Backfill.Core.Tests.Simulation;

public sealed class PagingFaultTests
{
    [Fact]
    public async Task A_stale_cursor_is_refused()
    {
        await using var simulator = await FaultCalls.StartAsync("stale-cursor@1");
        var cursor = Cursor(await simulator.PageAsync());
        var refused = await simulator.PageAsync(5, cursor);
        Assert.Equal(
            (
                "INVALID_CURSOR_ARGUMENTS",
                """["repository","issues"]""",
                $"`{cursor}` does not appear to be a valid cursor."
            ),
            (
                refused.ErrorType,
                refused.At("errors", "0", "path").GetRawText(),
                refused.At("errors", "0", "message").GetString()
            )
        );
        Assert.Equal(JsonValueKind.Null, refused.At("data", "repository").ValueKind);
        Assert.Equal(5, (await simulator.PageAsync(5, cursor)).Numbers().Count);
        Assert.Equal(["", "stale-cursor", ""], simulator.Requests.Select(request => request.Fault));
    }

    [Fact]
    public async Task Cursors_of_an_earlier_time_are_refused_and_new_ones_are_good()
    {
        await using var simulator = await FaultCalls.StartAsync();
        var stored = Cursor(await simulator.PageAsync());
        simulator.Faults.Add(FaultRule.Parse("stored-cursors@1"));
        for (var attempt = 0; attempt < 2; attempt++)
        {
            Assert.Equal("INVALID_CURSOR_ARGUMENTS", (await simulator.PageAsync(5, stored)).ErrorType);
        }

        var given = Cursor(await simulator.PageAsync(4));
        Assert.Equal(5, (await simulator.PageAsync(5, given)).Numbers().Count);
    }

    [Fact]
    public async Task More_is_promised_without_a_cursor()
    {
        await using var simulator = await FaultCalls.StartAsync("has-next-without-cursor");
        var reply = await simulator.PageAsync(100);
        Assert.Equal((20, true, null), (reply.Numbers().Count, HasNext(reply), Cursor(reply)));
    }

    [Fact]
    public async Task More_is_promised_by_the_same_cursor()
    {
        await using var simulator = await FaultCalls.StartAsync("cursor-unchanged");
        var cursor = Cursor(await simulator.PageAsync());
        var reply = await simulator.PageAsync(100, cursor);
        Assert.Equal((15, true, cursor), (reply.Numbers().Count, HasNext(reply), Cursor(reply)));
    }

    [Fact]
    public async Task An_empty_page_promises_more()
    {
        await using var simulator = await FaultCalls.StartAsync("empty-page@2");
        var cursor = Cursor(await simulator.PageAsync());
        var reply = await simulator.PageAsync(5, cursor);
        Assert.Equal((0, true, cursor), (reply.Numbers().Count, HasNext(reply), Cursor(reply)));
        Assert.Equal(5, (await simulator.PageAsync(5, cursor)).Numbers().Count);
    }

    [Fact]
    public async Task Totals_are_larger_than_lists()
    {
        await using var simulator = await FaultCalls.StartAsync("total-too-large");
        var issues = (await simulator.PageAsync(100)).At("data", "repository", "issues");
        Assert.Equal(
            (23, 20),
            (issues.GetProperty("totalCount").GetInt32(), issues.GetProperty("edges").GetArrayLength())
        );
    }

    [Fact]
    public async Task The_totals_of_one_items_children_are_too_large()
    {
        await using var simulator = await FaultCalls.StartAsync();
        var issues = simulator.Repositories[0].Issues.By(SortField.UpdatedAt);
        simulator.Faults.Add(FaultRule.Parse($"child-total-too-large:{issues[2].Number}"));
        var edges = (await simulator.PageAsync(4)).At("data", "repository", "issues", "edges");
        Assert.Equal(
            issues.Take(4).Select((item, place) => item.Comments.Count + (place == 2 ? 1 : 0)),
            edges
                .EnumerateArray()
                .Select(edge => edge.GetProperty("node").GetProperty("comments").GetProperty("totalCount").GetInt32())
        );
    }

    [Theory]
    [InlineData(
        "rest-422-page:2",
        "Pagination with the page parameter is not supported for large datasets, please use cursor based pagination (after/before)"
    )]
    [InlineData(
        "rest-422-limited:2",
        "In order to keep the API fast for everyone, pagination is limited for this resource. Check the rel=last link relation in the Link response header to see how far back you can traverse."
    )]
    public async Task A_later_page_of_REST_is_refused(string rule, string text)
    {
        await using var simulator = await FaultCalls.StartAsync(rule);
        Assert.Equal(200, (int)(await simulator.GetAsync("repos/octo/hello/issues?per_page=2&page=1")).Status);
        var refused = await simulator.GetAsync("repos/octo/hello/issues?page=2&per_page=2");
        Assert.Equal(
            (422, text, "422"),
            ((int)refused.Status, refused.At("message").GetString(), refused.At("status").GetString())
        );
    }

    [Fact]
    public async Task A_replica_that_lags_shows_an_item_later_and_older()
    {
        await using var simulator = await FaultCalls.StartAsync();
        var issue = simulator.Repositories[0].Issues.By(SortField.UpdatedAt)[4];
        simulator.Faults.Add(FaultRule.Parse($"replica-lag:{issue.Number}"));
        var first = await simulator.PageAsync(5);
        Assert.Equal(
            (4, 19),
            (first.Numbers().Count, first.At("data", "repository", "issues", "totalCount").GetInt32())
        );
        Assert.Equal(first.At("data", "repository", "issues", "edges", "3", "cursor").GetString(), Cursor(first));
        // The page after the last cursor begins with it.
        var second = await simulator.PageAsync(5, Cursor(first));
        Assert.Equal(issue.Number, second.Numbers()[0]);
        Assert.Equal(
            issue.UpdatedAt.AddMinutes(-1),
            second.At("data", "repository", "issues", "edges", "0", "node", "updatedAt").GetDateTimeOffset()
        );
        var third = await simulator.PageAsync(5);
        Assert.Equal(
            issue.UpdatedAt,
            third.At("data", "repository", "issues", "edges", "4", "node", "updatedAt").GetDateTimeOffset()
        );
        Assert.Equal(["replica-lag", "replica-lag", ""], simulator.Requests.Select(request => request.Fault));
    }

    private static string? Cursor(Reply reply) =>
        reply.At("data", "repository", "issues", "pageInfo", "endCursor").GetString();

    private static bool HasNext(Reply reply) =>
        reply.At("data", "repository", "issues", "pageInfo", "hasNextPage").GetBoolean();
}
