using Backfill.Core.GitHub;

namespace Backfill.Core.Tests.Sync;

/// <summary>What GitHub says of a repository whose numbers a test gives.</summary>
internal static class Probes
{
    /// <summary>A repository with these totals, in which nothing moved and of which nothing was sampled.</summary>
    public static Probe Of(int pullRequests = 0, int issues = 0, int discussions = 0) =>
        new(
            new RepositoryMetadata
            {
                GitHubId = 1,
                NodeId = "R_1",
                Owner = "octo",
                Name = "hello",
                FullName = "octo/hello",
            },
            pullRequests,
            issues,
            discussions,
            PullRequestsMoved: false,
            IssuesMoved: false,
            DiscussionsMoved: false,
            RateLimit: null,
            ReceivedAt: new DateTimeOffset(2026, 3, 2, 12, 0, 0, TimeSpan.Zero)
        );
}
