using DbUp;
using DbUp.Engine;
using DbUp.Engine.Output;
using DbUp.Engine.Transactions;
using DbUp.Postgresql;
using Npgsql;

namespace Backfill.Core.Postgres;

/// <summary>
/// The numbered scripts below <c>Migrations</c>: those of <c>backfill</c> for every database, those of <c>content</c> for a
/// database that has no content tables of an application. DbUp runs them, keeps its journal in <c>backfill.migration</c>, and
/// takes no lock that a pooler would lose.
/// </summary>
internal static class Migrations
{
    public const string ContentFolder = "content";
    public const string Folder = "Postgres/Migrations/";
    private const string JournalTable = "migration";

    /// <summary>The scripts in their order.</summary>
    /// <param name="withContent">Also those of the content tables.</param>
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

    /// <summary>Names of the scripts that were run.</summary>
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

    /// <summary>Runs what was not run yet, all in one transaction.</summary>
    /// <exception cref="BackfillException">The database refuses a statement; nothing is changed.</exception>
    public static Task RunAsync(
        Database database,
        IReadOnlyList<SqlScript> scripts,
        CancellationToken cancellationToken
    )
    {
        // Not from a pool of its own, which would keep a connection that nobody needs any more.
        var connection = new NpgsqlConnectionStringBuilder(database.ConnectionString) { Pooling = false };
        return database.ApartAsync(
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
                // DbUp has no asynchronous interface.
                var result = await Task.Run(upgrade.PerformUpgrade, token);
                return result.Successful ? result : throw result.Error;
            },
            cancellationToken
        );
    }

    // Before the journal is looked at, which a login without the role's rights may not even see.
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
