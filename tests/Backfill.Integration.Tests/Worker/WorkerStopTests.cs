using System.Diagnostics;
using System.Text.Json.Nodes;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Backfill.Simulation.Faults;

namespace Backfill.Integration.Tests.Worker;

/// <summary>A sync of a worker that is cancelled, that meets a local run, and whose worker stops.</summary>
public sealed class WorkerStopTests(TestPostgres postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cancelled_sync_ends_and_the_next_one_goes_on()
    {
        await using var bench = await WorkerBench.SetUpAsync(
            postgres,
            new SimulatorOptions { PullRequests = 300, Latency = TimeSpan.FromMilliseconds(50) },
            worker: WorkerSyncTests.ShortSlices
        );
        var id = await bench.Bench.TextAsync("SELECT id::text FROM repositories");
        var data = new JsonObject { ["repository"] = "octo/hello", ["repositoryId"] = id };
        var run = Assert.Single(
            bench.Inngest.Send(new JsonObject { ["name"] = WorkerBench.Sync, ["data"] = data.DeepClone() })
        );
        while (bench.Inngest.Calls.Count(call => call.Ops == "StepRun slice") < 3)
        {
            await Task.Delay(10, Token);
        }

        var stop = Assert.Single(
            bench.Inngest.Send(new JsonObject { ["name"] = "backfill/sync.cancel", ["data"] = data.DeepClone() })
        );
        await bench.Inngest.WaitAsync(stop);
        await bench.Inngest.WaitAsync(run);

        Assert.Equal("Failed", run.Status);
        RepoSync stopped;
        while ((stopped = Assert.Single(await bench.RunsAsync())).FinishedAt is null)
        {
            await Task.Delay(50, Token);
        }

        Assert.Equal(RunState.Stopped, stopped.State);
        WorkerSyncTests.AssertState(await bench.Inngest.RunAsync(WorkerBench.Sync, data), "Completed");
        await bench.AssertRowsAsOfLocalRunAsync(postgres);
    }

    [Fact]
    public async Task Stopping_the_run_of_the_event_stops_the_run_of_the_worker()
    {
        await using var bench = await WorkerBench.SetUpAsync(
            postgres,
            new SimulatorOptions { PullRequests = 300, Latency = TimeSpan.FromMilliseconds(50) },
            worker: WorkerSyncTests.ShortSlices
        );
        var started = await bench.StartAtInngestAsync();
        while (bench.Inngest.Calls.Count(call => call.Ops == "StepRun slice") < 3)
        {
            await Task.Delay(10, Token);
        }

        await bench.Bench.Engine.StopSyncsAsync(
            bench.OperatorSettings,
            new SyncFilter([started.Id], [], [], ThisProcess: false),
            Token
        );

        foreach (var run in bench.Inngest.Runs)
        {
            await bench.Inngest.WaitAsync(run);
        }

        Assert.All(await bench.RunsAsync(), run => Assert.Equal(RunState.Stopped, run.State));
        Assert.Equal(2, (await bench.RunsAsync()).Count);
        Assert.True(await bench.Bench.CountAsync("SELECT count(*) FROM pull_requests") < 300);
    }

    [Fact]
    public async Task A_run_in_slices_is_shown_in_the_tables_of_the_app()
    {
        await using var bench = await WorkerBench.SetUpAsync(
            postgres,
            new SimulatorOptions { PullRequests = 40, Time = new AcceleratedTime(40) },
            worker: WorkerSyncTests.ShortSlices,
            database: async options =>
            {
                var app = await AppSchema.BenchAsync(postgres, options);
                await app.InitializeAsync();
                return app;
            }
        );
        // Longer than the app lets a job run, so the job is closed while the run waits.
        bench.Bench.GitHub.Faults.Add(FaultRule.Parse("secondary-403-retry-after:900@6"));

        WorkerSyncTests.AssertState(
            await bench.Inngest.RunAsync(WorkerBench.Sync, new JsonObject { ["repository"] = "octo/hello" }),
            "Completed"
        );

        Assert.Contains(bench.Inngest.Calls, call => call.Ops == "Sleep wait");
        Assert.Equal(
            "completed completed",
            await bench.Bench.TextAsync(
                "SELECT string_agg(status, ' ' ORDER BY created_at) FROM progressive_capture_jobs"
            )
        );
        Assert.Equal(
            "completed",
            await bench.Bench.TextAsync("SELECT string_agg(status, ' ' ORDER BY started_at) FROM sync_logs")
        );
        Assert.Equal("completed", await bench.Bench.TextAsync("SELECT sync_status FROM repositories"));
    }

    [Fact]
    public async Task A_local_run_and_a_run_of_the_worker_exclude_each_other()
    {
        await using var bench = await WorkerBench.SetUpAsync(
            postgres,
            new SimulatorOptions { PullRequests = 200, Latency = TimeSpan.FromMilliseconds(50) },
            worker: WorkerSyncTests.ShortSlices
        );
        var run = Assert.Single(
            bench.Inngest.Send(
                new JsonObject
                {
                    ["name"] = WorkerBench.Sync,
                    ["data"] = new JsonObject { ["repository"] = "octo/hello" },
                }
            )
        );
        while (bench.Inngest.Calls.Count(call => call.Ops == "StepRun slice") < 2)
        {
            await Task.Delay(10, Token);
        }

        // Between two slices too: the lease is kept.
        for (var look = 0; look < 5; look++)
        {
            var refused = await Assert.ThrowsAsync<BackfillException>(() => bench.Bench.StartAsync("octo/hello"));
            Assert.Equal(ErrorIds.LeaseHeld, refused.ErrorId);
            Assert.Contains((await bench.RunsAsync())[0].State, new[] { RunState.Running, RunState.Waiting });
        }

        var waited = (await bench.RunsAsync())[0];
        Assert.Equal(RunState.Completed, (await bench.Bench.WaitAsync(bench.Bench.Engine, waited.Id)).Run.State);
        await bench.Inngest.WaitAsync(run);
        WorkerSyncTests.AssertState(run, "Completed");
    }

    [Fact]
    public async Task A_stopping_worker_ends_its_slice_at_a_page_within_ten_seconds()
    {
        await using var bench = await WorkerBench.SetUpAsync(
            postgres,
            new SimulatorOptions { PullRequests = 400, Latency = TimeSpan.FromMilliseconds(100) },
            count: 2
        );
        var run = Assert.Single(
            bench.Inngest.Send(
                new JsonObject
                {
                    ["name"] = WorkerBench.Sync,
                    ["data"] = new JsonObject { ["repository"] = "octo/hello" },
                }
            )
        );
        while (await bench.Bench.CountAsync("SELECT count(*) FROM pull_requests") == 0)
        {
            await Task.Delay(10, Token);
        }

        // Whichever worker has the slice: both stop, and a third one goes on.
        var watch = Stopwatch.StartNew();
        var origins = bench.Origins.ToArray();
        await bench.AddAsync();
        foreach (var _ in origins)
        {
            bench.Origins.TryDequeue(out var _);
        }

        await Task.WhenAll(bench.Workers.Take(2).Select(worker => worker.StopAsync(Token)));
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));

        await bench.Inngest.WaitAsync(run);
        WorkerSyncTests.AssertState(run, "Completed");
        Assert.All(bench.Inngest.Calls, call => Assert.Equal(0, call.Attempt));
        await bench.AssertRowsAsOfLocalRunAsync(postgres);
    }
}
