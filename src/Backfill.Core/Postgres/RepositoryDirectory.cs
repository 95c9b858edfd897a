namespace Backfill.Core.Postgres;

/// <summary>A repository of the database.</summary>
/// <param name="Id">The id of its row in <c>repositories</c>.</param>
/// <param name="GitHubId">GitHub's numeric id, which survives renames.</param>
/// <param name="FullName"><c>owner/name</c> as stored.</param>
internal sealed record StoredRepository(Guid Id, long GitHubId, string FullName);

/// <summary>Finds repositories in the database.</summary>
internal static class RepositoryDirectory
{
    /// <summary>Finds a repository by its id, its name or a former name. Returns null where the database does not have it.</summary>
    /// <exception cref="BackfillException">The content tables are missing.</exception>
    public static async Task<StoredRepository?> FindAsync(
        Database database,
        RepositoryName name,
        CancellationToken cancellationToken
    ) => (await FindAsync(database, [name], cancellationToken)).GetValueOrDefault(name);

    /// <summary>Finds repositories by their ids, names or former names. Those that the database does not have are left out.</summary>
    /// <exception cref="BackfillException">The content tables are missing.</exception>
    public static async Task<IReadOnlyDictionary<RepositoryName, StoredRepository>> FindAsync(
        Database database,
        IReadOnlyList<RepositoryName> names,
        CancellationToken cancellationToken
    )
    {
        var catalogue = await RequireTablesAsync(database, cancellationToken);
        await DatabaseRights.RequireAsync(database, stage: null, cancellationToken);
        var found = await database
            .Statement("Postgres/find-repositories", catalogue)
            .Set("ids", [.. names.Select(name => name.Id)])
            .Set("owners", [.. names.Select(name => name.Owner)])
            .Set("names", [.. names.Select(name => name.Name)])
            .RowsAsync(
                row =>
                    (
                        Name: new RepositoryName(row.Get<string>("asked_owner"), row.Get<string>("asked_name")),
                        Repository: Read(row)
                    ),
                cancellationToken
            );
        return found.ToDictionary(one => one.Name, one => one.Repository);
    }

    /// <summary>Returns the catalogue of a database that has the tables.</summary>
    /// <exception cref="BackfillException">The content tables are missing.</exception>
    public static async Task<Catalogue> RequireTablesAsync(Database database, CancellationToken cancellationToken)
    {
        var catalogue = await database.CatalogueAsync(cancellationToken);
        return HasTables(catalogue)
            ? catalogue
            : throw new BackfillException(
                ErrorIds.SchemaMissing,
                ErrorKind.Setting,
                $"{database.Description} lacks the tables that the tool needs.",
                "Run Initialize-BackfillDatabase for this database first. With -WhatIf it shows what it would create.",
                database.Description
            );
    }

    /// <summary>Finds a repository by GitHub's id, whatever its name. Returns null where the database does not have it.</summary>
    public static Task<StoredRepository?> FindAsync(
        Database database,
        long gitHubId,
        CancellationToken cancellationToken
    ) =>
        database
            .Statement("Postgres/find-repository-by-github-id")
            .Set("github_id", gitHubId)
            .RowAsync(Read, cancellationToken);

    /// <summary>Returns true where the repository is stored under another name than the requested one.</summary>
    public static bool HasMoved(RepositoryName asked, string fullName) =>
        !asked.FullName.Equals(fullName, StringComparison.OrdinalIgnoreCase);

    /// <summary>Warns that a repository has another name now. A name with an id is from an object of an earlier stage, which has warned already.</summary>
    public static ValueTask WarnMovedAsync(
        RepositoryName asked,
        string fullName,
        IOperationOutput output,
        CancellationToken cancellationToken
    ) =>
        asked.Id is null && HasMoved(asked, fullName)
            ? output.WarningAsync(Moved(asked.FullName, fullName), cancellationToken)
            : ValueTask.CompletedTask;

    /// <summary>Warns of each repository that has another name now.</summary>
    public static async Task WarnMovedAsync(
        Database database,
        IEnumerable<RepositoryName> asked,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        foreach (var name in asked.Where(name => name.Id is null))
        {
            if (await FindForPlanAsync(database, name, cancellationToken) is { } found)
            {
                await WarnMovedAsync(name, found.FullName, output, cancellationToken);
            }
        }
    }

    /// <summary>Returns the sentence about a repository that has another name now.</summary>
    public static string Moved(string former, string fullName) =>
        $"{former} is called {fullName} at GitHub now: it was renamed or transferred. Its rows are kept, and the old name goes on leading to it.";

    private static StoredRepository Read(Row row) =>
        new(row.Get<Guid>("id"), row.Get<long>("github_id"), row.Get<string>("full_name"));

    /// <summary>Returns the repository.</summary>
    /// <exception cref="BackfillException">The database does not have the repository.</exception>
    public static async Task<StoredRepository> RequireAsync(
        Database database,
        RepositoryName name,
        CancellationToken cancellationToken
    ) => await FindAsync(database, name, cancellationToken) ?? throw NotTracked(database, name);

    /// <summary>Finds a repository for a dry run. Returns null also where the database has no tables yet.</summary>
    public static async Task<StoredRepository?> FindForPlanAsync(
        Database database,
        RepositoryName name,
        CancellationToken cancellationToken
    ) =>
        HasTables(await database.CatalogueAsync(cancellationToken))
            ? await FindAsync(database, name, cancellationToken)
            : null;

    /// <summary>Returns the full names of tracked repositories; none where there are no tables.</summary>
    /// <param name="prefix">The text that they begin with; null for any.</param>
    /// <param name="most">The largest number of names; null for all.</param>
    public static async Task<IReadOnlyList<string>> ListAsync(
        Database database,
        string? prefix,
        int? most,
        CancellationToken cancellationToken
    )
    {
        var catalogue = await database.CatalogueAsync(cancellationToken);
        return HasTables(catalogue)
            ? await database
                .Statement("Postgres/list-repositories", catalogue)
                .Set("prefix", prefix)
                .Set("most", most)
                .RowsAsync(row => row.Get<string>("full_name"), cancellationToken)
            : [];
    }

    /// <summary>Returns tracked repositories behind an id, in the order of their ids.</summary>
    /// <param name="after">The id behind which to begin; the empty id begins at the first repository.</param>
    public static async Task<IReadOnlyList<StoredRepository>> TrackedAsync(
        Database database,
        Guid after,
        int most,
        CancellationToken cancellationToken
    ) =>
        await database
            .Statement("Postgres/list-tracked", await database.CatalogueAsync(cancellationToken))
            .Set("after", after)
            .Set("most", most)
            .RowsAsync(Read, cancellationToken);

    /// <summary>Returns the error of a repository that the database does not have.</summary>
    public static BackfillException NotTracked(Database database, RepositoryName name) =>
        new(
            ErrorIds.RepositoryNotTracked,
            ErrorKind.NotFound,
            $"{name} is not tracked in {database.Description}.",
            $"Run Register-BackfillRepository {name}, or Start-RepoSync {name} -Track.",
            name.FullName
        );

    private static bool HasTables(Catalogue catalogue) =>
        catalogue.HasTable("repositories") && catalogue.HasTable("backfill.sync_run");
}
