using System.Text.Json;
using System.Text.Json.Nodes;

namespace Backfill.Core.Metrics;

/// <summary>The document of the app's old cache: the same keys, with the old service's definitions where they differ, and no nulls among its means.</summary>
internal static class LegacyMetrics
{
    public static string Document(WorkspaceMetricsRange range, Period period)
    {
        var document = JsonSerializer.SerializeToNode(range)!.AsObject();
        // All pull requests a day, not the merged ones.
        document["pr_velocity"] = range.TotalPullRequests / period.Days;
        foreach (var mean in (string[])["avg_pr_merge_time_hours", "avg_issue_close_time_hours", "issue_closure_rate"])
        {
            document[mean] ??= JsonValue.Create(0);
        }

        // Never counted there, and not copied here.
        document["total_commits"] = 0;
        document["total_watchers"] = 0;
        document["commits_trend"] = 0;
        return document.ToJsonString();
    }
}
