using System.Globalization;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Backfill.Simulation.Faults;

namespace Backfill.Integration.Tests.Sync;

/// <summary>
/// Random faults at random requests: whatever happens on the way, the rows are those of an undisturbed run, and no request
/// leaves inside a wait. A few seeds here; <c>BACKFILL_CHAOS_SEEDS=50</c> runs as many.
/// </summary>
public sealed class ChaosTests(TestPostgres postgres)
{
    private const int MostRuns = 8;
    private const int ShortForm = 3;

    // A minute's wait takes three seconds; an answer may still take two before the client gives it up.
    private const double Speed = 20;

    public static TheoryData<int> Seeds =>
        [
            .. Enumerable.Range(
                1,
                Environment.GetEnvironmentVariable("BACKFILL_CHAOS_SEEDS") is { Length: > 0 } seeds
                    ? int.Parse(seeds, CultureInfo.InvariantCulture)
                    : ShortForm
            ),
        ];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task A_run_among_faults_stores_the_rows_of_an_undisturbed_run(int seed)
    {
        var schedule = FaultSchedule.Of(seed);
        await using var bench = await Bench.SetUpAsync(
            postgres,
            new SimulatorOptions
            {
                PullRequests = 120,
                Seed = seed,
                Time = new AcceleratedTime(Speed),
            }
        );
        schedule.AddTo(bench.GitHub.Faults);

        var states = new List<string>();
        for (var runs = 0; runs < MostRuns; runs++)
        {
            var run = await bench.SyncAsync("octo/hello");
            states.Add($"{run.State} {run.Error}{string.Join("; ", run.Gaps)}");
            if (run.State == RunState.Completed)
            {
                break;
            }
        }

        var told = $"seed {seed}: {schedule}\n{string.Join('\n', states)}";
        Assert.True(states[^1].StartsWith("Completed", StringComparison.Ordinal), told);
        Assert.True(bench.GitHub.EarlyRequests.Count == 0, $"{told}\n{string.Join('\n', bench.GitHub.EarlyRequests)}");

        // What the last faults may have hidden is there once they are over.
        bench.GitHub.Reset();
        Assert.Equal(RunState.Completed, (await bench.SyncAsync("octo/hello")).State);
        await using var undisturbed = await bench.BesideAsync(postgres);
        Assert.Equal(RunState.Completed, (await undisturbed.SyncAsync("octo/hello")).State);
        var (expected, actual) = (await StoredRows.DigestAsync(undisturbed), await StoredRows.DigestAsync(bench));
        Assert.True(expected == actual, $"{told}\nExpected:\n{expected}\nActual:\n{actual}");
    }
}
