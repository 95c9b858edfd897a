using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Backfill.Core.Postgres;
using Npgsql;

namespace Backfill.Core.Metrics;

/// <summary>Measures one workspace at one moment and stores the results. All of this is one transaction that reads one snapshot of the database.</summary>
internal sealed class WorkspaceMeasurement(Database database, Guid workspaceId, DateTimeOffset now)
{
    private const int TopContributors = 10;

    /// <summary>Returns one entry per range, in the order of the ranges. A stored range that is fresh is not computed again.</summary>
    /// <param name="force">True computes fresh ranges too, from the rows of every repository.</param>
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
                var repositories = await RepositoriesAsync(connection, catalogue, token);
                var sources = Digest(repositories);
                var fresh = force ? [] : await FreshAsync(connection, periods, sources, token);
                Period[] due = [.. periods.Where(period => !fresh.ContainsKey(period.Range.Text))];
                foreach (var together in due.Chunk(WorkspaceTally.MostRanges))
                {
                    var measured = await MeasureAsync(connection, catalogue, together, repositories, force, token);
                    await StoreAsync(connection, catalogue, together, measured, repositories, sources, token);
                    foreach (var range in measured.Ranges)
                    {
                        fresh[range.Range] = range;
                    }
                }

                return ([.. ranges.Select(range => fresh[range.Text])], periods.Length - due.Length);
            },
            cancellationToken
        );

    private Task<List<MeasuredRepository>> RepositoriesAsync(
        NpgsqlConnection connection,
        Catalogue catalogue,
        CancellationToken cancellationToken
    ) =>
        connection
            .Statement("Metrics/read-sources", catalogue)
            .Set("workspace_id", workspaceId)
            .RowsAsync(
                row => new MeasuredRepository(
                    row.Get<Guid>("id"),
                    row.Get<string>("full_name"),
                    row.Get<long>("stars"),
                    row.Get<long>("forks"),
                    row.TextOrNull("language"),
                    row.Get<string>("source")
                ),
                cancellationToken
            );

    // Changes when a repository of the workspace was synced, and when the workspace has others.
    private static string Digest(IEnumerable<MeasuredRepository> repositories) =>
        Convert.ToHexStringLower(
            SHA256.HashData(
                Encoding.UTF8.GetBytes(
                    string.Join('|', repositories.Select(repository => repository.Source).Order(StringComparer.Ordinal))
                )
            )
        );

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
        List<MeasuredRepository> repositories,
        bool force,
        CancellationToken cancellationToken
    )
    {
        var tally = new WorkspaceTally(periods, now);
        // No range may count rows that are older than its lifetime.
        var lifetime = force ? TimeSpan.Zero : periods.Min(period => period.Lifetime);
        await new WorkspaceActivity(connection, catalogue, workspaceId, now).ReadAsync(
            repositories,
            lifetime,
            tally.Add,
            cancellationToken
        );
        var people = await PeopleAsync(connection, catalogue, tally, periods, repositories, cancellationToken);
        var pastStars = await PastStarsAsync(connection, periods, cancellationToken);
        var stars = repositories.Sum(repository => repository.Stars);
        var languages = repositories
            .Where(repository => repository.Language is not null)
            .CountBy(repository => repository.Language!)
            .ToDictionary(language => language.Key, language => (long)language.Value);
        var forks = repositories.Sum(repository => repository.Forks);
        return new Measured(
            [
                .. periods.Select(
                    (period, index) =>
                        tally.Range(period, repositories) with
                        {
                            PeriodEnd = now,
                            CalculatedAt = now,
                            TotalStars = stars,
                            TotalForks = forks,
                            StarsTrend = period.Trend(stars, pastStars[index]),
                            Languages = languages,
                            TopContributors = [.. people[index + 1]],
                        }
                ),
            ],
            new Totals(tally.AllPullRequests, tally.AllIssues, tally.AllContributors)
        );
    }

    private async Task<ILookup<int, TopContributor>> PeopleAsync(
        NpgsqlConnection connection,
        Catalogue catalogue,
        WorkspaceTally tally,
        Period[] periods,
        IEnumerable<MeasuredRepository> repositories,
        CancellationToken cancellationToken
    )
    {
        var candidates = periods
            .SelectMany(
                (period, index) => tally.Top(period, TopContributors).Select(top => (Place: index + 1, Top: top))
            )
            .ToDictionary(candidate => (candidate.Place, candidate.Top.Author), candidate => candidate.Top);
        var rows = await connection
            .Statement("Metrics/read-top-contributors", catalogue)
            .OverWholeTables()
            .Set("repositories", [.. repositories.Select(repository => repository.Id)])
            .Set("to", now)
            .Set("starts", [.. periods.Select(period => period.Start)])
            .Set("places", [.. candidates.Keys.Select(key => key.Place)])
            .Set("authors", [.. candidates.Keys.Select(key => key.Author)])
            .Set("items", [.. candidates.Values.Select(top => top.PullRequests + top.Issues)])
            .RowsAsync(
                row =>
                {
                    var place = row.Get<int>("place");
                    var top = candidates[(place, row.Get<Guid>("author_id"))];
                    return (
                        Place: place,
                        Person: new TopContributor(
                            row.Get<string>("username"),
                            row.TextOrNull("avatar_url"),
                            top.PullRequests,
                            top.Issues,
                            0,
                            row.Get<long>("reviews")
                        )
                    );
                },
                cancellationToken
            );
        return rows.ToLookup(row => row.Place, row => row.Person);
    }

    private async Task<long?[]> PastStarsAsync(
        NpgsqlConnection connection,
        Period[] periods,
        CancellationToken cancellationToken
    ) =>
        [
            .. await connection
                .Statement("Metrics/read-past-stars")
                .Set("workspace_id", workspaceId)
                .Set("starts", [.. periods.Select(period => period.Start)])
                .RowsAsync(row => row.GetOrNull<long>("stars"), cancellationToken),
        ];

    private async Task StoreAsync(
        NpgsqlConnection connection,
        Catalogue catalogue,
        Period[] periods,
        Measured measured,
        List<MeasuredRepository> repositories,
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
            parameters.AddWithValue("repositories", repositories.ConvertAll(repository => repository.Id));
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
