using Backfill.Core.Sync.Reading;

namespace Backfill.Core.Tests.Sync;

/// <summary>How many items the next page asks for, by how the pages before it came.</summary>
public sealed class PageSizeTests
{
    private static readonly TimeSpan Quick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Middling = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(7);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(25, 25)]
    [InlineData(500, 100)]
    public void The_first_page_has_between_one_and_a_hundred_items(int wanted, int expected) =>
        Assert.Equal(expected, new PageSize(wanted).Items);

    [Fact]
    public void Quick_pages_double_the_size_up_to_a_hundred_items()
    {
        var size = new PageSize(25);

        Assert.Equal([50, 100, 100, 100, 100], Sizes(size, Quick, 5));
        Assert.Equal(0, size.Setbacks);
    }

    [Fact]
    public void A_slow_page_halves_the_size_and_counts_as_a_setback()
    {
        var size = new PageSize(80);

        size.RecordResponse(Slow);

        Assert.Equal((40, 1), (size.Items, size.Setbacks));
    }

    [Fact]
    public void After_a_setback_the_size_grows_by_five_items_after_three_quick_pages()
    {
        var size = new PageSize(80);
        Assert.True(size.TryShrink(size.Items));

        Assert.Equal([40, 40, 45, 45, 45, 50], Sizes(size, Quick, 6));
    }

    [Fact]
    public void After_a_second_setback_the_size_doubles_to_the_smaller_of_the_two_sizes_only()
    {
        var size = new PageSize(80);
        size.TryShrink(size.Items);
        size.TryShrink(size.Items);

        Assert.Equal(20, size.Items);
        Assert.Equal([20, 20, 25], Sizes(size, Quick, 3));
    }

    [Fact]
    public void A_page_of_middling_speed_keeps_the_size_and_restarts_the_count_of_quick_pages()
    {
        var size = new PageSize(80);
        size.TryShrink(size.Items);
        Sizes(size, Quick, 2);

        Assert.Equal([40], Sizes(size, Middling, 1));
        Assert.Equal([40, 40, 45], Sizes(size, Quick, 3));
    }

    [Fact]
    public void A_single_item_that_is_too_heavy_cannot_become_smaller()
    {
        var size = new PageSize(2);

        Assert.True(size.TryShrink(size.Items));
        Assert.False(size.TryShrink(size.Items));
        Assert.Equal(1, size.Items);
    }

    [Fact]
    public void Slow_and_middling_pages_are_counted_until_a_quick_page_comes()
    {
        var size = new PageSize(80);
        size.RecordResponse(Middling);
        size.RecordResponse(Slow);
        Assert.Equal(2, size.SlowPages);

        size.RecordResponse(Quick);

        Assert.Equal(0, size.SlowPages);
    }

    [Fact]
    public void Lighter_pages_forget_the_setbacks_of_heavier_ones()
    {
        var size = new PageSize(40);
        size.TryShrink(size.Items);
        size.RecordResponse(Middling);

        size.Restart(25);

        Assert.Equal((25, 0, 0), (size.Items, size.Setbacks, size.SlowPages));
        Assert.Equal([50, 100], Sizes(size, Quick, 2));
    }

    private static int[] Sizes(PageSize size, TimeSpan elapsed, int pages) =>
        [
            .. Enumerable
                .Range(0, pages)
                .Select(_ =>
                {
                    size.RecordResponse(elapsed);
                    return size.Items;
                }),
        ];
}
