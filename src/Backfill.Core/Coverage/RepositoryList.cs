using Backfill.Core.Postgres;
using Backfill.Core.Sync.Runs;

namespace Backfill.Core.Coverage;

/// <summary>Lists the repositories of the database with their last sync, rows and proof.</summary>
internal static class RepositoryList
{
    /// <summary>Returns the repositories of a query, in the order of their names.</summary>
    /// <exception cref="BackfillException">A named repository is not stored, or the tables are missing.</exception>
    public static async Task<IReadOnlyList<BackfillRepository>> ReadAsync(
        Database database,
        RepositoryQuery query,
        CancellationToken cancellationToken
    )
    {
        var ids = new List<Guid>();
        foreach (var name in query.Repositories)
        {
            ids.Add((await RepositoryDirectory.RequireAsync(database, name, cancellationToken)).Id);
        }

        await RepositoryDirectory.RequireTablesAsync(database, cancellationToken);
        return await database
            .Statement("Coverage/read-repositories", await database.CatalogueAsync(cancellationToken))
            .Set("ids", [.. ids])
            // A repository that the user names is shown, tracked or not.
            .Set("with_untracked", query.WithUntracked || ids.Count > 0)
            .Set("heartbeat_limit", RunRecord.HeartbeatLimit)
            .OverWholeTables()
            .RowsAsync(Read, cancellationToken);
    }

    private static BackfillRepository Read(Row row) =>
        new()
        {
            Repository = row.Get<string>("full_name"),
            RepositoryId = row.Get<Guid>("id"),
            GitHubId = row.Get<long>("github_id"),
            IsTracked = row.Get<bool>("is_tracked"),
            Workspaces = row.Get<string[]>("workspaces"),
            LastSync = row.TextOrNull("state") is { } state ? Enum.Parse<RunState>(state) : null,
            LastSyncAt = row.GetOrNull<DateTimeOffset>("ended_at"),
            LastCompletedAt = row.GetOrNull<DateTimeOffset>("completed_at"),
            Rows = row.Get<long>("rows"),
            ProvenRows = row.Get<long>("proven"),
        };
}
