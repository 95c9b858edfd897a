using System.Collections.Concurrent;
using System.Diagnostics;
using Backfill.Core;
using Backfill.Core.Sync.Runs;
using Backfill.Simulation;

namespace Backfill.Benchmarks;

/// <summary>
/// Two hundred repositories by one, two and four workers, each slice with a token of its own. A worker is an engine with its own
/// connections and gates, as a process has it; what Inngest adds, about a tenth of a second per call, is not in it. The
/// simulator's latency makes GitHub the limit and not the processor.
/// </summary>
internal static class WorkerBenchmark
{
    private const int Repositories = 200;
    private const int PullRequests = 5;
    private const int RegisteringAtOnce = 20;
    private const double Target = 3.4;
    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(45);

    /// <summary>Runs the three measurements.</summary>
    public static async Task RunAsync()
    {
        Table.Show("what", "value", "target", "where from");
        await using var server = await BenchmarkServer.StartAsync();
        var alone = TimeSpan.Zero;
        foreach (var workers in (int[])[1, 2, 4])
        {
            var (elapsed, requests) = await MeasureAsync(server, workers);
            alone = workers == 1 ? elapsed : alone;
            Table.Show(
                FormattableString.Invariant($"{Repositories} repositories, {workers} workers: seconds"),
                Table.Number(elapsed.TotalSeconds),
                "",
                FormattableString.Invariant($"{requests} requests, {Latency.TotalMilliseconds} ms each")
            );
            Table.Show(
                FormattableString.Invariant($"{workers} workers against one"),
                Table.Number(alone / elapsed),
                workers == 4 ? $">= {Table.Number(Target)}" : "",
                ""
            );
        }
    }

    private static async Task<(TimeSpan Elapsed, int Requests)> MeasureAsync(BenchmarkServer server, int workers)
    {
        string[] names =
        [
            .. Enumerable.Range(1, Repositories).Select(number => FormattableString.Invariant($"octo/r{number}")),
        ];
        var tokens = Enumerable.Range(1, workers).Select(number => new Secret($"ghp_benchmark{number:D10}")).ToArray();
        await using var gitHub = await GitHubSimulator.StartAsync(
            new SimulatorOptions
            {
                Repositories = names,
                PullRequests = PullRequests,
                Latency = Latency,
                Tokens = [.. tokens.Select(token => token.Reveal())],
            },
            CancellationToken.None
        );
        var settings = new BackfillSettings
        {
            Database = new Secret(await server.CreateDatabaseAsync()),
            GitHubTokens = tokens,
            GitHubApiUrl = gitHub.Url,
            GitHubGraphQLUrl = gitHub.GraphQLUrl,
        };
        await using var first = new BackfillEngine();
        await first.InitializeDatabaseAsync(
            settings,
            new DatabaseRequest(Plan: false),
            new StoredRows(),
            CancellationToken.None
        );
        await Task.WhenAll(names.Chunk(Repositories / RegisteringAtOnce).Select(some => RegisterAsync(settings, some)));
        var registered = gitHub.Requests.Count;
        var queue = new ConcurrentQueue<string>(names);
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => WorkAsync(settings, queue)));
        watch.Stop();
        return (watch.Elapsed, gitHub.Requests.Count - registered);
    }

    // Engines of their own, because each lets one request of a token leave at a time.
    private static async Task RegisterAsync(BackfillSettings settings, string[] names)
    {
        await using var engine = new BackfillEngine();
        foreach (var name in names)
        {
            await engine.RegisterAsync(
                settings,
                new RegisterRequest(RepositoryName.Parse(name), null, Plan: false),
                new StoredRows(),
                CancellationToken.None
            );
        }
    }

    private static async Task WorkAsync(BackfillSettings settings, ConcurrentQueue<string> queue)
    {
        await using var engine = new BackfillEngine();
        while (queue.TryDequeue(out var name))
        {
            var run = Guid.CreateVersion7();
            var sync = new SyncRequest(RepositoryName.Parse(name), null, Track: false, ThrottleLimit: 1, Plan: false);
            SyncSlice slice;
            do
            {
                slice = await engine.RunSliceAsync(
                    settings,
                    new SliceRequest(run, sync, Slice),
                    CancellationToken.None
                );
            } while (slice.Next != SliceNext.Done);
            if (slice.Run.State != RunState.Completed)
            {
                throw new InvalidOperationException($"{name} is {slice.Run.State}: {slice.Error?.Message}");
            }
        }
    }
}
