using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Reading;

/// <summary>
/// Comments that a repository-wide list brought before the item that they belong to: REST and GraphQL are read side by side,
/// on budgets of their own, and neither waits for the other.
/// </summary>
internal static class HeldComments
{
    private const int PerTransaction = 500;

    /// <summary>Stores those whose pull request or issue is there by now.</summary>
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
                page.Release(comment);
            }

            await run.StoreAsync(page, cancellationToken);
        }
    }
}
