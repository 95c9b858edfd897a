using System.Text.RegularExpressions;
using System.Xml.Linq;
using Backfill.Cmdlets.Formats;
using Backfill.Cmdlets.Tests.Support;

namespace Backfill.Cmdlets.Tests;

public sealed partial class FormatTests : IDisposable
{
    private readonly Shell shell = new();

    [Fact]
    public void Every_type_that_a_cmdlet_writes_has_a_view()
    {
        var views = XDocument
            .Load(Path.Combine(Shell.Folder, "Backfill.Format.ps1xml"))
            .Descendants("TypeName")
            .Select(name => name.Value)
            .ToHashSet();
        var written = CmdletTypes
            .All.SelectMany(CmdletTypes.Outputs)
            .Where(name => name.StartsWith("Backfill.", StringComparison.Ordinal));

        Assert.All(written, name => Assert.Contains(name, views));
    }

    [Fact]
    public void A_run_shows_its_short_id_its_state_when_and_how_long()
    {
        var run = Samples.Finished(Samples.Run("octo/hello"), RunState.Completed) with
        {
            FinishedAt = TimeProvider.System.GetUtcNow().AddMinutes(-3.5),
        };

        var shown = Shown(run);

        Assert.Contains($"{run.Id.ToString()[^8..]} octo/hello", shown);
        Assert.Contains("Completed", shown);
        Assert.Contains("3 minutes ago", shown);
        Assert.Contains("1 min 23 s", shown);
        Assert.Contains("about 36 s", Shown(Samples.Run("octo/hello", planned: true)));
        Assert.Contains("PullRequests 998/998, Issues 446/446, Reviews 979", Listed(run));
        Assert.Contains("41 requests, 39 points", Listed(run));
        Assert.Contains("Reviews of #12: GitHub timed out", Listed(Samples.Finished(run, RunState.Incomplete)));
        Assert.Contains("GitHub did not answer.", Listed(Samples.Finished(run, RunState.Failed)));
    }

    [Fact]
    public void Every_other_view_shows_the_subject_of_its_object()
    {
        var embedding = Samples.Embedding("octo/hello") with { Tokens = 17, Cost = 0.25m, Quarantined = 2 };
        Assert.Contains("1,444", Shown(embedding));
        Assert.Contains("$0.25", Shown(embedding));
        Assert.Contains("Lexical/ngrams/384", Listed(embedding));
        Assert.Contains("$0.01", Shown(Samples.Embedding("octo/hello", planned: true)));
        Assert.Contains("0.2500", Shown(Samples.Similar()));
        Assert.Contains("30d: 17 pull requests (12 merged), 0 issues", Shown(Samples.Metrics(false, "octo/hello")));
        Assert.Contains("octo/hello", Shown(Samples.Metrics(true, "octo/hello")));
        Assert.Contains("Repository: octo/hello", Shown(Samples.Check("octo/hello", CheckStatus.Failed)));
        Assert.Contains(
            "Failed   PullRequestCount: 997, expected 998",
            Shown(Samples.Check("octo/hello", CheckStatus.Failed))
        );
        Assert.Contains("         Run Start-RepoSync again.", Shown(Samples.Check("octo/hello", CheckStatus.Failed)));
        Assert.DoesNotContain("Run Start-RepoSync again.", Shown(Samples.Check("octo/hello", CheckStatus.Passed)));
        Assert.DoesNotContain("Run Start-RepoSync again.", Shown(Samples.Check("octo/hello", CheckStatus.Skipped)));
        Assert.Contains("4,711", Shown(Samples.Limit()));
        Assert.Contains("1970-01-01 00:00Z", Shown(Samples.Limit()));
        Assert.Contains("team", Shown(Samples.Tracked("octo/hello")));
        Assert.Contains("Database: BACKFILL_DATABASE_URL", Shown(Samples.Context()));
        Assert.Contains("content/0001-content.sql", Shown(Samples.Database(planned: false)));
        Assert.Contains("25,016 99.9 %", Shown(Samples.Stored("octo/hello")));
        Assert.Contains("25,016", Shown(Samples.Untracked("octo/hello")));
        Assert.Contains("$0.01", Shown(Samples.Measurement("octo/hello")));
        Assert.Contains("$0.02 per", Listed(Samples.Measurement("octo/hello")));
    }

    [Fact]
    public void No_view_has_more_than_five_columns() =>
        Assert.All(
            XDocument.Load(Path.Combine(Shell.Folder, "Backfill.Format.ps1xml")).Descendants("TableControl"),
            table => Assert.InRange(table.Descendants("TableColumnHeader").Count(), 1, 5)
        );

    [Fact]
    public void An_object_in_a_text_is_its_subject_and_its_state()
    {
        Assert.Equal("octo/hello Completed", $"{Samples.Finished(Samples.Run("octo/hello"), RunState.Completed)}");
        Assert.Equal("octo/hello Completed", $"{Samples.Embedding("octo/hello")}");
        Assert.Equal("octo/hello PullRequestCount Failed", $"{Samples.Check("octo/hello", CheckStatus.Failed)}");
        Assert.Equal("octo/hello Completed", $"{Samples.Tracked("octo/hello")}");
        Assert.Equal("octo/hello Completed", $"{Samples.Stored("octo/hello")}");
        Assert.Equal("team Completed", $"{Samples.Metrics(false, "octo/hello")}");
    }

