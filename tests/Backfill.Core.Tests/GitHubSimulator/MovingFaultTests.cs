using System.Net;
using Backfill.Simulation.Data;
using Backfill.Simulation.Faults;

namespace Backfill.Core.Tests.Simulation;

public sealed class MovingFaultTests
{
    [Theory]
    [InlineData("item-updated@1")]
    [InlineData("item-deleted@1")]
    [InlineData("item-transferred@1")]
    [InlineData("item-converted@1")]
    [InlineData("item-created@1")]
    public async Task A_moving_fault_leaves_the_answer_whole_and_changes_the_next_one(string rule)
    {
        await using var simulator = await FaultCalls.StartAsync(rule);
        var repository = simulator.Repositories[0];
        var oldest = repository.Issues.By(SortField.UpdatedAt)[0];
        var before = await simulator.PageAsync(100);
        var after = await simulator.PageAsync(100);
        Assert.Equal((oldest.Number, 20), (before.Numbers()[0], before.Numbers().Count));
        var (name, numbers) = (rule[..^2], after.Numbers());
        switch (name)
        {
            case "item-updated":
                Assert.Equal((20, oldest.Number), (numbers.Count, numbers[^1]));
                break;
            case "item-created":
                Assert.Equal((21, repository.LastNumber), (numbers.Count, numbers[^1]));
                break;
            case "item-converted":
                Assert.Equal((20, "CLOSED", 3), (numbers.Count, oldest.State, repository.Discussions.Count));
                break;
            default:
                Assert.Equal(19, numbers.Count);
                Assert.DoesNotContain(oldest.Number, numbers);
                break;
        }

        Assert.Equal([name, ""], simulator.Requests.Select(request => request.Fault));
    }

    [Fact]
    public async Task The_item_can_be_chosen()
    {
        await using var simulator = await FaultCalls.StartAsync();
        var chosen = simulator.Repositories[0].PullRequests.All[4].Number;
        simulator.Faults.Add(FaultRule.Parse($"rest/item-deleted:{chosen}@1"));
        await simulator.GetAsync("repos/octo/hello");
        Assert.Null(simulator.Repositories[0].Find(chosen));
    }

    [Fact]
    public async Task A_repository_can_be_renamed_during_a_run()
    {
        await using var simulator = await FaultCalls.StartAsync("repository-renamed@1");
        Assert.Equal(HttpStatusCode.OK, (await simulator.GetAsync("repos/octo/hello")).Status);
        var moved = await simulator.GetAsync("repos/octo/hello/issues?per_page=2");
        Assert.Equal(HttpStatusCode.MovedPermanently, moved.Status);
        Assert.EndsWith("/repositories/1296269/issues?per_page=2", moved.Headers["Location"], StringComparison.Ordinal);
        Assert.Equal(5, (await simulator.PageAsync()).Numbers().Count);
        Assert.Equal("octo/hello-renamed", simulator.Repositories[0].FullName);
    }

    [Fact]
    public async Task A_name_is_taken_by_another_repository()
    {
        await using var simulator = await FaultCalls.StartAsync("repository-name-taken@1");
        Assert.Equal(5, (await simulator.PageAsync()).Numbers().Count);
        Assert.Empty((await simulator.PageAsync()).Numbers());
        var reply = await simulator.GetAsync("repos/octo/hello");
        Assert.Equal(HttpStatusCode.OK, reply.Status);
        Assert.NotEqual(1_296_269, reply.At("id").GetInt64());
        Assert.Equal(1_296_269, (await simulator.GetAsync("repos/octo/hello-renamed")).At("id").GetInt64());
    }

    [Fact]
    public async Task A_repository_can_disappear_during_a_run()
    {
        await using var simulator = await FaultCalls.StartAsync("repository-vanished@1");
        Assert.Equal(5, (await simulator.PageAsync()).Numbers().Count);
        Assert.Equal("NOT_FOUND", (await simulator.PageAsync()).ErrorType);
        Assert.Equal(HttpStatusCode.NotFound, (await simulator.GetAsync("repos/octo/hello")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await simulator.GetAsync("repositories/1296269")).Status);
    }

    [Fact]
    public async Task Issues_can_be_switched_off_during_a_run()
    {
        await using var simulator = await FaultCalls.StartAsync("issues-disabled@1");
        Assert.Equal(5, (await simulator.PageAsync()).Numbers().Count);
        Assert.Empty((await simulator.PageAsync()).Numbers());
        var gone = await simulator.GetAsync("repos/octo/hello/issues");
        Assert.Equal(
            (HttpStatusCode.Gone, "Issues are disabled for this repo"),
            (gone.Status, gone.At("message").GetString())
        );
        Assert.False((await simulator.GetAsync("repos/octo/hello")).At("has_issues").GetBoolean());
        var off = await simulator.QueryAsync("""{ repository(owner: "octo", name: "hello") { hasIssuesEnabled } }""");
        Assert.False(off.At("data", "repository", "hasIssuesEnabled").GetBoolean());
    }
}
