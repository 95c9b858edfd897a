using Backfill.Core.Embedding.Store;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Runs;

namespace Backfill.Core.Coverage;

/// <summary>
/// What is stored of the repositories that one command checks. When a check first asks for a fact of one repository, one
/// statement reads it for all of them. It is kept as long as this object.
/// </summary>
/// <param name="asked">The repositories, as they were named. Empty for checks of the database alone.</param>
internal sealed class StoredFacts(Database database, IReadOnlyList<RepositoryName> asked)
{
    private readonly Dictionary<string, object?> known = new(StringComparer.Ordinal);
    private IReadOnlyDictionary<RepositoryName, StoredRepository> found =
        new Dictionary<RepositoryName, StoredRepository>();

    /// <summary>Gets the database.</summary>
    public Database Database => database;

    /// <summary>Returns a repository; null where the database does not have it.</summary>
    /// <exception cref="BackfillException">The content tables are missing, or the login may not read them.</exception>
    public async Task<StoredRepository?> FindAsync(RepositoryName name, CancellationToken cancellationToken)
    {
        found = await OnceAsync(
            nameof(FindAsync),
            token => RepositoryDirectory.FindAsync(database, asked, token),
            cancellationToken
        );
        return found.GetValueOrDefault(name);
    }

    /// <summary>Returns a fact about the database, and reads it where no check has asked for it before.</summary>
    public async Task<T> OnceAsync<T>(
        string name,
        Func<CancellationToken, Task<T>> readAsync,
        CancellationToken cancellationToken
    )
    {
        if (!known.TryGetValue(name, out var fact))
        {
            fact = await readAsync(cancellationToken);
            known.Add(name, fact);
        }

        return (T)fact!;
    }

    /// <summary>Returns a repository's rows of a statement that has a column <c>repository_id</c>.</summary>
    public Task<IEnumerable<T>> RowsAsync<T>(
        StoredRepository repository,
        string path,
        Func<Row, T> read,
        CancellationToken cancellationToken
    ) =>
        RowsAsync(
            repository,
            path,
            async token => database.Statement(path, await database.CatalogueAsync(token)).OverWholeTables(),
            read,
            cancellationToken
        );

    /// <summary>Returns a repository's rows of a statement that has a column <c>repository_id</c>.</summary>
    /// <param name="name">The name under which the rows are kept.</param>
    public async Task<IEnumerable<T>> RowsAsync<T>(
        StoredRepository repository,
        string name,
        Func<CancellationToken, Task<Statement>> takeAsync,
        Func<Row, T> read,
        CancellationToken cancellationToken
    )
    {
        var rows = await OnceAsync(name, ReadAsync, cancellationToken);
        return rows[repository.Id];

        async Task<ILookup<Guid, T>> ReadAsync(CancellationToken token)
        {
            var statement = (await takeAsync(token))
                .Set("repository_ids", [.. found.Values.Select(one => one.Id).Distinct()])
                .Set("mark", EmbeddingJob.Mark)
                .Set("own_failure", EmbeddingJob.Failure)
                .Set("heartbeat_limit", RunRecord.HeartbeatLimit);
            var every = await statement.RowsAsync(row => (Id: row.Get<Guid>("repository_id"), Row: read(row)), token);
            return every.ToLookup(one => one.Id, one => one.Row);
        }
    }
}
