using Backfill.Core.Postgres;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Runs;

/// <summary>Stops tracking a repository, and deletes its rows where the user asked for that.</summary>
internal static class RepositoryRemoval
{
    // A repository of a million rows is deleted in minutes.
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(Database.LongStatementSeconds);

    /// <summary>Does what a request asks. A repository that a run works on is refused.</summary>
    /// <exception cref="BackfillException">The repository is not stored, a run works on it, or the login may not delete rows.</exception>
    public static async Task<UntrackedRepository> RunAsync(
        Database database,
        UnregisterRequest request,
        CancellationToken cancellationToken
    )
    {
        var repository = await RepositoryDirectory.RequireAsync(database, request.Repository, cancellationToken);
        var counts = await new SyncTables(database, repository).CountAsync(cancellationToken);
        var rows = counts.Where(count => count.Key != EntityKind.Contributors).Sum(count => count.Value) + 1;
        var result = new UntrackedRepository
        {
            Repository = repository.FullName,
            RepositoryId = repository.Id,
            State = RunState.Planned,
            RowsKept = request.RemoveRows ? 0 : rows,
            RowsRemoved = request.RemoveRows ? rows : 0,
        };
        if (request.Plan)
        {
            return result;
        }

        await DatabaseRights.RequireAsync(database, PipelineStage.Sync, cancellationToken);
        if (!request.RemoveRows)
        {
            await RepositoryRegistration.UntrackAsync(database, repository.Id, cancellationToken);
            return result with { State = RunState.Completed };
        }

        var lease = await Lease.AcquireAsync(
            database,
            PageWriter.LeaseOf(repository),
            Owner.Current,
            LeaseTime,
            Guid.CreateVersion7(),
            cancellationToken,
            repository.FullName
        );
        try
        {
            var statement = await database.StatementAsync(
                "Sync/Runs/Sql/remove-repository",
                repository,
                cancellationToken
            );
            return result with
            {
                State = RunState.Completed,
                RowsRemoved = await statement.ValueAsync<long>(cancellationToken),
            };
        }
        finally
        {
            await lease.ReleaseAsync(CancellationToken.None);
        }
    }
}
