using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Backfill.Cmdlets.Formats;

namespace Backfill.Cmdlets.Reporting;

/// <summary>Writes what a page says about one repository: the proof and what to do first, then the numbers.</summary>
internal static class HtmlRepository
{
    private const int MostGaps = 50;

    // GitHub has no total of comments. This check compares the number under each item.
    private const string CommentCount = "CommentCount";

    // What each category of checks asks, in the order of the checks.
    private static readonly (string Category, string Question)[] Questions =
    [
        ("Schema", "Do the tables have what the tool needs?"),
        ("Repository", "Is it the right repository, and is it tracked?"),
        ("Counts", "Is everything stored that GitHub counts?"),
        ("Fields", "Is every row as the tool wrote it?"),
        ("Quality", "Are the stored values possible?"),
        ("Embeddings", "Has every item its vector?"),
        ("Freshness", "Is the copy up to date?"),
        ("Metrics", "Are the metrics computed from this data?"),
        ("Jobs", "Does the app know the state of the copy?"),
        ("Settings", "Do the settings work?"),
    ];

    // The check that compares an entity with GitHub's number.
    private static readonly Dictionary<string, string> CountChecks = new(StringComparer.Ordinal)
    {
        ["PullRequests"] = "PullRequestCount",
        ["Issues"] = "IssueCount",
        ["Discussions"] = "DiscussionCount",
        ["Reviews"] = "ReviewCount",
        ["ReviewComments"] = "ReviewCommentCount",
        ["IssueComments"] = CommentCount,
        ["DiscussionComments"] = CommentCount,
        ["Contributors"] = "ContributorCount",
    };

    /// <summary>Returns the parts about a repository.</summary>
    /// <param name="report">What is known about it.</param>
    /// <param name="draw">Draws a chart as SVG.</param>
    /// <param name="level">The level of the headings.</param>
    internal static IEnumerable<XElement> Of(RepositoryReport report, Func<ReportChart, string> draw, int level)
    {
        var name = report.Name;
        XElement?[] parts =
        [
            Summary(report),
            Html.Section(level, "What to do", ToDo(report, level + 1)),
            Html.Section(level, "What is proven", Proven(report)),
            Entities(report) is { } entities ? Html.Section(level, "Coverage by entity", entities) : null,
            report.Facts is { Embeddings.Count: > 0 } facts
                ? Html.Section(level, "Embeddings", Embeddings(name, facts))
                : null,
            HtmlActivity.Of(report, draw, level),
            HtmlCost.Of(report, draw, level),
            report.Runs.Count > 0 ? Html.Section(level, "History of runs", Runs(report)) : null,
        ];
        return parts.OfType<XElement>();
    }

    /// <summary>Returns one check that failed or warns.</summary>
    /// <param name="check">The check.</param>
    /// <param name="level">The level of its heading.</param>
    /// <param name="content">What is said about it.</param>
    internal static XElement Finding(CoverageCheck check, int level, params object?[] content) =>
        Html.Of(
            "li",
            Html.Class(check.Status == CheckStatus.Failed ? "finding bad" : "finding careful"),
            Html.Of(
                string.Create(CultureInfo.InvariantCulture, $"h{level}"),
                Html.Badge(check.Status),
                $" {check.Check}",
                Html.Of("span", Html.Class("quiet"), $" {check.Category}")
            ),
            content
        );

    /// <summary>Returns the name of an entity or of a type of items as words: <c>ReviewComments</c> and <c>pull_request</c> become <c>Review comments</c> and <c>Pull request</c>.</summary>
    internal static string Words(string name)
    {
        var words = new StringBuilder(name.Length + 4);
        foreach (var character in name)
        {
            words.Append(char.IsUpper(character) && words.Length > 0 ? " " : "");
            words.Append(
                words.Length == 0 ? char.ToUpperInvariant(character)
                : character == '_' ? ' '
                : char.ToLowerInvariant(character)
            );
        }

        return words.ToString();
    }

