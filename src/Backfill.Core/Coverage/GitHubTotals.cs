namespace Backfill.Core.Coverage;

/// <summary>What GitHub counts of a repository.</summary>
/// <param name="PullRequests">Open, closed and merged ones; null where the token may not read them.</param>
/// <param name="Issues">Open and closed ones, without pull requests; null where the token may not read them.</param>
/// <param name="Discussions">Null where it gives no total.</param>
internal sealed record GitHubTotals(int? PullRequests, int? Issues, int? Discussions)
{
    /// <summary>Why a total is null; null where none was refused.</summary>
    public string? Refusal { get; init; }
}

/// <summary>Where the totals come from.</summary>
internal interface IGitHubTotals
{
    /// <summary>The totals now.</summary>
    /// <exception cref="BackfillException">GitHub cannot be asked.</exception>
    Task<GitHubTotals?> ReadAsync(RepositoryName repository, CancellationToken cancellationToken);
}
