using System.Text.Json;
using Backfill.Core.Postgres;
using Npgsql;

namespace Backfill.Core.Metrics;

/// <summary>Measures one workspace as it is at one moment, up to five ranges in a statement, and stores what it found, all in one transaction and from one snapshot of the database.</summary>
internal sealed class WorkspaceMeasurement(Database database, Guid workspaceId, DateTimeOffset now)
{
    // As many as the statement has columns for.
    private const int RangesAtOnce = 5;

    /// <summary>One entry a range, in the order of the ranges, and what of them was stored and fresh.</summary>
    /// <param name="force">Compute also what is fresh.</param>
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
                if (due.Length > 0)
                {
                    await LimitMemoryAsync(connection, token);
                }

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
        await using var command = new NpgsqlCommand(SqlText.For("Metrics/read-sources.sql", catalogue), connection);
        command.Parameters.AddWithValue("workspace_id", workspaceId);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (await reader.GetFieldValueAsync<Guid[]>(0, cancellationToken), reader.GetString(1));
    }

    private async Task<Dictionary<string, WorkspaceMetricsRange>> FreshAsync(
        NpgsqlConnection connection,
        Period[] periods,
        string sources,
        CancellationToken cancellationToken
    )
    {
        await using var command = new NpgsqlCommand(SqlText.Read("Metrics/read-metrics.sql"), connection);
        command.Parameters.AddWithValue("workspace_id", workspaceId);
        command.Parameters.AddWithValue("sources", sources);
        command.Parameters.AddWithValue("ranges", periods.Select(period => period.Range.Text).ToArray());
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var fresh = new Dictionary<string, WorkspaceMetricsRange>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
        {
            var name = reader.GetString(0);
            var lifetime = Array.Find(periods, period => period.Range.Text == name)!.Lifetime;
            if (reader.Time(2) is { } calculated && calculated <= now && now - calculated < lifetime)
            {
                fresh[name] = JsonSerializer.Deserialize<WorkspaceMetricsRange>(reader.GetString(1))!;
            }
        }

        return fresh;
    }

    private static async Task LimitMemoryAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var limit = new NpgsqlCommand(SqlText.Read("Metrics/limit-memory.sql"), connection);
        await limit.ExecuteNonQueryAsync(cancellationToken);
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
        await using var command = new NpgsqlCommand(SqlText.For("Metrics/measure-workspace.sql", catalogue), connection)
        {
            CommandTimeout = Database.LongStatementSeconds,
        };
        command.Parameters.AddWithValue("workspace_id", workspaceId);
        command.Parameters.AddWithValue("repositories", repositories);
        command.Parameters.AddWithValue("to", now);
        command.Parameters.AddWithValue("bounds", bounds);
        command.Parameters.AddWithValue("firsts", periods.Select(period => Bucket(period.Start)).ToArray());
        command.Parameters.AddWithValue(
            "previous",
            periods.Select(period => period.PreviousStart is { } start ? Bucket(start) : (int?)null).ToArray()
        );
        command.Parameters.AddWithValue("starts", periods.Select(period => period.Start).ToArray());
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var (ranges, totals) = (new List<WorkspaceMetricsRange>(), default(Totals));
        foreach (var period in periods)
        {
            await reader.ReadAsync(cancellationToken);
            ranges.Add(Read(reader, period));
            totals = new Totals(reader.GetInt64(22), reader.GetInt64(23), reader.GetInt64(24));
        }

        return new Measured(ranges, totals!);

        int Bucket(DateTimeOffset start) => Array.IndexOf(bounds, start) + 1;
    }

    private WorkspaceMetricsRange Read(NpgsqlDataReader reader, Period period)
    {
        var (pulls, merged, issues, closed, contributors, stars) = (
            reader.GetInt64(0),
            reader.GetInt64(1),
            reader.GetInt64(4),
            reader.GetInt64(5),
            reader.GetInt64(10),
            reader.GetInt64(15)
        );
        return new WorkspaceMetricsRange
        {
            Range = period.Range.Text,
            PeriodStart = period.Start,
            PeriodEnd = now,
            CalculatedAt = now,
            TotalPullRequests = pulls,
            MergedPullRequests = merged,
            OpenPullRequests = reader.GetInt64(2),
            DraftPullRequests = reader.GetInt64(3),
            TotalIssues = issues,
            ClosedIssues = closed,
            OpenIssues = reader.GetInt64(6),
            AverageMergeHours = reader.Number(7),
            AverageIssueCloseHours = reader.Number(8),
            AverageFirstReviewHours = reader.Number(9),
            PullRequestVelocity = merged / period.Days,
            IssueClosureRate = issues == 0 ? null : 100.0 * closed / issues,
            TotalContributors = contributors,
            NewContributors = reader.GetInt64(11),
            TotalStars = stars,
            TotalForks = reader.GetInt64(16),
            StarsTrend = period.Trend(stars, reader.IsDBNull(17) ? null : reader.GetInt64(17)),
            PullRequestsTrend = period.Trend(pulls, reader.GetInt64(12)),
            IssuesTrend = period.Trend(issues, reader.GetInt64(13)),
            ContributorsTrend = period.Trend(contributors, reader.GetInt64(14)),
            Languages = JsonSerializer.Deserialize<Dictionary<string, long>>(reader.GetString(18))!,
            TopContributors = JsonSerializer.Deserialize<TopContributor[]>(reader.GetString(19))!,
            ActivityTimeline = JsonSerializer.Deserialize<ActivityDay[]>(reader.GetString(20))!,
            RepositoryStatistics = JsonSerializer.Deserialize<RepositoryStatistics[]>(reader.GetString(21))!,
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
