using Backfill.Core.Postgres;
using Backfill.Core.Sync.Runs;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Backfill.Simulation.Faults;

namespace Backfill.Integration.Tests.Sync;

/// <summary>Where the app looks for the state of a sync: the repository, its tracking, jobs and logs.</summary>
public sealed class AppStateTests(TestPostgres postgres, AppStateTests.Initialized initialized)
    : IClassFixture<AppStateTests.Initialized>
{
    private const string Hello = "octo/hello";

    private const string World = "octo/world";

    private const string Leftovers = $"""
        SELECT concat_ws(' ', s.state, s.finished_at IS NOT NULL, r.sync_status,
                         '|', (SELECT status FROM progressive_capture_jobs j WHERE j.repository_id = r.id ORDER BY created_at LIMIT 1),
                         '|', (SELECT status FROM sync_logs l WHERE l.repository_id = r.id ORDER BY started_at LIMIT 1))
          FROM repositories r JOIN backfill.sync_run s ON s.repository_id = r.id
         WHERE r.full_name = '{Hello}' AND s.owner LIKE 'elsewhere%'
        """;

    private const string State = """
        SELECT concat_ws(' ', r.sync_status, r.last_synced_at > now() - interval '1 hour', r.total_pull_requests,
                         t.last_sync_at > now() - interval '1 hour',
                         '|', (SELECT string_agg(concat_ws(' ', status, completed_at IS NOT NULL, error), ', ' ORDER BY created_at) FROM progressive_capture_jobs),
                         '|', (SELECT string_agg(concat_ws(' ', sync_type, status, completed_at IS NOT NULL, records_inserted > 50, github_api_calls_used > 0, left(error_message, 20)), ', ' ORDER BY started_at) FROM sync_logs))
          FROM repositories r JOIN tracked_repositories t ON t.repository_id = r.id
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_complete_run_is_shown_in_every_table_of_the_app()
    {
        await using var bench = await BenchAsync();

        await bench.SyncAsync(Hello);

        Assert.Equal("completed t 12 t | completed t | repository_sync completed t t t", await bench.TextAsync(State));
    }

    [Fact]
    public async Task A_run_that_fails_says_so_and_does_not_move_the_time_of_the_last_sync()
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
    public async Task The_state_that_a_crash_left_is_corrected_by_the_next_run()
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

    [Theory]
    [InlineData("Register")]
    [InlineData("Start")]
    [InlineData("Stop")]
    [InlineData("Embed")]
    [InlineData("Measure")]
    public async Task The_state_that_a_crash_left_is_corrected_by_the_next_command_that_writes(string command)
    {
        await using var bench = await BenchAsync();
        await bench.RegisterAsync(Hello, "The team");
        await bench.RegisterAsync(World, workspace: null);
        await CrashAsync(bench);
        var before = await bench.TextAsync(Leftovers);

        await (
            command switch
            {
                "Register" => (Task)bench.RegisterAsync(World, "The team"),
                "Start" => bench.SyncAsync(World),
                "Stop" => bench.Engine.StopSyncsAsync(
                    bench.Settings,
                    new SyncFilter([], [RepositoryName.Parse(World)], [], ThisProcess: false),
                    Token
                ),
                "Embed" => bench.EmbedAsync(World),
                _ => bench.MeasureAsync(World),
            }
        );

        Assert.Equal("Running f syncing | processing | started", before);
        Assert.Equal("Interrupted t failed | failed | failed", await bench.TextAsync(Leftovers));
        Assert.Equal(0, await bench.CountAsync("SELECT count(*) FROM backfill.lease"));
        Assert.Equal(RunState.Completed, (await bench.SyncAsync(Hello)).State);
    }

    [Fact]
    public async Task The_state_that_a_crash_left_is_not_changed_by_a_read_a_dry_run_or_during_another_run()
    {
        await using var bench = await BenchAsync();
        await bench.RegisterAsync(Hello, "The team");
        await CrashAsync(bench);
        var before = await bench.TextAsync(Leftovers);
        var all = new SyncFilter([], [], [], ThisProcess: false);

        Assert.Equal(
            RunState.Interrupted,
            Assert.Single(await bench.Engine.FindSyncsAsync(bench.Settings, all, Token)).State
        );
        await bench.Engine.EmbedAsync(
            bench.Settings,
            new EmbeddingRequest { Repositories = [RepositoryName.Parse(Hello)], Plan = true },
            bench.Output,
            Token
        );
        await bench.CheckAsync(Hello);
        Assert.Equal(before, await bench.TextAsync(Leftovers));

        // Its heart beats.
        await bench.ExecuteAsync("UPDATE backfill.sync_run SET heartbeat_at = now()");
        await bench.EmbedAsync(Hello);
        Assert.Equal(before, await bench.TextAsync(Leftovers));

        // Its heart does not, but somebody has the lease.
        await bench.ExecuteAsync(
            """
            UPDATE backfill.sync_run SET heartbeat_at = now() - interval '1 minute';
            INSERT INTO backfill.lease (resource, owner, run_id, acquired_at, expires_at)
            SELECT 'repository:' || id, 'elsewhere||1|1', gen_random_uuid(), now(), now() + interval '1 minute' FROM repositories;
            """
        );
        await bench.EmbedAsync(Hello);
        Assert.Equal(before, await bench.TextAsync(Leftovers));
    }

    [Fact]
    public async Task A_long_run_is_a_chain_of_jobs_that_the_app_does_not_treat_as_stuck()
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

    // What a process leaves that was killed a minute ago.
    private static Task CrashAsync(Bench bench) =>
        bench.ExecuteAsync(
            $"""
            UPDATE repositories SET sync_status = 'syncing' WHERE full_name = '{Hello}';
            INSERT INTO backfill.sync_run (id, repository_id, repository, engine, state, owner, started_at, heartbeat_at)
            SELECT gen_random_uuid(), id, full_name, 'Local', 'Running', 'elsewhere||1|1', now() - interval '2 minutes', now() - interval '1 minute'
              FROM repositories WHERE full_name = '{Hello}';
            INSERT INTO progressive_capture_jobs (job_type, repository_id, status, started_at, created_at, metadata)
            SELECT 'progressive_backfill', repository_id, 'processing', started_at, started_at, jsonb_build_object('trigger_source', 'backfill')
              FROM backfill.sync_run;
            INSERT INTO sync_logs (sync_type, repository_id, status, started_at, metadata)
            SELECT 'repository_sync', repository_id, 'started', started_at, jsonb_build_object('trigger_source', 'backfill')
              FROM backfill.sync_run;
            """
        );

    private async Task<Bench> BenchAsync() => await (await initialized.BenchAsync()).CopyAsync(postgres);

    /// <summary>The app's tables with the tool's schema beside them, for each test to copy.</summary>
    public sealed class Initialized(TestPostgres postgres) : SharedBench
    {
        private protected override async Task<Bench> MakeAsync()
        {
            var bench = await AppSchema.BenchAsync(
                postgres,
                new SimulatorOptions { PullRequests = 12, Repositories = [Hello, World] }
            );
            await bench.InitializeAsync();
            await bench.RestAsync();
            return bench;
        }
    }
}
