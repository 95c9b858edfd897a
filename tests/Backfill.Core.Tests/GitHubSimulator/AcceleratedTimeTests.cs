using System.Diagnostics;
using Backfill.Simulation;

namespace Backfill.Core.Tests.Simulation;

public sealed class AcceleratedTimeTests
{
    [Fact]
    public async Task A_wait_takes_its_time_by_this_clock_and_far_less_by_the_real_one()
    {
        var time = new AcceleratedTime(10_000, new DateTimeOffset(2026, 7, 1, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal(new DateTime(2026, 7, 1), time.GetUtcNow().Date);
        var (began, stamp, real) = (time.GetUtcNow(), time.GetTimestamp(), Stopwatch.StartNew());
        await Task.Delay(TimeSpan.FromHours(1), time, TestContext.Current.CancellationToken);
        Assert.True(time.GetUtcNow() - began >= TimeSpan.FromHours(1));
        Assert.True(time.GetElapsedTime(stamp) >= TimeSpan.FromHours(1));
        Assert.True(real.Elapsed < TimeSpan.FromMinutes(10));
    }

    [Fact]
    public async Task No_timer_is_early()
    {
        var time = new AcceleratedTime(100);
        for (var wait = 1; wait <= 40; wait++)
        {
            var until = time.GetUtcNow() + TimeSpan.FromMilliseconds(wait * 37);
            await Task.Delay(TimeSpan.FromMilliseconds(wait * 37), time, TestContext.Current.CancellationToken);
            Assert.True(time.GetUtcNow() >= until);
        }
    }

    [Fact]
    public async Task A_timer_can_repeat_be_changed_and_stopped()
    {
        var time = new AcceleratedTime(1_000);
        var (fired, reached) = (0, new TaskCompletionSource());
        await using var timer = time.CreateTimer(
            _ =>
            {
                if (Interlocked.Increment(ref fired) == 3)
                {
                    reached.SetResult();
                }
            },
            null,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
        Assert.True(timer.Change(TimeSpan.Zero, TimeSpan.FromSeconds(1)));
        await reached.Task.WaitAsync(TestContext.Current.CancellationToken);
        Assert.True(timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
    }
}
