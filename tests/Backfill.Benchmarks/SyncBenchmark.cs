using System.Globalization;
using Backfill.Simulation;

namespace Backfill.Benchmarks;

/// <summary>What a sync costs in requests, points and time, each against a bound or another client of the same run.</summary>
internal static class SyncBenchmark
{
    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(80);

    public static async Task RunAsync()
    {
        await using var server = await BenchmarkServer.StartAsync();
        await CostAsync(server, 1_000);
        await CostAsync(server, 5_000);
        await PhasesAsync(server);
        await WallAsync(server);
    }

    public static async Task TryAsync(int items)
    {
        await using var server = await BenchmarkServer.StartAsync();
        Console.WriteLine(await server.CreateDatabaseAsync());
        await CostAsync(server, items);
    }

    private static async Task CostAsync(BenchmarkServer server, int items)
    {
        await using var run = await SyncRun.SetUpAsync(
            server,
            new SimulatorOptions { PullRequests = items, Issues = items }
        );
        var first = await run.SyncAsync();
        Show(
            $"{items} + {items}: requests / F",
            first.Requests.Count / (double)first.FlatBound,
            $"{first.Requests.Count} / {first.FlatBound}"
        );
        Show(
            $"{items} + {items}: items / point",
            first.Items / (double)first.Points,
            $"{first.Items} / {first.Points}"
        );
        foreach (var group in first.Requests.GroupBy(r => r.Operation.Length > 0 ? r.Operation : r.Path.Split('?')[0]))
        {
            Console.WriteLine($"      {group.Key}: {group.Count()}");
        }

        Console.WriteLine($"      {first.Elapsed} {first.Run.State}");
        var again = await run.SyncAsync();
        Show($"{items} + {items}, no change: points", again.Points, $"{again.Requests.Count} requests");
    }

    private static async Task PhasesAsync(BenchmarkServer server)
    {
        var options = new SimulatorOptions { PullRequests = 2_000, Issues = 2_000 };
        await using var whole = await SyncRun.SetUpAsync(server, options);
        var once = await whole.SyncAsync();
        await using var phased = await SyncRun.SetUpAsync(server, options);
        var now = DateTimeOffset.UtcNow;
        var sum = 0;
        foreach (var since in (DateTimeOffset?[])[now.AddDays(-30), now.AddDays(-90), null])
        {
            var phase = await phased.SyncAsync(since);
            sum += phase.Requests.Count;
            Console.WriteLine($"      {since} {phase.Requests.Count} {phase.Run.State}");
        }

        Show(
            "30 days + 90 days + full / full: requests",
            sum / (double)once.Requests.Count,
            $"{sum} / {once.Requests.Count}"
        );
    }

    private static async Task WallAsync(BenchmarkServer server)
    {
        await using var run = await SyncRun.SetUpAsync(
            server,
            new SimulatorOptions
            {
                PullRequests = 5_000,
                Issues = 5_000,
                Latency = Latency,
            }
        );
        var measure = await run.SyncAsync();
        var floor = measure.GraphQLRequests * Latency;
        Show(
            "wall time / (GraphQL requests x latency)",
            measure.Elapsed / floor,
            $"{measure.Elapsed.TotalSeconds:0.0} s / {floor.TotalSeconds:0.0} s"
        );
    }

    private static void Show(string what, double value, string from) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what, -50}{value, 10:0.00}   ({from})"));
}
