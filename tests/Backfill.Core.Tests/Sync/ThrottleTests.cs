using Backfill.Core.Sync.Runs;

namespace Backfill.Core.Tests.Sync;

/// <summary>How many runs of a process work at once; each run brings its own limit.</summary>
public sealed class ThrottleTests
{
    private readonly Throttle throttle = new();

    [Fact]
    public async Task A_run_over_the_limit_waits_until_another_run_ends()
    {
        await EnterAsync(limit: 1);
        var second = EnterAsync(limit: 1);
        Assert.False(second.IsCompleted);

        throttle.Leave();

        await EndsAsync(second);
    }

    [Fact]
    public async Task The_run_that_waited_longest_is_next()
    {
        await EnterAsync(limit: 1);
        var (second, third) = (EnterAsync(limit: 1), EnterAsync(limit: 1));

        throttle.Leave();

        await EndsAsync(second);
        Assert.False(third.IsCompleted);
    }

    [Fact]
    public async Task A_run_with_a_higher_limit_passes_waiting_runs_whose_limit_is_reached()
    {
        await EnterAsync(limit: 3);
        await EnterAsync(limit: 3);
        await EnterAsync(limit: 3);
        var (low, high) = (EnterAsync(limit: 1), EnterAsync(limit: 3));

        throttle.Leave();

        await EndsAsync(high);
        Assert.False(low.IsCompleted);
    }

    [Fact]
    public async Task A_cancelled_run_leaves_the_queue_without_taking_a_place()
    {
        using var cancellation = new CancellationTokenSource();
        await EnterAsync(limit: 1);
        var (cancelled, next) = (throttle.EnterAsync(1, cancellation.Token), EnterAsync(limit: 1));

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        throttle.Leave();

        await EndsAsync(next);
    }

    private Task EnterAsync(int limit) => throttle.EnterAsync(limit, TestContext.Current.CancellationToken);

    // Continuations run on another thread.
    private static Task EndsAsync(Task task) =>
        task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
}