    [Theory]
    [InlineData(0.4, "0.4 s")]
    [InlineData(12, "12 s")]
    [InlineData(83, "1 min 23 s")]
    [InlineData(7800, "2 h 10 min")]
    public void Durations_are_written_as_people_say_them(double seconds, string text) =>
        Assert.Equal(text, ViewText.Span(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(-1, "1 second ago")]
    [InlineData(-60, "1 minute ago")]
    [InlineData(-7200, "2 hours ago")]
    [InlineData(-172800, "1969-12-30 00:00Z")]
    [InlineData(1200, "in 20 minutes")]
    public void Times_are_written_as_people_say_them(int seconds, string text) =>
        Assert.Equal(text, ViewText.When(DateTimeOffset.UnixEpoch.AddSeconds(seconds), DateTimeOffset.UnixEpoch));

    [Fact]
    public void Control_characters_are_marked_on_the_screen_and_kept_in_the_objects()
    {
        foreach (
            var item in (object[])
                [
                    Samples.Finished(Samples.Run("octo/hello"), RunState.Failed),
                    Samples.Finished(Samples.Run("octo/hello"), RunState.Completed),
                    Samples.Embedding("octo/hello") with
                    {
                        Error = "x",
                    },
                    Samples.Embedding("octo/hello") with
                    {
                        InBatch = 2,
                        Batches = ["batch"],
                    },
                    Samples.Similar(),
                    Samples.Metrics(false, "octo/hello") with
                    {
                        Reason = "x",
                    },
                    Samples.Check("octo/hello", CheckStatus.Failed),
                    Samples.Tracked("octo/hello"),
                    Samples.Tracked("octo/hello") with
                    {
                        Error = "x",
                    },
                    Samples.Limit(),
                    Samples.Context() with
                    {
                        DatabaseRole = "x",
                        LocalServerFolder = "x",
                        EmbeddingModel = "x",
                    },
                    Samples.Database(planned: true),
                ]
        )
        {
            const string Words = "a\e]0;title\a\u009bb\u202ec\rd";
            Spoil(item, Words);

            // Some texts are only in the list.
            var shown = Shown(item) + Listed(item);

            Assert.Contains(
                "a␛]0;title␇\\u{9B}b\\u{202E}c␍d",
                string.Concat(shown.Split('\n').Select(line => line.Trim()))
            );
            var left = shown.Where(one => char.IsControl(one) && one is not ('\n' or '\r')).ToArray();
            Assert.True(
                left.Length == 0,
                $"{item.GetType().Name}: {string.Join(' ', left.Select(one => (int)one))} in {shown}"
            );
            Assert.DoesNotContain('\u202e', shown);
        }
    }

    [Fact]
    public void A_view_shows_texts_times_and_fractions_by_way_of_ScreenText_alone()
    {
        var views = XDocument.Load(Path.Combine(Shell.Folder, "Backfill.Format.ps1xml")).Descendants("View");
        foreach (var view in views)
        {
            var type = typeof(RepoSync).Assembly.GetType(view.Element("Name")!.Value)!;
            foreach (var shown in view.Descendants("PropertyName"))
            {
                var property = type.GetProperty(shown.Value)!.PropertyType;
                var bare = Nullable.GetUnderlyingType(property) ?? property;
                Assert.True(
                    bare.IsEnum || bare == typeof(bool) || bare == typeof(int) || bare == typeof(long),
                    shown.Value
                );
            }

            Assert.Empty(view.Descendants("FormatString"));
            Assert.DoesNotContain(view.Descendants("ScriptBlock"), block => block.Value.Contains(".ToString("));
        }
    }

    [Fact]
    public void Fractions_and_times_do_not_depend_on_the_culture_of_the_screen()
    {
        var outcome = shell.Run(
            """
            $culture = [cultureinfo]::InvariantCulture.Clone()
            $culture.NumberFormat.NumberDecimalSeparator = ','
            $culture.DateTimeFormat.TimeSeparator = '.'
            [cultureinfo]::CurrentCulture = $culture
            $embedding | Out-Default
            $limit | Out-Default
            """,
            ("embedding", Samples.Embedding("octo/hello") with { Cost = 0.25m, ItemsPerSecond = 1.5 }),
            ("limit", Samples.Limit())
        );

        Assert.Empty(outcome.Errors);
        Assert.Contains("$0.25", shell.Host.Text);
        Assert.Contains("1970-01-01 00:00Z", shell.Host.Text);
    }

    public void Dispose() => shell.Dispose();

    private string Listed(object item) => Shown(item, "$item | Format-List | Out-Default");

    private static void Spoil(object item, string words)
    {
        foreach (var property in item.GetType().GetProperties().Where(one => one.CanWrite))
        {
            if (property.PropertyType == typeof(string) && property.GetValue(item) is not null)
            {
                property.SetValue(item, words);
            }
            else if (property.PropertyType == typeof(IReadOnlyList<string>))
            {
                property.SetValue(item, new[] { words });
            }
        }
    }

    private string Shown(object item, string script = "$item | Out-Default")
    {
        var before = shell.Host.Text.Length;
        var outcome = shell.Run(script, ("item", item));
        Assert.True(outcome.Errors.Count == 0, string.Join("\n", outcome.Errors));
        return Colours().Replace(shell.Host.Text[before..], "");
    }

    [GeneratedRegex("\e\\[[0-9;]*m")]
    private static partial Regex Colours();
}
