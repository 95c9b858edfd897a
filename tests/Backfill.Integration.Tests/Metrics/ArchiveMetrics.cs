using System.IO.Compression;
using System.Text.Json;

namespace Backfill.Integration.Tests.Metrics;

/// <summary>The metrics of a real repository's archive in plain C#, row by row and by the words of their definitions: what the SQL is held against.</summary>
internal sealed class ArchiveMetrics
{
    private static readonly DateTimeOffset Beginning = new(2008, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly List<Item> items = [];

    public ArchiveMetrics(string path)
    {
        using var text = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var document = JsonDocument.Parse(text);
        foreach (var (list, isPull) in (ReadOnlySpan<(string, bool)>)[("pulls", true), ("issues", false)])
        {
            foreach (var node in document.RootElement.GetProperty(list).EnumerateArray())
            {
                items.Add(
                    new Item(
                        isPull,
                        node.GetProperty("state").GetString()!,
                        Author(node),
                        Time(node, "createdAt")!.Value,
                        isPull ? Time(node, "mergedAt") : null,
                        Time(node, "closedAt"),
                        isPull
                            ?
                            [
                                .. node.GetProperty("reviews")
                                    .EnumerateArray()
                                    .Select(review => (Author(review), Time(review, "createdAt")!.Value)),
                            ]
                            : []
                    )
                );
            }
        }
    }

    /// <summary>The metrics of one range.</summary>
    public WorkspaceMetricsRange Measure(string range, DateTimeOffset now, WorkspaceMetricsRange measured)
    {
        var (start, before, days) = range switch
        {
            "7d" => (now.AddDays(-7), now.AddDays(-14), 7.0),
            "30d" => (now.AddDays(-30), now.AddDays(-60), 30.0),
            "90d" => (now.AddDays(-90), now.AddDays(-180), 90.0),
            "1y" => (now.AddYears(-1), now.AddYears(-1).AddYears(-1), 365.0),
            _ => (Beginning, (DateTimeOffset?)null, (now - Beginning).TotalDays),
        };
        var past = items.Where(item => item.Created < now).ToArray();
        var inside = past.Where(item => item.Created >= start).ToArray();
        var pulls = inside.Where(item => item.IsPull).ToArray();
        var issues = inside.Where(item => !item.IsPull).ToArray();
        var merged = pulls.Where(pull => pull.State == "MERGED" && pull.Merged is not null).ToArray();
        var closed = issues.Where(issue => issue.State == "CLOSED" && issue.Closed is not null).ToArray();
        var people = inside.Select(item => item.Author).ToHashSet();
        var earlier = past.Where(item => item.Created < start).Select(item => item.Author).ToHashSet();
        var previous = past.Where(item => item.Created >= before && item.Created < start).ToArray();
        var reviewed = pulls
            .Select(pull =>
                (
                    pull.Created,
                    pull.Reviews.Where(review =>
                            review.Author != pull.Author && review.At >= pull.Created && review.At < now
                        )
                        .Select(review => (DateTimeOffset?)review.At)
                        .Min()
                )
            )
            .Where(pull => pull.Item2 is not null)
            .ToArray();
        return measured with
        {
            Range = range,
            PeriodStart = start,
            PeriodEnd = now,
            CalculatedAt = now,
            TotalPullRequests = pulls.Length,
            MergedPullRequests = merged.Length,
            OpenPullRequests = pulls.Count(pull => pull.State == "OPEN"),
            DraftPullRequests = 0,
            TotalIssues = issues.Length,
            ClosedIssues = closed.Length,
            OpenIssues = issues.Count(issue => issue.State == "OPEN"),
            AverageMergeHours = Mean(merged.Select(pull => pull.Merged!.Value - pull.Created)),
            AverageIssueCloseHours = Mean(closed.Select(issue => issue.Closed!.Value - issue.Created)),
            AverageFirstReviewHours = Mean(reviewed.Select(pull => pull.Item2!.Value - pull.Created)),
            PullRequestVelocity = merged.Length / days,
            IssueClosureRate = issues.Length == 0 ? null : 100.0 * closed.Length / issues.Length,
            TotalContributors = people.Count,
            NewContributors = people.Except(earlier).Count(),
            StarsTrend = null,
            PullRequestsTrend = Trend(pulls.Length, previous.Count(item => item.IsPull)),
            IssuesTrend = Trend(issues.Length, previous.Count(item => !item.IsPull)),
            ContributorsTrend = Trend(people.Count, previous.Select(item => item.Author).Distinct().Count()),
            ActivityTimeline = Timeline(),
            // Who is tenth among equals is the database's choice: compared by their numbers.
            TopContributors =
            [
                .. inside
                    .GroupBy(item => item.Author)
                    .Select(group => new TopContributor(
                        group.Key,
                        null,
                        group.Count(item => item.IsPull),
                        group.Count(item => !item.IsPull),
                        0,
                        items
                            .SelectMany(item => item.Reviews)
                            .Count(review => review.Author == group.Key && review.At >= start && review.At < now)
                    ))
                    .OrderByDescending(person => person.PullRequests + person.Issues),
            ],
            RepositoryStatistics =
            [
                .. measured.RepositoryStatistics.Select(one =>
                    one with
                    {
                        PullRequests = pulls.Length,
                        Issues = issues.Length,
                        Contributors = people.Count,
                    }
                ),
            ],
        };

        double? Trend(int current, int past) =>
            before is null ? null
            : past == 0 ? (current > 0 ? 100 : 0)
            : Math.Round(100.0 * (current - past) / past, MidpointRounding.AwayFromZero);

        List<ActivityDay> Timeline()
        {
            var first = before is null ? past.Select(item => (DateTimeOffset?)item.Created).Min() : start;
            var timeline = new List<ActivityDay>();
            for (var day = first is null ? DateOnly.MaxValue : Day(first.Value); day <= Day(now); day = day.AddDays(1))
            {
                timeline.Add(
                    new ActivityDay(
                        day,
                        pulls.Count(pull => Day(pull.Created) == day),
                        issues.Count(issue => Day(issue.Created) == day),
                        0
                    )
                );
            }

            return timeline;
        }
    }

    /// <summary>What was created, merged or closed on the day of a moment, up to it.</summary>
    public int Today(DateTimeOffset now)
    {
        return items.Count(item => Within(item.Created))
            + items.Count(item => item.State == "MERGED" && Within(item.Merged))
            + items.Count(item => !item.IsPull && item.State == "CLOSED" && Within(item.Closed));

        bool Within(DateTimeOffset? time) => time < now && Day(time.Value) == Day(now);
    }

    private static DateOnly Day(DateTimeOffset time) => DateOnly.FromDateTime(time.UtcDateTime);

    private static double? Mean(IEnumerable<TimeSpan> spans) =>
        spans.ToArray() is { Length: > 0 } all ? all.Average(span => span.TotalHours) : null;

    private static string Author(JsonElement node) => node.GetProperty("author").GetString() ?? "ghost";

    private static DateTimeOffset? Time(JsonElement node, string name) =>
        node.GetProperty(name) is { ValueKind: JsonValueKind.String } text ? text.GetDateTimeOffset() : null;

    private sealed record Item(
        bool IsPull,
        string State,
        string Author,
        DateTimeOffset Created,
        DateTimeOffset? Merged,
        DateTimeOffset? Closed,
        IReadOnlyList<(string Author, DateTimeOffset At)> Reviews
    );
}
