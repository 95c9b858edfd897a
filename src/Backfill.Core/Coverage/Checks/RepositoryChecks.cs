using Backfill.Core.Postgres;

namespace Backfill.Core.Coverage.Checks;

/// <summary>The check of the category Repository.</summary>
internal static class RepositoryChecks
{
    /// <summary>Gets the check that is judged whichever checks are asked for. The other checks only read rows, and a stage that could not begin wrote none.</summary>
    public static Check Repository { get; } =
        new(CoverageCheck.OfRepository, CoverageCheck.OfRepository, "Postgres/find-repository", null, JudgeAsync);

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
}
