using Backfill.Core.Postgres;

namespace Backfill.Core.Embedding.Store;

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
        await WorkspaceDirectory.RequireAsync(database, request.Workspaces, cancellationToken);
        var found = await database
            .Statement("Embedding/Store/Sql/find-repositories", catalogue)
            .Set("all", request.All)
            .Set("workspaces", [.. request.Workspaces])
            .Set("batch_ids", [.. request.BatchIds])
            .Set("repository_ids", [.. named.Select(repository => repository.Id)])
            .RowsAsync(
                row =>
                    (
                        Repository: new StoredRepository(
                            row.Get<Guid>("id"),
                            row.Get<long>("github_id"),
                            row.Get<string>("full_name")
                        ),
                        InWorkspace: row.Get<bool>("in_workspace")
                    ),
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
}
