using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Reading;

/// <summary>Describes missing rows.</summary>
internal static class SyncGaps
{
    /// <summary>Returns the gap for a number of rows that differs from GitHub's count.</summary>
    public static SyncGap Difference(EntityKind entity, long stored, long total) =>
        new(
            entity.Name,
            null,
            FormattableString.Invariant(
                $"GitHub counts {total}, {stored} are stored{(stored > total ? ": some were deleted or transferred at GitHub" : "")}"
            ),
            1
        );
}
