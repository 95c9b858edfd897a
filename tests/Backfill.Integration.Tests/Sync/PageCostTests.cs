using Backfill.Integration.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Sync;

/// <summary>GitHub charges for the items that a page asks for, even if the list has fewer.</summary>
public sealed class PageCostTests(TestPostgres postgres)
{
    private const string Hello = "octo/hello";
    private const string Sizes =
        "SELECT string_agg(lane || ' ' || page_size, ', ' ORDER BY lane) FROM backfill.sync_window";

    [Fact]
    public async Task A_run_after_few_changes_pays_one_point_for_each_lane()
    {
        await using var bench = await Bench.SetUpAsync(
            postgres,
            new SimulatorOptions
            {
                PullRequests = 130,
                Issues = 130,
                Discussions = 40,
            }
        );
        Assert.Equal(RunState.Completed, (await bench.SyncAsync(Hello)).State);
        var sizes = await bench.TextAsync(Sizes);
        var repository = bench.GitHub.Repositories[0];
        foreach (
            var number in (int[])
                [
                    repository.PullRequests.All[0].Number,
                    repository.Issues.All[0].Number,
                    repository.Discussions.All[0].Number,
                ]
        )
        {
            bench.GitHub.Changes.Touch(Hello, number);
        }

        bench.GitHub.Reset();
        var run = await bench.SyncAsync(Hello);

        Assert.Equal(RunState.Completed, run.State);
        Assert.Equal(
            [("Discussions", 1), ("Issues", 1), ("Probe", 1), ("PullRequests", 1)],
            bench
                .GitHub.Requests.Where(request => request.Kind == RequestKind.GraphQL)
                .Select(request => (request.Operation, request.Cost))
                .Order()
        );
        // The next run that lacks many items begins with the size that worked last.
        Assert.Equal(sizes, await bench.TextAsync(Sizes));
    }

    [Fact]
    public async Task The_last_page_of_a_lane_asks_only_for_what_is_left()
    {
        await using var bench = await Bench.SetUpAsync(
            postgres,
            new SimulatorOptions
            {
                PullRequests = 85,
                Issues = 0,
                Discussions = 3,
            }
        );

        var run = await bench.SyncAsync(Hello);

        Assert.Equal(RunState.Completed, run.State);
        // 25, 50 and 10 pull requests with five connections each, and 3 discussions with eleven.
        Assert.Equal([1, 3, 1], Costs(bench, "PullRequests"));
        Assert.Equal([1], Costs(bench, "Discussions"));
    }

    private static int[] Costs(Bench bench, string operation) =>
        [.. bench.GitHub.Requests.Where(request => request.Operation == operation).Select(request => request.Cost)];
}
