using Backfill.Core.Postgres;

namespace Backfill.Core.Coverage.Checks;

/// <summary>The checks of the category Metrics.</summary>
internal static class MetricsChecks
{
    private const string Query = "Coverage/metrics-age";

    /// <summary>Gets the checks in their order.</summary>
    public static IReadOnlyList<Check> All { get; } =
    [new("MetricsAge", "Metrics", Query, PipelineStage.Metrics, AgeAsync)];

    private static async Task<Verdict> AgeAsync(CoverageFacts facts, CancellationToken cancellationToken)
    {
        var hasWorkspaces = (await facts.Database.CatalogueAsync(cancellationToken)).HasTable("workspace_repositories");
        var metrics = hasWorkspaces ? await facts.RowAsync(Query, Read, cancellationToken) : null;
        return metrics is null or { Workspaces: 0 }
            ? Verdict.Skip("The repository is in no workspace, so there are no metrics.")
            : FreshnessChecks.Age(
                facts,
                metrics.Unmeasured > 0 ? null : metrics.OldestAt,
                "computed in the last 24 h",
                $"{Verdict.Number(metrics.Unmeasured)} workspaces without metrics"
            );
    }

    private static MetricsFacts Read(Row row) =>
        new(row.Get<long>("workspaces"), row.Get<long>("unmeasured"), row.GetOrNull<DateTimeOffset>("oldest"));

    private sealed record MetricsFacts(long Workspaces, long Unmeasured, DateTimeOffset? OldestAt);
}
