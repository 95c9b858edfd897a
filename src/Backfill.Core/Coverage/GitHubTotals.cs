using Backfill.Core.GitHub;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Coverage;

/// <summary>The number of items of a repository by GitHub's count. A number is null where GitHub does not give it.</summary>
/// <param name="PullRequests">Gets the number of open, closed and merged pull requests.</param>
/// <param name="Issues">Gets the number of open and closed issues, without pull requests.</param>
internal sealed record GitHubTotals(int? PullRequests, int? Issues, int? Discussions)
{
    /// <summary>Gets the number of open pull requests.</summary>
    public int? OpenPullRequests { get; init; }

    /// <summary>Gets the number of merged pull requests.</summary>
    public int? MergedPullRequests { get; init; }

    /// <summary>Gets the number of open issues.</summary>
    public int? OpenIssues { get; init; }

    /// <summary>Gets GitHub's id of the repository; null where an earlier stage brought the totals, which compared the id itself.</summary>
    public long? RepositoryId { get; init; }

    private static readonly SyncContent[] Kinds =
    [
        SyncContent.PullRequests,
        SyncContent.Issues,
        SyncContent.Discussions,
    ];

    /// <summary>Gets why GitHub did not give a number; null where it gave all.</summary>
    public string? Refusal { get; init; }

    /// <summary>Returns the totals that an earlier stage brought, or asks GitHub for them, which costs one point.</summary>
    public static async Task<GitHubTotals> ReadAsync(CoverageFacts facts, CancellationToken cancellationToken) =>
        Known(facts.Request.KnownTotals ?? []) ?? await AskAsync(facts, cancellationToken);

    /// <summary>Asks GitHub for the totals, which costs one point.</summary>
    public static async Task<GitHubTotals> AskAsync(CoverageFacts facts, CancellationToken cancellationToken)
    {
        var repository = RepositoryName.Parse(facts.FullName);
        try
        {
            try
            {
                return Of(await ProbeAsync(SyncContent.All));
            }
            catch (BackfillException denied) when (denied.ErrorId == ErrorIds.GitHubAccessDenied)
            {
                return await ReadApartAsync(denied);
            }
        }
        catch (BackfillException error)
        {
            return new GitHubTotals(null, null, null) { Refusal = $"GitHub could not be asked: {error.Message}" };
        }

        Task<Probe> ProbeAsync(SyncContent include) =>
            RepositoryReader.ProbeAsync(facts.GitHub(), repository, include, cancellationToken);

        // A token may have the permission for one kind and not for another, so ask for each kind alone.
        async Task<GitHubTotals> ReadApartAsync(BackfillException denied)
        {
            var totals = new GitHubTotals(null, null, null) { Refusal = denied.Message };
            foreach (var kind in Kinds)
            {
                try
                {
                    var found = Of(await ProbeAsync(kind));
                    totals = totals with
                    {
                        PullRequests = found.PullRequests ?? totals.PullRequests,
                        Issues = found.Issues ?? totals.Issues,
                        Discussions = found.Discussions ?? totals.Discussions,
                        OpenPullRequests = found.OpenPullRequests ?? totals.OpenPullRequests,
                        MergedPullRequests = found.MergedPullRequests ?? totals.MergedPullRequests,
                        OpenIssues = found.OpenIssues ?? totals.OpenIssues,
                        RepositoryId = found.RepositoryId,
                    };
                }
                catch (BackfillException again) when (again.ErrorId == ErrorIds.GitHubAccessDenied)
                {
                    totals = totals with { Refusal = again.Message };
                }
            }

            return totals;
        }
    }

    /// <summary>Returns the verdict of a check that needs a number that GitHub did not give.</summary>
    /// <param name="cause">Why GitHub did not give the number; null where it gave no reason.</param>
    public static Verdict NotGiven(string? cause) =>
        Verdict.Judge(
            passed: false,
            "GitHub's total",
            cause ?? "GitHub gave no total.",
            "Fix that, or use -SkipGitHub to check without GitHub."
        );

    private static GitHubTotals Of(Probe probe) =>
        new(probe.PullRequests, probe.Issues, probe.Discussions)
        {
            OpenPullRequests = probe.OpenPullRequests,
            MergedPullRequests = probe.MergedPullRequests,
            OpenIssues = probe.OpenIssues,
            RepositoryId = probe.Metadata.GitHubId,
        };

    private static GitHubTotals? Known(IEnumerable<EntityCount> counts)
    {
        var known = counts.ToDictionary(count => count.Entity, StringComparer.Ordinal);
        return
            known.GetValueOrDefault(EntityKind.PullRequests.Name) is { GitHubTotal: { } pulls } ofPulls
            && known.GetValueOrDefault(EntityKind.Issues.Name) is { GitHubTotal: { } issues } ofIssues
            ? new GitHubTotals(
                (int)pulls,
                (int)issues,
                (int?)known.GetValueOrDefault(EntityKind.Discussions.Name)?.GitHubTotal
            )
            {
                OpenPullRequests = (int?)ofPulls.GitHubOpen,
                MergedPullRequests = (int?)ofPulls.GitHubMerged,
                OpenIssues = (int?)ofIssues.GitHubOpen,
            }
            : null;
    }
}
