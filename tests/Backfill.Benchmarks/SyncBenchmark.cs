using System.Diagnostics;
using Backfill.Simulation;
using Backfill.Simulation.Data;

namespace Backfill.Benchmarks;

/// <summary>What a sync costs in requests, points and time, each against a bound or another client of the same run.</summary>
internal static class SyncBenchmark
{
    private const int NaivePullRequests = 200;
    private const int SeveralTokens = 3;
    private static readonly TimeSpan NestedLatency = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(80);

    /// <summary>Runs one part, or all.</summary>
    public static async Task RunAsync(string part)
    {
        (string Name, Func<BenchmarkServer, Task> Run)[] parts =
        [
            ("phases", PhasesAsync),
            ("cost", CostAsync),
            ("real", RealAsync),
            ("naive", NaiveAsync),
            ("wall", WallAsync),
            ("tokens", TokensAsync),
            ("write", WriteBenchmark.RunAsync),
            ("memory", MemoryBenchmark.RunAsync),
            ("many", MemoryBenchmark.RunManyAsync),
        ];
        Table.Show("what", "value", "target", "where from");
        await using var server = await BenchmarkServer.StartAsync();
        foreach (var (_, run) in parts.Where(one => part == "all" || part == one.Name))
        {
            await run(server);
        }
    }

    private static async Task CostAsync(BenchmarkServer server)
    {
        await CostAsync(server, 1_000);
        await CostAsync(server, 5_000);
    }

    private static async Task CostAsync(BenchmarkServer server, int items)
    {
        await using var run = await SyncRun.SetUpAsync(
            server,
            new SimulatorOptions { PullRequests = items, Issues = items }
        );
        var first = await run.SyncAsync();
        Table.Show(
            $"{items} + {items}: requests / F",
            Table.Number(first.Requests.Count / (double)first.FlatBound),
            "<= 0.60 (5k)",
            $"{first.Requests.Count} / {first.FlatBound}"
        );
        Table.Show(
            $"{items} + {items}: items / point",
            Table.Number(first.Items / (double)first.Points),
            ">= 150",
            $"{first.Items} / {first.Points}"
        );
        var again = await run.SyncAsync();
        Table.Show(
            $"{items} + {items}, no change: points",
            Table.Number(again.Points),
            "<= 1, 3 requests",
            $"{again.Requests.Count} requests"
        );
    }

    private static async Task PhasesAsync(BenchmarkServer server)
    {
        var options = new SimulatorOptions { PullRequests = 2_000, Issues = 2_000 };
        await using var whole = await SyncRun.SetUpAsync(server, options);
        var once = await whole.SyncAsync();
        await using var phased = await SyncRun.SetUpAsync(server, options);
        var now = DateTimeOffset.UtcNow;
        var phases = new List<SyncMeasure>();
        foreach (var since in (DateTimeOffset?[])[now.AddDays(-30), now.AddDays(-90), null])
        {
            phases.Add(await phased.SyncAsync(since));
        }

        var sum = phases.Sum(phase => phase.Requests.Count);
        Table.Show(
            "30 days + 90 days + full / full: requests",
            Table.Number(sum / (double)once.Requests.Count),
            "<= 1.10",
            $"{sum} ({string.Join(" + ", phases.Select(phase => phase.Requests.Count))}) / {once.Requests.Count}"
        );
        foreach (
            var operation in once
                .Requests.Concat(phases.SelectMany(phase => phase.Requests))
                .Select(Operation)
                .Distinct()
        )
        {
            var asked = phases
                .Select(phase => phase.Requests.Count(request => Operation(request) == operation))
                .ToList();
            Table.Show(
                $"  {operation}",
                Table.Number(asked.Sum()),
                "",
                $"{string.Join(" + ", asked)}, of one full run {once.Requests.Count(request => Operation(request) == operation)}"
            );
        }
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
        foreach (
            var (what, floor) in ((string, TimeSpan)[])
                [("as they took", measure.GraphQLTime), ("80 ms", measure.GraphQLRequests * Latency)]
        )
        {
            Table.Show(
                $"wall time / (GraphQL requests x {what})",
                Table.Number(measure.Elapsed / floor),
                "<= 1.10",
                $"{Table.Seconds(measure.Elapsed)} / {Table.Seconds(floor)}"
            );
        }
    }

