using System.Globalization;
using System.Text.Json.Nodes;
using Backfill.Integration.Tests.Support;
using Backfill.Module.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Worker;

/// <summary>
/// Two workers in processes of their own, which are killed at random instants, by seed, and started again: between slices and
/// inside them. Four kills here; <c>BACKFILL_KILLS=100</c> makes as many.
/// </summary>
public sealed class WorkerKillTests(TestPostgres postgres)
{
    private const int ShortForm = 4;
    private const int KillsPerRound = 4;
    private const int LongestPause = 1_500;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<int> Rounds
    {
        get
        {
            var kills = Environment.GetEnvironmentVariable("BACKFILL_KILLS") is { Length: > 0 } given
                ? int.Parse(given, CultureInfo.InvariantCulture)
                : ShortForm;
            return [.. Enumerable.Range(1, (kills + KillsPerRound - 1) / KillsPerRound)];
        }
    }

    [Theory]
    [MemberData(nameof(Rounds))]
    public async Task No_row_differs_from_those_of_a_local_run_after_kills_of_two_workers(int seed)
    {
        var random = new Random(seed);
        await using var bench = await WorkerBench.SetUpAsync(
            postgres,
            new SimulatorOptions { PullRequests = 200, Latency = TimeSpan.FromMilliseconds(100) },
            count: 0,
            inngest: options => options with { Shorten = wait => wait / 8 }
        );
        HostProcess[] workers = [Start(bench, 0), Start(bench, 1)];
        try
        {
            while (bench.Inngest.Registrations.Count < 2)
            {
                await Task.Delay(20, Token);
            }

            var run = Assert.Single(
                bench.Inngest.Send(
                    new JsonObject
                    {
                        ["name"] = WorkerBench.Sync,
                        ["data"] = new JsonObject { ["repository"] = WorkerBench.Repository },
                    }
                )
            );
            var kills = 0;
            while (kills < KillsPerRound && !run.HasEnded)
            {
                await Task.WhenAny(run.Ended, Task.Delay(random.Next(LongestPause), Token));
                if (!run.HasEnded)
                {
                    var which = random.Next(workers.Length);
                    workers[which].Kill();
                    await workers[which].WaitAsync();
                    workers[which].Dispose();
                    workers[which] = Start(bench, which);
                    kills++;
                }
            }

            await bench.Inngest.WaitAsync(run);
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"seed {seed}: {kills} kills, {bench.Inngest.Calls.Count()} calls, {bench.Inngest.Calls.Count(call => call.Attempt > 0)} of them repeated"
            );
            Assert.True(kills > 0, "The run had ended before.");
            WorkerSyncTests.AssertState(run, "Completed");
        }
        finally
        {
            foreach (var worker in workers)
            {
                worker.Kill();
                await worker.WaitAsync();
                worker.Dispose();
            }
        }

        bench.AssertNothingViolated();
        Assert.Equal(RunState.Completed, Assert.Single(await bench.RunsAsync()).State);
        await bench.AssertRowsAsOfLocalRunAsync(postgres);
    }

    private static HostProcess Start(WorkerBench bench, int number)
    {
        var port = bench.Port(number);
        return HostProcess.Start(
            ["--urls", $"http://127.0.0.1:{port}"],
            [
                .. bench.Environment.Select(variable => (variable.Key, variable.Value)),
                ("BACKFILL_WORKER_SLICE_SECONDS", "1"),
            ],
            program: Path.Combine(
                Checkout.Root,
                "src/Backfill.Worker/bin",
                new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name,
                "net10.0/Backfill.Worker.dll"
            )
        );
    }
}
