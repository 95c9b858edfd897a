using Npgsql;

namespace Backfill.Core.Postgres;

/// <summary>Gives a database what the tool needs: its own schema always, the content tables only where there are none.</summary>
internal static class SchemaInitialization
{
    private const string LeaseName = "migrations";
    private static readonly TimeSpan LeaseTime = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    // What the statements of the sync name without asking the catalogue.
    private static readonly string[] Needed =
    [
        "repositories: id github_id full_name owner name github_updated_at",
        "tracked_repositories: repository_id",
        "contributors: id github_id username is_bot",
        "pull_requests: id github_id number title body state repository_id author_id head_branch base_branch created_at updated_at repository_full_name merged merged_at closed_at last_synced_at embedding embedding_generated_at content_hash",
        "issues: id github_id number title body state repository_id author_id created_at updated_at closed_at last_synced_at embedding embedding_generated_at content_hash",
        "reviews: id github_id pull_request_id repository_id author_id state body submitted_at commit_id",
        "comments: id github_id repository_id pull_request_id issue_id commenter_id body created_at updated_at comment_type commit_id",
        "workspaces: id name slug",
        "workspace_repositories: workspace_id repository_id",
    ];

    /// <summary>Creates or verifies.</summary>
    /// <param name="plan">Only say what would be executed.</param>
    /// <exception cref="BackfillException">The tables of an application lack something, or the login lacks a right.</exception>
    public static async Task<DatabaseInitialization> RunAsync(
        Database database,
        bool plan,
        IOperationOutput output,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        database.ForgetCatalogue();
        var work = await PendingAsync(database, cancellationToken);
        if (plan || work.Pending.Count == 0)
        {
            Verify(work, database);
            return Describe(database, work, plan ? RunState.Planned : RunState.Completed, plan);
        }

        await PrepareLeaseAsync(database, cancellationToken);
        var lease = await AcquireAsync(database, time, output, cancellationToken);
        try
        {
            // Whoever had the lease before may have done it all.
            database.ForgetCatalogue();
            work = await PendingAsync(database, cancellationToken);
            if (!work.Foreign && work.VectorAvailable && !work.VectorInstalled)
            {
                await ExecuteAsync(database, "create-vector", cancellationToken);
            }

            if (work.Pending.Count > 0)
            {
                await Migrations.RunAsync(database, work.Scripts, cancellationToken);
            }
        }
        finally
        {
            await lease.ReleaseAsync(CancellationToken.None);
            database.ForgetCatalogue();
        }

        var after = await PendingAsync(database, cancellationToken);
        Verify(after, database);
        return Describe(database, after with { Pending = work.Pending }, RunState.Completed, plan: false);
    }

    private static async Task<Work> PendingAsync(Database database, CancellationToken cancellationToken)
    {
        var catalogue = await database.CatalogueAsync(cancellationToken);
        var (version, available, installed, schema) = await database.ReadAsync(
            async (connection, token) =>
            {
                await using var command = new NpgsqlCommand(SqlText.Read("Postgres/describe-server.sql"), connection);
                await using var reader = await command.ExecuteReaderAsync(token);
                await reader.ReadAsync(token);
                return (reader.GetString(0), reader.GetBoolean(1), reader.GetBoolean(2), reader.Text(3));
            },
            cancellationToken
        );
        if (schema is null or "backfill")
        {
            throw new BackfillException(
                ErrorIds.SchemaUnsuitable,
                ErrorKind.Setting,
                $"Tables without a schema name would go to {schema ?? "no schema at all"} for the login at {database.Description}.",
                "Connect as another login, or run ALTER ROLE ... SET search_path = public for this one.",
                database.Description
            );
        }

        var applied = await Migrations.AppliedAsync(database, catalogue, cancellationToken);
        var own = applied.Any(name => name.StartsWith(Migrations.ContentFolder, StringComparison.Ordinal));
        var foreign = !own && catalogue.HasTable("repositories");
        var scripts = Migrations.Scripts(withContent: !foreign, installed || available ? "vector(384)" : "real[]");
        return new Work(
            catalogue,
            version.Split(' ')[0],
            foreign,
            available,
            installed,
            scripts,
            [.. scripts.Select(script => script.Name).Except(applied, StringComparer.Ordinal)]
        );
    }

