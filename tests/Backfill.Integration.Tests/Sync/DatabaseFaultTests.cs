using Backfill.Integration.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Sync;

/// <summary>The database goes away, gives way or is full in mid-run: what passes is waited for, and a page is stored whole or not at all.</summary>
public sealed class DatabaseFaultTests(TestPostgres postgres, DatabaseFaultTests.Undisturbed undisturbed)
    : IClassFixture<DatabaseFaultTests.Undisturbed>
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("fast")]
    [InlineData("immediate")]
    public async Task A_run_survives_a_restart_of_the_server(string mode)
    {
        await using var server = new TestPostgres();
        await server.InitializeAsync();
        await using var bench = await SetUpAsync(server);

        var started = await bench.StartAsync("octo/hello");
        await PagesAsync(bench, 25);
        await server.RestartAsync(mode);
        var (run, errors) = await bench.WaitAsync(bench.Engine, started.Id);

        Assert.Empty(errors);
        Assert.Equal(RunState.Completed, run.State);
        await StoredRows.AssertEqualAsync(await undisturbed.BenchAsync(), bench);
    }

    [Fact]
    public async Task A_server_that_was_never_reached_is_an_error_at_once()
    {
        await using var bench = await SetUpAsync(postgres);
        bench.LogIn("postgres", TestPostgres.FreePort());

        var refused = await Assert.ThrowsAsync<BackfillException>(() => bench.StartAsync("octo/hello"));

        Assert.Equal(ErrorIds.DatabaseUnavailable, refused.ErrorId);
        Assert.Empty(bench.GitHub.Requests);
    }

    [Fact]
    public async Task A_run_survives_the_end_of_its_sessions()
    {
        await using var bench = await SetUpAsync(postgres);

        var started = await bench.StartAsync("octo/hello");
        foreach (var stored in (int[])[25, 75, 120])
        {
            await PagesAsync(bench, stored);
            await bench.ExecuteAsync(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            );
        }

        var (run, errors) = await bench.WaitAsync(bench.Engine, started.Id);

        Assert.Empty(errors);
        Assert.Equal(RunState.Completed, run.State);
        await StoredRows.AssertEqualAsync(await undisturbed.BenchAsync(), bench);
    }

    [Theory]
    [InlineData("serialization failure", "RAISE EXCEPTION 'once' USING ERRCODE = '40001'")]
    [InlineData("deadlock", "RAISE EXCEPTION 'once' USING ERRCODE = '40P01'")]
    [InlineData("statement timeout", "RAISE EXCEPTION 'once' USING ERRCODE = '57014'")]
    [InlineData("lock not available", "RAISE EXCEPTION 'once' USING ERRCODE = '55P03'")]
    [InlineData("end of the session", "PERFORM pg_terminate_backend(pg_backend_pid())")]
    public async Task A_statement_that_fails_once_is_tried_again(string fault, string statement)
    {
        await using var bench = await SetUpAsync(postgres);
        await FailAsync(bench, "reviews", $"IF nextval('calls') = 2 THEN {statement}; END IF");

        var run = await bench.SyncAsync("octo/hello");

        Assert.True(run.State == RunState.Completed, $"{fault}: {run.Error}");
        Assert.InRange(await bench.CountAsync("SELECT last_value FROM calls"), 3, long.MaxValue);
        await StoredRows.AssertEqualAsync(await undisturbed.BenchAsync(), bench);
    }

    [Fact]
    public async Task A_full_disk_ends_the_run_and_nothing_of_the_page_is_stored()
    {
        await using var bench = await SetUpAsync(postgres);
        // Reviews come after their pull requests in a page: without one transaction those would stay.
        await FailAsync(
            bench,
            "reviews",
            "IF nextval('calls') >= 2 THEN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END IF"
        );

        var started = await bench.StartAsync("octo/hello");
        var (run, errors) = await bench.WaitAsync(bench.Engine, started.Id);

        Assert.Equal(RunState.Failed, run.State);
        Assert.Equal(ErrorIds.DatabaseDiskFull, Assert.Single(errors).ErrorId);
        Assert.Equal(25, await bench.CountAsync("SELECT count(*) FROM pull_requests"));
        Assert.Equal(2, await bench.CountAsync("SELECT last_value FROM calls"));

        await bench.ExecuteAsync("DROP FUNCTION fail() CASCADE; DROP SEQUENCE calls");
        Assert.Equal(RunState.Completed, (await bench.SyncAsync("octo/hello")).State);
        await StoredRows.AssertEqualAsync(await undisturbed.BenchAsync(), bench);
    }

    private async Task<Bench> SetUpAsync(TestPostgres server) =>
        await (await undisturbed.BenchAsync()).BesideAsync(server);

    // A sequence does not roll back: what fails at one number does not fail again.
    private static Task FailAsync(Bench bench, string table, string statement) =>
        bench.ExecuteAsync(
            $"""
            CREATE SEQUENCE calls;
            CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $body$
            BEGIN
              {statement};
              RETURN NULL;
            END $body$;
            CREATE TRIGGER fail BEFORE INSERT ON {table} FOR EACH STATEMENT EXECUTE FUNCTION fail();
            """
        );

    private static async Task PagesAsync(Bench bench, int pullRequests)
    {
        while (await bench.CountAsync("SELECT count(*) FROM pull_requests") < pullRequests)
        {
            await Task.Delay(Look, Token);
        }
    }

    /// <summary>The same repository, read once with nothing in the way, and the GitHub that all read it from.</summary>
    public sealed class Undisturbed(TestPostgres postgres) : SharedBench
    {
        private protected override async Task<Bench> MakeAsync()
        {
            var bench = await Bench.SetUpAsync(
                postgres,
                new SimulatorOptions { PullRequests = 120, Latency = TimeSpan.FromMilliseconds(20) }
            );
            Assert.Equal(RunState.Completed, (await bench.SyncAsync("octo/hello")).State);
            bench.GitHub.Reset();
            return bench;
        }
    }
}
