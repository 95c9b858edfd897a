using Backfill.Core.GitHub;
using Backfill.Core.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace Backfill.Core.Sync.Writing;

/// <summary>An item of an audit.</summary>
internal sealed record AuditNode(string Id, int Number, DateTimeOffset UpdatedAt, Counted? Reviews, Counted? Comments);

/// <summary>A comment of a discussion with the number of its replies.</summary>
internal sealed record ReplyCountNode(string? Id, Counted? Replies);

/// <summary>Reads and writes the rows of an audit: the counts under each item, the vanished items, and the tombstones.</summary>
internal sealed class AuditTables(Database database, StoredRepository repository)
{
    private readonly RepositoryStatements statements = new(database, repository);

    /// <summary>Stores a page of an audit.</summary>
    /// <param name="from">The time at which the lane's window begins; null is the beginning. Older items are no gaps.</param>
    public async Task StorePageAsync(
        EntityKind lane,
        IReadOnlyCollection<AuditNode> nodes,
        DateTimeOffset? from,
        Guid runId,
        CancellationToken cancellationToken
    )
    {
        var catalogue = await database.CatalogueAsync(cancellationToken);
        await database.TransactionAsync(
            async (connection, token) =>
            {
                await using var batch = new NpgsqlBatch(connection)
                {
                    BatchCommands =
                    {
                        new RowsCommand<AuditNode>("audit-page", catalogue, nodes)
                            .Set("repository_id", NpgsqlDbType.Uuid, repository.Id)
                            .Set("entity", NpgsqlDbType.Text, lane.Name)
                            .Set("parent_type", NpgsqlDbType.Text, lane.ItemName)
                            .Set("from", NpgsqlDbType.TimestampTz, from?.ToUniversalTime())
                            .Set("run_id", NpgsqlDbType.Uuid, runId)
                            .Integers("number", node => node.Number)
                            .Texts("node_id", node => node.Id)
                            .Times("updated_at", node => node.UpdatedAt)
                            .Integers("reviews", node => node.Reviews?.TotalCount)
                            .Integers("comments", node => node.Comments?.TotalCount)
                            .Build(),
                    },
                };
                return await batch.ExecuteNonQueryAsync(token);
            },
            cancellationToken
        );
    }

    /// <summary>Removes the tombstones of items that GitHub listed in this audit.</summary>
    public async Task RemoveTombstonesAsync(
        EntityKind lane,
        DateTimeOffset beganAt,
        CancellationToken cancellationToken
    )
    {
        var statement = await statements.TakeAsync("lift-tombstones", cancellationToken);
        await statement
            .Set("entity", lane.Name)
            .Set("parent_type", lane.ItemName)
            .Set("began_at", beganAt)
            .ExecuteAsync(cancellationToken);
    }

    /// <summary>Returns GitHub's ids and the numbers of stored items that GitHub did not list in this audit.</summary>
    public async Task<IReadOnlyList<(long GitHubId, int Number)>> VanishedItemsAsync(
        EntityKind lane,
        DateTimeOffset beganAt,
        CancellationToken cancellationToken
    )
    {
        var statement = await statements.TakeAsync("read-vanished", cancellationToken);
        return await statement
            .Set("entity", lane.Name)
            .Set("parent_type", lane.ItemName)
            .Set("began_at", beganAt)
            .RowsAsync(row => (row.Get<long>("github_id"), row.Get<int>("number")), cancellationToken);
    }

    /// <summary>Records that an item is gone from the repository, the reason, and its new address where it was transferred.</summary>
    public async Task RecordTombstoneAsync(
        EntityKind lane,
        long githubId,
        int number,
        string reason,
        string? movedTo,
        CancellationToken cancellationToken
    )
    {
        var statement = await statements.TakeAsync("insert-tombstone", cancellationToken);
        await statement
            .Set("entity", lane.Name)
            .Set("parent_type", lane.ItemName)
            .Set("github_id", githubId)
            .Set("number", number)
            .Set("reason", reason)
            .Set("moved_to", movedTo)
            .ExecuteAsync(cancellationToken);
    }

    /// <summary>Records tombstones of the stored children of one parent that GitHub does not list any more.</summary>
    /// <returns>Their number.</returns>
    public async Task<int> RecordDeletedChildrenAsync(
        GapRow parent,
        IReadOnlyCollection<long> listed,
        CancellationToken cancellationToken
    )
    {
        var statement = await statements.TakeAsync("bury-children", cancellationToken);
        return await statement
            .Set("entity", parent.Entity.Name)
            .Set("parent", parent.Parent)
            .Set("parent_number", parent.Number)
            .Set("listed", [.. listed])
            .ExecuteAsync(cancellationToken);
    }

    /// <summary>Returns the node ids of stored comments at the top of discussions, in ascending order.</summary>
    /// <param name="after">Returns only ids behind this one.</param>
    /// <param name="most">The largest number of ids.</param>
    public async Task<IReadOnlyList<string>> DiscussionCommentsAsync(
        string after,
        int most,
        CancellationToken cancellationToken
    )
    {
        var statement = await statements.TakeAsync("read-discussion-comments", cancellationToken);
        return await statement
            .Set("after", after)
            .Set("most", most)
            .RowsAsync(row => row.Get<string>("id"), cancellationToken);
    }

    /// <summary>Stores GitHub's counts of the replies under comments.</summary>
    public async Task StoreReplyCountsAsync(
        IReadOnlyCollection<ReplyCountNode> counts,
        CancellationToken cancellationToken
    )
    {
        var statement = await statements.TakeAsync("update-reply-counts", cancellationToken);
        await statement
            .Set("id", [.. counts.Select(count => count.Id!)])
            .Set("replies", [.. counts.Select(count => count.Replies!.TotalCount)])
            .ExecuteAsync(cancellationToken);
    }

    /// <summary>Records tombstones of the stored review comments that GitHub does not list any more.</summary>
    /// <returns>Their number.</returns>
    public async Task<int> RecordDeletedReviewCommentsAsync(
        IReadOnlyCollection<long> listed,
        CancellationToken cancellationToken
    )
    {
        var statement = await statements.TakeAsync("bury-review-comments", cancellationToken);
        return await statement.Set("listed", [.. listed]).ExecuteAsync(cancellationToken);
    }
}
