using Backfill.Core.Postgres;

namespace Backfill.Core.Coverage;

internal interface IGitHubTotals
{
    Task<GitHubTotals?> ReadAsync(RepositoryName repository, CancellationToken cancellationToken);
}

internal sealed record GitHubTotals(int PullRequests, int Issues, int? Discussions);

internal static class CoverageRun
{
    public static IReadOnlyList<CoverageCheck> Plan(string repository) => throw new NotSupportedException();

    public static Task<IReadOnlyList<CoverageCheck>> RunAsync(
        Database database,
        StoredRepository repository,
        CoverageRequest request,
        IGitHubTotals totals,
        BackfillSettings settings,
        TimeProvider time,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException();
}
