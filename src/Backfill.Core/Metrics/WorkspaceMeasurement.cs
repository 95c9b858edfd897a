using System.Text.Json;
using Backfill.Core.Postgres;
using Npgsql;

namespace Backfill.Core.Metrics;

/// <summary>Measures one workspace at one moment, up to five ranges per statement, and stores the results. All of this is one transaction that reads one snapshot of the database.</summary>
internal sealed class WorkspaceMeasurement(Database database, Guid workspaceId, DateTimeOffset now)
{
    // The statement has columns for five ranges.
    private const int RangesAtOnce = 5;

    /// <summary>Returns one entry per range, in the order of the ranges. A stored range that is fresh is not computed again.</summary>
    /// <param name="force">True computes fresh ranges too.</param>
    public Task<(IReadOnlyList<WorkspaceMetricsRange> Ranges, int Fresh)> RunAsync(
        IReadOnlyList<TimeRange> ranges,
        bool force,
        CancellationToken cancellationToken
    ) =>
        database.SnapshotAsync<(IReadOnlyList<WorkspaceMetricsRange>, int)>(
            async (connection, token) =>
            {
                var catalogue = await database.CatalogueAsync(token);
                Period[] periods = [.. ranges.Select(range => Period.Of(range, now))];
                var (repositories, sources) = await SourcesAsync(connection, catalogue, token);
                var fresh = force ? [] : await FreshAsync(connection, periods, sources, token);
                Period[] due = [.. periods.Where(period => !fresh.ContainsKey(period.Range.Text))];
                foreach (var periodsAtOnce in due.Chunk(RangesAtOnce))
                {
                    var measured = await MeasureAsync(connection, catalogue, periodsAtOnce, repositories, token);
                    await StoreAsync(connection, catalogue, periodsAtOnce, measured, repositories, sources, token);
                    foreach (var range in measured.Ranges)
                    {
                        fresh[range.Range] = range;
                    }
                }

                return ([.. ranges.Select(range => fresh[range.Text])], periods.Length - due.Length);
            },
            cancellationToken
        );

    private async Task<(Guid[] Repositories, string Digest)> SourcesAsync(
        NpgsqlConnection connection,
        Catalogue catalogue,
        CancellationToken cancellationToken
    )
    {
        var rows = await connection
            .Statement("Metrics/read-sources", catalogue)
            .Set("workspace_id", workspaceId)
            .RowsAsync(row => (row.Get<Guid[]>("repositories"), row.Get<string>("digest")), cancellationToken);
        return rows[0];
    }

    private async Task<Dictionary<string, WorkspaceMetricsRange>> FreshAsync(
        NpgsqlConnection connection,
        Period[] periods,
        string sources,
        CancellationToken cancellationToken
    )
    {
        var stored = await connection
            .Statement("Metrics/read-metrics")
            .Set("workspace_id", workspaceId)
            .Set("sources", sources)
            .Set("ranges", [.. periods.Select(period => period.Range.Text)])
            .RowsAsync(
                row =>
                    (
                        Range: row.Get<string>("time_range"),
                        Metrics: row.Get<string>("metrics"),
                        CalculatedAt: row.GetOrNull<DateTimeOffset>("calculated_at")
                    ),
                cancellationToken
            );
        return stored
            .Where(one =>
                one.CalculatedAt <= now
                && now - one.CalculatedAt < Array.Find(periods, period => period.Range.Text == one.Range)!.Lifetime
            )
            .ToDictionary(
                one => one.Range,
                one => JsonSerializer.Deserialize<WorkspaceMetricsRange>(one.Metrics)!,
                StringComparer.Ordinal
            );
    }

    private async Task<Measured> MeasureAsync(
        NpgsqlConnection connection,
        Catalogue catalogue,
        Period[] periods,
        Guid[] repositories,
        CancellationToken cancellationToken
    )
    {
        DateTimeOffset[] bounds =
        [
            .. periods
                .Select(period => period.Start)
                .Concat(periods.Select(period => period.PreviousStart).OfType<DateTimeOffset>())
                .Distinct()
                .Order(),
        ];
        var rows = await connection
            .Statement("Metrics/measure-workspace", catalogue)
            .OverWholeTables()
            .Set("workspace_id", workspaceId)
            .Set("repositories", repositories)
            .Set("to", now)
            .Set("bounds", bounds)
            .Set("firsts", [.. periods.Select(period => Bucket(period.Start))])
            .Set(
                "previous",
                [.. periods.Select(period => period.PreviousStart is { } start ? Bucket(start) : (int?)null)]
            )
            .Set("starts", [.. periods.Select(period => period.Start)])
            .RowsAsync(
                row =>
                    (
                        Range: Read(row, periods[row.Get<int>("place") - 1]),
                        Totals: new Totals(
                            row.Get<long>("all_pulls"),
                            row.Get<long>("all_issues"),
                            row.Get<long>("all_people")
                        )
                    ),
                cancellationToken
            );
        return new Measured([.. rows.Select(row => row.Range)], rows[0].Totals);

        int Bucket(DateTimeOffset start) => Array.IndexOf(bounds, start) + 1;
    }

