using Backfill.Core;
using Backfill.Integration.Tests.Support;

namespace Backfill.Integration.Tests.Inngest;

/// <summary>How a run at Inngest ends, as the caller that waits for it learns.</summary>
public sealed class InngestRunTests(TestPostgres postgres)
{
    private static readonly TimeSpan TwoMinutes = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_run_whose_rows_equal_GitHubs_totals_is_completed()
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        bench.Inngest.Worker = async (_, runs) =>
        {
            runs[0].Is("Running");
            await FakeWorker.StoreAsync(bench.Bench, InngestBench.Repository);
            runs[0].Is("Completed");
        };

        var started = await bench.StartAsync();
        Assert.Equal(("Inngest", RunState.Queued), (started.Engine, started.State));
        var (run, output) = await bench.WaitAsync(started);

        Assert.Empty(output.Errors);
        Assert.Equal(RunState.Completed, run.State);
        Assert.Equal(started.EventId, run.EventId);
        var pulls = run.Counts.Single(count => count.Entity == "PullRequests");
        Assert.Equal((12L, 12L, 12L), (pulls.Stored, pulls.Added, pulls.GitHubTotal));
        Assert.NotNull(run.FinishedAt);
        // What is recorded is what was handed on.
        var recorded = Assert.Single(
            await bench.Engine.FindSyncsAsync(
                bench.Settings,
                new SyncFilter([started.Id], [], [], false),
                TestContext.Current.CancellationToken
            )
        );
        Assert.Equal((RunState.Completed, "Inngest"), (recorded.State, recorded.Engine));
        Assert.Equal(run.Counts, recorded.Counts);
    }

    [Fact]
    public async Task The_event_carries_what_every_known_handler_reads_and_the_runs_own_id()
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);

        var started = await bench.StartAsync(request =>
            request with
            {
                EventName = "capture/repository.sync.graphql",
                Since = bench.Time.GetUtcNow().AddDays(-30).AddMinutes(1),
            }
        );

        var sent = Assert.Single(bench.Inngest.Events);
        Assert.Equal("capture/repository.sync.graphql", sent.Name);
        Assert.Equal($"backfill-sync-{started.Id:N}", sent.Id);
        Assert.Equal(started.EventId, sent.InternalId);
        Assert.Equal(started.RepositoryId.ToString(), sent.Data["repositoryId"]!.GetValue<string>());
        Assert.Equal("bdougie", sent.Data["owner"]!.GetValue<string>());
        Assert.Equal("contributor.info", sent.Data["repo"]!.GetValue<string>());
        Assert.Equal("contributor.info", sent.Data["name"]!.GetValue<string>());
        Assert.Equal(30, sent.Data["timeRange"]!.GetValue<int>());
        Assert.Equal(30, sent.Data["days"]!.GetValue<int>());
        Assert.Equal("high", sent.Data["priority"]!.GetValue<string>());
        Assert.Equal("backfill", sent.Data["source"]!.GetValue<string>());

        Assert.NotEqual(sent.Id, $"backfill-sync-{(await bench.StartAsync()).Id:N}");
        Assert.Equal(2, bench.Inngest.Runs.Count);
    }

    [Fact]
    public async Task A_failed_run_says_why_and_is_passed_down_the_pipeline()
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        bench.Inngest.Worker = (_, runs) =>
        {
            runs[0].Fail("column is_tracked does not exist");
            return Task.CompletedTask;
        };

        var (run, output) = await bench.WaitAsync(await bench.StartAsync());

        Assert.Equal(RunState.Failed, run.State);
        var error = Assert.Single(output.Errors);
        Assert.Equal(ErrorIds.SyncFailed, error.ErrorId);
        Assert.Contains("column is_tracked does not exist", error.Message);
        Assert.Contains("column is_tracked does not exist", run.Error);
    }

    [Theory]
    [InlineData("Completed")]
    [InlineData("Failed")]
    public async Task A_run_between_two_steps_or_two_tries_has_not_ended(string listed)
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        bench.Inngest.Worker = async (_, runs) =>
        {
            runs[0].Pauses(listed);
            await Task.Delay(TimeSpan.FromSeconds(90), bench.Time);
            await FakeWorker.StoreAsync(bench.Bench, InngestBench.Repository);
            runs[0].Is("Completed");
        };

        var (run, output) = await bench.WaitAsync(await bench.StartAsync());

        Assert.Empty(output.Errors);
        Assert.Equal(RunState.Completed, run.State);
    }

    [Fact]
    public async Task A_timeout_ends_the_wait_and_not_the_run()
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        var release = new TaskCompletionSource();
        bench.Inngest.Worker = async (_, runs) =>
        {
            runs[0].Is("Running");
            await release.Task;
            await FakeWorker.StoreAsync(bench.Bench, InngestBench.Repository);
            runs[0].Is("Completed");
        };

        var started = await bench.StartAsync();
        var (waiting, output) = await bench.WaitAsync(started, TwoMinutes);
        release.SetResult();

        Assert.Equal(RunState.Running, waiting.State);
        Assert.Null(waiting.FinishedAt);
        var error = Assert.Single(output.Errors);
        Assert.Equal(ErrorIds.WaitTimedOut, error.ErrorId);
        Assert.Contains("may still be running", error.Message);
        Assert.Contains($"Wait-RepoSync {started.Repository}", error.Action);

        // Another process looks again.
        await using var other = new BackfillEngine(bench.Time);
        var (run, again) = await bench.WaitAsync(started, engine: other);
        Assert.Empty(again.Errors);
        Assert.Equal(RunState.Completed, run.State);
    }

    [Fact]
    public async Task A_run_that_says_completed_and_lacks_rows_is_incomplete()
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        bench.Inngest.Worker = async (_, runs) =>
        {
            await FakeWorker.StoreAsync(bench.Bench, InngestBench.Repository);
            await bench.Bench.ExecuteAsync(
                "DELETE FROM pull_requests WHERE number IN (SELECT min(number) FROM pull_requests)"
            );
            runs[0].Is("Completed");
        };

        var (run, output) = await bench.WaitAsync(await bench.StartAsync());

        Assert.Equal(RunState.Incomplete, run.State);
        Assert.Equal("PullRequests: GitHub counts 12, 11 are stored", Assert.Single(run.Gaps).ToString());
        var error = Assert.Single(output.Errors);
        Assert.Equal(ErrorIds.SyncIncomplete, error.ErrorId);
        Assert.Contains("says that the function for github/repository.sync completed", error.Message);
    }

    [Fact]
    public async Task A_sync_of_a_range_is_proven_item_by_item()
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        await FakeWorker.StoreAsync(bench.Bench, InngestBench.Repository);
        // Of what was updated since, one is missing and one is old; one that is missing too lies before.
        await bench.Bench.ExecuteAsync(
            """
            DELETE FROM pull_requests WHERE github_id = (SELECT github_id FROM pull_requests ORDER BY updated_at DESC LIMIT 1);
            DELETE FROM pull_requests WHERE github_id = (SELECT github_id FROM pull_requests ORDER BY updated_at LIMIT 1);
            UPDATE pull_requests SET updated_at = created_at - interval '1 day'
             WHERE github_id = (SELECT github_id FROM pull_requests ORDER BY updated_at DESC LIMIT 1)
            """
        );
        var repository = bench.Bench.GitHub.Repositories.Single();
        var since = repository.PullRequests.All.Select(pull => pull.UpdatedAt).Order().Skip(1).First();

        var (run, _) = await bench.WaitAsync(await bench.StartAsync(request => request with { Since = since }));

        Assert.Equal(RunState.Incomplete, run.State);
        Assert.Equal(
            ["an older state of the item is stored", "the item is not stored"],
            run.Gaps.Select(gap => gap.Cause).Order(StringComparer.Ordinal)
        );
        Assert.All(run.Gaps, gap => Assert.Equal("PullRequests", gap.Entity));
    }

    [Fact]
    public async Task A_failed_run_at_Inngest_is_finished_locally_on_request()
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        bench.Inngest.Worker = (_, runs) =>
        {
            runs[0].Fail("out of memory");
            return Task.CompletedTask;
        };

        var (run, output) = await bench.WaitAsync(await bench.StartAsync(), fallback: true);

        Assert.Empty(output.Errors);
        Assert.Equal(("Local", RunState.Completed), (run.Engine, run.State));
        Assert.Contains(output.Warnings, warning => warning.Contains("out of memory", StringComparison.Ordinal));
        Assert.Equal(12, await bench.Bench.CountAsync("SELECT count(*) FROM pull_requests"));
    }

    [Fact]
    public async Task A_late_run_is_finished_locally_on_request()
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        bench.Inngest.Worker = (_, runs) =>
        {
            runs[0].Is("Running");
            return Task.CompletedTask;
        };

        var (run, output) = await bench.WaitAsync(await bench.StartAsync(), TwoMinutes, fallback: true);

        Assert.Empty(output.Errors);
        Assert.Equal(("Local", RunState.Completed), (run.Engine, run.State));
        Assert.Contains(output.Warnings, warning => warning.Contains("still be running", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_unknown_status_is_not_an_end()
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        bench.Inngest.Worker = (_, runs) =>
        {
            runs[0].Is("Paused");
            return Task.CompletedTask;
        };

        var (run, output) = await bench.WaitAsync(await bench.StartAsync(), TwoMinutes);

        Assert.Equal(RunState.Running, run.State);
        Assert.Equal(ErrorIds.WaitTimedOut, Assert.Single(output.Errors).ErrorId);
    }

    [Fact]
    public async Task Without_a_signing_key_the_rows_alone_decide()
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        bench.Settings = bench.Settings with { Inngest = bench.Settings.Inngest with { SigningKey = null } };
        var release = new TaskCompletionSource();
        bench.Inngest.Worker = async (_, _) =>
        {
            await release.Task;
            await FakeWorker.StoreAsync(bench.Bench, InngestBench.Repository);
        };

        var started = await bench.StartAsync();
        var (waiting, output) = await bench.WaitAsync(started, TwoMinutes);

        Assert.Null(waiting.FinishedAt);
        Assert.Contains("INNGEST_SIGNING_KEY", Assert.Single(output.Warnings));
        var error = Assert.Single(output.Errors);
        Assert.Equal(ErrorIds.WaitTimedOut, error.ErrorId);
        Assert.Contains("it is not known whether", error.Message);

        release.SetResult();
        var (run, again) = await bench.WaitAsync(started);
        Assert.Empty(again.Errors);
        Assert.Equal(RunState.Completed, run.State);
        Assert.DoesNotContain(bench.Inngest.Requests, request => request.Contains("/v1/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_local_run_does_not_treat_a_run_at_Inngest_as_deserted()
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        bench.Inngest.Worker = (_, runs) =>
        {
            runs[0].Is("Running");
            return Task.CompletedTask;
        };
        var started = await bench.StartAsync();
        await bench.Bench.ExecuteAsync(
            "UPDATE backfill.sync_run SET heartbeat_at = heartbeat_at - interval '1 hour', started_at = started_at - interval '1 hour'"
        );

        Assert.Equal(RunState.Completed, (await bench.Bench.SyncAsync(InngestBench.Repository)).State);

        var filter = new SyncFilter([started.Id], [], [], false);
        Assert.Equal(
            RunState.Queued,
            Assert
                .Single(
                    await bench.Engine.FindSyncsAsync(bench.Settings, filter, TestContext.Current.CancellationToken)
                )
                .State
        );
        // One whose event was never accepted has lost the process that was to send it.
        await bench.Bench.ExecuteAsync("UPDATE backfill.sync_run SET event_id = NULL WHERE engine = 'Inngest'");
        Assert.Equal(
            RunState.Interrupted,
            Assert
                .Single(
                    await bench.Engine.FindSyncsAsync(bench.Settings, filter, TestContext.Current.CancellationToken)
                )
                .State
        );
    }
}
