using System.Globalization;
using Backfill.Core;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Writing;

namespace Backfill.Benchmarks;

/// <summary>
/// The search for altered rows in one repository, whose pull requests and issues are half of the rows each, against a plain
/// aggregate scan of the same rows in the same run. Each is the best of five, in turn.
/// </summary>
internal static class AlteredBenchmark
{
    private const string Name = "octo/r1";

    private const string Scan = """
        SELECT count(*), count(DISTINCT author_id), sum(additions), max(updated_at) FROM pull_requests;
        SELECT count(*), count(DISTINCT author_id), sum(comments_count), max(updated_at) FROM issues;
        """;

    private const string Fill = """
        INSERT INTO repositories (github_id, full_name, owner, name) VALUES (1, 'octo/r1', 'octo', 'r1');
        INSERT INTO contributors (github_id, username) SELECT i, 'u' || i FROM generate_series(1, 900) i;
        CREATE TEMP TABLE x AS
        SELECT i, r.id AS repository_id, c.id AS author_id, timestamptz '2026-03-02 12:00Z' - i * interval '1 minute' AS at
          FROM generate_series(1, @rows) i
          JOIN repositories r ON true
          JOIN contributors c ON c.github_id = 1 + i % 900;
        INSERT INTO pull_requests (github_id, number, title, body, state, repository_id, author_id, head_branch,
               repository_full_name, merged, draft, additions, created_at, updated_at)
        SELECT 1000000000 + i, i, 'Pull request ' || i, repeat('text ', 20), 'open', repository_id, author_id, 'b',
               'octo/r1', false, false, i % 500, at, at
          FROM x ORDER BY i;
        INSERT INTO issues (github_id, number, title, body, state, repository_id, author_id, comments_count, created_at, updated_at)
        SELECT 1000000000 + i, @rows + i, 'Issue ' || i, repeat('text ', 20), 'open', repository_id, author_id, i % 7, at, at
          FROM x ORDER BY i;
        """;

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
            await MetricsBenchmarkRows.ExecuteAsync(database, Fill, rows / 2);
            await MetricsBenchmarkRows.ProveAsync(database);
            await MetricsBenchmarkRows.ExecuteAsync(database, "VACUUM ANALYZE");
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
        var repository = await RepositoryDirectory.RequireAsync(database, RepositoryName.Parse(Name), default);
        var tables = new SyncTables(database, repository);
        var best = await MetricsBenchmark.BestAsync(
            times: 5,
            () => MetricsBenchmarkRows.ExecuteAsync(database, Scan),
            async () => Require(await tables.AlteredAsync(default))
        );
        var (scan, search) = (best[0], best[1]);

        Table.Show(
            string.Create(CultureInfo.InvariantCulture, $"search for altered rows / scan of {rows} rows"),
            Table.Number(search / scan),
            "<= 3",
            $"{Table.Seconds(search)} / {Table.Seconds(scan)}"
        );
        var bytes = await MetricsBenchmarkRows.ScalarAsync<long>(
            database,
            "SELECT pg_total_relation_size('backfill.row_proof')"
        );
        Table.Show("bytes of a row's proof, with the index", Table.Number((double)bytes / rows), "<= 48", $"{bytes}");
    }

    // Every row is proven, so the search has to compare all and may find none.
    private static void Require(IReadOnlyList<AlteredRows> found)
    {
        if (found.Count > 0)
        {
            throw new InvalidOperationException($"The rows are not proven: {found[0]}");
        }
    }
}