    private WorkspaceMetricsRange Read(Row row, Period period)
    {
        var pulls = row.Get<long>("pulls");
        var merged = row.Get<long>("merged");
        var issues = row.Get<long>("issues");
        var closed = row.Get<long>("closed");
        var contributors = row.Get<long>("contributors");
        var stars = row.Get<long>("stars");
        return new WorkspaceMetricsRange
        {
            Range = period.Range.Text,
            PeriodStart = period.Start,
            PeriodEnd = now,
            CalculatedAt = now,
            TotalPullRequests = pulls,
            MergedPullRequests = merged,
            OpenPullRequests = row.Get<long>("open"),
            DraftPullRequests = row.Get<long>("drafts"),
            TotalIssues = issues,
            ClosedIssues = closed,
            OpenIssues = row.Get<long>("open_issues"),
            AverageMergeHours = row.GetOrNull<double>("merge_hours"),
            AverageIssueCloseHours = row.GetOrNull<double>("close_hours"),
            AverageFirstReviewHours = row.GetOrNull<double>("review_hours"),
            PullRequestVelocity = merged / period.Days,
            IssueClosureRate = issues == 0 ? null : 100.0 * closed / issues,
            TotalContributors = contributors,
            NewContributors = row.Get<long>("new_contributors"),
            TotalStars = stars,
            TotalForks = row.Get<long>("forks"),
            StarsTrend = period.Trend(stars, row.GetOrNull<long>("previous_stars")),
            PullRequestsTrend = period.Trend(pulls, row.Get<long>("previous_pulls")),
            IssuesTrend = period.Trend(issues, row.Get<long>("previous_issues")),
            ContributorsTrend = period.Trend(contributors, row.Get<long>("previous_contributors")),
            Languages = JsonSerializer.Deserialize<Dictionary<string, long>>(row.Get<string>("languages"))!,
            TopContributors = JsonSerializer.Deserialize<TopContributor[]>(row.Get<string>("people"))!,
            ActivityTimeline = JsonSerializer.Deserialize<ActivityDay[]>(row.Get<string>("days"))!,
            RepositoryStatistics = JsonSerializer.Deserialize<RepositoryStatistics[]>(row.Get<string>("statistics"))!,
        };
    }

    private async Task StoreAsync(
        NpgsqlConnection connection,
        Catalogue catalogue,
        Period[] periods,
        Measured measured,
        Guid[] repositories,
        string sources,
        CancellationToken cancellationToken
    )
    {
        await using var batch = new NpgsqlBatch(connection);
        Add("store-metrics");
        if (catalogue.Columns("workspaces").Keys.Any(column => column.StartsWith("total_", StringComparison.Ordinal)))
        {
            Add("update-workspace-totals");
        }

        if (SchemaNeeds.IsUsable(catalogue, "workspace_metrics_cache"))
        {
            Add("store-legacy-cache");
        }

        if (SchemaNeeds.IsUsable(catalogue, "workspace_metrics_history"))
        {
            Add("store-legacy-history");
        }

        if (SchemaNeeds.IsUsable(catalogue, "workspace_aggregation_queue"))
        {
            Add("forget-legacy-queue");
            Add("complete-legacy-queue");
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);

        void Add(string statement)
        {
            var command = new NpgsqlBatchCommand(SqlText.For($"Metrics/{statement}.sql", catalogue));
            var parameters = command.Parameters;
            var first = measured.Ranges[0];
            parameters.AddWithValue("workspace_id", workspaceId);
            parameters.AddWithValue("repositories", repositories);
            parameters.AddWithValue("calculated_at", now);
            parameters.AddWithValue("sources", sources);
            parameters.AddWithValue("ranges", periods.Select(period => period.Range.Text).ToArray());
            parameters.AddWithValue("starts", periods.Select(period => period.Start).ToArray());
            parameters.AddWithValue("lifetimes", periods.Select(period => period.Lifetime).ToArray());
            parameters.AddWithValue(
                "metrics",
                measured.Ranges.Select(range => JsonSerializer.Serialize(range)).ToArray()
            );
            parameters.AddWithValue("legacy_metrics", measured.Ranges.Zip(periods, LegacyMetrics.Document).ToArray());
            parameters.AddWithValue("pulls", measured.Totals.PullRequests);
            parameters.AddWithValue("issues", measured.Totals.Issues);
            parameters.AddWithValue("contributors", measured.Totals.Contributors);
            parameters.AddWithValue("stars", first.TotalStars);
            parameters.AddWithValue("forks", first.TotalForks);
            batch.BatchCommands.Add(command);
        }
    }

    private sealed record Measured(IReadOnlyList<WorkspaceMetricsRange> Ranges, Totals Totals);

    private sealed record Totals(long PullRequests, long Issues, long Contributors);
}
