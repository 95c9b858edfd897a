using Backfill.Core.Postgres;
using Npgsql;

namespace Backfill.Core.Coverage;

/// <summary>What the tool needs of a database, what it found, and what it does without.</summary>
internal static class SchemaChecks
{
    /// <summary>Judges the checks of the schema among those that are asked for.</summary>
    public static async Task RunAsync(
        Database database,
        CheckReport report,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        if (!report.WantsAny(CheckDefinition.All.Where(check => check.IsOfSchema)))
        {
            return;
        }

        database.ForgetCatalogue();
        var catalogue = await database.CatalogueAsync(cancellationToken);
        Tables(catalogue, report);
        List(
            CheckDefinition.SchemaKeys,
            SchemaNeeds.MissingKeys(catalogue),
            "a unique key wherever a row is known by one",
            "Add a unique constraint over these columns: without it a row cannot be written again, only twice."
        );
        List(
            CheckDefinition.SchemaDemands,
            SchemaNeeds.Unfilled(catalogue),
            "no column without a default that the tool has no value for",
            "Give these columns a default, or let them be null."
        );
        var without = SchemaNeeds.DoneWithout(catalogue).ToArray();
        report.Add(
            CheckDefinition.SchemaOptional,
            CheckStatus.Passed,
            "whatever of the optional columns there is",
            without.Length == 0 ? "all of them" : $"done without: {string.Join(", ", without)}"
        );
        List(
            CheckDefinition.Rights,
            Enum.GetValues<PipelineStage>()
                .SelectMany(stage => DatabaseRights.Missing(catalogue, stage))
                .Distinct(StringComparer.Ordinal),
            "the rights that every stage needs",
            "Let the owner of the tables run docs/grants.sql for this login."
        );
        List(
            CheckDefinition.RowSecurity,
            DatabaseRights.Hidden(catalogue),
            "every row visible",
            $"Run ALTER ROLE {catalogue.Server.Role} BYPASSRLS, or act as a role that has it (Connect-Backfill -DatabaseRole): row-level security hides rows, and what is written changes nothing."
        );
        if (report.Wants(CheckDefinition.Writes))
        {
            await WritesAsync(database, catalogue, report, time, cancellationToken);
        }

        void List(CheckDefinition check, IEnumerable<string> found, string expected, string advice)
        {
            string[] all = [.. found];
            report.Judge(check, all.Length == 0, expected, all.Length == 0 ? expected : string.Join(", ", all), advice);
        }
    }

    private static void Tables(Catalogue catalogue, CheckReport report)
    {
        const string Expected = "every table and column that is needed";
        string[] unsuitable = [.. catalogue.Server.Unsuitable];
        string[] ofContent = [.. SchemaNeeds.Missing(catalogue), .. SchemaNeeds.WrongTypes(catalogue)];
        string[] ofTool = catalogue.HasTable("backfill.sync_run") ? [] : ["schema backfill"];
        string[] all = [.. ofContent, .. ofTool, .. unsuitable];

        // Initialize-BackfillDatabase makes the content tables only where it makes everything.
        var isForOperator =
            unsuitable.Length > 0
            || (ofContent.Length > 0 && (ofTool.Length == 0 || catalogue.HasTable("repositories")));
        report.Judge(
            CheckDefinition.SchemaTables,
            all.Length == 0,
            Expected,
            all.Length == 0 ? Expected : string.Join(", ", all),
            unsuitable.Length > 0
                    ? "Use another database. The error of Initialize-BackfillDatabase says how to make one."
                : isForOperator
                    ? "Bring the migrations of the application that owns these tables up to date, or add what is missing by hand."
                : "Run Initialize-BackfillDatabase.",
            canRepair: !isForOperator
        );
    }

    // A trigger that names what is not there any more fails only when it is fired.
    private static async Task WritesAsync(
        Database database,
        Catalogue catalogue,
        CheckReport report,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var refused = new List<string>();
        foreach (var need in SchemaNeeds.Tables.Where(need => need.Sync.Contains("UPDATE", StringComparison.Ordinal)))
        {
            if (catalogue.Columns(need.Table).Keys.Order(StringComparer.Ordinal).FirstOrDefault() is not { } column)
            {
                continue;
            }

            try
            {
                var names = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["table"] = need.Table,
                    ["column"] = $"\"{column}\"",
                };
                await database.TryAsync(
                    (connection, token) => connection.Statement("Coverage/try-writes", names).ExecuteAsync(token),
                    cancellationToken
                );
            }
            catch (BackfillException error) when (error.InnerException is PostgresException cause)
            {
                refused.Add($"update of {need.Table}: {cause.MessageText}");
            }
        }

        var inserts = await database.TryAsync(
            async (connection, token) =>
            {
                var trial = new InsertTrial(connection, catalogue, time.GetUtcNow());
                await trial.RunAsync(token);
                return trial;
            },
            cancellationToken
        );
        refused.AddRange(inserts.Refused);
        const string Expected = "every table takes an update and an insert";
        string[] untried = inserts.Untried.Count == 0 ? [] : [$"not tried: {string.Join(", ", inserts.Untried)}"];
        report.Judge(
            CheckDefinition.Writes,
            refused.Count == 0,
            Expected,
            string.Join("; ", refused.DefaultIfEmpty(Expected).Concat(untried)),
            "Fix the trigger or the constraint that the message is about. One row of each table was updated and one inserted, in transactions that were rolled back."
        );
    }
}
