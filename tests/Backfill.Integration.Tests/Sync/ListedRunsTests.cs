using Backfill.Integration.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Sync;

/// <summary>Lists of runs are chosen by the database, the newest first, and cut only where that is asked for.</summary>
public sealed class ListedRunsTests(TestPostgres postgres)
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Runs_are_chosen_by_state_and_start_before_the_list_is_cut()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 1 });
        // The oldest 30 of 1,530 runs failed.
        await bench.ExecuteAsync(
            """
            INSERT INTO backfill.sync_run (id, repository_id, repository, engine, state, owner, started_at, heartbeat_at, finished_at)
            SELECT gen_random_uuid(), gen_random_uuid(), 'octo/hello', 'Local',
                   CASE WHEN n <= 30 THEN 'Failed' ELSE 'Completed' END, 'nobody', at, at, at
              FROM generate_series(1, 1530) n, LATERAL (SELECT timestamptz '2026-01-01Z' + n * interval '1 minute' AS at) t
            """
        );

        var failed = await FindAsync(bench, new SyncFilter([], [], [RunState.Failed], false) { First = 1000 });
        var all = await FindAsync(bench, new SyncFilter([], [], [], false));
        var newest = await FindAsync(bench, new SyncFilter([], [], [], false) { First = 3 });
        var late = await FindAsync(bench, new SyncFilter([], [], [], false) { Since = Start.AddMinutes(1500) });

        Assert.Equal(30, failed.Count);
        Assert.Equal(1530, all.Count);
        Assert.Equal([1530, 1529, 1528], newest.Select(run => (int)(run.StartedAt - Start)!.Value.TotalMinutes));
        Assert.Equal(31, late.Count);
    }

    [Fact]
    public async Task A_run_of_this_process_is_listed_by_the_state_that_it_really_has()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 1 });
        var run = await bench.SyncAsync("octo/hello");
        await bench.ExecuteAsync("UPDATE backfill.sync_run SET state = 'Running', finished_at = NULL");

        var completed = await FindAsync(bench, new SyncFilter([], [], [RunState.Completed], false) { First = 1 });
        var running = await FindAsync(bench, new SyncFilter([], [], [RunState.Running], false) { First = 1 });

        Assert.Equal(run.Id, Assert.Single(completed).Id);
        Assert.Empty(running);
    }

    private static Task<IReadOnlyList<RepoSync>> FindAsync(Bench bench, SyncFilter filter) =>
        bench.Engine.FindSyncsAsync(bench.Settings, filter, TestContext.Current.CancellationToken);
}
