using Backfill.Core.Coverage.Checks;
using Backfill.Core.GitHub;
using Backfill.Core.Inngest;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Coverage;

/// <summary>What the checks of one request judge by. A fact is read when a check first asks for it, and only once.</summary>
/// <param name="stored">What is stored of the repository, and of those that are checked together with it.</param>
/// <param name="gitHub">Opens the way to GitHub. It is only called when a check asks GitHub, because the settings may have no token.</param>
internal sealed class CoverageFacts(
    StoredFacts stored,
    CoverageRequest request,
    BackfillSettings settings,
    InngestConnection inngest,
    Func<GitHubAccess> gitHub,
    TimeProvider time
)
{
    private readonly Dictionary<string, GitHubTotals> totals = new(StringComparer.Ordinal);
    private StoredRepository? repository;

    public StoredFacts Stored => stored;
    public Database Database => stored.Database;
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

    /// <summary>Looks for the repository in the database.</summary>
    /// <exception cref="BackfillException">The content tables are missing, or the login may not read them.</exception>
    public async Task FindRepositoryAsync(RepositoryName name, CancellationToken cancellationToken) =>
        repository = await stored.FindAsync(name, cancellationToken);

    /// <summary>Returns GitHub's totals, from an earlier stage or from GitHub.</summary>
    public Task<GitHubTotals> TotalsAsync(CancellationToken cancellationToken) =>
        TotalsAsync("known", GitHubTotals.ReadAsync, cancellationToken);

    /// <summary>Returns GitHub's totals from GitHub, also where an earlier stage brought them.</summary>
    public Task<GitHubTotals> TotalsNowAsync(CancellationToken cancellationToken) =>
        TotalsAsync("now", GitHubTotals.AskAsync, cancellationToken);

    /// <summary>Returns the rows that are not as the tool wrote them, by their kind.</summary>
    public Task<IEnumerable<AlteredRows>> AlteredAsync(CancellationToken cancellationToken) =>
        RowsAsync("Sync/Writing/Sql/read-altered", SyncTables.ReadAltered, cancellationToken);

    /// <summary>Returns the number of stored items of a kind; null where the database has no table for them.</summary>
    public async Task<long?> CountItemsAsync(EntityKind entity, CancellationToken cancellationToken) =>
        (await CountsAsync(QualityChecks.Rows, cancellationToken)).TryGetValue(entity.Name, out var stored)
            ? stored
            : null;

    /// <summary>Returns the number of stored reviews and comments by their kind. A kind without rows is left out.</summary>
    public async Task<IReadOnlyDictionary<EntityKind, long>> CountChildrenAsync(CancellationToken cancellationToken) =>
        SyncTables.ByEntity(
            await RowsAsync("Sync/Writing/Sql/count-stored-children", SyncTables.ReadCount, cancellationToken)
        );

    /// <summary>Returns the windows of the repository.</summary>
    public async Task<StoredWindows> WindowsAsync(CancellationToken cancellationToken) =>
        (await RowsAsync("Sync/Writing/Sql/read-windows", SyncTables.ReadWindows, cancellationToken)).Single();

    /// <summary>Returns the repository's row of a statement that counts, by the names of the columns.</summary>
    public async Task<Dictionary<string, long>> CountsAsync(string path, CancellationToken cancellationToken) =>
        (await RowsAsync(path, row => row.Counts(), cancellationToken)).Single();

    /// <summary>Returns the repository's row of a statement; null where there is none.</summary>
    public async Task<T?> RowAsync<T>(string path, Func<Row, T> read, CancellationToken cancellationToken)
        where T : class => (await RowsAsync(path, read, cancellationToken)).SingleOrDefault();

    /// <summary>Returns the repository's rows of a statement.</summary>
    public Task<IEnumerable<T>> RowsAsync<T>(string path, Func<Row, T> read, CancellationToken cancellationToken) =>
        stored.RowsAsync(Repository, path, read, cancellationToken);

    private async Task<GitHubTotals> TotalsAsync(
        string source,
        Func<CoverageFacts, CancellationToken, Task<GitHubTotals>> readAsync,
        CancellationToken cancellationToken
    )
    {
        if (!totals.TryGetValue(source, out var known))
        {
            known = await readAsync(this, cancellationToken);
            totals.Add(source, known);
        }

        return known;
    }
}
