using System.Xml.Linq;
using Backfill.Cmdlets.Reporting;
using Backfill.Cmdlets.Tests.Support;

namespace Backfill.Cmdlets.Tests;

public sealed class HtmlReportTests : IDisposable
{
    private const string Hostile =
        "<script>alert(1)</script> \"'><img src=x onerror=alert(1)> \e[2J \u202e \ud800 \ufffe";
    private const string Shown =
        "<script>alert(1)</script> \"'><img src=x onerror=alert(1)> ␛[2J \\u{202E} \ufffd \ufffd";
    private const string Token = "ghp_0123456789abcdef";

    private readonly Shell shell = new();

    public HtmlReportTests() =>
        shell.Engine.Find = _ =>
            [
                Samples.Finished(Samples.Run("octo/hello"), RunState.Incomplete) with
                {
                    StartedAt = DateTimeOffset.UnixEpoch,
                },
            ];

    [Theory]
    [InlineData("report.html", "<!DOCTYPE html>")]
    [InlineData("report.HTM", "<!DOCTYPE html>")]
    [InlineData("report.xml", "<?xml")]
    [InlineData("report.json", "{")]
    [InlineData("report.md", "# Backfill")]
    [InlineData("report.txt", "# Backfill")]
    [InlineData("report.html -As Json", "{")]
    [InlineData("report.json -As Html", "<!DOCTYPE html>")]
    [InlineData("report.html -As Markdown", "# Backfill")]
    public void The_name_of_the_file_chooses_the_form_unless_one_is_given(string arguments, string beginning)
    {
        var folder = Directory.CreateTempSubdirectory("backfill-report-");

        var file = shell.Run($"Export-BackfillReport octo/hello -Path {folder.FullName}/{arguments}").One<FileInfo>();

        Assert.StartsWith(beginning, File.ReadAllText(file.FullName), StringComparison.Ordinal);
        folder.Delete(recursive: true);
    }

