using Backfill.Integration.Tests.Support;

namespace Backfill.Integration.Tests.Inngest;

/// <summary>A run at Inngest that is stopped, from here or there.</summary>
public sealed class InngestStopTests(TestPostgres postgres)
{
    private static readonly TimeSpan TwoMinutes = TimeSpan.FromMinutes(2);

    private static Task<IReadOnlyList<RepoSync>> StopAsync(InngestBench bench, RepoSync run) =>
        bench.Engine.StopSyncsAsync(
            bench.Settings,
            new SyncFilter([run.Id], [], [], false),
            TestContext.Current.CancellationToken
        );

    [Fact]
    public async Task A_run_between_two_steps_is_at_work_and_can_be_stopped()
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        bench.Inngest.Worker = (_, runs) =>
        {
            runs[0].Pauses("Completed");
            return Task.CompletedTask;
        };
        var started = await bench.StartAsync();
        var (waiting, _) = await bench.WaitAsync(started, TwoMinutes);

        await StopAsync(bench, started);

        Assert.Equal((RunState.Running, null), (waiting.State, waiting.FinishedAt));
        Assert.Equal("Cancelled", bench.Inngest.Runs[started.EventId!].Single().Status);
    }

    [Fact]
    public async Task Stopping_a_run_moves_its_own_row()
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        bench.Inngest.Worker = (_, runs) =>
        {
            runs[0].Is("Running");
            return Task.CompletedTask;
        };
        var started = await bench.StartAsync();

        var stopped = Assert.Single(await StopAsync(bench, started));

        Assert.Equal(RunState.Stopped, stopped.State);
        Assert.NotNull(stopped.FinishedAt);
        Assert.Equal(
            ("Stopped", "SyncStopped"),
            (
                await bench.Bench.TextAsync("SELECT state FROM backfill.sync_run"),
                await bench.Bench.TextAsync("SELECT error_id FROM backfill.sync_run")
            )
        );
        Assert.Empty(await StopAsync(bench, started));
    }

    [Fact]
    public async Task A_run_that_cannot_be_cancelled_keeps_its_state()
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        bench.Inngest.Worker = (_, runs) =>
        {
            runs[0].Is("Running");
            return Task.CompletedTask;
        };
        var started = await bench.StartAsync();
        bench.Inngest.Fault = request =>
            request.Method == "DELETE" ? new FakeAnswer(401, "Authentication failed") : null;

        await Assert.ThrowsAsync<BackfillException>(() => StopAsync(bench, started));

        Assert.Equal("Queued", await bench.Bench.TextAsync("SELECT state FROM backfill.sync_run"));
    }

    [Fact]
    public async Task A_cancelled_run_is_stopped()
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        bench.Inngest.Worker = (_, runs) =>
        {
            runs[0].Is("Running");
            return Task.CompletedTask;
        };
        var started = await bench.StartAsync();

        await bench.Engine.StopSyncsAsync(
            bench.Settings,
            new SyncFilter([started.Id], [], [], false),
            TestContext.Current.CancellationToken
        );
        var (run, output) = await bench.WaitAsync(started);

        Assert.Contains(
            bench.Inngest.Requests,
            request => request.StartsWith("DELETE /v1/runs/", StringComparison.Ordinal)
        );
        Assert.Equal(RunState.Stopped, run.State);
        Assert.Equal(ErrorIds.SyncStopped, Assert.Single(output.Errors).ErrorId);
    }
}
