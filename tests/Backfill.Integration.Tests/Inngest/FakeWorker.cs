using Backfill.Core;
using Backfill.Integration.Tests.Support;

namespace Backfill.Integration.Tests.Inngest;

/// <summary>Does what a deployed function would: another process with its own way of writing, which leaves rows and none of this tool's bookkeeping.</summary>
internal static class FakeWorker
{
    /// <summary>Stores a repository completely.</summary>
    public static async Task StoreAsync(Bench bench, string repository)
    {
        await using var engine = new BackfillEngine();
        var output = new CollectedOutput();
        var run = await engine.StartSyncAsync(
            bench.Settings,
            new SyncRequest(RepositoryName.Parse(repository), null, Track: false, ThrottleLimit: 1, Plan: false),
            output,
            TestContext.Current.CancellationToken
        );
        await engine.WaitSyncAsync(
            bench.Settings,
            new WaitRequest([run.Id], [], null, TimeSpan.FromSeconds(1)),
            output,
            TestContext.Current.CancellationToken
        );
        await bench.ExecuteAsync(
            """
            DELETE FROM backfill.sync_run WHERE engine = 'Local';
            DELETE FROM backfill.child_count;
            DELETE FROM backfill.sync_gap
            """
        );
        await bench.ForgetWindowsAsync();
    }
}
