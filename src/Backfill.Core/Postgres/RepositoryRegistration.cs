using Backfill.Core.GitHub;
using Npgsql;

namespace Backfill.Core.Postgres;

/// <summary>Registers repositories: writes the row of the repository, the app's mark that it is tracked, and its workspaces.</summary>
internal static class RepositoryRegistration
{
    /// <summary>Inserts a repository or updates its row. GitHub's id identifies the row, so a renamed repository keeps it.</summary>
    /// <param name="metadata">The repository as GitHub describes it.</param>
    /// <param name="workspace">Name, slug or id of the workspace to put the repository into; null for none.</param>
    /// <param name="plan">True writes nothing.</param>
    /// <param name="asked">The name in the request to GitHub. It is stored as a former name where GitHub sends another one.</param>
    /// <exception cref="BackfillException">There is no such workspace.</exception>
    public static async Task<TrackedRepository> RegisterAsync(
        Database database,
        RepositoryMetadata metadata,
        string? workspace,
        bool plan,
        CancellationToken cancellationToken,
        RepositoryName? asked = null
    )
    {
        var name = new RepositoryName(metadata.Owner, metadata.Name);
        var known = await RepositoryDirectory.FindAsync(database, name, cancellationToken);
        if (known is not null && known.GitHubId != metadata.GitHubId)
        {
            // The directory found the repository by a former name, but another repository has this name now.
            known = RepositoryDirectory.HasMoved(name, known.FullName)
                ? null
                : throw RepositoryIdentity.Changed(known.FullName, known.GitHubId, metadata.GitHubId);
        }

        known ??= await RepositoryDirectory.FindAsync(database, metadata.GitHubId, cancellationToken);

        if (plan)
        {
            return new TrackedRepository
            {
                Repository = metadata.FullName,
                RepositoryId = known?.Id ?? Guid.Empty,
                GitHubId = metadata.GitHubId,
                Workspaces = workspace is null ? [] : [workspace],
                State = RunState.Planned,
                Added = known is null,
            };
        }

        await DatabaseRights.RequireAsync(database, PipelineStage.Sync, cancellationToken);
        var catalogue = await database.CatalogueAsync(cancellationToken);
        return await database.TransactionAsync(
            async (connection, token) =>
            {
                await RememberNameAsync(connection, catalogue, metadata, asked, token);
                var (id, added) = await UpsertAsync(connection, catalogue, metadata, token);
                await TrackAsync(connection, catalogue, id, metadata, token);
                if (workspace is not null)
                {
                    await JoinAsync(connection, catalogue, id, workspace, token);
                }

                return new TrackedRepository
                {
                    Repository = metadata.FullName,
                    RepositoryId = id,
                    GitHubId = metadata.GitHubId,
                    Workspaces = await WorkspacesAsync(connection, id, token),
                    State = RunState.Completed,
                    Added = added,
                };
            },
            cancellationToken
        );
    }

    // Runs before the row gets its new name. A new repository has no row yet, and no former name.
    private static async Task RememberNameAsync(
        NpgsqlConnection connection,
        Catalogue catalogue,
        RepositoryMetadata metadata,
        RepositoryName? asked,
        CancellationToken cancellationToken
    )
    {
        if (!catalogue.HasTable("backfill.repository_name"))
        {
            return;
        }

        await connection
            .Statement("Postgres/remember-name")
            .Set("github_id", metadata.GitHubId)
            .Set("full_name", metadata.FullName)
            .Set("asked", asked?.FullName)
            .ExecuteAsync(cancellationToken);
    }

    /// <summary>Creates a workspace where no workspace has this name. For workspaces that are the tool's own table.</summary>
    public static Task<int> CreateWorkspaceAsync(
        NpgsqlConnection connection,
        string workspace,
        CancellationToken cancellationToken
    ) => connection.Statement("Postgres/create-workspace").Set("workspace", workspace).ExecuteAsync(cancellationToken);

