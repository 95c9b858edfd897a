using Npgsql;

namespace Backfill.Core.Postgres;

/// <summary>Creates what the tool needs in a database: always its own schema, and the content tables only where there are none.</summary>
internal static class SchemaInitialization
{
    private const string LeaseName = "migrations";
    private static readonly TimeSpan LeaseTime = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Creates the schema, or checks that it is complete.</summary>
    /// <param name="plan">True only returns the statements that would run.</param>
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
        RequireSuitable((await database.CatalogueAsync(cancellationToken)).Server, plan, database);
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
            // The former holder of the lease may have run all migrations.
            database.ForgetCatalogue();
            work = await PendingAsync(database, cancellationToken);
            if (work.WantsVector && !await CreateVectorAsync(database, output, cancellationToken))
            {
                work = await PendingAsync(database, cancellationToken, mayCreateVector: false);
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

    // A plan changes nothing, so a read-only database is good enough for it.
    private static void RequireSuitable(CatalogueServer server, bool plan, Database database)
    {
        if (!server.IsUnicode)
        {
            throw new BackfillException(
                ErrorIds.SchemaUnsuitable,
                ErrorKind.Setting,
                $"{database.Description} stores text as {server.Encoding}, which cannot hold every character of GitHub's texts.",
                "Use a database in UTF8: CREATE DATABASE backfill ENCODING 'UTF8' TEMPLATE template0.",
                database.Description
            );
        }

        if (server.IsReadOnly && !plan)
        {
            throw DatabaseErrors.ReadOnly(database.Description);
        }
    }

    private static async Task<Work> PendingAsync(
        Database database,
        CancellationToken cancellationToken,
        bool mayCreateVector = true
    )
    {
        var catalogue = await database.CatalogueAsync(cancellationToken);
        var server = catalogue.Server;
        if (server.Schema is null or "backfill")
        {
            throw new BackfillException(
                ErrorIds.SchemaUnsuitable,
                ErrorKind.Setting,
                $"Tables without a schema name would go to {server.Schema ?? "no schema at all"} for the login at {database.Description}.",
                "Connect as another login, or run ALTER ROLE ... SET search_path = public for this one.",
                database.Description
            );
        }

        var applied = await Migrations.AppliedAsync(database, catalogue, cancellationToken);
        var own = applied.Any(name => name.StartsWith(Migrations.ContentFolder, StringComparison.Ordinal));
        var foreign = !own && catalogue.HasTable("repositories");
        var scripts = Migrations.Scripts(
            withContent: !foreign,
            server.VectorInstalled || (server.VectorAvailable && mayCreateVector) ? "vector(384)" : "real[]"
        );
        return new Work(
            catalogue,
            foreign,
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

        var catalogue = work.Catalogue;
        Refuse("they lack", SchemaNeeds.Missing(catalogue));
        Refuse("they have another type", SchemaNeeds.WrongTypes(catalogue));
        Refuse("they lack a unique key", SchemaNeeds.MissingKeys(catalogue));
        Refuse("they demand values that the tool has none for", SchemaNeeds.Unfilled(catalogue));

        void Refuse(string what, IEnumerable<string> found)
        {
            string[] all = [.. found];
            if (all.Length > 0)
            {
                throw new BackfillException(
                    ErrorIds.SchemaUnsuitable,
                    ErrorKind.Setting,
                    $"{database.Description} has tables of an application, but {what}: {string.Join(", ", all)}.",
                    "Bring the application's own migrations up to date, or use a database without these tables: then the tool creates them. Test-BackfillCoverage -Check Schema shows everything that the tool needs.",
                    database.Description
                );
            }
        }
    }

    private static DatabaseInitialization Describe(Database database, Work work, RunState state, bool plan) =>
        new()
        {
            Database = database.Description,
            ServerVersion = work.Catalogue.Server.Version,
            State = state,
            Applied = work.Pending,
            ForeignContent = work.Foreign,
            EmbeddingType =
                work.Catalogue.Column("pull_requests", "embedding")?.Type
                ?? (
                    work.Catalogue.Server.VectorAvailable || work.Catalogue.Server.VectorInstalled
                        ? "vector(384)"
                        : "real[]"
                ),
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
            work.WantsVector ? texts.Prepend(SqlText.Read("Postgres/create-vector.sql") + ";\n") : texts
        );
    }

    // Only an attempt shows whether a login may install an extension: hosting providers allow some extensions to logins that
    // are ordinary logins in the catalogue.
    private static async Task<bool> CreateVectorAsync(
        Database database,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await database.Statement("Postgres/create-vector").ExecuteAsync(cancellationToken);
            return true;
        }
        catch (BackfillException refused)
            when (refused.ErrorId is ErrorIds.DatabaseAccessDenied or ErrorIds.DatabaseWriteRefused
                && refused.InnerException is PostgresException
            )
        {
            var reason = ((PostgresException)refused.InnerException).MessageText;
            await output.WarningAsync(
                $"pgvector is on the server of {database.Description}, but this login cannot install it: {reason}. Embeddings are stored as real[] and compared without an index. For vector(384), an administrator runs in this database: CREATE EXTENSION vector; ALTER TABLE pull_requests ALTER embedding TYPE vector(384); and the same ALTER for issues and discussions.",
                cancellationToken
            );
            return false;
        }
    }

    private static async Task PrepareLeaseAsync(Database database, CancellationToken cancellationToken)
    {
        if (!(await database.CatalogueAsync(cancellationToken)).HasTable("backfill.lease"))
        {
            await database.Statement("Postgres/lease-table").ExecuteAsync(cancellationToken);
        }
    }

    // Two processes may initialize the database at the same time. The second one waits for the first.
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
        bool Foreign,
        IReadOnlyList<DbUp.Engine.SqlScript> Scripts,
        IReadOnlyList<string> Pending
    )
    {
        // The extension is only needed where the content tables are created now.
        public bool WantsVector =>
            Catalogue.Server is { VectorAvailable: true, VectorInstalled: false }
            && Pending.Any(name => name.StartsWith(Migrations.ContentFolder, StringComparison.Ordinal));
    }
}
