using Backfill.Core;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Backfill.Simulation.Faults;

namespace Backfill.Integration.Tests.Sync;

/// <summary>Several repositories at once, and several processes at one repository.</summary>
public sealed class ManyRepositoriesTests(TestPostgres postgres)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_failing_repository_does_not_stop_the_others_and_the_throttle_limit_holds()
    {
        string[] names = ["octo/hello", "octo/world", "octo/moon"];
        await using var bench = await Bench.SetUpAsync(
            postgres,
            new SimulatorOptions
            {
                Repositories = [.. names, "octo/gone"],
                PullRequests = 30,
                Latency = TimeSpan.FromMilliseconds(20),
            }
        );
        await bench.RegisterAsync("octo/gone", null);
        bench.GitHub.Changes.Vanish("octo/gone");

        const string Piped =
            "'octo/hello', 'octo/absent', 'octo/gone', 'octo/world', 'octo/moon' | Start-RepoSync -Track -ThrottleLimit 2 | Wait-RepoSync";
        using var host = bench.Host(Piped);
        var most = 0L;
        while (!host.HasExited)
        {
            most = Math.Max(
                most,
                await bench.CountAsync("SELECT count(*) FROM backfill.sync_run WHERE state = 'Running'")
            );
            await Task.Delay(Look, Token);
        }

        Assert.NotEqual(0, await host.WaitAsync());
        Assert.Contains("octo/absent", host.Errors);
        Assert.Contains("octo/gone", host.Errors);
        Assert.InRange(most, 0, 2);
        Assert.True(
            await bench.CountAsync("SELECT count(*) FROM backfill.sync_run WHERE state = 'Completed'") == 3,
            await bench.TextAsync(
                "SELECT string_agg(concat_ws(' ', repository, state, error), '; ') FROM backfill.sync_run"
            ) + host.Errors
        );
        Assert.Equal(90, await bench.CountAsync("SELECT count(*) FROM pull_requests"));
    }

    [Fact]
    public async Task A_second_process_is_refused_and_an_expired_lease_is_taken_over()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 60 });
        // The run of the other process cannot complete before it is killed.
        bench.GitHub.Faults.Add(FaultRule.Parse("graphql.Issues/timeout"));
        using (var host = bench.Host("Start-RepoSync octo/hello -Track | Wait-RepoSync"))
        {
            while (await bench.CountAsync("SELECT count(*) FROM pull_requests") == 0)
            {
                Assert.False(host.HasExited, host.Errors);
                await Task.Delay(Look, Token);
            }

            var refused = await Assert.ThrowsAsync<BackfillException>(() => bench.StartAsync("octo/hello"));
            Assert.Equal(ErrorIds.LeaseHeld, refused.ErrorId);
            Assert.Contains($"process {host.Id} on ", refused.Message);
            host.Kill();
            await host.WaitAsync();
        }

        bench.GitHub.Reset();

        // As if it had died on another machine: nobody here can know, so its time has to run out.
        await bench.ExecuteAsync(
            "UPDATE backfill.lease SET owner = 'elsewhere|x|1|1', expires_at = clock_timestamp() + interval '2 seconds' WHERE resource <> 'migrations'"
        );
        var held = await Assert.ThrowsAsync<BackfillException>(() => bench.StartAsync("octo/hello"));
        Assert.Contains("process 1 on elsewhere", held.Message);
        while (await bench.CountAsync("SELECT count(*) FROM backfill.lease WHERE expires_at > clock_timestamp()") > 0)
        {
            await Task.Delay(Look, Token);
        }

        await using var other = new BackfillEngine();
        Assert.Equal(RunState.Completed, (await bench.SyncAsync("octo/hello")).State);
        Assert.Equal(1, await bench.CountAsync("SELECT count(*) FROM backfill.sync_run WHERE state = 'Interrupted'"));
        Assert.Equal(60, await bench.CountAsync("SELECT count(*) FROM pull_requests"));
    }

    [Fact]
    public async Task A_page_that_is_being_written_does_not_delay_the_heartbeat()
    {
        await using var bench = await Bench.SetUpAsync(
            postgres,
            new SimulatorOptions { PullRequests = 30, Time = new AcceleratedTime(20) }
        );
        // The second statement on reviews takes three seconds: a dozen heartbeats of this engine's clock.
        await bench.ExecuteAsync(
            """
            CREATE SEQUENCE calls;
            CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $body$
            BEGIN
              IF nextval('calls') = 1 THEN PERFORM pg_sleep(3); END IF;
              RETURN NULL;
            END $body$;
            CREATE TRIGGER slow BEFORE INSERT ON reviews FOR EACH STATEMENT EXECUTE FUNCTION slow();
            """
        );

        var started = await bench.StartAsync("octo/hello");
        while (
            await bench.CountAsync(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
            ) == 0
        )
        {
            await Task.Delay(Look, Token);
        }

        const string Lease = "SELECT max(expires_at)::text FROM backfill.lease";
        var before = await bench.TextAsync(Lease);
        while (await bench.TextAsync(Lease) == before)
        {
            Assert.Equal(
                1,
                await bench.CountAsync(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
                )
            );
            await Task.Delay(Look, Token);
        }

        Assert.Equal(RunState.Completed, (await bench.WaitAsync(bench.Engine, started.Id)).Run.State);
    }
}
