using Backfill.Core.GitHub;

namespace Backfill.Core.Coverage;

/// <summary>GitHub's totals by the same cheap query that a sync begins with; one point.</summary>
/// <param name="open">Opens the way to GitHub when it is needed: the settings may lack a token.</param>
internal sealed class ProbedTotals(Func<GitHubAccess> open) : IGitHubTotals
{
    private static readonly SyncContent[] Kinds =
    [
        SyncContent.PullRequests,
        SyncContent.Issues,
        SyncContent.Discussions,
    ];

    /// <inheritdoc/>
    public async Task<GitHubTotals?> ReadAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        try
        {
            var probe = await ProbeAsync(repository, SyncContent.All, cancellationToken);
            return new GitHubTotals(probe.PullRequests, probe.Issues, probe.Discussions);
        }
        catch (BackfillException denied) when (denied.ErrorId == ErrorIds.GitHubAccessDenied)
        {
            // A token may read one kind and not another: each is asked for alone.
            return await ReadApartAsync(repository, denied, cancellationToken);
        }
    }

    private async Task<GitHubTotals> ReadApartAsync(
        RepositoryName repository,
        BackfillException denied,
        CancellationToken cancellationToken
    )
    {
        var totals = new GitHubTotals(null, null, null) { Refusal = denied.Message };
        foreach (var kind in Kinds)
        {
            try
            {
                var probe = await ProbeAsync(repository, kind, cancellationToken);
                totals = totals with
                {
                    PullRequests = probe.PullRequests ?? totals.PullRequests,
                    Issues = probe.Issues ?? totals.Issues,
                    Discussions = probe.Discussions ?? totals.Discussions,
                };
            }
            catch (BackfillException again) when (again.ErrorId == ErrorIds.GitHubAccessDenied)
            {
                totals = totals with { Refusal = again.Message };
            }
        }

        return totals;
    }

    private Task<Probe> ProbeAsync(RepositoryName repository, SyncContent include, CancellationToken cancellationToken)
    {
        var access = open();
        return RepositoryReader.ProbeAsync(
            new GraphQLClient(access.Transport, access.GraphQLUrl, RateLimits.Unheard.Instance),
            repository,
            include,
            pullRequestsAfter: null,
            issuesAfter: null,
            discussionsAfter: null,
            cancellationToken
        );
    }
}
