using Backfill.Core.Postgres;

namespace Backfill.Core.Sync.Remote;

/// <summary>Reads and writes the columns of <c>backfill.sync_run</c> that only runs at Inngest have.</summary>
internal sealed class InngestRecord(Database database)
{
    /// <summary>Records a run before its event is sent, so that every running sync can be found.</summary>
    /// <returns>The start of the run, by the database's clock.</returns>
    public Task<DateTimeOffset> OpenAsync(
        RepoSync run,
        string eventName,
        SyncContent include,
        CancellationToken cancellationToken
    ) =>
        database
            .Statement("Sync/Remote/Sql/open-inngest-run")
            .Set("id", run.Id)
            .Set("repository_id", run.RepositoryId)
            .Set("repository", run.Repository)
            .Set("since", run.From)
            .Set("owner", Owner.Current.ToString())
            .SetJson("counts", run.Counts)
            .Set("event_name", eventName)
            .Set("include", include.ToString())
            .ValueAsync<DateTimeOffset>(cancellationToken);

    /// <summary>Records the id under which Inngest accepted the event.</summary>
    public Task AcceptAsync(Guid runId, string eventId, CancellationToken cancellationToken) =>
        database
            .Statement("Sync/Remote/Sql/accept-inngest-run")
            .Set("id", runId)
            .Set("event_id", eventId)
            .ExecuteAsync(cancellationToken);

    /// <summary>Returns the name of a run's event, and what the run includes. The proof compares only included rows.</summary>
    public async Task<(string EventName, SyncContent Include)> ReadAsync(
        Guid runId,
        CancellationToken cancellationToken
    )
    {
        var rows = await database
            .Statement("Sync/Remote/Sql/read-inngest-run")
            .Set("id", runId)
            .RowsAsync(
                row => (row.Get<string>("event_name"), Enum.Parse<SyncContent>(row.Get<string>("include"))),
                cancellationToken
            );
        return rows is [var one] ? one : throw new InvalidOperationException($"Run {runId} is not recorded.");
    }
}
