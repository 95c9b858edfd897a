using System.Text.Json.Nodes;
using Backfill.Integration.Tests.Support;
using Backfill.Integration.Tests.Worker.Executor;
using Backfill.Simulation;
using Backfill.Simulation.Faults;

namespace Backfill.Integration.Tests.Worker;

/// <summary>Syncs by workers that Inngest calls.</summary>
public sealed class WorkerSyncTests(TestPostgres postgres)
{
    private const int MostState = 16 * 1024;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static JsonObject Hello => new() { ["owner"] = "octo", ["repo"] = "hello" };

    [Fact]
    public async Task An_event_syncs_the_repository_slice_by_slice_with_the_rows_of_a_local_run()
    {
        await using var bench = await WorkerBench.SetUpAsync(postgres, worker: ShortSlices);

        var run = await bench.Inngest.RunAsync(WorkerBench.Sync, Hello);

        AssertState(run, "Completed");
        Assert.InRange(bench.Inngest.Calls.Count(call => call.Ops == "StepRun slice"), 4, 200);
        bench.AssertNothingViolated();
        // One run like any other, however many slices it had.
        var recorded = Assert.Single(await bench.RunsAsync());
        Assert.Equal((RunState.Completed, "Local"), (recorded.State, recorded.Engine));
        Assert.Equal(
            30,
            recorded.Counts.Single(count => count.Entity == "PullRequests" || count.Entity == "pull requests").Added
        );
        Assert.Equal(0, await bench.Bench.CountAsync("SELECT count(*) FROM backfill.lease"));
        await bench.AssertRowsAsOfLocalRunAsync(postgres);
    }

    [Fact]
    public async Task A_run_of_many_slices_keeps_little_state_at_the_server()
    {
        await using var bench = await WorkerBench.SetUpAsync(
            postgres,
            new SimulatorOptions { PullRequests = 1200, Issues = 900 },
            worker: ShortSlices
        );

        AssertState(await bench.Inngest.RunAsync(WorkerBench.Sync, Hello), "Completed");

        // More slices than one run of the function takes.
        Assert.InRange(bench.Inngest.Calls.Count(call => call.Ops == "StepRun slice"), 51, 2000);
        Assert.InRange(bench.Inngest.Runs.Count(run => run.FunctionId == "backfill-sync-slices"), 2, 100);
        Assert.All(bench.Inngest.Runs, run => Assert.InRange(run.MostState, 0, MostState));
        bench.AssertNothingViolated();
        Assert.Single(await bench.RunsAsync());
    }

