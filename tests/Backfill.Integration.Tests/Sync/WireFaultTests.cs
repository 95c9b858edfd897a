using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Backfill.Simulation.Faults;

namespace Backfill.Integration.Tests.Sync;

/// <summary>
/// Every way in which GitHub's wire goes wrong and comes right again, one at a time: the run completes, the rows are those of
/// an undisturbed one, and no request leaves inside a wait.
/// </summary>
public sealed class WireFaultTests(TestPostgres postgres)
{
    private const double Speed = 30;
    private const int MostRuns = 3;

    private static readonly DateTimeOffset Until = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    private static readonly SemaphoreSlim Once = new(1);
    private static string? undisturbed;

    [Theory]
    [InlineData("primary limit of GraphQL", "rate-limited-200:60@3")]
    [InlineData("primary limit in its new spelling", "rate-limited-code-200:60@3")]
    [InlineData("primary limit while some remains", "rate-limited-remaining:60@3")]
    [InlineData("last good page with nothing remaining", "last-page:60@3")]
    [InlineData("primary limit of REST as 403", "rest/rate-limited-403:60@1")]
    [InlineData("primary limit of REST as 429", "rest/rate-limited-429:60@1")]
    [InlineData("secondary limit with Retry-After as 403", "secondary-403-retry-after:20@2")]
    [InlineData("secondary limit with Retry-After as 429", "secondary-429-retry-after:20@2")]
    [InlineData("secondary limit without Retry-After", "secondary-403@2")]
    [InlineData("secondary limit as 200", "secondary-200@2")]
    [InlineData("limiter that extends its window", "limiter-extends:20@2")]
    [InlineData("502 as JSON", "http-502@2x2")]
    [InlineData("502 as HTML", "http-502-html@2x2")]
    [InlineData("504, 500 and 503", "http-504@2 http-500@4 http-503@6")]
    [InlineData("timeout by size", "slow-by-size:30")]
    [InlineData("error with 200", "errors-200@2 errors-200-dated@4")]
    [InlineData("timedout", "timedout-200@2x2")]
    [InlineData("resource limits without the repository", "graphql.PullRequests/resource-limits:10")]
    [InlineData("resource limits without data", "graphql.PullRequests/resource-limits-without-path:10")]
    [InlineData("resource limits with half a page", "graphql.PullRequests/resource-limits-null-nodes:10")]
    [InlineData("resource limits with the total alone", "graphql.PullRequests/resource-limits-null-connection:10")]
    [InlineData("node limit", "node-limit@2")]
    [InlineData("one node absent", "null-node:1@2")]
    [InlineData("one node forbidden", "forbidden-node:1@2")]
    [InlineData("stale cursor", "stale-cursor@3")]
    [InlineData("next page without a cursor", "has-next-without-cursor@3")]
    [InlineData("cursor that does not move", "cursor-unchanged@3")]
    [InlineData("empty page with more to come", "empty-page@3")]
    [InlineData("list of contributors in the making", "contributors-202@1")]
    [InlineData("one 401", "401@3")]
    [InlineData("server that ignores entity tags", "ignored-etag")]
    [InlineData("server without entity tags", "no-etag")]
    [InlineData("body cut off", "truncated-body@2 cut-body@4")]
    [InlineData("gzip cut off", "truncated-gzip@2")]
    [InlineData("wrong Content-Length", "content-length-mismatch@2")]
    [InlineData("body that stalls", "stalled-body@2")]
    [InlineData("no answer", "timeout@2")]
    [InlineData("HTML with 200", "html-200@2x2")]
    [InlineData("empty 200", "empty-200@2x2")]
    [InlineData("budget that others spend", "shared-budget:600@2x5")]
    [InlineData("window that ends early", "window-resets-early@2")]
    [InlineData("reset in the past", "reset-in-past:60@2")]
    [InlineData("clock ten minutes ahead", "clock-ahead:600 secondary-403-retry-after:20@2")]
    [InlineData("clock ten minutes behind", "clock-behind:600 rate-limited-200:60@3")]
    public async Task A_fault_on_the_wire_passes_and_nothing_is_lost(string fault, string rules)
    {
        await using var bench = await SetUpAsync();
        FaultSchedule.Parse(rules).AddTo(bench.GitHub.Faults);

        var ended = new List<string>();
        var state = RunState.Queued;
        for (var runs = 0; runs < MostRuns && state != RunState.Completed; runs++)
        {
            var run = await bench.SyncAsync("octo/hello");
            ended.Add($"{run.State} {run.Error}{string.Join("; ", run.Gaps)}");
            state = run.State;
        }

        var told = $"{fault}: {string.Join('\n', ended)}";
        Assert.True(state == RunState.Completed, told);
        Assert.True(bench.GitHub.Counters.Faults > 0, $"{fault}: no request met it.");
        Assert.True(bench.GitHub.EarlyRequests.Count == 0, $"{told}\n{string.Join('\n', bench.GitHub.EarlyRequests)}");
        var stored = await StoredRows.DigestAsync(bench);
        Assert.True(stored == await UndisturbedAsync(), $"{told}\n{stored}\n{await UndisturbedAsync()}");
    }

    private Task<Bench> SetUpAsync() =>
        Bench.SetUpAsync(
            postgres,
            new SimulatorOptions
            {
                PullRequests = 40,
                Until = Until,
                Time = new AcceleratedTime(Speed),
            }
        );

    private async Task<string> UndisturbedAsync()
    {
        await Once.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            if (undisturbed is null)
            {
                await using var bench = await SetUpAsync();
                Assert.Equal(RunState.Completed, (await bench.SyncAsync("octo/hello")).State);
                undisturbed = await StoredRows.DigestAsync(bench);
            }

            return undisturbed;
        }
        finally
        {
            Once.Release();
        }
    }
}
