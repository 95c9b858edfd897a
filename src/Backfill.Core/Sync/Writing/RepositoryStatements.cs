using Backfill.Core.Postgres;

namespace Backfill.Core.Sync.Writing;

/// <summary>Takes the statements of <c>Sync/Writing/Sql</c> that are about one repository. Their parameter <c>@repository_id</c> is set.</summary>
internal sealed class RepositoryStatements(Database database, StoredRepository repository)
{
    /// <summary>Takes a statement, which may read a whole repository.</summary>
    public Task<Statement> TakeAsync(string name, CancellationToken cancellationToken) =>
        database.StatementAsync($"Sync/Writing/Sql/{name}", repository, cancellationToken);
}