    [Theory]
    [InlineData("""{"owner":"octo","repo":"hello","name":"hello"}""")]
    [InlineData("""{"owner":"octo","name":"hello","days":30,"priority":"critical","source":"app"}""")]
    [InlineData("""{"repositoryName":"octo/hello","timeRange":"90d"}""")]
    [InlineData("""{"repository":"octo/hello","timeRange":6900,"days":6900,"reason":"manual"}""")]
    [InlineData("""{"repositoryId":"ID","timeRange":"all","priority":"low","maxItems":3,"unknown":{"a":[1]}}""")]
    public async Task Every_form_of_the_payload_names_the_repository(string payload)
    {
        await using var bench = await WorkerBench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 5 });
        var id = await bench.Bench.TextAsync("SELECT id::text FROM repositories");

        var run = await bench.Inngest.RunAsync(
            WorkerBench.Sync,
            JsonNode.Parse(payload.Replace("ID", id, StringComparison.Ordinal))!.AsObject()
        );

        AssertState(run, "Completed");
        Assert.Equal(
            payload.Contains("30", StringComparison.Ordinal) || payload.Contains("90d", StringComparison.Ordinal),
            (await bench.RunsAsync())[0].From is not null
        );
    }

    [Theory]
    [InlineData("{}", "NoInput")]
    [InlineData("""{"owner":"octo","repo":"absent"}""", "RepositoryNotTracked")]
    [InlineData("""{"repository":"octo/hello/x/y"}""", "RepositoryNameMalformed")]
    [InlineData("""{"repository":"octo/hello","timeRange":"soon"}""", "TimeRangeMalformed")]
    [InlineData("""{"repositoryId":"7"}""", "ParameterConflict")]
    [InlineData("""{"owner":["octo"],"repo":{}}""", "ParameterConflict")]
    public async Task A_payload_that_cannot_be_used_fails_at_once_and_says_why(string payload, string errorId)
    {
        await using var bench = await WorkerBench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 1 });

        var run = await bench.Inngest.RunAsync(WorkerBench.Sync, JsonNode.Parse(payload)!.AsObject());

        Assert.Equal("Failed", run.Status);
        Assert.Equal(errorId, run.Output!["name"]!.GetValue<string>());
        Assert.Equal(1, run.Calls);
        Assert.Empty(await bench.RunsAsync());
    }

    [Fact]
    public async Task Lost_answers_and_doubled_calls_over_two_workers_leave_the_rows_of_a_local_run()
    {
        await using var bench = await WorkerBench.SetUpAsync(
            postgres,
            new SimulatorOptions { PullRequests = 60 },
            count: 2,
            inngest: options =>
                options with
                {
                    Shorten = wait => wait / 50,
                    Fault = (_, number) =>
                        (number % 4) switch
                        {
                            1 => CallFault.LosesAnswer,
                            3 => CallFault.IsMadeTwice,
                            _ => CallFault.None,
                        },
                },
            worker: ShortSlices
        );

        AssertState(await bench.Inngest.RunAsync(WorkerBench.Sync, Hello), "Completed");

        bench.AssertNothingViolated();
        Assert.Contains(bench.Inngest.Calls, call => call.Attempt > 0);
        Assert.Equal(RunState.Completed, Assert.Single(await bench.RunsAsync()).State);
        await bench.AssertRowsAsOfLocalRunAsync(postgres);
    }

    [Fact]
    public async Task Repositories_are_synced_at_the_same_time_by_two_workers_with_a_token_each()
    {
        string[] repositories = ["octo/hello", "octo/world", "octo/moon", "octo/mars"];
        await using var bench = await WorkerBench.SetUpAsync(
            postgres,
            new SimulatorOptions
            {
                Repositories = repositories,
                PullRequests = 20,
                Latency = TimeSpan.FromMilliseconds(30),
            },
            count: 2,
            worker: options =>
                ShortSlices(options) with
                {
                    Settings = options.Settings with
                    {
                        GitHubTokens = [new Secret("ghp_first0123456789"), new Secret("ghp_second0123456789")],
                    },
                }
        );

        var runs = repositories
            .SelectMany(name =>
                bench.Inngest.Send(
                    new JsonObject
                    {
                        ["name"] = WorkerBench.Sync,
                        ["data"] = new JsonObject { ["repository"] = name },
                    }
                )
            )
            .ToArray();
        foreach (var run in runs)
        {
            await bench.Inngest.WaitAsync(run);
            AssertState(run, "Completed");
        }

        bench.AssertNothingViolated();
        await bench.AssertRowsAsOfLocalRunAsync(postgres, repositories);
    }

    [Fact]
    public async Task Two_events_of_one_repository_are_two_runs_one_after_the_other()
    {
        await using var bench = await WorkerBench.SetUpAsync(
            postgres,
            count: 2,
            inngest: options => options with { Shorten = wait => wait / 50 },
            worker: ShortSlices
        );

        ExecutorRun[] runs =
        [
            .. bench.Inngest.Send(new JsonObject { ["name"] = WorkerBench.Sync, ["data"] = Hello }),
            .. bench.Inngest.Send(new JsonObject { ["name"] = WorkerBench.Sync, ["data"] = Hello }),
        ];
        foreach (var run in runs)
        {
            await bench.Inngest.WaitAsync(run);
            AssertState(run, "Completed");
        }

        bench.AssertNothingViolated();
        Assert.Equal(
            [RunState.Completed, RunState.Completed],
            (await bench.RunsAsync()).Select(recorded => recorded.State)
        );
        await bench.AssertRowsAsOfLocalRunAsync(postgres);
    }

    [Fact]
    public async Task A_limit_of_GitHub_becomes_a_sleep_at_the_server()
    {
        await using var bench = await WorkerBench.SetUpAsync(
            postgres,
            new SimulatorOptions { PullRequests = 60, Time = new AcceleratedTime(40) }
        );
        bench.Bench.GitHub.Faults.Add(FaultRule.Parse("secondary-403-retry-after:120@4"));

        AssertState(await bench.Inngest.RunAsync(WorkerBench.Sync, Hello), "Completed");

        Assert.Contains(bench.Inngest.Calls, call => call.Ops == "Sleep wait");
        bench.AssertNothingViolated();
        Assert.Equal(60, await bench.Bench.CountAsync("SELECT count(*) FROM pull_requests"));
    }

    [Fact]
    public async Task A_sync_embeds_measures_and_proves_on_request()
    {
        await using var bench = await WorkerBench.SetUpAsync(postgres);

        var run = await bench.Inngest.RunAsync(
            WorkerBench.Sync,
            new JsonObject
            {
                ["repository"] = WorkerBench.Repository,
                ["embed"] = true,
                ["measure"] = true,
                ["prove"] = true,
            }
        );

        AssertState(run, "Completed");
        Assert.Equal(0, run.Output!["embed"]!["remaining"]!.GetValue<long>());
        Assert.InRange(run.Output["embed"]!["embedded"]!.GetValue<long>(), 50, 60);
        Assert.Equal("Completed", run.Output["measure"]![0]!["state"]!.GetValue<string>());
        Assert.InRange(run.Output["prove"]!["passed"]!.GetValue<int>(), 30, 100);
        Assert.Equal("[]", run.Output["prove"]!["failed"]!.ToJsonString());
        bench.AssertNothingViolated();
    }

    [Fact]
    public async Task The_results_of_steps_that_a_call_leaves_out_are_fetched()
    {
        await using var bench = await WorkerBench.SetUpAsync(
            postgres,
            inngest: options => options with { KeepsSteps = true },
            worker: ShortSlices
        );

        AssertState(await bench.Inngest.RunAsync(WorkerBench.Sync, Hello), "Completed");

        bench.AssertNothingViolated();
        await bench.AssertRowsAsOfLocalRunAsync(postgres);
    }

    [Fact]
    public async Task While_keys_are_exchanged_the_fallback_registers_and_its_calls_are_taken()
    {
        await using var bench = await WorkerBench.SetUpAsync(
            postgres,
            worker: options =>
                options with
                {
                    Settings = options.Settings with
                    {
                        Inngest = options.Settings.Inngest with
                        {
                            SigningKey = new Secret("signkey-test-fedcba9876543210"),
                            SigningKeyFallback = new Secret(ExecutorOptions.SigningKey),
                        },
                    },
                }
        );

        AssertState(await bench.Inngest.RunAsync(WorkerBench.Sync, Hello), "Completed");

        bench.AssertNothingViolated();
    }

    internal static Backfill.Worker.WorkerOptions ShortSlices(Backfill.Worker.WorkerOptions options) =>
        options with
        {
            SliceLength = TimeSpan.Zero,
        };

    internal static void AssertState(ExecutorRun run, string state)
    {
        Assert.True(run.Status == "Completed", run.Output?.ToJsonString());
        Assert.Equal(state, run.Output!["state"]!.GetValue<string>());
    }
}
