using System.Diagnostics;
using System.Globalization;
using Backfill.Core;
using Backfill.Simulation;

namespace Backfill.Benchmarks;

/// <summary>
/// The main job on a repository of the simulator, and the same again with nothing new: what "resumable" saves.
/// Every figure comes from one run on one machine; only the ratio means something on another.
/// </summary>
internal static class PipelineBenchmark
{
    public static async Task RunAsync(int pullRequests)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"backfill-benchmark-{Guid.NewGuid():N}");
        await using var gitHub = await GitHubSimulator.StartAsync(
            new SimulatorOptions { PullRequests = pullRequests },
            CancellationToken.None
        );
        await using var engine = new BackfillEngine();
        var settings = new BackfillSettings
        {
            Local = true,
            LocalFolder = folder,
            GitHubTokens = [new Secret("simulated")],
            GitHubApiUrl = gitHub.Url,
            GitHubGraphQLUrl = gitHub.GraphQLUrl,
        };
        var repository = RepositoryName.Parse("octo/hello");
        var output = new StoredRows();
        try
        {
            await engine.InitializeDatabaseAsync(
                settings,
                new DatabaseRequest(Plan: false),
                output,
                CancellationToken.None
            );
            await engine.RegisterAsync(
                settings,
                new RegisterRequest(repository, "Benchmark", Plan: false),
                output,
                CancellationToken.None
            );
            (string Name, Func<Task> Work)[] stages =
            [
                ("sync", SyncAsync),
                ("embed", EmbedAsync),
                ("metrics", MeasureAsync),
                ("coverage", CheckAsync),
            ];
            var first = await TimeAsync(stages);
            var again = await TimeAsync(stages);

            Console.WriteLine($"{pullRequests} pull requests, {output.Rows} rows");
            Console.WriteLine($"{"stage", -10}{"first", 10}{"again", 10}{"again / first", 16}");
            for (var stage = 0; stage < stages.Length; stage++)
            {
                var ratio = again[stage] / first[stage];
                Console.WriteLine(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{stages[stage].Name, -10}{first[stage].TotalSeconds, 8:0.00} s{again[stage].TotalSeconds, 8:0.00} s{ratio, 16:0.000}"
                    )
                );
            }
        }
        finally
        {
            await engine.StopLocalDatabaseAsync(settings, CancellationToken.None);
            Directory.Delete(folder, recursive: true);
        }

        async Task SyncAsync()
        {
            var run = await engine.StartSyncAsync(
                settings,
                new SyncRequest(repository, Since: null, Track: false, ThrottleLimit: 4, Plan: false),
                output,
                CancellationToken.None
            );
            await engine.WaitSyncAsync(
                settings,
                new WaitRequest([run.Id], [], Timeout: null, TimeSpan.FromSeconds(1)),
                output,
                CancellationToken.None
            );
        }

        Task EmbedAsync() =>
            engine.EmbedAsync(
                settings,
                new EmbeddingRequest { Repositories = [repository] },
                output,
                CancellationToken.None
            );

        Task MeasureAsync() =>
            engine.UpdateMetricsAsync(
                settings,
                new MetricsRequest(
                    [repository],
                    [],
                    [.. new[] { "7d", "30d", "90d", "1y", "all" }.Select(TimeRange.Parse)],
                    false
                ),
                output,
                CancellationToken.None
            );

        async Task CheckAsync()
        {
            var checks = await engine.CheckCoverageAsync(
                settings,
                new CoverageRequest(
                    repository,
                    MinimumCoverage: 100,
                    SkipGitHub: false,
                    KnownTotals: null,
                    Plan: false
                ),
                output,
                CancellationToken.None
            );
            if (checks.FirstOrDefault(check => !check.Passed) is { } failed)
            {
                throw new InvalidOperationException($"What was measured is not the whole job: {failed}");
            }
        }

        static async Task<TimeSpan[]> TimeAsync((string Name, Func<Task> Work)[] stages)
        {
            var times = new List<TimeSpan>();
            foreach (var (_, work) in stages)
            {
                var started = Stopwatch.GetTimestamp();
                await work();
                times.Add(Stopwatch.GetElapsedTime(started));
            }

            return [.. times];
        }
    }
}
