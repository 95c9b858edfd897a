using Backfill.Core.Postgres;

namespace Backfill.Core.Coverage.Checks;

/// <summary>The checks of the category Repository.</summary>
internal static class RepositoryChecks
{
    /// <summary>Gets the check that is judged whichever checks are asked for. The other checks only read rows, and a stage that could not begin wrote none.</summary>
    public static Check Repository { get; } =
        new(CoverageCheck.OfRepository, CoverageCheck.OfRepository, "Postgres/find-repositories", null, JudgeAsync);

    /// <summary>Gets the check whether GitHub knows the repository by the stored id.</summary>
    public static Check Identity { get; } =
        new("RepositoryIdentity", CoverageCheck.OfRepository, "Postgres/find-repositories", null, IdentityAsync);

    private static Task<Verdict> JudgeAsync(CoverageFacts facts, CancellationToken cancellationToken)
    {
        var cause = facts.Request.EarlierError?.TrimEnd('.');
        return Task.FromResult(
            Verdict.Judge(
                facts.HasRepository && cause is null,
                "tracked, without a failure in an earlier stage",
                (facts.HasRepository, cause) switch
                {
                    (false, null) => "not tracked",
                    (false, _) => $"not tracked: {cause}",
                    (true, null) => "tracked",
                    _ => $"tracked, and an earlier stage failed: {cause}",
                },
                cause is null
                    ? RepositoryDirectory.NotTracked(facts.Database, facts.Request.Repository!).Action
                    : "Fix what the message names, then run the pipeline again."
            )
        );
    }

    private static async Task<Verdict> IdentityAsync(CoverageFacts facts, CancellationToken cancellationToken)
    {
        var stored = Verdict.Number(facts.Repository.GitHubId);
        if (facts.Request.SkipGitHub)
        {
            return Verdict.Skip($"{stored} stored. GitHub was not asked (-SkipGitHub).");
        }

        var totals = await facts.TotalsAsync(cancellationToken);
        if (totals.RepositoryId is { } id)
        {
            return Verdict.Judge(
                id == facts.Repository.GitHubId,
                Verdict.Number(id),
                stored,
                "Another program changed github_id, or the name belongs to another repository now. If it is the same repository, set github_id in repositories to GitHub's id."
            );
        }

        // A sync compares the id itself before it begins.
        return totals.Refusal is { } refusal
            ? GitHubTotals.NotGiven(refusal)
            : new Verdict(CheckStatus.Passed, stored, stored);
    }
}
