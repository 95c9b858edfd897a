using Backfill.Core;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Backfill.Simulation.Faults;

namespace Backfill.Integration.Tests.Sync;

/// <summary>Syncs by way of PgBouncer in transaction mode, where no two transactions need have the same session.</summary>
public sealed class PoolerTests(TestPostgres postgres)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_killed_run_continues_and_stores_the_same_rows_through_a_pooler_as_directly()
    {
        await using var bench = await SetUpAsync(40);
        await using var pooler = await PgBouncer.StartAsync(postgres);
        const string Command = "Start-RepoSync octo/hello -Track | Wait-RepoSync";
        // The first run cannot complete before it is killed.
        bench.GitHub.Faults.Add(FaultRule.Parse("graphql.Issues/timeout"));
        (string, string) variable = ("BACKFILL_DATABASE_URL", pooler.Before(bench.ConnectionString));

        using (var host = bench.Host(Command, variable))
        {
            while (await bench.CountAsync("SELECT count(*) FROM pull_requests") == 0)
            {
                Assert.False(host.HasExited, host.Errors);
                await Task.Delay(Look, Token);
            }

            host.Kill();
            await host.WaitAsync();
        }

        bench.GitHub.Reset();
        using (var host = bench.Host(Command, variable))
        {
            Assert.True(await host.WaitAsync() == 0, host.Errors + host.Output);
        }

        await using var direct = await bench.BesideAsync(postgres);
        Assert.Equal(RunState.Completed, (await direct.SyncAsync("octo/hello")).State);
        await StoredRows.AssertEqualAsync(direct, bench);
        Assert.Equal(1, await bench.CountAsync("SELECT count(*) FROM backfill.sync_run WHERE state = 'Interrupted'"));
    }

    [Fact]
    public async Task A_run_is_found_stopped_and_followed_by_another_process()
    {
        await using var bench = await SetUpAsync(600);
        await using var pooler = await PgBouncer.StartAsync(postgres);
        bench.LogIn("postgres", pooler.Port);
        await using var other = new BackfillEngine();

        var started = await bench.StartAsync("octo/hello");
        var filter = new SyncFilter([started.Id], [], [], ThisProcess: false);
        Assert.Equal(started.Id, Assert.Single(await other.FindSyncsAsync(bench.Settings, filter, Token)).Id);
        var refused = await Assert.ThrowsAsync<BackfillException>(() => bench.StartAsync("octo/hello"));
        Assert.Equal(ErrorIds.LeaseHeld, refused.ErrorId);
        await other.StopSyncsAsync(bench.Settings, filter, Token);
        var (run, errors) = await bench.WaitAsync(other, started.Id);

        Assert.Equal(RunState.Stopped, run.State);
        Assert.Equal(ErrorIds.SyncStopped, Assert.Single(errors).ErrorId);
        bench.GitHub.Reset();
        Assert.Equal(RunState.Completed, (await bench.SyncAsync("octo/hello")).State);
        Assert.Equal(300, await bench.CountAsync("SELECT count(*) FROM pull_requests"));
    }

    private Task<Bench> SetUpAsync(int milliseconds) =>
        Bench.SetUpAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(milliseconds) });
}
