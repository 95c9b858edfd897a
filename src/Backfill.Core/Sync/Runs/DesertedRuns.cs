using Backfill.Core.Postgres;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Runs;

/// <summary>
/// Closes deserted runs: runs whose process was killed. They still count as running, in the tool's tables and in the app's.
/// Every command that writes closes them first, whichever repository the command is for.
/// </summary>
internal static class DesertedRuns
{
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(20);

    /// <summary>Closes the deserted runs of every repository. A repository with a new run is left to that run.</summary>
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
                await new AppState(database, repository, id).RepairAsync(cancellationToken);
                await record.InterruptAsync(repository, cancellationToken);
            }
            finally
            {
                await lease.ReleaseAsync(CancellationToken.None);
            }
        }
    }
}
