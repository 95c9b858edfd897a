using Npgsql;

namespace Backfill.Core.Postgres;

/// <summary>A repository as the database knows it.</summary>
/// <param name="Id">The row in <c>repositories</c>.</param>
/// <param name="GitHubId">GitHub's numeric id, which survives renames.</param>
/// <param name="FullName"><c>owner/name</c> as stored.</param>
internal sealed record StoredRepository(Guid Id, long GitHubId, string FullName);

/// <summary>Finds the repositories that the database knows.</summary>
internal static class RepositoryDirectory
{
    /// <summary>The repository, or null when the database does not know it.</summary>
    /// <exception cref="BackfillException">The content tables are missing.</exception>
    public static async Task<StoredRepository?> FindAsync(
        Database database,
        RepositoryName name,
        CancellationToken cancellationToken
    )
    {
        var catalogue = await database.CatalogueAsync(cancellationToken);
        if (!catalogue.HasTable("repositories") || !catalogue.HasTable("backfill.sync_run"))
        {
            throw new BackfillException(
                ErrorIds.SchemaMissing,
                ErrorKind.Setting,
                $"{database.Description} lacks the tables that the tool needs.",
                "Run Initialize-BackfillDatabase against this database first; with -WhatIf it shows what it would create.",
                database.Description
            );
        }

        return await database.ReadAsync(
            async (connection, token) =>
            {
                await using var command = new NpgsqlCommand(SqlText.Read("Postgres/find-repository.sql"), connection);
                command.Parameters.AddWithValue("owner", name.Owner);
                command.Parameters.AddWithValue("name", name.Name);
                await using var reader = await command.ExecuteReaderAsync(token);
                return await reader.ReadAsync(token)
                    ? new StoredRepository(reader.GetGuid(0), reader.GetInt64(1), reader.GetString(2))
                    : null;
            },
            cancellationToken
        );
    }

    /// <summary>The repository.</summary>
    /// <exception cref="BackfillException">The database does not know it.</exception>
    public static async Task<StoredRepository> RequireAsync(
        Database database,
        RepositoryName name,
        CancellationToken cancellationToken
    ) =>
        await FindAsync(database, name, cancellationToken)
        ?? throw new BackfillException(
            ErrorIds.RepositoryNotTracked,
            ErrorKind.NotFound,
            $"{name} is not tracked in {database.Description}.",
            $"Run Register-BackfillRepository {name}, or Start-RepoSync {name} -Track.",
            name.FullName
        );
}