    private static async Task TokensAsync(BenchmarkServer server)
    {
        var one = await TokensAsync(server, 1);
        var several = await TokensAsync(server, SeveralTokens);
        Table.Show(
            "5000 + 5000: one token / three tokens: time",
            Table.Number(one.Elapsed / several.Elapsed),
            ">= 2.3",
            $"{Table.Seconds(one.Elapsed)}, {one.GraphQLRequests} queries, {one.Points} points / {Table.Seconds(several.Elapsed)}, {several.GraphQLRequests} queries, {several.Points} points"
        );
        Table.Show(
            "  queries at once, of one account",
            $"{several.Requests.Max(request => request.AtOnce)}, {several.Requests.Max(request => request.AtOnceOfAccount)}",
            "3, 1",
            $"{one.Run.State}, {one.Items} items / {several.Run.State}, {several.Items} items"
        );
        foreach (var operation in several.Requests.Select(Operation).Distinct())
        {
            Table.Show(
                $"  {operation}",
                Table.Number(several.Requests.Count(request => Operation(request) == operation)),
                "",
                $"with one token {one.Requests.Count(request => Operation(request) == operation)}"
            );
        }
    }

    private static async Task<SyncMeasure> TokensAsync(BenchmarkServer server, int tokens)
    {
        await using var run = await SyncRun.SetUpAsync(
            server,
            new SimulatorOptions
            {
                PullRequests = 5_000,
                Issues = 5_000,
                Latency = Latency,
                NestedLatency = NestedLatency,
            },
            tokens
        );
        return await run.SyncAsync();
    }

    private static async Task RealAsync(BenchmarkServer server)
    {
        await using var run = await SyncRun.SetUpAsync(
            server,
            new SimulatorOptions { Shape = RepositoryShape.Real, Latency = Latency }
        );
        var measure = await run.SyncAsync();
        const string What = "real repository's shape: ";
        Table.Show(
            What + "requests",
            Table.Number(measure.Requests.Count),
            "<= 145",
            $"{measure.GraphQLRequests} of them GraphQL"
        );
        Table.Show(
            What + "points",
            Table.Number(measure.Points),
            "<= 235",
            $"{measure.Items} items, {measure.Run.State}"
        );
        Table.Show(What + "seconds", Table.Number(measure.Elapsed.TotalSeconds), "<= 20", "80 ms latency");
    }

    private static async Task NaiveAsync(BenchmarkServer server)
    {
        await using var run = await SyncRun.SetUpAsync(
            server,
            new SimulatorOptions
            {
                PullRequests = NaivePullRequests,
                Issues = 0,
                Discussions = 0,
                Latency = Latency,
            }
        );
        var ours = await run.SyncAsync();
        var client = new NaiveClient(run.GitHub, NaivePullRequests);
        foreach (
            var (what, target, ask) in ((string, string, Func<Task<int>>)[])
                [("REST", ">= 40", client.RestAsync), ("GraphQL", ">= 8", client.GraphQLAsync)]
        )
        {
            run.GitHub.Reset();
            var started = Stopwatch.GetTimestamp();
            var requests = await ask();
            var elapsed = Stopwatch.GetElapsedTime(started);
            Table.Show(
                $"{NaivePullRequests} pull requests: naive {what} / ours: time",
                Table.Number(elapsed / ours.Elapsed),
                target,
                $"{Table.Seconds(elapsed)}, {requests} requests / {Table.Seconds(ours.Elapsed)}, {ours.Requests.Count} requests"
            );
        }
    }

    private static string Operation(RequestRecord request) =>
        request.Operation.Length > 0 ? request.Operation : request.Path.Split('?')[0];
}