    /// <summary>Puts a repository into a workspace.</summary>
    /// <exception cref="BackfillException">There is no such workspace.</exception>
    public static async Task JoinAsync(
        NpgsqlConnection connection,
        Catalogue catalogue,
        Guid repositoryId,
        string workspace,
        CancellationToken cancellationToken
    )
    {
        if (!catalogue.HasColumn("workspaces", "owner_id"))
        {
            await CreateWorkspaceAsync(connection, workspace, cancellationToken);
        }

        var found = await connection
            .Statement("Postgres/join-workspace", catalogue)
            .Set("workspace", workspace)
            .Set("repository_id", repositoryId)
            .ValueAsync<long>(cancellationToken);
        if (found > 0)
        {
            return;
        }

        var known = await WorkspacesAsync(connection, null, cancellationToken);
        throw new BackfillException(
            ErrorIds.WorkspaceNotFound,
            ErrorKind.NotFound,
            $"There is no workspace '{workspace}'.",
            known.Count == 0
                ? "Create it in the app first."
                : $"Write the name, slug or id of one of these: {string.Join(", ", known)}.",
            workspace
        );
    }

    private static Task<List<string>> WorkspacesAsync(
        NpgsqlConnection connection,
        Guid? repositoryId,
        CancellationToken cancellationToken
    ) =>
        connection
            .Statement("Postgres/read-workspaces")
            .Set("repository_id", repositoryId)
            .RowsAsync(row => row.Get<string>("name"), cancellationToken);

    /// <summary>Writes the app's mark that a repository is tracked.</summary>
    public static Task<int> TrackAsync(
        NpgsqlConnection connection,
        Catalogue catalogue,
        Guid repositoryId,
        RepositoryMetadata metadata,
        CancellationToken cancellationToken
    ) =>
        connection
            .Statement("Postgres/track-repository", catalogue)
            .Set("repository_id", repositoryId)
            .Set("owner", metadata.Owner)
            .Set("name", metadata.Name)
            .ExecuteAsync(cancellationToken);

    /// <summary>Switches tracking on again, where it was switched off.</summary>
    public static async Task ResumeAsync(Database database, Guid repositoryId, CancellationToken cancellationToken) =>
        await database
            .Statement("Postgres/resume-tracking", await database.CatalogueAsync(cancellationToken))
            .Set("repository_id", repositoryId)
            .ExecuteAsync(cancellationToken);

    /// <summary>Takes the app's mark away that a repository is tracked.</summary>
    public static async Task UntrackAsync(Database database, Guid repositoryId, CancellationToken cancellationToken) =>
        await database
            .Statement("Postgres/untrack-repository", await database.CatalogueAsync(cancellationToken))
            .Set("repository_id", repositoryId)
            .ExecuteAsync(cancellationToken);

    /// <summary>Writes the row of the repository itself.</summary>
    /// <returns>The id of the row, and whether the row is new.</returns>
    public static async Task<(Guid Id, bool Added)> UpsertAsync(
        NpgsqlConnection connection,
        Catalogue catalogue,
        RepositoryMetadata metadata,
        CancellationToken cancellationToken
    )
    {
        var rows = await connection
            .Statement("Postgres/upsert-repository", catalogue)
            .Set("github_id", metadata.GitHubId)
            .Set("full_name", metadata.FullName)
            .Set("owner", metadata.Owner)
            .Set("name", metadata.Name)
            .Set("description", metadata.Description)
            .Set("homepage", metadata.Homepage)
            .Set("language", metadata.Language)
            .Set("default_branch", metadata.DefaultBranch)
            .Set("license", metadata.License)
            .Set("avatar_url", metadata.AvatarUrl)
            .Set("topics", metadata.Topics?.ToArray())
            .Set("stars", metadata.Stars)
            .Set("watchers", metadata.Watchers)
            .Set("forks", metadata.Forks)
            .Set("open_issues", metadata.OpenIssues)
            .Set("size", metadata.SizeKilobytes)
            .Set("is_fork", metadata.IsFork)
            .Set("is_archived", metadata.IsArchived)
            .Set("is_disabled", metadata.IsDisabled)
            .Set("is_private", metadata.IsPrivate)
            .Set("is_template", metadata.IsTemplate)
            .Set("has_issues", metadata.HasIssues)
            .Set("has_projects", metadata.HasProjects)
            .Set("has_wiki", metadata.HasWiki)
            .Set("has_discussions", metadata.HasDiscussions)
            .Set("github_created_at", metadata.CreatedAt)
            .Set("github_updated_at", metadata.UpdatedAt)
            .Set("github_pushed_at", metadata.PushedAt)
            .RowsAsync(row => (row.Get<Guid>("id"), row.Get<bool>("added")), cancellationToken);
        return rows[0];
    }
}
