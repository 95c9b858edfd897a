using System.Text;
using Backfill.Core.Embedding.Providers;

namespace Backfill.Core.Tests.Embedding;

public sealed class EmbeddingTextTests
{
    [Fact]
    public void The_text_begins_with_the_item_type_in_capitals() =>
        Assert.Equal("[PULL_REQUEST] Fix it Now", EmbeddingText.Of("pull_request", "Fix it", "Now"));

    [Fact]
    public void A_long_text_is_cut_to_two_thousand_units() =>
        Assert.Equal(2000, EmbeddingText.Of("issue", "T", new string('x', 5000)).Length);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void No_character_is_cut_in_half(int shift)
    {
        var text = EmbeddingText.Of("issue", new string('t', shift), string.Concat(Enumerable.Repeat("😀", 1500)));

        Assert.InRange(text.Length, 1999, 2000);
        Assert.Equal(text, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)));
    }
}
