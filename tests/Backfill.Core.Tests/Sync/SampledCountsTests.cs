using Backfill.Core.Sync.Runs;

namespace Backfill.Core.Tests.Sync;

/// <summary>
/// How many parents have more children than a page brings along: 20 come with the parent, and each further fetch brings 100.
/// </summary>
public sealed class SampledCountsTests
{
    [Fact]
    public void A_sample_of_all_parents_is_counted_exactly()
    {
        var counts = new SampledCounts([0, 20, 21, 120, 121, 250], parents: 6);

        // More than 20: four; more than 120: two; more than 220: one.
        Assert.Equal([4, 2, 1], counts.Rounds());
    }

    [Fact]
    public void Parents_with_few_children_need_no_fetch()
    {
        Assert.Empty(new SampledCounts([], parents: 0).Rounds());
        Assert.Empty(new SampledCounts([3, 20, 0], parents: 3).Rounds());
    }

    [Fact]
    public void The_highest_numbers_of_all_parents_beat_the_sample()
    {
        var counts = new SampledCounts([1, 2, 1], parents: 500, highest: [130, 25, 7], lowestKnown: 0);

        Assert.Equal([2, 1], counts.Rounds());
    }

    [Fact]
    public void Above_the_lowest_known_number_the_highest_numbers_are_counted()
    {
        int[] highest = [.. Enumerable.Repeat(130, 12)];

        var rounds = new SampledCounts([1, 5, 30, 60], parents: 5_000, highest, lowestKnown: 110).Rounds();

        // The first round is estimated: it has at least the parents of the second, which are known.
        Assert.Equal(12, rounds[1]);
        Assert.True(rounds[0] > 12, $"{rounds[0]}");
        Assert.Equal(2, rounds.Count);
    }

    [Fact]
    public void A_sample_in_which_all_parents_are_alike_stands_for_all_parents()
    {
        var rounds = new SampledCounts([50, 50, 0, 0], parents: 1_000).Rounds();

        Assert.Equal(500, Assert.Single(rounds));
    }

    [Fact]
    public void A_sample_with_one_parent_that_has_children_estimates_nothing() =>
        Assert.Empty(new SampledCounts([80, 0, 0], parents: 1_000).Rounds());

    [Fact]
    public void The_estimate_grows_with_the_number_of_parents()
    {
        int[] sample = [1, 2, 3, 5, 8, 13, 21, 34];

        var few = new SampledCounts(sample, parents: 1_000).Rounds();
        var many = new SampledCounts(sample, parents: 10_000).Rounds();

        Assert.Equal(10 * few[0], many[0], tolerance: 1e-6);
        Assert.True(few[0] > few[1]);
    }
}
