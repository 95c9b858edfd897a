using System.Text.RegularExpressions;
using System.Xml.Linq;
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
    public void A_run_shows_its_counts_and_a_planned_one_its_estimate()
    {
        var run = Samples.Run("octo/hello");

        Assert.Contains(
            "PullRequests 998/998, Issues 446/446, Reviews 979",
            Shown(Samples.Finished(run, RunState.Completed))
        );
        Assert.Contains("00:01:23", Shown(Samples.Finished(run, RunState.Completed)));
        Assert.Contains("gaps: 1", Shown(Samples.Finished(run, RunState.Incomplete)));
        Assert.Contains("GitHub did not answer.", Shown(Samples.Finished(run, RunState.Failed)));
        Assert.Contains("1744 items, 36 requests, 36 points, 0.6 min", Shown(Samples.Run("octo/hello", planned: true)));
    }

    [Fact]
    public void Every_other_view_shows_the_subject_of_its_object()
    {
        var embedding = Samples.Embedding("octo/hello") with { Tokens = 17, Cost = 0.25m, Quarantined = 2 };
        Assert.Contains("Lexical/ngrams/384, 17 tokens, cost 0.25, 2 quarantined", Shown(embedding));
        Assert.Contains("1444 items, 500000 tokens, cost 0.01", Shown(Samples.Embedding("octo/hello", planned: true)));
        Assert.Contains("0.2500", Shown(Samples.Similar()));
        Assert.Contains("30d: 17 pull requests (12 merged)", Shown(Samples.Metrics(false, "octo/hello")));
        Assert.Contains("octo/hello", Shown(Samples.Metrics(true, "octo/hello")));
        Assert.Contains("Repository: octo/hello", Shown(Samples.Check("octo/hello", CheckStatus.Failed)));
        Assert.Contains("Run Start-RepoSync again.", Shown(Samples.Check("octo/hello", CheckStatus.Failed)));
        Assert.DoesNotContain("Run Start-RepoSync again.", Shown(Samples.Check("octo/hello", CheckStatus.Passed)));
        Assert.Contains("4711", Shown(Samples.Limit()));
        Assert.Contains("1970-01-01 00:00:00Z", Shown(Samples.Limit()));
        Assert.Contains("team", Shown(Samples.Tracked("octo/hello")));
        Assert.Contains("Database: BACKFILL_DATABASE_URL", Shown(Samples.Context()));
        Assert.Contains("content/0001-content.sql", Shown(Samples.Database(planned: false)));
    }

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

            var shown = Shown(item);

            Assert.Contains(
                "a␛]0;title␇\\u{9B}b\\u{202E}c␍d",
                string.Concat(shown.Split('\n').Select(line => line.Trim()))
            );
            Assert.DoesNotContain(shown, character => char.IsControl(character) && character is not ('\n' or '\r'));
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
        Assert.Contains("cost 0.25", shell.Host.Text);
        Assert.Contains(" 1.5 ", shell.Host.Text);
        Assert.Contains("1970-01-01 00:00:00Z", shell.Host.Text);
    }

    public void Dispose() => shell.Dispose();

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

    private string Shown(object item)
    {
        var before = shell.Host.Text.Length;
        var outcome = shell.Run("$item | Out-Default", ("item", item));
        Assert.Empty(outcome.Errors);
        return Colours().Replace(shell.Host.Text[before..], "");
    }

    [GeneratedRegex("\e\\[[0-9;]*m")]
    private static partial Regex Colours();
}
