using Backfill.Core.Postgres;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Runs;

/// <summary>
/// What runs leave behind whose process ended without a word: they count as being at work, here and in the app's tables.
/// Every command that writes puts that right first, whichever repository it is about.
/// </summary>
internal static class DesertedRuns
{
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(20);

    /// <summary>Closes them. A repository at which somebody is at work by now is that one's to put right.</summary>
    /// <exception cref="BackfillException">The database cannot be reached or refuses.</exception>
    public static async Task CloseAsync(Database database, CancellationToken cancellationToken)
    {
        var catalogue = await database.CatalogueAsync(cancellationToken);
        if (!catalogue.HasTable("backfill.sync_run") || DatabaseRights.Missing(catalogue, PipelineStage.Sync).Any())
        {
            return;
        }

        var record = new RunRecord(database);
        var deserted = await record.FindDesertedAsync(cancellationToken);
        foreach (var repository in deserted.DistinctBy(one => one.Id))
        {
            var id = Guid.NewGuid();
            Lease lease;
            try
            {
                lease = await Lease.AcquireAsync(
                    database,
                    PageWriter.LeaseOf(repository),
                    Owner.Current,
                    LeaseTime,
                    id,
                    cancellationToken
                );
            }
            catch (BackfillException held) when (held.ErrorId == ErrorIds.LeaseHeld)
            {
                continue;
            }

            try
            {
                await new AppState(database, repository, id).MendAsync(cancellationToken);
                await record.InterruptAsync(repository, cancellationToken);
            }
            finally
            {
                await lease.ReleaseAsync(CancellationToken.None);
            }
        }
    }
}
