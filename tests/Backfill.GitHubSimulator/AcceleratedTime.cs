using System.Diagnostics;

namespace Backfill.Simulation;

/// <summary>
/// A clock that runs faster than the real one, for client and server together, so that waits of minutes take
/// fractions of a second. Its timers never fire before their time by this clock.
/// </summary>
/// <param name="speed">How many seconds of this clock pass in a real one.</param>
/// <param name="start">What it shows now; null is the real time.</param>
public sealed class AcceleratedTime(double speed, DateTimeOffset? start = null) : TimeProvider
{
    private readonly long began = Stopwatch.GetTimestamp();
    private readonly DateTimeOffset start = start ?? System.GetUtcNow();

    /// <inheritdoc/>
    public override long TimestampFrequency => Stopwatch.Frequency;

    /// <inheritdoc/>
    public override long GetTimestamp() => (long)((Stopwatch.GetTimestamp() - began) * speed);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => start + GetElapsedTime(0);

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new AcceleratedTimer(this, callback, state, dueTime, period);

    private TimeSpan Real(TimeSpan span) =>
        TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling(span.TotalMilliseconds / speed)));

    private sealed class AcceleratedTimer : ITimer
    {
        private readonly Lock sync = new();
        private readonly AcceleratedTime time;
        private readonly TimerCallback callback;
        private readonly object? state;
        private readonly ITimer real;
        private DateTimeOffset? due;
        private TimeSpan period;

        public AcceleratedTimer(
            AcceleratedTime time,
            TimerCallback callback,
            object? state,
            TimeSpan dueTime,
            TimeSpan period
        )
        {
            (this.time, this.callback, this.state) = (time, callback, state);
            real = System.CreateTimer(_ => Fire(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            Change(dueTime, period);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (sync)
            {
                this.period = period;
                due = dueTime == Timeout.InfiniteTimeSpan ? null : time.GetUtcNow() + dueTime;
                return real.Change(dueTime <= TimeSpan.Zero ? dueTime : time.Real(dueTime), Timeout.InfiniteTimeSpan);
            }
        }

        public void Dispose() => real.Dispose();

        public ValueTask DisposeAsync() => real.DisposeAsync();

        // The system's timers are as exact as its coarse clock, which may be some milliseconds early.
        private void Fire()
        {
            lock (sync)
            {
                if (due is not { } at)
                {
                    return;
                }

                var left = at - time.GetUtcNow();
                if (left > TimeSpan.Zero)
                {
                    real.Change(time.Real(left), Timeout.InfiniteTimeSpan);
                    return;
                }

                due = period > TimeSpan.Zero ? time.GetUtcNow() + period : null;
                if (due is not null)
                {
                    real.Change(time.Real(period), Timeout.InfiniteTimeSpan);
                }
            }

            callback(state);
        }
    }
}
