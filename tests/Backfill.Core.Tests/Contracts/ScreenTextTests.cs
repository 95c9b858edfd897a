namespace Backfill.Core.Tests.Contracts;

public sealed class ScreenTextTests
{
    [Theory]
    [InlineData("\e]0;title\a", "␛]0;title␇")]
    [InlineData("\0\b\u007f", "␀␈␡")]
    [InlineData("\u0085\u009b", "\\u{85}\\u{9B}")]
    [InlineData("\u202e\u2066\u2069\u200f\u061c", "\\u{202E}\\u{2066}\\u{2069}\\u{200F}\\u{61C}")]
    [InlineData("a\u2028b\u2029c", "a\\u{2028}b\\u{2029}c")]
    [InlineData("good\rbad", "good␍bad")]
    [InlineData("one\r\ntwo\n\tthree", "one\r\ntwo\n\tthree")]
    [InlineData("Grüße 👩‍💻 עברית ไทย", "Grüße 👩‍💻 עברית ไทย")]
    [InlineData("", "")]
    public void Characters_that_a_terminal_acts_on_become_visible_marks(string text, string shown)
    {
        Assert.Equal(shown, ScreenText.Of(text));
        Assert.Equal(text != shown, ScreenText.IsUnsafe(text));
    }

    [Fact]
    public void Values_become_text_of_the_invariant_culture()
    {
        Assert.Null(ScreenText.Of(null));
        Assert.Equal("1.5", ScreenText.Of(1.49, "0.#"));
        Assert.Equal("1970-01-01 00:00:00Z", ScreenText.Of(DateTimeOffset.UnixEpoch.ToOffset(TimeSpan.FromHours(7))));
        Assert.Equal("1970-01-01", ScreenText.Of(DateTimeOffset.UnixEpoch, "yyyy-MM-dd"));
        Assert.Equal("a, ␛, 2", ScreenText.Of(new object[] { "a", "\e", 2 }));
        Assert.Equal("Issues 1", ScreenText.Of(new EntityCount("Issues", 1, 0, 0, null)));
    }
}
