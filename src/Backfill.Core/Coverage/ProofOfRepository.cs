using Backfill.Core.Coverage.Checks;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Coverage;

/// <summary>Sums up what the checks of the category Fields found.</summary>
internal static class ProofOfRepository
{
    /// <summary>Returns the proof of a repository; null where no check of the category Fields compared its rows.</summary>
    public static async Task<RepositoryProof?> ReadAsync(
        CoverageFacts facts,
        IReadOnlyList<CoverageCheck> checks,
        CancellationToken cancellationToken
    )
    {
        var isCompared = checks.Any(check =>
            check.Category == FieldChecks.Category && check.Status != CheckStatus.Skipped
        );
        if (!facts.HasRepository || !isCompared)
        {
            return null;
        }

        var found = await facts.AlteredAsync(cancellationToken);
        // Contributors belong to no repository, so they are not among its rows.
        var own = found.Where(rows => rows.Entity != EntityKind.Contributors).ToArray();
        var rows = 1 + (await facts.CountChildrenAsync(cancellationToken)).Values.Sum();
        foreach (var entity in (EntityKind[])[EntityKind.PullRequests, EntityKind.Issues, EntityKind.Discussions])
        {
            rows += await facts.CountItemsAsync(entity, cancellationToken) ?? 0;
        }

        var (differ, unproven) = (own.Sum(one => one.Altered + one.Missing), own.Sum(one => one.Unproven));
        var lastReadAt = await FreshnessChecks.LastCompletedAtAsync(facts, cancellationToken);
        return new RepositoryProof(
            facts.FullName,
            Math.Max(0, rows - own.Sum(one => one.Altered) - unproven),
            differ,
            unproven,
            lastReadAt
        );
    }
}