    [Fact]
    public void Text_from_outside_stays_text_on_the_page()
    {
        shell.Engine.Check = request =>
            [
                Samples.Check(request.Repository?.FullName, CheckStatus.Failed) with
                {
                    Check = Hostile,
                    Category = Hostile,
                    Actual = Hostile,
                    Expected = Hostile,
                    Advice = Hostile,
                },
                Samples.Check(request.Repository?.FullName, CheckStatus.Passed),
            ];
        shell.Engine.Repositories = _ => [Samples.Stored("octo/hello") with { Workspaces = [Hostile] }];
        shell.Engine.Facts = name =>
            Samples.Facts(name.FullName) with
            {
                Entities = [new EntityRows(Hostile, 1)],
                Models = [new ModelVectors(Hostile, 1, 1, null)],
            };
        shell.Engine.Find = _ =>
            [
                Samples.Run("octo/hello") with
                {
                    Error = Hostile,
                    Engine = Hostile,
                    Gaps = [new SyncGap(Hostile, Hostile, Hostile, 1)],
                },
            ];

        var page = Page("octo/hello");

        Assert.Empty(page.Descendants("script").Concat(page.Descendants("img")));
        Assert.DoesNotContain(
            page.Descendants().Attributes(),
            attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal)
        );
        // The check's heading, its numbers and its advice, the run's error, the gap, the model and the workspace.
        Assert.True(Texts(page).Count(text => text.Contains(Shown, StringComparison.Ordinal)) >= 8);
    }

    [Fact]
    public void The_page_has_what_failed_and_what_to_do_before_the_numbers()
    {
        shell.Engine.Check = request =>
            [
                Samples.Check(request.Repository?.FullName, CheckStatus.Passed),
                Samples.Check(request.Repository?.FullName, CheckStatus.Warning) with
                {
                    Check = "Freshness",
                },
                Samples.Check(request.Repository?.FullName, CheckStatus.Failed) with
                {
                    Check = "IssueCount",
                },
            ];

        var page = Page("octo/hello");

        Assert.Equal("octo/hello", page.Descendants("h1").Single().Value);
        Assert.Contains("1 check failed; 1 passed, 1 warning.", Texts(page).Select(text => text.Trim()));
        Assert.Equal(
            [
                "What to do",
                "What is proven",
                "Coverage by entity",
                "Embeddings",
                "Activity",
                "Requests, points and cost",
                "History of runs",
            ],
            page.Descendants("h2").Select(heading => heading.Value)
        );
        Assert.Equal(
            ["✕ Failed IssueCount Counts", "! Warning Freshness Counts"],
            page.Descendants("h3").Select(heading => heading.Value)
        );
        Assert.Contains("Run Start-RepoSync again.", Texts(page));
        Assert.Contains("GitHub timed out", Texts(page));
    }

    [Fact]
    public void The_numbers_are_those_of_the_engine()
    {
        var page = Page("octo/hello");

        Assert.Equal(
            ["Pull requests", "100 %", "998", "998", "PullRequestCount", "✓ Passed"],
            Row(page, "Pull requests").Elements().Select(cell => cell.Value)
        );
        Assert.Equal(["Pull requests", "99.1 %", "990", "998", "2"], Rows(page, "Vectors of octo/hello by type")[0]);
        Assert.Equal(
            ["OpenAI/text-embedding-3-small/384", "990", "200,000", "$0.004"],
            Rows(page, "Vectors of octo/hello by model")[0]
        );
        Assert.Equal(
            [
                ["2026-01-05", "3", "1"],
                ["2026-01-12", "5", "0"],
            ],
            Rows(page, "Activity of octo/hello by week")
        );
        Assert.Equal(
            [
                ["2026-01-05", "2", "30"],
                ["2026-01-12", "0", ""],
            ],
            Rows(page, "Merges of octo/hello by week")
        );
        Assert.Equal(
            ["1970-01-01 00:00 UTC", "! Incomplete", "1 min 23 s", "41", "39", "2,423", "0", "0", "1"],
            Rows(page, "Runs of octo/hello, the newest first")[0]
        );
        var charts = shell.Engine.Asked<ReportChart>().ToArray();
        Assert.Equal([320, 320, 560, 560], charts.Select(chart => chart.Width).Order());
        Assert.Equal([3, 5], charts[0].Series[0].Values);
        Assert.Equal([30, null], charts[2].Series[0].Values);
    }

    [Fact]
    public void A_screen_reader_gets_names_for_charts_tables_and_the_parts_of_the_page()
    {
        var page = Page("octo/hello, octo/world");

        Assert.Equal("en", (string?)page.Attribute("lang"));
        Assert.Equal("2 repositories: Backfill report", page.Descendants("title").Single().Value);
        Assert.Equal(
            ["header", "main", "footer"],
            page.Element("body")!.Elements().Skip(1).Select(one => one.Name.LocalName)
        );
        Assert.Equal(
            2,
            page.Descendants("section").Count(section => (string?)section.Attribute("class") == "repository")
        );
        var levels = page.Descendants()
            .Where(one => one.Name.LocalName is "h1" or "h2" or "h3" or "h4")
            .Select(one => one.Name.LocalName[1] - '0')
            .ToArray();
        Assert.All(levels.Zip(levels.Skip(1)), pair => Assert.True(pair.Second <= pair.First + 1));
        Assert.All(
            page.Descendants("{http://www.w3.org/2000/svg}svg"),
            drawing => Assert.NotEmpty((string)drawing.Parent!.Attribute("aria-label")!)
        );
        Assert.All(page.Descendants("figure"), figure => Assert.Single(figure.Descendants("table")));
        var captions = page.Descendants("table").Select(table => table.Element("caption")!.Value).ToArray();
        Assert.Equal(captions.Distinct(), captions);
        Assert.All(page.Descendants("th"), head => Assert.NotNull(head.Attribute("scope")));
    }

    [Fact]
    public void The_page_loads_nothing_from_anywhere()
    {
        var text = shell.Run("Export-BackfillReport octo/hello -As Html").One<string>();

        Assert.DoesNotContain("url(", text);
        Assert.DoesNotContain("@import", text);
        Assert.Contains("default-src 'none'", text);
        Assert.DoesNotContain(
            Parse(text).Descendants().Attributes(),
            attribute =>
                attribute.Name.LocalName is "src" or "srcset"
                || attribute.Value.StartsWith("http:", StringComparison.Ordinal) && !attribute.IsNamespaceDeclaration
        );
    }

    [Theory]
    [InlineData("Html")]
    [InlineData("Markdown")]
    [InlineData("JUnit")]
    [InlineData("Json")]
    public void No_form_of_a_report_shows_a_secret(string form)
    {
        shell.Engine.Check = request =>
            [
                Samples.Check(request.Repository?.FullName, CheckStatus.Failed) with
                {
                    Actual = $"Token {Token} is bad.",
                    Advice = $"Replace {Token}.",
                },
                Samples.Check(request.Repository?.FullName, CheckStatus.Passed),
            ];
        shell.Engine.Find = _ => [Samples.Run("octo/hello") with { Error = $"Token {Token} is bad." }];

        var text = shell
            .Run(
                $"Connect-Backfill -GitHubToken {Token} -SkipTest | Out-Null; Export-BackfillReport octo/hello -As {form}"
            )
            .One<string>();

        Assert.DoesNotContain(Token, text);
        // Markdown escapes the mask.
        Assert.Contains("********", text.Replace("\\", ""));
    }

    [Fact]
    public void A_page_of_ten_thousand_repositories_is_bounded_and_says_what_it_left_out()
    {
        var reports = Enumerable
            .Range(1, 10_000)
            .Select(number =>
            {
                var name = $"octo/repository-{number}";
                return new RepositoryReport(
                    name,
                    Samples.Stored(name),
                    [Samples.Check(name, number % 1000 == 0 ? CheckStatus.Failed : CheckStatus.Passed)],
                    []
                )
                {
                    Facts = Samples.Facts(name),
                };
            })
            .ToArray();

        var text = HtmlReport.Write(reports, shell.Engine.DrawChart, DateTimeOffset.UnixEpoch);

        Assert.InRange(text.Length, 100_000, 3_000_000);
        var page = Parse(text);
        Assert.Equal(HtmlReport.MostRows, Rows(page, "Repositories, those with failed checks first").Length);
        Assert.Equal(
            HtmlReport.MostDetails,
            page.Descendants("section").Count(section => (string?)section.Attribute("class") == "repository")
        );
        Assert.Equal("octo/repository-1000 ✕ Failed", page.Descendants("h2").ElementAt(2).Value);
        Assert.Contains(
            "Details are only of the first 50 of 10,000 repositories. Those with failed checks come first.",
            Texts(page)
        );
        Assert.Contains("The table of repositories ends after 2,000 of 10,000.", Texts(page));
    }

    [Theory]
    [InlineData("Html", 1)]
    [InlineData("Json", 1)]
    [InlineData("Markdown", 0)]
    [InlineData("JUnit", 0)]
    public void Only_a_report_with_a_place_for_facts_reads_them(string form, int expected)
    {
        shell.Run($"Export-BackfillReport octo/hello -As {form}");

        Assert.Equal(expected, shell.Engine.Asked<string>().Count(asked => asked == "Facts"));
    }

    [Fact]
    public void A_repository_that_could_not_be_checked_has_its_failure_and_no_numbers()
    {
        shell.Engine.Check = request => [Samples.Check(request.Repository?.FullName, CheckStatus.Failed)];

        var page = Page("octo/none");

        Assert.Equal(["What to do", "What is proven"], page.Descendants("h2").Select(heading => heading.Value));
    }

    public void Dispose() => shell.Dispose();

    private XElement Page(string repositories) =>
        Parse(shell.Run($"Export-BackfillReport {repositories} -As Html").One<string>());

    // What is written is XML too, so that a test can read it.
    private static XElement Parse(string text) => XDocument.Parse(text).Root!;

    private static IEnumerable<string> Texts(XElement page) =>
        page.Descendants()
            .Where(one => one.Name != "style")
            .SelectMany(one => one.Nodes().OfType<XText>())
            .Select(one => one.Value);

    private static XElement Row(XElement page, string head) =>
        page.Descendants("tr").First(row => row.Elements().First().Value == head);

    private static string[][] Rows(XElement page, string caption) =>
        [
            .. page.Descendants("table")
                .Single(table => table.Element("caption")!.Value == caption)
                .Element("tbody")!
                .Elements()
                .Select(row => row.Elements().Select(cell => cell.Value).ToArray()),
        ];
}