    private static XElement Summary(RepositoryReport report)
    {
        var (stored, facts) = (report.Stored, report.Facts);
        var items = facts?.Embeddings.Sum(type => type.Items) ?? 0;
        return Html.Facts(
            ("Rows", stored is null ? null : Html.Number(stored.Rows)),
            ("Rows with a proof", stored is null ? null : Html.Share(stored.ProvenRows, stored.Rows)),
            (
                "Items with a vector",
                items == 0 ? null : Html.Share(facts!.Embeddings.Sum(type => type.Embedded), items)
            ),
            ("Checks passed", $"{Html.Number(report.Count(CheckStatus.Passed))} of {Html.Number(report.Checks.Count)}"),
            (
                "Last complete sync",
                stored is null ? null
                : stored.LastCompletedAt is { } at ? Html.Time(at)
                : "none"
            ),
            ("Workspaces", stored is { Workspaces.Count: > 0 } ? string.Join(", ", stored.Workspaces) : null)
        );
    }

    private static IEnumerable<XElement> ToDo(RepositoryReport report, int level)
    {
        CoverageCheck[] findings = [.. report.Findings];
        yield return findings.Length == 0
            ? Html.Of("p", "Nothing. No check failed or warns.")
            : Html.Of(
                "ul",
                Html.Class("findings"),
                findings.Select(check =>
                    Finding(
                        check,
                        level,
                        Html.Facts(("Found", check.Actual ?? "nothing"), ("Expected", check.Expected)),
                        check.Advice is { } advice ? Html.Of("p", advice) : null
                    )
                )
            );
        if (report.Runs is not [{ Gaps: { Count: > 0 } gaps }, ..])
        {
            yield break;
        }

        yield return Html.Of(
            "p",
            $"The newest run could not read everything. The next Start-RepoSync {report.Name} tries each gap again."
        );
        yield return Html.Table(
            $"Gaps of {report.Name}",
            ["Missing", "Of", "Why", "#Attempts"],
            gaps.Take(MostGaps)
                .Select(gap =>
                    new object?[] { Words(gap.Entity), gap.Parent ?? "the repository", gap.Cause, gap.Attempts }
                )
        );
        if (gaps.Count > MostGaps)
        {
            yield return Html.Of(
                "p",
                $"The table has the first {Html.Number(MostGaps)} of {Html.Number(gaps.Count)} gaps."
            );
        }
    }

    private static IEnumerable<XElement> Proven(RepositoryReport report)
    {
        var categories = report
            .Checks.GroupBy(check => check.Category, StringComparer.Ordinal)
            .OrderBy(category => Place(category.Key))
            .ToArray();
        if (report.Stored is { } stored)
        {
            var fields = report.Checks.Where(check => check.Category == "Fields").ToArray();
            var differ = fields.Count(check => check.Status == CheckStatus.Failed);
            yield return Html.Of(
                "p",
                $"{Html.Number(stored.ProvenRows)} of {Html.Number(stored.Rows)} rows have a proof, which is a hash of every column that the tool wrote. ",
                fields.Length == 0 ? "They were not compared with it."
                    : differ == 0 ? "No compared row differs from it."
                    : $"{Html.Number(differ)} {(differ == 1 ? "check" : "checks")} of the category Fields found rows that differ from it."
            );
        }

        yield return Html.Table(
            $"Checks of {report.Name} by category",
            ["Category", "Result", "#Passed", "#Failed", "#Warnings", "#Skipped"],
            categories.Select(category =>
            {
                var own = report with { Checks = [.. category] };
                return new object?[]
                {
                    new object[]
                    {
                        category.Key,
                        Html.Of(
                            "span",
                            Html.Class("quiet line"),
                            Array.Find(Questions, one => one.Category == category.Key).Question
                        ),
                    },
                    Html.Badge(own.Status),
                    own.Count(CheckStatus.Passed),
                    own.Count(CheckStatus.Failed),
                    own.Count(CheckStatus.Warning),
                    own.Count(CheckStatus.Skipped),
                };
            })
        );
        yield return Html.Of(
            "details",
            Html.Of("summary", $"All {Html.Number(report.Checks.Count)} checks of {report.Name}"),
            Html.Table(
                $"All checks of {report.Name}",
                ["Check", "Result", "Found", "Expected"],
                categories
                    .SelectMany(category => category)
                    .Select(check =>
                        new object?[] { check.Check, Html.Badge(check.Status), check.Actual, check.Expected }
                    )
            )
        );
    }

