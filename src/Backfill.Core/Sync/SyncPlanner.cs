using Backfill.Core.GitHub;

namespace Backfill.Core.Sync;

/// <summary>Estimates a sync from GitHub's totals, one cheap request, and from what is stored. Writes nothing.</summary>
internal static class SyncPlanner
{
    // Counted in the public archive of tlswg/tls13-spec: 171 people, 1,306 review comments and 10 parents with more than
    // 20 reviews or comments, among 998 pull requests and 446 issues.
    private const double PeoplePerItem = 0.12;
    private const double ReviewCommentsPerPullRequest = 1.3;
    private const double OverflowsPerItem = 0.007;
    private const int ItemsPerOverflowQuery = 20;
    private const int PeoplePerQuery = 50;
    private const int RestPageSize = 100;

    /// <summary>What a sync would read and cost.</summary>
    /// <param name="probe">GitHub's totals.</param>
    /// <param name="stored">Rows that are stored, by entity; empty where nothing is.</param>
    /// <param name="windows">The stored windows by lane.</param>
    /// <param name="since">How far back it would reach.</param>
    public static SyncEstimate Estimate(
        Probe probe,
        IReadOnlyDictionary<string, long> stored,
        IReadOnlyDictionary<string, LaneWindow> windows,
        DateTimeOffset? since
    )
    {
        var pullRequests = Missing(
            Entities.PullRequests,
            Lanes.PullRequests,
            probe.PullRequests ?? 0,
            probe.PullRequestsMoved
        );
        var issues = Missing(Entities.Issues, Lanes.Issues, probe.Issues ?? 0, probe.IssuesMoved);
        var discussions = Missing(
            Entities.Discussions,
            Lanes.Discussions,
            probe.Discussions ?? 0,
            probe.DiscussionsMoved
        );
        var items = pullRequests + issues + discussions;

        // Points: one request for the page and one for each connection of each item, divided by a hundred.
        var pages = Pages(pullRequests, LaneDefinitions.PullRequests.FirstPageSize, 4)
            .Concat(Pages(issues, LaneDefinitions.Issues.FirstPageSize, 3))
            .Concat(Pages(discussions, LaneDefinitions.Discussions.FirstPageSize, 11))
            .ToArray();
        var overflow = Ceiling(items * OverflowsPerItem / ItemsPerOverflowQuery);
        var profiles = Ceiling(items * PeoplePerItem / PeoplePerQuery);
        var rest = 2 + Ceiling(pullRequests * ReviewCommentsPerPullRequest / RestPageSize);
        var graphQL = 1 + pages.Length + overflow + profiles;
        var requests = graphQL + rest;
        return new SyncEstimate(
            items,
            requests,
            1 + pages.Sum() + overflow + profiles,
            requests / 60.0,
            probe.RateLimit?.Remaining,
            since is null
                ? "Items are exact, by GitHub's totals; requests and points are estimated from typical repositories."
                : "GitHub gives no totals for a time range: everything that is not stored yet is counted, so this is the most that it can be."
        );

        long Missing(string entity, string lane, int total, bool moved)
        {
            var window = windows.GetValueOrDefault(lane);
            var missing = Math.Max(0, total - stored.GetValueOrDefault(entity));
            return window?.Covers(since) == true && !moved ? 0
                : missing == 0 && moved ? 1
                : missing;
        }
    }

    /// <summary>What is stored beside what GitHub has.</summary>
    public static IReadOnlyList<EntityCount> Counts(Probe probe, IReadOnlyDictionary<string, long> stored) =>
        [
            new(Entities.PullRequests, stored.GetValueOrDefault(Entities.PullRequests), 0, 0, probe.PullRequests),
            new(Entities.Issues, stored.GetValueOrDefault(Entities.Issues), 0, 0, probe.Issues),
            new(Entities.Discussions, stored.GetValueOrDefault(Entities.Discussions), 0, 0, probe.Discussions),
        ];

    private static IEnumerable<int> Pages(long items, int first, int connectionsPerItem)
    {
        for (var (left, size) = (items, first); left > 0; left -= size, size = Math.Min(100, size * 2))
        {
            yield return (int)Math.Max(1, Math.Round((1 + (Math.Min(left, size) * connectionsPerItem)) / 100.0));
        }
    }

    private static int Ceiling(double value) => (int)Math.Ceiling(value);
}
