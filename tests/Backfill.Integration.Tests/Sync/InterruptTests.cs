using Backfill.Integration.Tests.Support;

namespace Backfill.Integration.Tests.Sync;

/// <summary>What the engine does with its runs when the process ends.</summary>
public sealed class InterruptTests(TestPostgres postgres)
{
    private const string Hello = "octo/hello";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_that_was_asked_to_stop_ends_as_Stopped_also_when_its_process_ends()
    {
        await using var bench = await Bench.SetUpHeldAsync(postgres);
        var run = await bench.StartAsync(Hello);
        await bench.Engine.StopSyncsAsync(bench.Settings, new SyncFilter([run.Id], [], [], ThisProcess: true), Token);

        Assert.Empty(await bench.Engine.InterruptSyncsAsync(Token));

        Assert.Equal("Stopped", await bench.TextAsync("SELECT state FROM backfill.sync_run"));
    }

    [Fact]
    public async Task No_sync_starts_once_the_process_ends()
    {
        await using var bench = await Bench.SetUpHeldAsync(postgres);
        await bench.StartAsync(Hello);
        Assert.Single(await bench.Engine.InterruptSyncsAsync(Token));

        var refused = await Assert.ThrowsAsync<BackfillException>(() => bench.StartAsync(Hello));

        Assert.Equal(ErrorIds.SyncInterrupted, refused.ErrorId);
        Assert.Equal("Interrupted", await bench.TextAsync("SELECT string_agg(state, ',') FROM backfill.sync_run"));
        Assert.Equal(0, await bench.CountAsync("SELECT count(*) FROM backfill.lease"));
    }
}
