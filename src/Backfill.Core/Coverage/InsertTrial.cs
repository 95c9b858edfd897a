using Backfill.Core.Embedding.Store;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Writing;
using Npgsql;

namespace Backfill.Core.Coverage;

/// <summary>
/// Inserts one row into every table of the app that the tool inserts into, with the statements of the stages. All inserts are
/// in one transaction, which the caller rolls back.
/// </summary>
internal sealed class InsertTrial(NpgsqlConnection connection, Catalogue catalogue, DateTimeOffset now)
{
    private readonly SampleRows sample = new(now);
    private readonly HashSet<string> inserted = new(StringComparer.Ordinal);

    /// <summary>Gets the tables that refused a row, each with the message of the database.</summary>
    public List<string> Refused { get; } = [];

    /// <summary>Gets the tables that could not be tried, each with the reason.</summary>
    public List<string> Untried { get; } = [];

    /// <summary>Tries every table, parents before children.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var repository = await RepositoryAsync(cancellationToken);
        await ContentAsync(repository, cancellationToken);
        await JobsAsync(repository, cancellationToken);
        await WorkspaceAsync(repository, cancellationToken);
    }

    private async Task<StoredRepository> RepositoryAsync(CancellationToken cancellationToken)
    {
        var metadata = sample.Repository;
        var id = Guid.Empty;
        await TryAsync(
            "repositories",
            [],
            async token => (id, _) = await RepositoryRegistration.UpsertAsync(connection, catalogue, metadata, token),
            cancellationToken
        );
        await TryAsync(
            "tracked_repositories",
            ["repositories"],
            token => RepositoryRegistration.TrackAsync(connection, catalogue, id, metadata, token),
            cancellationToken
        );
        return new StoredRepository(id, metadata.GitHubId, metadata.FullName);
    }

    private async Task ContentAsync(StoredRepository repository, CancellationToken cancellationToken)
    {
        var page = sample.Page;
        await RowsAsync("contributors", [], () => PageStatements.Contributors(page.Accounts.All, catalogue));
        await RowsAsync(
            "pull_requests",
            ["repositories", "contributors"],
            () => PageStatements.PullRequests(page.PullRequests.Values, repository, catalogue)
        );
        await RowsAsync(
            "issues",
            ["repositories", "contributors"],
            () => PageStatements.Issues(page.Issues.Values, repository, catalogue)
        );
        await RowsAsync(
            "reviews",
            ["pull_requests"],
            () => PageStatements.Reviews(page.Reviews.Values, repository, catalogue)
        );
        await RowsAsync(
            "comments",
            ["pull_requests", "issues"],
            () => PageStatements.Comments(page.Comments.Values, repository, catalogue)
        );
        await RowsAsync(
            "discussions",
            ["repositories"],
            () => PageStatements.Discussions(page.Discussions.Values, repository, catalogue)
        );
        await RowsAsync(
            "discussion_comments",
            ["discussions"],
            () => PageStatements.DiscussionComments(page.DiscussionComments.Values, catalogue)
        );

        Task RowsAsync(string table, string[] needed, Func<NpgsqlBatchCommand> statement) =>
            TryAsync(table, needed, token => ExecuteAsync(statement(), token), cancellationToken);
    }

    private async Task JobsAsync(StoredRepository repository, CancellationToken cancellationToken)
    {
        var runId = Guid.NewGuid();
        await JobAsync("progressive_capture_jobs", "open-job");
        await JobAsync("sync_logs", "open-log");
        await TryAsync(
            "embedding_jobs",
            ["repositories"],
            token => EmbeddingJob.InsertAsync(connection, repository.Id, total: 1, token),
            cancellationToken
        );
        if (CachedType() is { } type)
        {
            await TryAsync(
                "similarity_cache",
                ["repositories"],
                token => CacheAsync(repository, type, token),
                cancellationToken
            );
        }

        async Task JobAsync(string table, string statement)
        {
            if (!SchemaNeeds.IsUsable(catalogue, table))
            {
                return;
            }

            var insert = connection
                .Statement($"Sync/Runs/Sql/{statement}", catalogue)
                .Set("repository_id", repository.Id)
                .Set("repository", repository.FullName)
                .Set("run_id", runId)
                .Set("since", default(DateTimeOffset?));
            await TryAsync(table, ["repositories"], insert.ExecuteAsync, cancellationToken);
        }
    }

    private string? CachedType() =>
        catalogue.HasKey("similarity_cache", "repository_id", "item_type", "item_id")
            ? catalogue.Column("similarity_cache", "embedding")?.Type
            : null;

    private Task<int> CacheAsync(StoredRepository repository, string type, CancellationToken cancellationToken) =>
        connection
            .Statement(
                "Coverage/try-cache",
                new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["cached"] = SqlText.Of("Embedding/Store/Sql/cache-vectors", catalogue: null).TrimEnd(),
                    ["embedding_type"] = type,
                }
            )
            .Set("repository_id", repository.Id)
            .Set("item_type", ItemType.All[0].Name)
            .Set("dimensions", EmbeddingColumn.LengthOf(type) ?? 1)
            .ExecuteAsync(cancellationToken);

    private async Task WorkspaceAsync(StoredRepository repository, CancellationToken cancellationToken)
    {
        if (!catalogue.HasTable("workspaces"))
        {
            return;
        }

        if (!catalogue.HasColumn("workspaces", "owner_id"))
        {
            await TryAsync(
                "workspaces",
                [],
                token => RepositoryRegistration.CreateWorkspaceAsync(connection, sample.Owner, token),
                cancellationToken
            );
        }

        if (await OpenWorkspaceAsync(cancellationToken) is not { } workspace)
        {
            Untried.Add(
                "workspace_repositories (there is no workspace that the login may read and that has room for one more repository)"
            );
            return;
        }

        await TryAsync(
            "workspace_repositories",
            ["repositories"],
            token =>
                RepositoryRegistration.JoinAsync(connection, catalogue, repository.Id, workspace.ToString(), token),
            cancellationToken
        );
        await LegacyAsync("workspace_metrics_cache", "store-legacy-cache", workspace, cancellationToken);
        await LegacyAsync("workspace_metrics_history", "store-legacy-history", workspace, cancellationToken);
    }

    // A login without the right to read the workspaces finds none.
    private async Task<Guid?> OpenWorkspaceAsync(CancellationToken cancellationToken)
    {
        Guid? found = null;
        await RefusalAsync(
            async token =>
                found = await connection.Statement("Coverage/find-open-workspace", catalogue).ValueAsync<Guid?>(token),
            cancellationToken
        );
        return found;
    }

    // No stored metrics have this time, so the rows are new.
    private async Task LegacyAsync(string table, string statement, Guid workspace, CancellationToken cancellationToken)
    {
        if (!SchemaNeeds.IsUsable(catalogue, table))
        {
            return;
        }

        var command = new NpgsqlBatchCommand(SqlText.For($"Metrics/{statement}.sql", catalogue));
        var parameters = command.Parameters;
        parameters.AddWithValue("workspace_id", workspace);
        parameters.AddWithValue("repositories", Array.Empty<Guid>());
        parameters.AddWithValue("calculated_at", DateTimeOffset.UnixEpoch);
        parameters.AddWithValue("ranges", new[] { sample.Owner });
        parameters.AddWithValue("starts", new[] { DateTimeOffset.UnixEpoch });
        parameters.AddWithValue("lifetimes", new[] { TimeSpan.FromHours(1) });
        parameters.AddWithValue("legacy_metrics", new[] { "{}" });
        parameters.AddWithValue("stars", 0L);
        parameters.AddWithValue("forks", 0L);
        parameters.AddWithValue("contributors", 0L);
        await TryAsync(table, [], token => ExecuteAsync(command, token), cancellationToken);
    }

    private async Task TryAsync(
        string table,
        string[] needed,
        Func<CancellationToken, Task> insert,
        CancellationToken cancellationToken
    )
    {
        if (!catalogue.HasTable(table))
        {
            return;
        }

        if (Array.Find(needed, parent => !inserted.Contains(parent)) is { } missing)
        {
            Untried.Add($"{table} (needs a row of {missing})");
            return;
        }

        if (SchemaNeeds.IsFaulty(catalogue, table))
        {
            Untried.Add($"{table} (an earlier check says what is wrong with it)");
            return;
        }

        if (await RefusalAsync(insert, cancellationToken) is { } refusal)
        {
            Refused.Add($"insert into {table}: {refusal}");
        }
        else
        {
            inserted.Add(table);
        }
    }

    // Returns the message of the database when it refuses the work. The refused work is undone, so the next table can be tried.
    private async Task<string?> RefusalAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        await ExecuteAsync(new NpgsqlBatchCommand(SqlText.Read("Coverage/begin-trial.sql")), cancellationToken);
        try
        {
            await work(cancellationToken);
            await ExecuteAsync(PageStatements.CheckConstraints(), cancellationToken);
            return null;
        }
        catch (PostgresException refusal) when (!refusal.IsTransient)
        {
            await ExecuteAsync(new NpgsqlBatchCommand(SqlText.Read("Coverage/undo-trial.sql")), cancellationToken);
            return refusal.MessageText;
        }
    }

    private async Task ExecuteAsync(NpgsqlBatchCommand command, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { command } };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
