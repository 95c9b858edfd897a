using System.Text.Json;
using Backfill.Core.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace Backfill.Core.Metrics;

/// <summary>Measures one workspace as it is at one moment and stores what it found, all in one transaction.</summary>
internal sealed class WorkspaceMeasurement(Database database, Guid workspaceId, DateTimeOffset now)
{
    // The app's beginning of everything, from which it computes what one day of "all" is.
    private static readonly DateTimeOffset Beginning = new(2008, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly string[] Totals =
    [
        "total_repositories",
        "total_contributors",
        "total_pull_requests",
        "total_issues",
    ];

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    /// <summary>One entry a range, in the order of the ranges.</summary>
    public async Task<IReadOnlyList<WorkspaceMetricsRange>> RunAsync(
        IReadOnlyList<TimeRange> ranges,
        CancellationToken cancellationToken
    )
    {
        var catalogue = await database.CatalogueAsync(cancellationToken);
        return await database.TransactionAsync<IReadOnlyList<WorkspaceMetricsRange>>(
            async (connection, token) =>
            {
                var measured = new List<WorkspaceMetricsRange>();
                foreach (var range in ranges)
                {
                    var period = Period.Of(range, now);
                    var metrics = await MeasureAsync(connection, catalogue, range, period, token);
                    await StoreAsync(connection, metrics, period, token);
                    measured.Add(metrics);
                }

                // An app's workspaces may have none; without them the row, and its triggers, are left alone.
                if (Array.TrueForAll(Totals, total => catalogue.HasColumn("workspaces", total)))
                {
                    await using var totals = new NpgsqlCommand(
                        SqlText.Read("Metrics/update-workspace-totals.sql"),
                        connection
                    );
                    totals.Parameters.AddWithValue("workspace_id", workspaceId);
                    await totals.ExecuteNonQueryAsync(token);
                }

                return measured;
            },
            cancellationToken
        );
    }

    private async Task<WorkspaceMetricsRange> MeasureAsync(
        NpgsqlConnection connection,
        Catalogue catalogue,
        TimeRange range,
        Period period,
        CancellationToken cancellationToken
    )
    {
        await using var command = new NpgsqlCommand(
            SqlText.For("Metrics/measure-workspace.sql", catalogue),
            connection
        );
        command.Parameters.AddWithValue("workspace_id", workspaceId);
        command.Parameters.AddWithValue("from", period.From);
        command.Parameters.AddWithValue("to", period.To);
        command.Parameters.Add(
            new NpgsqlParameter("previous_from", NpgsqlDbType.TimestampTz)
            {
                Value = (object?)period.PreviousFrom ?? DBNull.Value,
            }
        );
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var (pulls, merged, issues, closed, contributors) = (
            reader.GetInt64(0),
            reader.GetInt64(1),
            reader.GetInt64(4),
            reader.GetInt64(5),
            reader.GetInt64(9)
        );
        return new WorkspaceMetricsRange
        {
            Range = range.Text,
            TotalPullRequests = pulls,
            MergedPullRequests = merged,
            OpenPullRequests = reader.GetInt64(2),
            DraftPullRequests = reader.GetInt64(3),
            TotalIssues = issues,
            ClosedIssues = closed,
            OpenIssues = reader.GetInt64(6),
            AverageMergeHours = reader.Number(7),
            AverageIssueCloseHours = reader.Number(8),
            PullRequestVelocity = merged / period.Days,
            IssueClosureRate = issues == 0 ? null : 100.0 * closed / issues,
            TotalContributors = contributors,
            NewContributors = reader.GetInt64(10),
            TotalStars = reader.GetInt64(11),
            PullRequestsTrend = period.Trend(pulls, reader.GetInt64(12)),
            IssuesTrend = period.Trend(issues, reader.GetInt64(13)),
            ContributorsTrend = period.Trend(contributors, reader.GetInt64(14)),
        };
    }

    private async Task StoreAsync(
        NpgsqlConnection connection,
        WorkspaceMetricsRange metrics,
        Period period,
        CancellationToken cancellationToken
    )
    {
        await using var command = new NpgsqlCommand(SqlText.Read("Metrics/store-metrics.sql"), connection);
        command.Parameters.AddWithValue("workspace_id", workspaceId);
        command.Parameters.AddWithValue("time_range", metrics.Range);
        command.Parameters.AddWithValue("period_start", period.From);
        command.Parameters.AddWithValue("period_end", period.To);
        command.Parameters.AddWithValue("calculated_at", now);
        command.Parameters.Add(
            new NpgsqlParameter("metrics", NpgsqlDbType.Jsonb) { Value = JsonSerializer.Serialize(metrics, Json) }
        );
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private sealed record Period(DateTimeOffset From, DateTimeOffset To, DateTimeOffset? PreviousFrom, double Days)
    {
        public static Period Of(TimeRange range, DateTimeOffset now)
        {
            if (range.StartBefore(now) is not { } from)
            {
                return new Period(Beginning, now, null, (now - Beginning).TotalDays);
            }

            // A calendar year counts as 365 days, as the app counts it.
            var days = range.Text[^1] == 'y' ? 365.0 * (now.Year - from.Year) : (now - from).TotalDays;
            return new Period(from, now, range.StartBefore(from), days);
        }

        /// <summary>Percent against the period before: 100 from nothing to something, 0 from nothing to nothing; null where there is no period before.</summary>
        public double? Trend(long current, long previous) =>
            PreviousFrom is null ? null
            : previous == 0
                ? current > 0 ? 100
                    : 0
            : Math.Round(100.0 * (current - previous) / previous);
    }
}
