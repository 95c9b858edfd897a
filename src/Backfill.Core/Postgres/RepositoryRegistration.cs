using Backfill.Core.GitHub;
using Npgsql;
using NpgsqlTypes;

namespace Backfill.Core.Postgres;

/// <summary>Tracks repositories: the row of the repository itself, the app's mark that it is tracked, and its workspaces.</summary>
internal static class RepositoryRegistration
{
    /// <summary>Enters a repository or brings what is stored of it up to date. It is known by GitHub's id, so that a rename keeps its row.</summary>
    /// <param name="metadata">The repository as GitHub describes it.</param>
    /// <param name="workspace">Name, slug or id of the workspace to put it into, or null.</param>
    /// <param name="plan">Write nothing.</param>
    /// <param name="asked">The name by which GitHub was asked; remembered where it is not the repository's name.</param>
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
            // By a name that it had before, it is another repository that has this name now.
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

    // Before the row takes its new name. The row of a new repository is not there yet, and has no former name.
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

        await using var remember = new NpgsqlCommand(SqlText.Read("Postgres/remember-name.sql"), connection);
        remember.Parameters.AddWithValue("github_id", metadata.GitHubId);
        remember.Parameters.AddWithValue("full_name", metadata.FullName);
        remember.Parameters.Add(
            new NpgsqlParameter("asked", NpgsqlDbType.Text) { Value = (object?)asked?.FullName ?? DBNull.Value }
        );
        await remember.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Writes the row of the repository itself, and says whether it is new.</summary>
    public static async Task<(Guid Id, bool Added)> UpsertAsync(
        NpgsqlConnection connection,
        Catalogue catalogue,
        RepositoryMetadata metadata,
        CancellationToken cancellationToken
    )
    {
        await using var upsert = new NpgsqlCommand(
            SqlText.For("Postgres/upsert-repository.sql", catalogue),
            connection
        );
        Bind(upsert.Parameters, metadata);
        await using var reader = await upsert.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetGuid(0), reader.GetBoolean(1));
    }

    /// <summary>Creates a workspace where there is none of this name. Only for workspaces that are the tool's own table.</summary>
    public static async Task CreateWorkspaceAsync(
        NpgsqlConnection connection,
        string workspace,
        CancellationToken cancellationToken
    )
    {
        await using var create = new NpgsqlCommand(SqlText.Read("Postgres/create-workspace.sql"), connection);
        create.Parameters.AddWithValue("workspace", workspace);
        await create.ExecuteNonQueryAsync(cancellationToken);
    }

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

        await using var join = new NpgsqlCommand(SqlText.For("Postgres/join-workspace.sql", catalogue), connection);
        join.Parameters.AddWithValue("workspace", workspace);
        join.Parameters.AddWithValue("repository_id", repositoryId);
        if (await join.ExecuteScalarAsync(cancellationToken) is not 0L)
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

    private static async Task<IReadOnlyList<string>> WorkspacesAsync(
        NpgsqlConnection connection,
        Guid? repositoryId,
        CancellationToken cancellationToken
    )
    {
        await using var command = new NpgsqlCommand(SqlText.Read("Postgres/read-workspaces.sql"), connection);
        command.Parameters.Add(
            new NpgsqlParameter("repository_id", NpgsqlDbType.Uuid) { Value = (object?)repositoryId ?? DBNull.Value }
        );
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var names = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            names.Add(reader.GetString(0));
        }

        return names;
    }

    /// <summary>Writes the app's mark that a repository is tracked.</summary>
    public static async Task TrackAsync(
        NpgsqlConnection connection,
        Catalogue catalogue,
        Guid repositoryId,
        RepositoryMetadata metadata,
        CancellationToken cancellationToken
    )
    {
        await using var command = new NpgsqlCommand(
            SqlText.For("Postgres/track-repository.sql", catalogue),
            connection
        );
        command.Parameters.AddWithValue("repository_id", repositoryId);
        command.Parameters.AddWithValue("owner", metadata.Owner);
        command.Parameters.AddWithValue("name", metadata.Name);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static void Bind(NpgsqlParameterCollection parameters, RepositoryMetadata metadata)
    {
        parameters.AddWithValue("github_id", metadata.GitHubId);
        Text("full_name", metadata.FullName);
        Text("owner", metadata.Owner);
        Text("name", metadata.Name);
        Text("description", metadata.Description);
        Text("homepage", metadata.Homepage);
        Text("language", metadata.Language);
        Text("default_branch", metadata.DefaultBranch);
        Text("license", metadata.License);
        Text("avatar_url", metadata.AvatarUrl);
        parameters.Add(
            new NpgsqlParameter("topics", NpgsqlDbType.Array | NpgsqlDbType.Text)
            {
                Value = (object?)metadata.Topics?.ToArray() ?? DBNull.Value,
            }
        );
        parameters.AddWithValue("stars", metadata.Stars);
        Integer("watchers", metadata.Watchers);
        parameters.AddWithValue("forks", metadata.Forks);
        Integer("open_issues", metadata.OpenIssues);
        Integer("size", metadata.SizeKilobytes);
        parameters.AddWithValue("is_fork", metadata.IsFork);
        parameters.AddWithValue("is_archived", metadata.IsArchived);
        parameters.AddWithValue("is_disabled", metadata.IsDisabled);
        parameters.AddWithValue("is_private", metadata.IsPrivate);
        parameters.AddWithValue("is_template", metadata.IsTemplate);
        parameters.AddWithValue("has_issues", metadata.HasIssues);
        parameters.AddWithValue("has_projects", metadata.HasProjects);
        parameters.AddWithValue("has_wiki", metadata.HasWiki);
        parameters.AddWithValue("has_discussions", metadata.HasDiscussions);
        Time("github_created_at", metadata.CreatedAt);
        Time("github_updated_at", metadata.UpdatedAt);
        Time("github_pushed_at", metadata.PushedAt);

        void Text(string name, string? value) =>
            parameters.Add(new NpgsqlParameter(name, NpgsqlDbType.Text) { Value = (object?)value ?? DBNull.Value });

        void Integer(string name, int? value) =>
            parameters.Add(new NpgsqlParameter(name, NpgsqlDbType.Integer) { Value = (object?)value ?? DBNull.Value });

        void Time(string name, DateTimeOffset? value) =>
            parameters.Add(
                new NpgsqlParameter(name, NpgsqlDbType.TimestampTz)
                {
                    Value = (object?)value?.ToUniversalTime() ?? DBNull.Value,
                }
            );
    }
}
