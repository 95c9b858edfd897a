namespace Backfill.Core.Tests.Contracts;

/// <summary>The small words that every cmdlet reads: repositories, time ranges, secrets.</summary>
public sealed class WordsTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 31, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("octo/hello", "octo/hello")]
    [InlineData(" Octo-Org/Hello.World_2 ", "Octo-Org/Hello.World_2")]
    [InlineData("https://github.com/octo/hello", "octo/hello")]
    [InlineData("http://www.github.com/octo/hello.git", "octo/hello")]
    [InlineData("github.com/octo/hello/", "octo/hello")]
    [InlineData("octo_shortcode/.github", "octo_shortcode/.github")]
    [InlineData("git@github.com:octo/hello.git", "octo/hello")]
    [InlineData("github.com:octo/hello", "octo/hello")]
    [InlineData("ssh://git@github.com/octo/hello.git", "octo/hello")]
    [InlineData("ssh://git@ssh.github.com:443/octo/hello.git", "octo/hello")]
    [InlineData("git://github.com/octo/hello.git", "octo/hello")]
    [InlineData("git+https://github.com/octo/hello.git", "octo/hello")]
    [InlineData("git+ssh://git@github.com/octo/hello.git#main", "octo/hello")]
    [InlineData("https://octo:secret@github.com/octo/hello", "octo/hello")]
    [InlineData("https://github.com/octo/hello/pulls", "octo/hello")]
    [InlineData("https://github.com/octo/hello/tree/main/src/a.b", "octo/hello")]
    [InlineData("https://github.com/octo/hello.js/issues?q=is%3Aopen", "octo/hello.js")]
    [InlineData("https://github.com/octo/hello?tab=readme-ov-file", "octo/hello")]
    [InlineData("https://github.com/octo/hello#readme", "octo/hello")]
    [InlineData("HTTPS://GitHub.com/octo/Hello.git/", "octo/Hello")]
    [InlineData("https://api.github.com/repos/octo/hello/pulls/1", "octo/hello")]
    public void A_repository_is_read_as_people_write_it(string text, string fullName) =>
        Assert.Equal(fullName, RepositoryName.Parse(text).FullName);

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("octo/")]
    [InlineData("/hello")]
    [InlineData("octo/hello/issues")]
    [InlineData("octo/he llo")]
    [InlineData("-octo/hello")]
    [InlineData("octo/..")]
    [InlineData("https://example.com/octo/hello")]
    [InlineData("https://example.com/github.com/octo/hello")]
    [InlineData("git@example.com:octo/hello.git")]
    [InlineData("https://github.com/octo")]
    [InlineData("https://github.com/orgs/octo/repositories")]
    [InlineData("https://github.com/octo/../pulls")]
    [InlineData("https://github.com/octo/hello/pulls and more")]
    [InlineData("octo/hello?tab=readme")]
    [InlineData("octo/hello\nother")]
    public void A_text_that_is_no_repository_is_refused_with_an_example(string text)
    {
        var error = Assert.Throws<BackfillException>(() => RepositoryName.Parse(text));

        Assert.Equal((ErrorIds.RepositoryNameMalformed, ErrorKind.Input), (error.ErrorId, error.Kind));
        Assert.Contains("owner/name", error.Action);
    }

    [Theory]
    [InlineData("30", "30d", "2026-03-01")]
    [InlineData("7D", "7d", "2026-03-24")]
    [InlineData("12w", "12w", "2026-01-06")]
    [InlineData("1y", "1y", "2025-03-31")]
    [InlineData(" All ", "all", null)]
    public void A_range_reaches_back_by_the_calendar(string text, string written, string? from)
    {
        var range = TimeRange.Parse(text);

        Assert.Equal(written, range.Text);
        Assert.Equal(from, range.StartBefore(Now)?.ToString("yyyy-MM-dd"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-7d")]
    [InlineData("7.5d")]
    [InlineData("d")]
    [InlineData("7m")]
    [InlineData("7dd")]
    [InlineData("101y")]
    [InlineData("99999999999")]
    [InlineData("forever")]
    public void A_text_that_is_no_range_is_refused_with_the_valid_forms(string text)
    {
        var error = Assert.Throws<BackfillException>(() => TimeRange.Parse(text));

        Assert.Equal((ErrorIds.TimeRangeMalformed, ErrorKind.Input), (error.ErrorId, error.Kind));
        Assert.Contains("30d", error.Action);
    }

    [Fact]
    public void A_secret_is_shown_as_a_mask_wherever_it_is_written()
    {
        var secret = new Secret("ghp_123");

        Assert.Equal("********", $"{secret}");
        Assert.DoesNotContain(
            "ghp_123",
            new BackfillSettings { Database = secret, GitHubTokens = [secret] }.ToString()
        );
        Assert.Equal(secret, new Secret("ghp_123"));
        Assert.NotEqual(secret, new Secret("ghp_124"));
    }
}
