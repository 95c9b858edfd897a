using Backfill.Core.Postgres;
using Backfill.Core.Sync;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Backfill.Simulation.Faults;

namespace Backfill.Integration.Tests.Sync;

/// <summary>Where the app looks for the state of a sync: the repository, its tracking, jobs and logs.</summary>
public sealed class AppStateTests(TestPostgres postgres)
{
    private const string Hello = "octo/hello";

    private const string State = """
        SELECT concat_ws(' ', r.sync_status, r.last_synced_at > now() - interval '1 hour', r.total_pull_requests,
                         t.last_sync_at > now() - interval '1 hour',
                         '|', (SELECT string_agg(concat_ws(' ', status, completed_at IS NOT NULL, error), ', ' ORDER BY created_at) FROM progressive_capture_jobs),
                         '|', (SELECT string_agg(concat_ws(' ', sync_type, status, completed_at IS NOT NULL, records_inserted > 50, github_api_calls_used > 0, left(error_message, 20)), ', ' ORDER BY started_at) FROM sync_logs))
          FROM repositories r JOIN tracked_repositories t ON t.repository_id = r.id
        """;

    [Fact]
    public async Task ACompleteRunIsShownEverywhere()
    {
        await using var bench = await BenchAsync();

        await bench.SyncAsync(Hello);

        Assert.Equal("completed t 12 t | completed t | repository_sync completed t t t", await bench.TextAsync(State));
    }

    [Fact]
    public async Task ARunThatFailsSaysSoAndDoesNotMoveTheTimeOfTheLastSync()
    {
        await using var bench = await BenchAsync();
        await bench.RegisterAsync(Hello, workspace: null);
        bench.GitHub.Faults.Add(new FaultRule("401"));

        Assert.Equal(RunState.Failed, (await bench.SyncAsync(Hello)).State);

        var state = await bench.TextAsync(State);
        Assert.StartsWith("failed 0 | failed t GitHub", state);
        Assert.Contains("repository_sync failed t f t GitHub", state);
    }

    [Fact]
    public async Task WhatACrashLeftBehindIsPutRightByTheNextRun()
    {
        await using var bench = await BenchAsync();
        await bench.RegisterAsync(Hello, workspace: null);
        await bench.ExecuteAsync(
            """
            UPDATE repositories SET sync_status = 'syncing';
            INSERT INTO progressive_capture_jobs (job_type, repository_id, status, started_at, created_at, metadata)
            SELECT job, id, 'processing', now() - interval '1 hour', now() - interval '1 hour', jsonb_build_object('trigger_source', source)
              FROM repositories, (VALUES ('progressive_backfill', 'backfill'), ('recent-prs', 'app')) AS j(job, source);
            INSERT INTO sync_logs (sync_type, repository_id, status, started_at, metadata)
            SELECT 'repository_sync', id, 'started', now() - interval '1 hour', '{"trigger_source": "backfill"}' FROM repositories;
            """
        );

        await bench.SyncAsync(Hello);

        Assert.Equal("completed", await bench.TextAsync("SELECT sync_status FROM repositories"));
        // The app's own job is the app's.
        Assert.Equal(
            "progressive_backfill completed, progressive_backfill failed, recent-prs processing",
            await bench.TextAsync(
                "SELECT string_agg(job_type || ' ' || status, ', ' ORDER BY job_type, status) FROM progressive_capture_jobs"
            )
        );
        Assert.Equal(
            "completed, failed",
            await bench.TextAsync("SELECT string_agg(status, ', ' ORDER BY status) FROM sync_logs")
        );
    }

    [Fact]
    public async Task ALongRunIsAChainOfJobsThatTheAppDoesNotTakeForStuck()
    {
        await using var bench = await BenchAsync();
        await bench.RegisterAsync(Hello, workspace: null);
        await using var database = new Database(bench.ConnectionString, TimeProvider.System);
        var repository = await RepositoryDirectory.RequireAsync(
            database,
            RepositoryName.Parse(Hello),
            TestContext.Current.CancellationToken
        );
        var state = new AppState(database, repository, Guid.NewGuid());
        const string jobs =
            "SELECT string_agg(concat_ws(' ', status, started_at > now() - interval '5 minutes'), ', ' ORDER BY started_at) FROM progressive_capture_jobs";

        await state.BeginAsync(since: null, TestContext.Current.CancellationToken);
        await state.BeatAsync(TestContext.Current.CancellationToken);
        Assert.Equal("processing t", await bench.TextAsync(jobs));
        await bench.ExecuteAsync("UPDATE progressive_capture_jobs SET started_at = now() - interval '6 minutes'");
        await state.BeatAsync(TestContext.Current.CancellationToken);

        Assert.Equal("completed f, processing t", await bench.TextAsync(jobs));
    }

    private async Task<Bench> BenchAsync()
    {
        var bench = await AppSchema.BenchAsync(postgres, new SimulatorOptions { PullRequests = 12 });
        await bench.InitializeAsync();
        return bench;
    }
}
