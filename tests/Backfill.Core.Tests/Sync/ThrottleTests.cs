using Backfill.Core.Sync.Runs;

namespace Backfill.Core.Tests.Sync;

/// <summary>How many runs of a process work at once; each run brings its own limit.</summary>
public sealed class ThrottleTests
{
    private readonly Throttle throttle = new();

    [Fact]
    public async Task A_run_over_the_limit_waits_until_another_run_ends()
    {
        var (first, second) = (Enter(limit: 1), Enter(limit: 1));
        Assert.Equal((true, false), (first.IsCompletedSuccessfully, second.IsCompleted));

        throttle.Leave();

        await BeginsAsync(second);
    }

    [Fact]
    public async Task The_run_that_waited_longest_is_next()
    {
        await Enter(limit: 1);
        var (second, third) = (Enter(limit: 1), Enter(limit: 1));

        throttle.Leave();

        await BeginsAsync(second);
        Assert.False(third.IsCompleted);
    }

    [Fact]
    public async Task A_run_with_a_higher_limit_passes_waiting_runs_whose_limit_is_reached()
    {
        await Enter(limit: 3);
        await Enter(limit: 3);
        await Enter(limit: 3);
        var (low, high) = (Enter(limit: 1), Enter(limit: 3));

        throttle.Leave();

        await BeginsAsync(high);
        Assert.False(low.IsCompleted);
    }

    [Fact]
    public async Task A_cancelled_run_leaves_the_queue_without_taking_a_place()
    {
        using var cancellation = new CancellationTokenSource();
        await Enter(limit: 1);
        var (cancelled, next) = (throttle.EnterAsync(1, cancellation.Token), Enter(limit: 1));

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        throttle.Leave();

        await BeginsAsync(next);
    }

    private Task Enter(int limit) => throttle.EnterAsync(limit, TestContext.Current.CancellationToken);

    // Continuations run on another thread.
    private static Task BeginsAsync(Task run) =>
        run.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
}