    private static void Verify(Work work, Database database)
    {
        if (!work.Foreign)
        {
            return;
        }

        var missing = new List<string>();
        foreach (var line in Needed)
        {
            var (table, columns) = (
                line.Split(':')[0],
                line.Split(':')[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)
            );
            if (!work.Catalogue.HasTable(table))
            {
                missing.Add($"table {table}");
            }
            else
            {
                missing.AddRange(
                    columns
                        .Where(column => !work.Catalogue.HasColumn(table, column))
                        .Select(column => $"{table}.{column}")
                );
            }
        }

        if (missing.Count > 0)
        {
            throw new BackfillException(
                ErrorIds.SchemaUnsuitable,
                ErrorKind.Setting,
                $"{database.Description} has tables of an application, but they lack: {string.Join(", ", missing)}.",
                "Bring the application's own migrations up to date, or use a database without these tables: then the tool creates them.",
                database.Description
            );
        }
    }

    private static DatabaseInitialization Describe(Database database, Work work, RunState state, bool plan) =>
        new()
        {
            Database = database.Description,
            ServerVersion = work.ServerVersion,
            State = state,
            Applied = work.Pending,
            ForeignContent = work.Foreign,
            EmbeddingType =
                work.Catalogue.Column("pull_requests", "embedding")?.Type
                ?? (work.VectorAvailable || work.VectorInstalled ? "vector(384)" : "real[]"),
            Ddl = plan ? Ddl(work) : null,
        };

    private static string? Ddl(Work work)
    {
        if (work.Pending.Count == 0)
        {
            return null;
        }

        var texts = work.Scripts.Where(script => work.Pending.Contains(script.Name)).Select(script => script.Contents);
        if (!work.Catalogue.HasTable("backfill.lease"))
        {
            texts = texts.Prepend(SqlText.Read("Postgres/lease-table.sql"));
        }

        return string.Join(
            "\n",
            work.Foreign || work.VectorInstalled || !work.VectorAvailable
                ? texts
                : texts.Prepend(SqlText.Read("Postgres/create-vector.sql") + ";\n")
        );
    }

    private static async Task PrepareLeaseAsync(Database database, CancellationToken cancellationToken)
    {
        if (!(await database.CatalogueAsync(cancellationToken)).HasTable("backfill.lease"))
        {
            await ExecuteAsync(database, "lease-table", cancellationToken);
        }
    }

    private static Task<int> ExecuteAsync(Database database, string statement, CancellationToken cancellationToken) =>
        database.TransactionAsync(
            async (connection, token) =>
            {
                await using var command = new NpgsqlCommand(SqlText.Read($"Postgres/{statement}.sql"), connection);
                return await command.ExecuteNonQueryAsync(token);
            },
            cancellationToken
        );

    // Two first runs at once: the second waits for the first.
    private static async Task<Lease> AcquireAsync(
        Database database,
        TimeProvider time,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        var started = time.GetTimestamp();
        while (true)
        {
            try
            {
                return await Lease.AcquireAsync(
                    database,
                    LeaseName,
                    Owner.Current,
                    LeaseTime,
                    Guid.NewGuid(),
                    cancellationToken
                );
            }
            catch (BackfillException held)
                when (held.ErrorId == ErrorIds.LeaseHeld && time.GetElapsedTime(started) < Patience)
            {
                await output.VerboseAsync(held.Message, cancellationToken);
                await Task.Delay(Pause, time, cancellationToken);
            }
        }
    }

    private sealed record Work(
        Catalogue Catalogue,
        string ServerVersion,
        bool Foreign,
        bool VectorAvailable,
        bool VectorInstalled,
        IReadOnlyList<DbUp.Engine.SqlScript> Scripts,
        IReadOnlyList<string> Pending
    );
}
