using Backfill.Core.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace Backfill.Core.Sync;

/// <summary>What an audit reads and writes: the counts under each item, what vanished, and the tombstones.</summary>
internal sealed class AuditTables(Database database, StoredRepository repository)
{
    private readonly RepositoryStatements statements = new(database, repository);

    /// <summary>Stores a page of an audit.</summary>
    /// <param name="from">Where the lane's window begins: older items are not missed. Null is the beginning.</param>
    public async Task StorePageAsync(
        string entity,
        string parentType,
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
                            .Set("entity", NpgsqlDbType.Text, entity)
                            .Set("parent_type", NpgsqlDbType.Text, parentType)
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

    /// <summary>Takes the tombstones back of what this audit met.</summary>
    public Task LiftTombstonesAsync(
        string entity,
        string parentType,
        DateTimeOffset beganAt,
        CancellationToken cancellationToken
    ) =>
        statements.ExecuteAsync(
            "lift-tombstones",
            parameters =>
            {
                parameters.AddWithValue("entity", entity);
                parameters.AddWithValue("parent_type", parentType);
                parameters.AddWithValue("began_at", beganAt.ToUniversalTime());
            },
            cancellationToken
        );

    /// <summary>Stored items that this audit did not meet: GitHub's ids and the numbers.</summary>
    public Task<IReadOnlyList<(long GitHubId, int Number)>> VanishedAsync(
        string entity,
        string parentType,
        DateTimeOffset beganAt,
        CancellationToken cancellationToken
    ) =>
        statements.RowsAsync<(long, int)>(
            "read-vanished",
            parameters =>
            {
                parameters.AddWithValue("entity", entity);
                parameters.AddWithValue("parent_type", parentType);
                parameters.AddWithValue("began_at", beganAt.ToUniversalTime());
            },
            reader => (reader.GetInt64(0), reader.GetInt32(1)),
            cancellationToken
        );

    /// <summary>Remembers that an item is gone, why, and where it went.</summary>
    public Task BuryAsync(
        string entity,
        string parentType,
        long githubId,
        int number,
        string reason,
        string? movedTo,
        CancellationToken cancellationToken
    ) =>
        statements.ExecuteAsync(
            "insert-tombstone",
            parameters =>
            {
                parameters.AddWithValue("entity", entity);
                parameters.AddWithValue("parent_type", parentType);
                parameters.AddWithValue("github_id", githubId);
                parameters.AddWithValue("number", number);
                parameters.AddWithValue("reason", reason);
                parameters.Add(
                    new NpgsqlParameter("moved_to", NpgsqlDbType.Text) { Value = (object?)movedTo ?? DBNull.Value }
                );
            },
            cancellationToken
        );

    /// <summary>Remembers which stored children of one parent GitHub does not list any more; how many.</summary>
    public Task<int> BuryChildrenAsync(
        GapRow parent,
        IReadOnlyCollection<long> listed,
        CancellationToken cancellationToken
    ) =>
        statements.ExecuteAsync(
            "bury-children",
            parameters =>
            {
                parameters.AddWithValue("entity", parent.Entity);
                parameters.AddWithValue("parent", parent.Parent);
                parameters.AddWithValue("parent_number", parent.Number!.Value);
                parameters.AddWithValue("listed", listed.ToArray());
            },
            cancellationToken
        );

    /// <summary>Node ids of stored comments at the top of discussions, in ascending order.</summary>
    /// <param name="after">Only ids behind this one.</param>
    /// <param name="most">How many at most.</param>
    public Task<IReadOnlyList<string>> DiscussionCommentsAsync(
        string after,
        int most,
        CancellationToken cancellationToken
    ) =>
        statements.RowsAsync(
            "read-discussion-comments",
            parameters =>
            {
                parameters.AddWithValue("after", after);
                parameters.AddWithValue("most", most);
            },
            reader => reader.GetString(0),
            cancellationToken
        );

    /// <summary>Stores GitHub's counts of the replies under comments.</summary>
    public Task<int> StoreReplyCountsAsync(
        IReadOnlyCollection<ReplyCountNode> counts,
        CancellationToken cancellationToken
    ) =>
        statements.ExecuteAsync(
            "update-reply-counts",
            parameters =>
            {
                parameters.AddWithValue("id", counts.Select(count => count.Id!).ToArray());
                parameters.AddWithValue("replies", counts.Select(count => count.Replies!.TotalCount).ToArray());
            },
            cancellationToken
        );

    /// <summary>The same for the review comments of the whole repository.</summary>
    public Task<int> BuryReviewCommentsAsync(IReadOnlyCollection<long> listed, CancellationToken cancellationToken) =>
        statements.ExecuteAsync(
            "bury-review-comments",
            parameters => parameters.AddWithValue("listed", listed.ToArray()),
            cancellationToken
        );
}
