using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Reading;

/// <summary>What a sync says of rows that are missing.</summary>
internal static class SyncGaps
{
    /// <summary>Returns the gap of rows that are not as many as GitHub counts.</summary>
    public static SyncGap Difference(EntityKind entity, long stored, long total) =>
        new(
            entity.Name,
            null,
            FormattableString.Invariant(
                $"GitHub counts {total}, stored are {stored}{(stored > total ? ": some were deleted or transferred there" : "")}"
            ),
            1
        );
}
