using Backfill.Integration.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Sync;

public sealed class KilledPipelineTests(TestPostgres postgres)
{
    private const string Pipeline =
        "Initialize-BackfillDatabase; Start-RepoSync octo/hello -Track -Full | Wait-RepoSync | Invoke-EmbeddingBackfill | Update-WorkspaceMetrics | Test-BackfillCoverage";

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

    [Fact]
    public async Task A_pipeline_that_is_killed_three_times_stores_the_rows_of_an_undisturbed_one()
    {
        // The same moment for both, so that both serve the same repository.
        var until = new DateTimeOffset(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);
        await using var undisturbed = await Bench.SetUpWithoutSchemaAsync(
            postgres,
            new SimulatorOptions { Until = until }
        );
        using (var host = undisturbed.Host(Pipeline))
        {
            Assert.True(await host.WaitAsync() == 0, host.Errors + host.Output);
        }

        await using var disturbed = await Bench.SetUpWithoutSchemaAsync(
            postgres,
            new SimulatorOptions { Until = until, Latency = TimeSpan.FromMilliseconds(40) }
        );
        foreach (var requests in (int[])[4, 9, 15])
        {
            disturbed.GitHub.Reset();
            using var host = disturbed.Host(Pipeline);
            while (disturbed.GitHub.Requests.Count < requests)
            {
                Assert.False(
                    host.HasExited,
                    $"It ended after {disturbed.GitHub.Requests.Count} requests: {host.Errors}"
                );
                await Task.Delay(Look, TestContext.Current.CancellationToken);
            }

            host.Kill();
            await host.WaitAsync();
        }

        using (var host = disturbed.Host(Pipeline))
        {
            Assert.True(await host.WaitAsync() == 0, host.Errors + host.Output);
        }

        Assert.Equal(await StoredRows.DigestAsync(undisturbed), await StoredRows.DigestAsync(disturbed));
        Assert.Equal(
            3,
            await disturbed.CountAsync("SELECT count(*) FROM backfill.sync_run WHERE state = 'Interrupted'")
        );
    }
}
