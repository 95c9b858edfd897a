using Backfill.Core.Metrics;
using Backfill.Core.Postgres;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace Backfill.Integration.Tests.Metrics;

/// <summary>The same rows give the same numbers, wherever they are measured, and all ranges of one call are of one moment.</summary>
public sealed class MetricsSnapshotTests(TestPostgres postgres)
{
    private const string Hello = "octo/hello";

    private static readonly string[] Ranges = ["7d", "14d", "30d", "60d", "90d", "1y", "all"];

    // In Kiritimati it is the next day already, in Los Angeles still the one before.
    private static readonly string[] Zones = ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"];

    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_time_zone_of_the_session_changes_no_number()
    {
        await using var synced = await SyncedAsync();
        await synced.RestAsync();
        var stored = new List<string>();
        foreach (var zone in Zones)
        {
            await using var bench = await synced.CopyAsync(postgres);
            await InZoneAsync(bench, zone);

            await MeasureAsync(bench);

            stored.Add(
                await bench.TextAsync(
                    """
                    SET timezone = 'UTC';
                    SELECT concat_ws(E'\n', (SELECT string_agg(m::text, E'\n' ORDER BY time_range) FROM backfill.workspace_metrics m),
                                     (SELECT string_agg(m::text, E'\n' ORDER BY time_range) FROM backfill.workspace_metrics_history m),
                                     (SELECT string_agg((to_jsonb(m) - '{id,created_at,updated_at}'::text[])::text, E'\n' ORDER BY time_range) FROM workspace_metrics_cache m),
                                     (SELECT string_agg((to_jsonb(m) - '{id,created_at,updated_at}'::text[])::text, E'\n') FROM workspace_metrics_history m))
                    """
                )
            );
        }

        Assert.All(stored, one => Assert.Equal(stored[0], one));
    }

    [Fact]
    public async Task Two_databases_of_one_repository_name_the_same_top_contributors()
    {
        await using var first = await SyncedAsync();
        await using var second = Bench.SetUpWithoutSchema(await postgres.CreateDatabaseAsync(), first.GitHub);
        await LayAndSyncAsync(second);
        await InZoneAsync(second, Zones[1]);
        const string top =
            "SELECT string_agg(time_range || ' ' || (metrics ->> 'top_contributors'), E'\n' ORDER BY time_range) FROM backfill.workspace_metrics";

        await MeasureAsync(first);
        await MeasureAsync(second);

        Assert.Equal(await first.TextAsync(top), await second.TextAsync(top));
    }

    [Fact]
    public async Task A_write_while_many_ranges_are_measured_is_seen_by_none_of_them()
    {
        await using var bench = await SyncedAsync();
        // Whoever reads people waits for the test.
        await bench.ExecuteAsync(
            """
            CREATE FUNCTION gate() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN true; END $$;
            ALTER TABLE contributors RENAME TO people;
            CREATE VIEW contributors AS SELECT * FROM people WHERE (SELECT gate());
            """
        );
        const string counted =
            "SELECT count(*) FROM pull_requests p JOIN repositories r ON r.id = p.repository_id WHERE r.full_name = 'octo/hello'";
        var before = await bench.CountAsync(counted);
        await using var gate = new NpgsqlConnection(bench.ConnectionString);
        await gate.OpenAsync(Token);
        await using var close = new NpgsqlCommand("SELECT pg_advisory_lock(42)", gate);
        await close.ExecuteNonQueryAsync(Token);

        var measuring = MeasureAsync(bench);
        while (await bench.CountAsync("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == 0)
        {
            Assert.False(measuring.IsCompleted, "the measurement did not wait");
            await Task.Delay(TimeSpan.FromMilliseconds(10), Token);
        }

        await bench.ExecuteAsync(
            $"INSERT INTO pull_requests (github_id, number, title, state, repository_id, head_branch, repository_full_name, created_at, updated_at) SELECT 77, 7777, 'Late', 'open', id, 'b', full_name, '{Now.AddHours(-1):O}', '{Now.AddHours(-1):O}' FROM repositories WHERE full_name = 'octo/hello'"
        );
        await using var open = new NpgsqlCommand("SELECT pg_advisory_unlock(42)", gate);
        await open.ExecuteNonQueryAsync(Token);
        await measuring;

        Assert.Equal(before + 1, await bench.CountAsync(counted));
        Assert.Equal(
            before,
            await bench.CountAsync(
                "SELECT (metrics ->> 'total_prs')::bigint FROM backfill.workspace_metrics WHERE time_range = 'all'"
            )
        );
        Assert.Equal(Ranges.Length, await bench.CountAsync("SELECT count(*) FROM backfill.workspace_metrics"));
    }

    private async Task<Bench> SyncedAsync()
    {
        var bench = await Bench.SetUpWithoutSchemaAsync(
            postgres,
            new SimulatorOptions { PullRequests = 60, Until = Now.AddHours(-2) }
        );
        await LayAndSyncAsync(bench);
        return bench;
    }

    private static async Task LayAndSyncAsync(Bench bench)
    {
        await AppSchema.LayAsync(bench, legacy: true);
        await bench.InitializeAsync();
        Assert.Equal(RunState.Completed, (await bench.SyncAsync(Hello)).State);
        await bench.RegisterAsync(Hello, "The team");
    }

    private static async Task InZoneAsync(Bench bench, string zone)
    {
        await bench.ExecuteAsync($"ALTER DATABASE {bench.DatabaseName} SET timezone = '{zone}'");
        await using var pool = new NpgsqlConnection(bench.ConnectionString);
        NpgsqlConnection.ClearPool(pool);
    }

    private static async Task MeasureAsync(Bench bench)
    {
        await using var database = new Database(bench.ConnectionString, TimeProvider.System);
        await WorkspaceMetricsUpdate.RunAsync(
            database,
            new MetricsRequest(
                [RepositoryName.Parse(Hello)],
                [],
                [.. Ranges.Select(TimeRange.Parse)],
                Plan: false,
                Force: false
            ),
            new CollectedOutput(),
            new FakeTimeProvider(Now),
            Token
        );
    }
}
