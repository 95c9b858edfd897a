using System.Text.Json;
using Backfill.Core.Metrics;
using Backfill.Core.Postgres;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Metrics;

/// <summary>Every field of every range on a real repository, equal to a computation that knows no SQL, beside the app with its old metrics tables.</summary>
public sealed class RealMetricsTests(TestPostgres postgres)
{
    private static readonly string[] Ranges = ["7d", "30d", "90d", "1y", "all"];

    // Of the real archive: the middle of a discussion, the first hours of a day that New Zealand's calendar calls another, a leap
    // day, a time without anything, and the time before everything.
    private static readonly DateTimeOffset[] RealMoments =
    [
        new(2016, 9, 20, 15, 30, 0, TimeSpan.Zero),
        new(2018, 3, 2, 0, 10, 0, TimeSpan.Zero),
        new(2020, 2, 29, 12, 0, 0, TimeSpan.Zero),
        new(2025, 12, 31, 23, 59, 59, TimeSpan.Zero),
        new(2012, 1, 1, 0, 0, 0, TimeSpan.Zero),
    ];

    [Theory]
    [MemberData(nameof(TestArchive.Kinds), MemberType = typeof(TestArchive))]
    public async Task Every_field_of_every_range_equals_an_independent_computation(ArchiveKind kind)
    {
        var archive = TestArchive.Open(kind);
        var moments = kind == ArchiveKind.Real ? RealMoments : MomentsOf(archive);
        await using var bench = await AppSchema.BenchAsync(
            postgres,
            new SimulatorOptions { DataFiles = [archive.Path] },
            legacy: true
        );
        await bench.InitializeAsync();
        await bench.RegisterAsync(archive.Repository, "The team");
        Assert.Equal(RunState.Completed, (await bench.SyncAsync(archive.Repository)).State);
        await bench.ExecuteAsync($"ALTER DATABASE {bench.DatabaseName} SET timezone = 'Pacific/Auckland'");
        var independent = new ArchiveMetrics(archive.Path);
        var workspace = Guid.Parse(await bench.TextAsync("SELECT id::text FROM workspaces"));
        await using var database = new Database(
            bench.ConnectionString + ";Application Name=auckland",
            TimeProvider.System
        );

        foreach (var now in moments)
        {
            var (ranges, fresh) = await new WorkspaceMeasurement(database, workspace, now).RunAsync(
                [.. Ranges.Select(TimeRange.Parse)],
                force: false,
                TestContext.Current.CancellationToken
            );

            Assert.Equal(0, fresh);
            Assert.Equal(Ranges, ranges.Select(range => range.Range));
            foreach (var measured in ranges)
            {
                var expected = independent.Measure(measured.Range, now, measured) with
                {
                    // No stars then and none now, where an earlier moment was measured before the range began.
                    StarsTrend =
                        measured.Range != "all"
                        && moments
                            .TakeWhile(moment => moment != now)
                            .Any(moment => moment.UtcDateTime.Date <= measured.PeriodStart.UtcDateTime.Date)
                            ? 0
                            : null,
                };
                Assert.Equal(Comparable(expected), Comparable(measured));
                Assert.Equal(People(expected), People(measured));
                Assert.Equal(Math.Min(10, expected.TopContributors.Count), measured.TopContributors.Count);
                Assert.Equal("Makefile", Assert.Single(measured.Languages).Key);
                Assert.Equal(archive.Repository, Assert.Single(measured.RepositoryStatistics).FullName);
            }
        }

        await LegacyTablesHoldTheSameAsync(bench, independent, moments);
    }

    // The moments were measured out of order: the newest one is what counts in the tool's own table.
    private static async Task LegacyTablesHoldTheSameAsync(
        Bench bench,
        ArchiveMetrics independent,
        DateTimeOffset[] moments
    )
    {
        var (newest, first) = ($"{moments.Max():u}", $"{moments.Min():u}");
        Assert.Equal(
            "1y 01:00:00, 30d 00:10:00, 7d 00:05:00, 90d 00:30:00, all 02:00:00",
            await bench.TextAsync(
                $"SELECT string_agg(time_range || ' ' || (expires_at - calculated_at), ', ' ORDER BY time_range) FROM workspace_metrics_cache WHERE period_end = '{newest}' AND NOT is_stale"
            )
        );
        Assert.Equal(
            15,
            await bench.CountAsync(
                $"SELECT count(*) FROM workspace_metrics_cache WHERE is_stale AND period_end < '{newest}' AND period_end > '{first}'"
            )
        );
        Assert.Equal(
            await bench.TextAsync(
                $"SELECT (SELECT count(*) FROM pull_requests WHERE created_at < '{newest}') || ' ' || (SELECT count(*) FROM issues WHERE created_at < '{newest}') || ' {moments.Max():yyyy-MM-dd}'"
            ),
            await bench.TextAsync(
                "SELECT concat_ws(' ', metrics ->> 'total_prs', metrics ->> 'total_issues', (period_end AT TIME ZONE 'UTC')::date) FROM backfill.workspace_metrics WHERE time_range = 'all'"
            )
        );
        // What that day brought, not what the period did.
        Assert.Equal(
            string.Join(", ", moments.Order().Select(moment => $"{moment:yyyy-MM-dd} {independent.Today(moment)}")),
            await bench.TextAsync(
                "SELECT string_agg(metric_date || ' ' || (daily_prs + daily_issues + daily_merged_prs + daily_closed_issues), ', ' ORDER BY metric_date) FROM workspace_metrics_history"
            )
        );
    }

    // Of a generated one: within its history three times, once right after midnight, then after and before all of it.
    private static DateTimeOffset[] MomentsOf(TestArchive archive)
    {
        DateTimeOffset[] created = [.. archive.Items.Select(item => item.CreatedAt).Order()];
        return
        [
            created[created.Length / 2].AddMinutes(30),
            new(created[created.Length * 3 / 4].UtcDateTime.Date.AddMinutes(10), TimeSpan.Zero),
            created[created.Length / 4].AddHours(3),
            new(created[^1].UtcDateTime.Date.AddDays(31).AddSeconds(-1), TimeSpan.Zero),
            new(created[0].UtcDateTime.Date.AddYears(-1), TimeSpan.Zero),
        ];
    }

    // Means to a millionth of an hour, since PostgreSQL's intervals end at the microsecond; people apart.
    private static string Comparable(WorkspaceMetricsRange range) =>
        JsonSerializer.Serialize(
            range with
            {
                AverageMergeHours = Round(range.AverageMergeHours),
                AverageIssueCloseHours = Round(range.AverageIssueCloseHours),
                AverageFirstReviewHours = Round(range.AverageFirstReviewHours),
                TopContributors = [],
            }
        );

    // The first ten, without those who share the tenth's number with somebody left out.
    private static string[] People(WorkspaceMetricsRange range)
    {
        var ten = range
            .TopContributors.OrderByDescending(Sum)
            .ThenBy(person => person.Username, StringComparer.Ordinal);
        var last = ten.Select(Sum).ElementAtOrDefault(9);
        return
        [
            .. ten.Where(person => Sum(person) > last)
                .Select(person => $"{person.Username} {person.PullRequests} {person.Issues} {person.Reviews}"),
        ];

        static long Sum(TopContributor person) => person.PullRequests + person.Issues;
    }

    private static double? Round(double? hours) => hours is null ? null : Math.Round(hours.Value, 6);
}
