using Backfill.Core.Embedding.Providers;

namespace Backfill.Core.Tests.Embedding;

public sealed class RateBucketTests
{
    // What stays in the bucket.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(0.05);

    [Fact]
    public void Nothing_waits_while_no_limit_is_known() =>
        Assert.Equal(TimeSpan.Zero, new RateBucket(null).Take(1_000_000, At(0)));

    [Fact]
    public void A_known_limit_is_spread_evenly()
    {
        var bucket = new RateBucket(60);

        Assert.Equal(TimeSpan.FromSeconds(5) + Margin, bucket.Take(10, At(5)));
        Assert.Equal(TimeSpan.FromSeconds(15) + Margin, bucket.Take(10, At(5)));
        Assert.Equal(TimeSpan.Zero, bucket.Take(1, At(30)));
    }

    [Fact]
    public void Tokens_that_were_not_sent_are_returned()
    {
        var bucket = new RateBucket(60);
        bucket.Take(10, At(10));
        bucket.Return(10);

        Assert.Equal(Margin, bucket.Take(10, At(10)));
    }

    [Fact]
    public void The_first_answer_that_names_the_limit_sets_the_level()
    {
        var bucket = new RateBucket(null);
        var mark = Send(bucket, 10, 0);
        bucket.Correct(mark, 60, 50, alone: true);

        Assert.Equal(TimeSpan.Zero, bucket.Take(40, At(0)));
        Assert.Equal(TimeSpan.FromSeconds(10) + Margin, bucket.Take(20, At(0)));
    }

    [Fact]
    public void A_lower_remainder_than_expected_counts_at_once_and_only_once()
    {
        var bucket = new RateBucket(60);
        var first = Send(bucket, 10, 60);
        var second = Send(bucket, 10, 60);

        // Somebody else took 20 before both.
        bucket.Correct(first, 60, 30, alone: false);
        bucket.Correct(second, 60, 20, alone: false);

        Assert.Equal(TimeSpan.FromSeconds(1) + Margin, bucket.Take(21, At(60)));
    }

    [Fact]
    public void A_higher_remainder_than_expected_counts_after_several_answers()
    {
        var bucket = new RateBucket(60);
        for (var answer = 0; answer < 7; answer++)
        {
            bucket.Correct(Send(bucket, 1, 0), 60, 30, alone: false);
        }

        Assert.True(bucket.Take(0, At(0)) > TimeSpan.FromSeconds(6));
        bucket.Correct(Send(bucket, 1, 0), 60, 29, alone: false);

        Assert.Equal(TimeSpan.Zero, bucket.Take(20, At(0)));
    }

    [Fact]
    public void After_an_overload_only_new_refill_counts()
    {
        var bucket = new RateBucket(60);
        Send(bucket, 10, 60);
        bucket.Exhaust(10);

        Assert.Equal(TimeSpan.FromSeconds(10) + Margin, bucket.Take(10, At(60)));
    }

    private static RateBucket.Mark Send(RateBucket bucket, double amount, double seconds)
    {
        bucket.Take(amount, At(seconds));
        return bucket.Send(amount, At(seconds));
    }

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);
}
