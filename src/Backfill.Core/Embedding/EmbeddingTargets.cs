using Backfill.Core.Postgres;
using Npgsql;

namespace Backfill.Core.Embedding;

/// <summary>The repositories of a request in the order of the work: those of workspaces before the others.</summary>
/// <param name="InWorkspace">Repositories of an active workspace.</param>
/// <param name="Others">The others.</param>
internal sealed record EmbeddingTargets(
    IReadOnlyList<StoredRepository> InWorkspace,
    IReadOnlyList<StoredRepository> Others
)
{
    /// <summary>All of them, in the order of the work.</summary>
    public IReadOnlyList<StoredRepository> All => [.. InWorkspace, .. Others];

    /// <summary>Finds what a request names.</summary>
    /// <exception cref="BackfillException">A repository or workspace is not known, or the tables are missing.</exception>
    public static async Task<EmbeddingTargets> FindAsync(
        Database database,
        EmbeddingRequest request,
        CancellationToken cancellationToken
    )
    {
        var named = new List<StoredRepository>();
        foreach (var name in request.Repositories)
        {
            named.Add(
                request.Plan
                    ? await RepositoryDirectory.FindForPlanAsync(database, name, cancellationToken)
                        ?? new StoredRepository(Guid.Empty, 0, name.FullName)
                    : await RepositoryDirectory.RequireAsync(database, name, cancellationToken)
            );
        }

        // One repository alone needs no order.
        if (named.Count == 1 && request.Workspaces.Count == 0 && request.BatchIds.Count == 0 && !request.All)
        {
            return new EmbeddingTargets([], named);
        }

        var catalogue = await database.CatalogueAsync(cancellationToken);
        await RequireWorkspacesAsync(database, request, cancellationToken);
        var found = await database.ReadAsync(
            async (connection, token) =>
            {
                await using var command = new NpgsqlCommand(
                    SqlText.For("Embedding/find-repositories.sql", catalogue),
                    connection
                );
                command.Parameters.AddWithValue("all", request.All);
                command.Parameters.AddWithValue("workspaces", request.Workspaces.ToArray());
                command.Parameters.AddWithValue("batch_ids", request.BatchIds.ToArray());
                command.Parameters.AddWithValue("repository_ids", named.Select(repository => repository.Id).ToArray());
                await using var reader = await command.ExecuteReaderAsync(token);
                var rows = new List<(StoredRepository Repository, bool InWorkspace)>();
                while (await reader.ReadAsync(token))
                {
                    rows.Add(
                        (
                            new StoredRepository(reader.GetGuid(0), reader.GetInt64(1), reader.GetString(2)),
                            reader.GetBoolean(3)
                        )
                    );
                }

                return rows;
            },
            cancellationToken
        );
        if (found.Count == 0 && request.BatchIds.Count > 0)
        {
            throw new BackfillException(
                ErrorIds.EmbeddingBatchNotFound,
                ErrorKind.NotFound,
                $"{database.Description} knows no batch {string.Join(", ", request.BatchIds)} that is under way.",
                "A batch that was brought in has given its items their vectors. Without -BatchId, Invoke-EmbeddingBackfill -Batch goes on with every batch of its repositories, also with one whose id was never stored.",
                request.BatchIds[0]
            );
        }

        return new EmbeddingTargets(
            [.. found.Where(one => one.InWorkspace).Select(one => one.Repository)],
            [
                .. found.Where(one => !one.InWorkspace).Select(one => one.Repository),
                .. named.Where(repository => repository.Id == Guid.Empty),
            ]
        );
    }

    private static async Task RequireWorkspacesAsync(
        Database database,
        EmbeddingRequest request,
        CancellationToken cancellationToken
    )
    {
        if (request.Workspaces.Count == 0)
        {
            return;
        }

        var (missing, known) = await database.ReadAsync(
            async (connection, token) =>
            {
                await using var command = new NpgsqlCommand(SqlText.Read("Metrics/match-workspaces.sql"), connection);
                command.Parameters.AddWithValue("workspaces", request.Workspaces.ToArray());
                await using var reader = await command.ExecuteReaderAsync(token);
                await reader.ReadAsync(token);
                return (
                    await reader.GetFieldValueAsync<string[]>(0, token),
                    await reader.GetFieldValueAsync<string[]>(1, token)
                );
            },
            cancellationToken
        );
        if (missing.Length > 0)
        {
            throw new BackfillException(
                ErrorIds.WorkspaceNotFound,
                ErrorKind.NotFound,
                $"There is no workspace {string.Join(", ", missing.Select(name => $"'{name}'"))}.",
                known.Length == 0
                    ? "The database has no workspaces: name repositories, or say -All."
                    : $"Write the name, slug or id of one of these: {string.Join(", ", known)}.",
                missing[0]
            );
        }
    }
}
