using Backfill.Core;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Backfill.Simulation.Faults;

namespace Backfill.Integration.Tests.Sync;

/// <summary>How a run ends otherwise than completed, and what those who wait for it are told: in its process and in another.</summary>
public sealed class RunEndsTests(TestPostgres postgres)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_failed_run_is_one_error_that_names_the_cause()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 10 });
        bench.GitHub.Faults.Add(new FaultRule("401") { Operation = "Issues" });

        var started = await bench.StartAsync("octo/hello");
        var (run, errors) = await bench.WaitAsync(bench.Engine, started.Id);

        Assert.Equal(RunState.Failed, run.State);
        var error = Assert.Single(errors);
        Assert.Equal(ErrorIds.GitHubTokenRefused, error.ErrorId);
        Assert.Equal(error.Message, run.Error);
        Assert.Equal(10, await bench.CountAsync("SELECT count(*) FROM pull_requests"));

        await using var other = new BackfillEngine();
        var (seen, told) = await bench.WaitAsync(other, started.Id);
        Assert.Equal((RunState.Failed, run.Error), (seen.State, seen.Error));
        Assert.Equal((ErrorIds.SyncFailed, seen), (Assert.Single(told).ErrorId, told.Single().Subject));
    }

    [Fact]
    public async Task A_repository_without_a_run_is_handed_on_as_failed()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 1 });
        var output = new CollectedOutput();

        await bench.Engine.WaitSyncAsync(
            bench.Settings,
            new WaitRequest([], [RepositoryName.Parse("octo/hello")], null, Look),
            output,
            Token
        );

        Assert.Equal(ErrorIds.RunNotFound, Assert.Single(output.Errors).ErrorId);
        var run = Assert.IsType<RepoSync>(Assert.Single(output.Results));
        Assert.Equal((RunState.Failed, "octo/hello has no run."), (run.State, run.Error));
    }

    [Fact]
    public async Task A_stopped_run_keeps_its_pages_and_the_next_run_continues_from_there()
    {
        await using var bench = await Bench.SetUpHeldAsync(postgres);
        var started = await bench.StartAsync("octo/hello");
        while (await bench.CountAsync("SELECT count(*) FROM pull_requests") == 0)
        {
            await Task.Delay(Look, Token);
        }

        // Another process asks; the run hears it with its next heartbeat.
        await using var other = new BackfillEngine();
        var asked = await other.StopSyncsAsync(bench.Settings, new SyncFilter([started.Id], [], [], false), Token);
        Assert.Equal(started.Id, Assert.Single(asked).Id);
        await bench.Engine.StopSyncsAsync(bench.Settings, new SyncFilter([started.Id], [], [], true), Token);

        var (run, errors) = await bench.WaitAsync(bench.Engine, started.Id);
        Assert.Equal(RunState.Stopped, run.State);
        Assert.Equal(ErrorIds.SyncStopped, Assert.Single(errors).ErrorId);
        var kept = await bench.CountAsync("SELECT count(*) FROM pull_requests");
        Assert.InRange(kept, 1, 299);

        bench.GitHub.Reset();
        Assert.Equal(RunState.Completed, (await bench.SyncAsync("octo/hello")).State);
        Assert.Equal(300, await bench.CountAsync("SELECT count(*) FROM pull_requests"));
    }

    [Fact]
    public async Task Ctrl_C_ends_the_host_keeps_the_pages_and_the_next_run_continues()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals.");
        await using var bench = await Bench.SetUpHeldAsync(postgres);
        using var host = bench.Host("Start-RepoSync octo/hello -Track | Wait-RepoSync | Invoke-EmbeddingBackfill");
        while (await bench.CountAsync("SELECT count(*) FROM pull_requests") == 0)
        {
            Assert.False(host.HasExited, host.Errors);
            await Task.Delay(Look, Token);
        }

        await host.SignalAsync("INT");

        // As pwsh ends when Ctrl+C stops its command.
        Assert.Equal(1, await host.WaitAsync());
        Assert.DoesNotContain("Exception", host.Errors);
        Assert.InRange(await bench.CountAsync("SELECT count(*) FROM pull_requests"), 1, 299);
        bench.GitHub.Reset();
        Assert.Equal(RunState.Completed, (await bench.SyncAsync("octo/hello")).State);
        Assert.Equal(300, await bench.CountAsync("SELECT count(*) FROM pull_requests"));
    }

    [Fact]
    public async Task A_run_of_another_process_is_followed_to_its_end()
    {
        await using var bench = await Bench.SetUpAsync(
            postgres,
            new SimulatorOptions { PullRequests = 40, Latency = TimeSpan.FromMilliseconds(50) }
        );
        await using var other = new BackfillEngine();

        var started = await bench.StartAsync("octo/hello");
        var (run, errors) = await bench.WaitAsync(other, started.Id);

        Assert.Equal(RunState.Completed, run.State);
        Assert.Empty(errors);
        Assert.Equal(40, run.Counts.Single(count => count.Entity == "PullRequests").Stored);
    }

    [Fact]
    public async Task A_second_run_of_the_same_repository_is_refused_while_the_first_is_at_work()
    {
        await using var bench = await Bench.SetUpAsync(
            postgres,
            new SimulatorOptions { PullRequests = 40, Latency = TimeSpan.FromMilliseconds(50) }
        );
        await using var other = new BackfillEngine();
        var started = await bench.StartAsync("octo/hello");

        var refused = await Assert.ThrowsAsync<BackfillException>(() =>
            other.StartSyncAsync(
                bench.Settings,
                new SyncRequest(RepositoryName.Parse("octo/hello"), null, false, 4, false),
                bench.Output,
                Token
            )
        );

        Assert.Equal((ErrorIds.LeaseHeld, "octo/hello"), (refused.ErrorId, refused.Subject));
        Assert.Contains("has been working on octo/hello since", refused.Message);
        Assert.StartsWith(
            "Wait for it (Wait-RepoSync octo/hello) or stop it (Stop-RepoSync octo/hello).",
            refused.Action
        );
        Assert.Equal(RunState.Completed, (await bench.WaitAsync(bench.Engine, started.Id)).Run.State);
    }
}
