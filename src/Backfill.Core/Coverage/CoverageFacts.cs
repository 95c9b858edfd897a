using Backfill.Core.Embedding.Store;
using Backfill.Core.GitHub;
using Backfill.Core.Inngest;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Coverage;

/// <summary>What the checks of one request judge by. A fact is read when a check first asks for it, and only once.</summary>
/// <param name="gitHub">Opens the way to GitHub. It is only called when a check asks GitHub, because the settings may have no token.</param>
internal sealed class CoverageFacts(
    Database database,
    CoverageRequest request,
    BackfillSettings settings,
    InngestConnection inngest,
    Func<GitHubAccess> gitHub,
    TimeProvider time
)
{
    private readonly Dictionary<string, object?> known = new(StringComparer.Ordinal);
    private StoredRepository? repository;

    public Database Database => database;
    public CoverageRequest Request => request;
    public BackfillSettings Settings => settings;
    public InngestConnection Inngest => inngest;
    public Func<GitHubAccess> GitHub => gitHub;
    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Gets whether the database knows the repository.</summary>
    public bool HasRepository => repository is not null;

    /// <summary>Gets the repository.</summary>
    /// <exception cref="InvalidOperationException">The database does not know the repository, or it was not looked for yet.</exception>
    public StoredRepository Repository =>
        repository ?? throw new InvalidOperationException("This check needs a repository.");

    /// <summary>Gets the name of the repository.</summary>
    public string FullName => Repository.FullName;

    /// <summary>Gets what a sync stored of the repository.</summary>
    public SyncTables Tables => new(database, Repository);

    /// <summary>Looks for the repository in the database.</summary>
    /// <exception cref="BackfillException">The content tables are missing, or the login may not read them.</exception>
    public async Task FindRepositoryAsync(RepositoryName name, CancellationToken cancellationToken) =>
        repository = await RepositoryDirectory.FindAsync(database, name, cancellationToken);

    /// <summary>Returns a fact, and reads it where no check has asked for it before.</summary>
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

    /// <summary>Returns GitHub's totals, from an earlier stage or from GitHub.</summary>
    public Task<GitHubTotals> TotalsAsync(CancellationToken cancellationToken) =>
        OnceAsync("totals", token => GitHubTotals.ReadAsync(this, token), cancellationToken);

    /// <summary>Returns the rows that are not as the tool wrote them, by their kind.</summary>
    public Task<IReadOnlyList<AlteredRows>> AlteredAsync(CancellationToken cancellationToken) =>
        OnceAsync(nameof(AlteredRows), Tables.AlteredAsync, cancellationToken);

    /// <summary>Returns the only row of a statement, whose columns are all counts.</summary>
    public Task<Dictionary<string, long>> CountsAsync(string path, CancellationToken cancellationToken) =>
        OnceAsync(
            path,
            async token =>
                await (await StatementAsync(path, token)).ReadAsync(
                    async (reader, inner) =>
                    {
                        await reader.ReadAsync(inner);
                        return Enumerable
                            .Range(0, reader.FieldCount)
                            .ToDictionary(reader.GetName, reader.GetInt64, StringComparer.Ordinal);
                    },
                    token
                ),
            cancellationToken
        );

    /// <summary>Returns the only row of a statement.</summary>
    public async Task<T> RowAsync<T>(string path, Func<Row, T> read, CancellationToken cancellationToken)
        where T : class => (await (await StatementAsync(path, cancellationToken)).RowAsync(read, cancellationToken))!;

    /// <summary>Takes a statement about the repository.</summary>
    public async Task<Statement> StatementAsync(string path, CancellationToken cancellationToken) =>
        (await database.StatementAsync(path, Repository, cancellationToken))
            .Set("mark", EmbeddingJob.Mark)
            .Set("own_failure", EmbeddingJob.Failure);
}
