using Backfill.Core.Embedding.Store;

namespace Backfill.Core.Tests.Embedding;

/// <summary>The counts of an embedding run, by repository and in total.</summary>
public sealed class EmbeddingTallyTests
{
    private static readonly Guid First = Guid.NewGuid();
    private static readonly Guid Second = Guid.NewGuid();

    private readonly EmbeddingTally tally = new();

    [Fact]
    public void Items_are_counted_for_their_repository_and_for_the_total()
    {
        tally.Add([Item(First), Item(First), Item(Second)], counts => counts.Embedded++);
        tally.Add([Item(Second)], counts => counts.Reused++);
        tally.Add([Item(Second)], counts => counts.Quarantined++);
        tally.Add([Item(Second)], counts => counts.Superseded++);

        Assert.Equal((3L, 2L, 1L), (tally.Total.Embedded, tally.Of(First).Embedded, tally.Of(Second).Embedded));
        // An item that was edited meanwhile is not finished.
        Assert.Equal((5L, 2L, 3L), (tally.Total.Done, tally.Of(First).Done, tally.Of(Second).Done));
    }

    [Fact]
    public void Tokens_are_reserved_until_the_limit_is_reached()
    {
        Assert.True(tally.Reserve(60, most: 100));
        Assert.False(tally.Reserve(41, most: 100));
        Assert.True(tally.Reserve(40, most: 100));
        Assert.True(tally.Reserve(1_000, most: null));
    }

    [Fact]
    public void Charged_tokens_take_the_place_of_reserved_ones()
    {
        tally.Reserve(100, most: 100);

        tally.Spend(reserved: 100, charged: 70, [Item(First)]);

        Assert.Equal(70, tally.Tokens);
        Assert.True(tally.Reserve(30, most: 100));
        Assert.False(tally.Reserve(1, most: 100));
    }

    [Fact]
    public void The_tokens_of_a_request_are_shared_by_the_length_of_its_texts()
    {
        tally.Spend(reserved: 0, charged: 40, [Item(First, length: 30), Item(Second, length: 10)]);

        Assert.Equal((30.0, 10.0, 40L), (tally.Of(First).Tokens, tally.Of(Second).Tokens, tally.Tokens));
        Assert.Equal((2L, 0L), (tally.Tried, tally.Shared));
    }

    [Fact]
    public void Tokens_of_the_probe_belong_to_no_repository()
    {
        tally.Spend(reserved: 0, charged: 5, []);

        Assert.Equal((5L, 5L, 0L), (tally.Shared, tally.Tokens, tally.Tried));
    }

    [Fact]
    public void Tokens_of_the_Batch_API_are_also_counted_apart()
    {
        tally.Spend(reserved: 0, charged: 10, [Item(First)]);
        tally.SpendInBatch(First, 7);

        Assert.Equal((17.0, 7L), (tally.Of(First).Tokens, tally.Of(First).BatchTokens));
        Assert.Equal((17L, 7L, 2L), (tally.Tokens, tally.Total.BatchTokens, tally.Tried));
    }

    [Fact]
    public void The_newest_reason_of_a_refusal_is_kept()
    {
        tally.Refuse("empty");
        tally.Refuse("too long");

        Assert.Equal("too long", tally.LastRefusal);
    }

    private static EmbeddingItem Item(Guid repositoryId, int length = 10) =>
        new("1", repositoryId, new string('x', length), false, "hash", false, 1, null, false);
}
