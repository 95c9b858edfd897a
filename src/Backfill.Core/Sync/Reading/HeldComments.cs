using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Reading;

/// <summary>
/// Stores comments that were held. REST and GraphQL are read at the same time, and neither waits for the other. So REST may
/// list a comment before GraphQL has brought its pull request or issue, and the comment is held until then.
/// </summary>
internal static class HeldComments
{
    private const int PerTransaction = 500;

    /// <summary>Stores the held comments whose pull request or issue is stored now.</summary>
    public static async Task ReleaseAsync(SyncContext run, SyncTables tables, CancellationToken cancellationToken)
    {
        while (true)
        {
            var held = await tables.HeldCommentsAsync(PerTransaction, cancellationToken);
            if (held.Count == 0)
            {
                return;
            }

            var page = new PageRows();
            foreach (var comment in held)
            {
                page.AddHeldComment(comment);
            }

            await run.StoreAsync(page, cancellationToken);
        }
    }
}
