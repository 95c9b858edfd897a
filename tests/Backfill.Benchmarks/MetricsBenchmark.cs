using System.Diagnostics;
using System.Globalization;
using Backfill.Core;
using Backfill.Core.Coverage;
using Backfill.Core.Inngest;
using Backfill.Core.Metrics;
using Backfill.Core.Postgres;

namespace Backfill.Benchmarks;

/// <summary>
/// Metrics of a workspace of 200 repositories, and every check of one of them, against one plain aggregate scan of the same
/// rows in the same run; and the look at the catalogue. Each is the best of five, in turn.
/// </summary>
internal static class MetricsBenchmark
{
    private const string Scan = """
        SELECT count(*), count(DISTINCT author_id), sum(additions) FROM pull_requests;
        SELECT count(*), count(DISTINCT author_id), sum(comments_count) FROM issues;
        """;

    // As a sync of one of the repositories leaves it.
    private const string OneChanged =
        "UPDATE repositories SET last_synced_at = clock_timestamp() WHERE full_name = 'octo/r7'";

    private static readonly DateTimeOffset Now = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    public static async Task RunAsync(int rows)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"backfill-benchmark-{Guid.NewGuid():N}");
        await using var engine = new BackfillEngine();
        var settings = new BackfillSettings { Local = true, LocalFolder = folder };
        var output = new StoredRows();
        try
        {
            await engine.InitializeDatabaseAsync(settings, new DatabaseRequest(Plan: false), output, default);
            var address = await new LocalServer(TimeProvider.System).EnsureRunningAsync(folder, output, default);
            await using var database = new Database(address, TimeProvider.System);
            await MetricsBenchmarkRows.FillAsync(database, rows);
            await MeasureAsync(database, rows);
        }
        finally
        {
            await engine.StopLocalDatabaseAsync(settings, default);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task MeasureAsync(Database database, int rows)
    {
        var workspace = await MetricsBenchmarkRows.ScalarAsync<Guid>(database, "SELECT id FROM workspaces");
        TimeRange[] ranges = [.. new[] { "7d", "30d", "90d", "1y", "all" }.Select(TimeRange.Parse)];
        var best = await BestAsync(
            times: 5,
            () => MetricsBenchmarkRows.ExecuteAsync(database, Scan),
            () => new WorkspaceMeasurement(database, workspace, Now).RunAsync(ranges, force: true, default),
            async () =>
            {
                await MetricsBenchmarkRows.ExecuteAsync(database, OneChanged);
                await new WorkspaceMeasurement(database, workspace, Now).RunAsync(ranges, force: false, default);
            },
            () => CheckAsync(database, ["octo/r1"]),
            () =>
            {
                database.ForgetCatalogue();
                return database.CatalogueAsync(default);
            }
        );
        var (scan, metrics, changed, one, look) = (best[0], best[1], best[2], best[3], best[4]);
        var all = await BestAsync(
            times: 1,
            () =>
                CheckAsync(
                    database,
                    [
                        .. Enumerable
                            .Range(1, MetricsBenchmarkRows.Repositories)
                            .Select(repository => FormattableString.Invariant($"octo/r{repository}")),
                    ]
                )
        );

        Console.WriteLine(
            $"{rows} pull requests and {rows} issues in {MetricsBenchmarkRows.Repositories} repositories"
        );
        Print("plain aggregate scan", scan, scan);
        Print("metrics, five ranges", metrics, scan);
        Print("metrics, one changed", changed, scan);
        Print("all checks, one repository", one, scan);
        Print("all checks, every repository", all[0], scan);
        Print("look at the catalogue", look, scan);
        foreach (var plan in await MetricsBenchmarkRows.IndexUseAsync(database))
        {
            Console.WriteLine(plan);
        }
    }

    private static async Task CheckAsync(Database database, IReadOnlyList<string> repositories)
    {
        RepositoryName[] names = [.. repositories.Select(RepositoryName.Parse)];
        var stored = new StoredFacts(database, names);
        foreach (var name in names)
        {
            var facts = new CoverageFacts(
                stored,
                new CoverageRequest(name, 100, SkipGitHub: true, null, Plan: false),
                new BackfillSettings(),
                new InngestConnection(new BackfillSettings(), new HttpClient(), TimeProvider.System),
                () => throw new InvalidOperationException("GitHub is not asked."),
                TimeProvider.System
            );
            await ProofOfRepository.ReadAsync(facts, await Checklist.RunAsync(facts, default), default);
        }
    }

    /// <summary>Returns the best time of each work. The works take turns, so other load on the machine meets all of them.</summary>
    public static async Task<TimeSpan[]> BestAsync(int times, params Func<Task>[] works)
    {
        TimeSpan[] best = [.. works.Select(_ => TimeSpan.MaxValue)];
        for (var time = 0; time < times; time++)
        {
            foreach (var (index, work) in works.Index())
            {
                var started = Stopwatch.GetTimestamp();
                await work();
                var took = Stopwatch.GetElapsedTime(started);
                best[index] = took < best[index] ? took : best[index];
            }
        }

        return best;
    }

    private static void Print(string what, TimeSpan took, TimeSpan scan) =>
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{what, -30}{took.TotalMilliseconds, 10:0} ms{took / scan, 10:0.000} x"
            )
        );
}
