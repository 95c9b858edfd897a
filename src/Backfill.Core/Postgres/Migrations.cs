using DbUp;
using DbUp.Engine;
using DbUp.Engine.Output;
using DbUp.Engine.Transactions;
using DbUp.Postgresql;
using Npgsql;

namespace Backfill.Core.Postgres;

/// <summary>
/// Runs the numbered scripts below <c>Migrations</c>. Every database gets the scripts of <c>backfill</c>. A database without
/// content tables of an application gets the scripts of <c>content</c> too. DbUp runs the scripts and keeps its journal in
/// <c>backfill.migration</c>. It takes no lock that a pooler would lose.
/// </summary>
internal static class Migrations
{
    public const string ContentFolder = "content";
    public const string Folder = "Postgres/Migrations/";
    private const string JournalTable = "migration";

    /// <summary>Returns the scripts in their order.</summary>
    /// <param name="withContent">True includes the scripts of the content tables.</param>
    /// <param name="embeddingType">The type of embedding columns.</param>
    public static IReadOnlyList<SqlScript> Scripts(bool withContent, string embeddingType)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal) { ["embedding_type"] = embeddingType };
        return
        [
            .. typeof(Migrations)
                .Assembly.GetManifestResourceNames()
                .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
                .Select(name => name[Folder.Length..])
                .Where(name => withContent || !name.StartsWith(ContentFolder, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(name => new SqlScript(
                    name,
                    SqlText.With(Path.ChangeExtension(Folder + name, extension: null), names)
                )),
        ];
    }

    /// <summary>Returns the names of the scripts that have run.</summary>
    public static async Task<IReadOnlyList<string>> AppliedAsync(
        Database database,
        Catalogue catalogue,
        CancellationToken cancellationToken
    )
    {
        return catalogue.HasTable($"backfill.{JournalTable}")
            ? await database
                .Statement("Postgres/read-migrations")
                .RowsAsync(row => row.Get<string>("scriptname"), cancellationToken)
            : [];
    }

    /// <summary>Runs the scripts that have not run yet, all in one transaction.</summary>
    /// <exception cref="BackfillException">The database refuses a statement; nothing is changed.</exception>
    public static Task RunAsync(
        Database database,
        IReadOnlyList<SqlScript> scripts,
        CancellationToken cancellationToken
    )
    {
        // DbUp connects without a pool, because its pool would keep a connection that is not needed any more.
        var connection = new NpgsqlConnectionStringBuilder(database.ConnectionString) { Pooling = false };
        return database.RunUnpooledAsync(
            async token =>
            {
                var upgrade = DeployChanges
                    .To.PostgresqlDatabase(new RoleTakingConnection(connection.ConnectionString, database.Role))
                    .WithScripts(scripts)
                    .JournalToPostgresqlTable("backfill", JournalTable)
                    .WithVariablesDisabled()
                    .WithTransaction()
                    .LogToNowhere()
                    .Build();
                // DbUp's interface is synchronous, so it runs on a thread of the pool.
                var result = await Task.Run(upgrade.PerformUpgrade, token);
                return result.Successful ? result : throw result.Error;
            },
            cancellationToken
        );
    }

    // Takes the role before DbUp reads the journal, because the login alone may not be able to see the journal.
    private sealed class RoleTakingConnection(string connectionString, string? role)
        : PostgresqlConnectionManager(connectionString),
            IConnectionManager
    {
        IDisposable IConnectionManager.OperationStarting(IUpgradeLog upgradeLog, List<SqlScript> executedScripts)
        {
            var operation = OperationStarting(upgradeLog, executedScripts);
            if (role is not null)
            {
                ExecuteCommandsWithManagedConnection(commands =>
                {
                    using var command = commands();
                    command.CommandText = SqlText.Read("Postgres/take-role.sql");
                    command.Parameters.Add(new NpgsqlParameter("role", role));
                    command.ExecuteNonQuery();
                });
            }

            return operation;
        }
    }
}
