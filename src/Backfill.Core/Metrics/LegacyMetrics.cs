using System.Text.Json;
using System.Text.Json.Nodes;

namespace Backfill.Core.Metrics;

/// <summary>Makes the document of the app's old cache. It has the same keys, the definitions of the old service where they differ, and no null among its averages.</summary>
internal static class LegacyMetrics
{
    public static string Document(WorkspaceMetricsRange range, Period period)
    {
        var document = JsonSerializer.SerializeToNode(range)!.AsObject();
        // The old service counts all pull requests per day, and not only the merged ones.
        document["pr_velocity"] = range.TotalPullRequests / period.Days;
        foreach (var mean in (string[])["avg_pr_merge_time_hours", "avg_issue_close_time_hours", "issue_closure_rate"])
        {
            document[mean] ??= JsonValue.Create(0);
        }

        // The old service never counted commits, so the document has 0.
        document["total_commits"] = 0;
        document["total_watchers"] = 0;
        document["commits_trend"] = 0;
        return document.ToJsonString();
    }
}