    private static int Place(string category)
    {
        var place = Array.FindIndex(Questions, one => one.Category == category);
        return place < 0 ? Questions.Length : place;
    }

    private static XElement? Entities(RepositoryReport report) =>
        report.Facts is not { Entities.Count: > 0 } facts
            ? null
            : Html.Table(
                $"Rows of {report.Name} by entity",
                ["Entity", "Coverage", "#Stored", "#At GitHub", "Check", "Result"],
                facts.Entities.Select(entity =>
                {
                    var id = CountChecks.GetValueOrDefault(entity.Entity);
                    var check = report.Checks.FirstOrDefault(one => one.Check == id);
                    var total = id == CommentCount ? null : TotalOf(check) ?? TotalOf(report.Runs, entity.Entity);
                    return new object?[]
                    {
                        Words(entity.Entity),
                        total is { } whole ? Html.Share(entity.Stored, whole) : "",
                        entity.Stored,
                        total is { } number ? Html.Number(number)
                        : id == CommentCount ? "per item"
                        : "not asked",
                        id,
                        Html.Badge(check?.Status),
                    };
                })
            );

    // A check that was skipped, or that compares something else than a number, has no total.
    private static long? TotalOf(CoverageCheck? check) =>
        long.TryParse(check?.Expected, NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var total)
            ? total
            : null;

    private static long? TotalOf(IReadOnlyList<RepoSync> runs, string entity) =>
        runs.SelectMany(run => run.Counts)
            .FirstOrDefault(count => count.Entity == entity && count.GitHubTotal is not null)
            ?.GitHubTotal;

    private static IEnumerable<XElement> Embeddings(string name, RepositoryFacts facts)
    {
        yield return Html.Table(
            $"Vectors of {name} by type",
            ["Type", "Coverage", "#With a vector", "#Items", "#Refused"],
            facts.Embeddings.Select(type =>
                new object?[]
                {
                    $"{Words(type.ItemType)}s",
                    Html.Share(type.Embedded, type.Items),
                    type.Embedded,
                    type.Items,
                    type.Quarantined,
                }
            )
        );
    }

    private static IEnumerable<XElement> Runs(RepositoryReport report)
    {
        yield return Html.Table(
            $"Runs of {report.Name}, the newest first",
            ["Started", "State", "Took", "#Requests", "#Points", "#Added", "#Updated", "#Repaired", "#Gaps"],
            report.Runs.Select(run =>
                new object?[]
                {
                    run.StartedAt is { } at ? Html.Time(at) : "not yet",
                    new object?[]
                    {
                        Html.Badge(run.State),
                        run.Engine == "Local"
                            ? null
                            : Html.Of("span", Html.Class("quiet line"), $"Engine {run.Engine}"),
                        run.Error is { } error ? Html.Of("span", Html.Class("quiet line"), error) : null,
                    },
                    Html.Of("span", Html.Class("whole"), ViewText.Span(run.Duration)),
                    run.Requests,
                    run.Points,
                    run.Counts.Sum(count => count.Added),
                    run.Counts.Sum(count => count.Updated),
                    run.Counts.Sum(count => count.Repaired),
                    run.Gaps.Count,
                }
            )
        );
    }
}
