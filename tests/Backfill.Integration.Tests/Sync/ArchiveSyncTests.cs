using Backfill.Integration.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Sync;

public sealed class ArchiveSyncTests(TestPostgres postgres)
{
    [Fact]
    public async Task EveryRowOfARealRepositoryIsStoredAndASecondSyncSpendsOnePoint()
    {
        await using var bench = await Bench.SetUpAsync(
            postgres,
            new SimulatorOptions { DataFiles = [Archive.Require()] }
        );

        var run = await bench.SyncAsync(Archive.Repository);

        Assert.True(
            run.State == RunState.Completed,
            $"{run.State} {run.Error} {string.Join("; ", run.Counts)} {string.Join("; ", run.Gaps.Take(20))}"
        );
        Assert.Empty(run.Gaps);
        Assert.Equal(998, await bench.CountAsync("SELECT count(*) FROM pull_requests"));
        Assert.Equal(
            725,
            await bench.CountAsync(
                "SELECT count(*) FROM pull_requests WHERE state = 'merged' AND merged AND merged_at IS NOT NULL"
            )
        );
        Assert.Equal(
            273,
            await bench.CountAsync("SELECT count(*) FROM pull_requests WHERE state = 'closed' AND NOT merged")
        );
        Assert.Equal(446, await bench.CountAsync("SELECT count(*) FROM issues"));
        Assert.Equal(979, await bench.CountAsync("SELECT count(*) FROM reviews"));
        Assert.Equal(
            1306,
            await bench.CountAsync("SELECT count(*) FROM comments WHERE comment_type = 'review_comment'")
        );
        Assert.Equal(
            2363,
            await bench.CountAsync("SELECT count(*) FROM comments WHERE comment_type = 'issue_comment'")
        );
        Assert.Equal(171, run.Counts.Single(count => count.Entity == "Contributors").Stored);
        Assert.Equal(
            0,
            await bench.CountAsync(
                "SELECT (SELECT count(*) FROM pull_requests WHERE author_id IS NULL) + (SELECT count(*) FROM issues WHERE author_id IS NULL) + (SELECT count(*) FROM comments WHERE commenter_id IS NULL)"
            )
        );

        bench.GitHub.Reset();
        var second = await bench.SyncAsync(Archive.Repository);

        Assert.True(second.Points == 1, string.Join("\n", bench.GitHub.Requests));
        Assert.Equal(RunState.Completed, second.State);
        Assert.InRange(second.Requests, 1, 3);
        Assert.All(second.Counts, count => Assert.Equal((0L, 0L), (count.Added, count.Updated)));
    }
}
