namespace Backfill.Cmdlets.Pipeline;

/// <summary>Writes the lines of a dry run.</summary>
internal static class PlanText
{
    private const int MostNames = 3;

    // The nouns of the entities for which GitHub gives totals.
    private static readonly Dictionary<string, string> Entities = new(StringComparer.Ordinal)
    {
        ["PullRequests"] = "pull request",
        ["Issues"] = "issue",
        ["Discussions"] = "discussion",
    };

    /// <summary>Returns the line of a planned sync.</summary>
    internal static string Of(RepoSync run, SyncEstimate estimate)
    {
        var missing = run
            .Counts.Where(count => count.GitHubTotal > count.Stored && Entities.ContainsKey(count.Entity))
            .Select(count => (Number: count.GitHubTotal!.Value - count.Stored, Name: Entities[count.Entity]))
            .ToArray();
        // A changed item is read too, although no total differs.
        var items =
            estimate.Items == 0 ? "nothing to read"
            : missing.Sum(one => one.Number) == estimate.Items
                ? $"{string.Join(", ", missing.Select(one => PipelineEstimate.Count(one.Number, one.Name)))} to read"
            : $"{PipelineEstimate.Count(estimate.Items, "item")} to read";
        var reach =
            estimate.Items == 0 ? ""
            : run.From is { } from ? $" back to {ScreenText.Of(from, "yyyy-MM-dd")}"
            : run.Counts.All(count => count.Stored == 0) ? " from the beginning"
            : "";
        // GraphQL is limited by points, REST by requests.
        var rest = estimate.RestRequests > 0 ? $" ({ScreenText.Of(estimate.RestRequests)} of them to REST)" : "";
        return $"Sync {run.Repository}: {items}{reach}; about {PipelineEstimate.Count(estimate.Requests, "request")}{rest}, {PipelineEstimate.Count(estimate.Points, "point")}, {PipelineEstimate.Time(estimate.Minutes)}.";
    }

    /// <summary>Returns the line of a planned embedding backfill. The tokens of stored items are exact, those of other items are estimated.</summary>
    internal static string Of(EmbeddingResult result, EmbeddingEstimate estimate)
    {
        var about = estimate.ByReason.GetValueOrDefault("planned") > 0 ? "about " : "";
        var cost = estimate.Cost is { } dollars ? $", ${ScreenText.Of(dollars, "0.####")}" : "";
        var time = estimate.Minutes is { } minutes ? $", {PipelineEstimate.Time(minutes)}" : "";
        var model = result.Model is null ? "" : $" by {result.Model}";
        return $"Embed {result.Repository}: {PipelineEstimate.Count(estimate.Items, "item")}{model}; {about}{PipelineEstimate.Count(estimate.Tokens, "token")}{cost}{time}.";
    }

    /// <summary>Returns the line of planned metrics.</summary>
    internal static string Of(WorkspaceMetrics metrics)
    {
        var target = metrics.Workspace is { } workspace ? $"workspace {workspace}" : Names(metrics.Repositories);
        return $"Compute the metrics of {target}: {metrics.Reason}";
    }

    /// <summary>Returns the line of planned checks.</summary>
    internal static string Of(CoveragePlan plan) =>
        $"Check {plan.Repository ?? "the database"}: {PipelineEstimate.Count(plan.Checks.Count, "check")}.";

    /// <summary>Returns the lines of a planned repair: what it costs, and for each stage what it repairs.</summary>
    internal static IEnumerable<string> OfRepair(CoveragePlan plan)
    {
        var subject = plan.Repository ?? "the database";
        if (plan.Estimate is not { } estimate)
        {
            yield return $"Repair {subject}: no check fails that a stage can repair.";
            yield break;
        }

        yield return $"Repair {subject} by {string.Join(", ", plan.Repairs)}: about {estimate}.";
        foreach (var repair in plan.Repairs)
        {
            var cost = repair.Estimate is { } own ? $" (about {own})" : "";
            foreach (var check in repair.Checks)
            {
                yield return $"{repair.Stage}{cost} repairs {check.Check}: expected {check.Expected}, found {check.Actual}.";
            }
        }
    }

    /// <summary>Returns the line of the total.</summary>
    internal static string Of(PipelineEstimate total) => $"In total: about {total}.";

    private static string Names(IReadOnlyList<string> names) =>
        names.Count <= MostNames
            ? string.Join(", ", names)
            : $"{string.Join(", ", names.Take(MostNames))} and {ScreenText.Of(names.Count - MostNames)} more";
}
