using System.Text;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Tests.Sync;

/// <summary>PostgreSQL holds neither NUL nor a lone half of a surrogate pair.</summary>
public sealed class StoredTextTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("", "")]
    [InlineData("a\0b\0", "a\uFFFDb\uFFFD")]
    [InlineData("\U0001F600", "\U0001F600")]
    [InlineData("\0\U0001F600", "\uFFFD\U0001F600")]
    public void Only_characters_that_cannot_be_stored_are_replaced(string text, string expected) =>
        Assert.Equal(expected, StoredText.Replaced(text));

    // An attribute's text is UTF-8, which has no lone surrogates.
    [Fact]
    public void A_lone_surrogate_is_replaced_wherever_it_stands()
    {
        Assert.Equal("\uFFFDx", StoredText.Replaced("\uD83Dx"));
        Assert.Equal("x\uFFFD", StoredText.Replaced("x\uD83D"));
        Assert.Equal("\uFFFDx", StoredText.Replaced("\uDE00x"));
        Assert.Equal("\uFFFD\U0001F600", StoredText.Replaced("\uD83D\uD83D\uDE00"));
    }

    [Fact]
    public void A_text_that_can_be_stored_leaves_no_original()
    {
        var texts = new StoredText();

        Assert.Null(texts.Storable(null, EntityKind.Issues, 1, "body"));
        Assert.Equal("\U0001F600", texts.Storable("\U0001F600", EntityKind.Issues, 1, "title"));

        Assert.Empty(texts.Originals);
    }

    [Fact]
    public void The_original_of_a_replaced_text_is_kept_byte_for_byte()
    {
        const string Text = "a\0\uD83Db";
        var texts = new StoredText();

        Assert.Equal("a\uFFFD\uFFFDb", texts.Storable(Text, EntityKind.Issues, 7, "body"));

        var original = Assert.Single(texts.Originals);
        Assert.Equal((EntityKind.Issues, 7L, "body"), (original.Entity, original.GitHubId, original.Field));
        Assert.Equal(Text.SelectMany(BitConverter.GetBytes), original.Original);
        Assert.NotEqual(Text, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(Text)));
    }

    [Fact]
    public void The_latest_original_of_a_field_replaces_the_earlier_one()
    {
        var texts = new StoredText();

        texts.Storable("\0first", EntityKind.Issues, 7, "body");
        texts.Storable("\0second", EntityKind.Issues, 7, "body");
        texts.Storable("\0title", EntityKind.Issues, 7, "title");

        Assert.Equal(["\0second", "\0title"], texts.Originals.Select(one => Encoding.Unicode.GetString(one.Original)));
    }
}
