namespace Backfill.Core.Embedding.Providers;

/// <summary>
/// What a provider has left of one of its limits, as far as can be told from here: it refills evenly over a minute, and
/// the answers' headers correct it. Only what was really sent is compared with them, since what waits here is not known there.
/// </summary>
/// <param name="perMinute">The limit; null until an answer names it, and then nothing waits.</param>
internal sealed class RateBucket(double? perMinute)
{
    // So much of a second stays in the bucket: two clocks and a way lie between its level here and there.
    private const double MarginSeconds = 0.05;
    private const int AnswersToTrust = 8;
    private const double SecondsAMinute = 60;

    private double? limit = perMinute;
    private double level;
    private double waiting;
    private double corrections;
    private double leastGain = double.MaxValue;
    private int gains;
    private TimeSpan at;

    /// <summary>Takes an amount at once, which may leave less than nothing.</summary>
    /// <param name="now">Time since a fixed moment.</param>
    /// <returns>How long to wait before it may be sent.</returns>
    public TimeSpan Take(double amount, TimeSpan now)
    {
        Refill(now);
        level -= amount;
        waiting += amount;
        if (limit is not { } a)
        {
            return TimeSpan.Zero;
        }

        // An amount above a whole minute's is sent with a full bucket: the provider decides.
        var missing = Math.Min(-level, a) + (MarginSeconds * a / SecondsAMinute);
        return missing > 0 ? TimeSpan.FromSeconds(missing * SecondsAMinute / a) : TimeSpan.Zero;
    }

    /// <summary>What was taken is sent now.</summary>
    /// <returns>What the provider should have left then, to be compared with its answer.</returns>
    public Mark Send(double amount, TimeSpan now)
    {
        Refill(now);
        waiting -= amount;
        return new Mark(level + waiting, corrections);
    }

    /// <summary>Gives back what was taken and is not sent.</summary>
    public void Return(double amount)
    {
        waiting -= amount;
        level += amount;
    }

    /// <summary>Learns from an answer. Less than expected counts at once; more only when several answers in a row say so, since an answer may leave out what overtook it.</summary>
    /// <param name="alone">Nothing else was under way: the answer is exact.</param>
    public void Correct(Mark mark, double? newLimit, double? remaining, bool alone)
    {
        if (newLimit is > 0)
        {
            if (limit is null)
            {
                // Until now nothing was counted on.
                Apply((remaining ?? newLimit.Value) - level - waiting);
                limit = newLimit;
                return;
            }

            limit = newLimit;
        }

        if (limit is null || remaining is not { } left)
        {
            return;
        }

        var gain = left - (mark.Expected + corrections - mark.Corrections);
        if (gain <= 0 || alone)
        {
            Apply(gain);
            return;
        }

        leastGain = Math.Min(leastGain, gain);
        if (++gains == AnswersToTrust)
        {
            Apply(leastGain);
        }
    }

    /// <summary>The provider says that it has not enough: what was asked for was not taken there, and there is no more than nothing to count on.</summary>
    public void Exhaust(double amount)
    {
        level = Math.Min(level + amount, -waiting);
    }

    private void Apply(double gain)
    {
        level += gain;
        corrections += gain;
        leastGain = double.MaxValue;
        gains = 0;
    }

    private void Refill(TimeSpan now)
    {
        if (limit is { } a)
        {
            level = Math.Min(a - waiting, level + ((now - at).TotalSeconds * a / SecondsAMinute));
        }

        at = now;
    }

    /// <summary>What was expected when something was sent, and how far the level had been corrected by then.</summary>
    internal sealed record Mark(double Expected, double Corrections);
}
