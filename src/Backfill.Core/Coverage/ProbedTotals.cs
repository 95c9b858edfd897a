using Backfill.Core.GitHub;

namespace Backfill.Core.Coverage;

/// <summary>GitHub's totals by the same cheap query that a sync begins with; one point.</summary>
/// <param name="open">Opens the way to GitHub when it is needed: the settings may lack a token.</param>
internal sealed class ProbedTotals(Func<GitHubAccess> open) : IGitHubTotals
{
    /// <inheritdoc/>
    public async Task<GitHubTotals?> ReadAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        var access = open();
        var probe = await RepositoryReader.ProbeAsync(
            new GraphQLClient(access.Transport, access.GraphQLUrl, RateLimits.Unheard.Instance),
            repository,
            pullRequestsAfter: null,
            issuesAfter: null,
            discussionsAfter: null,
            cancellationToken
        );
        return new GitHubTotals(probe.PullRequests, probe.Issues, probe.Discussions);
    }
}
