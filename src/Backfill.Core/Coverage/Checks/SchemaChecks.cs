using Backfill.Core.Postgres;
using Npgsql;

namespace Backfill.Core.Coverage.Checks;

/// <summary>The checks of the category Schema: what the tool needs of a database, and what it does without.</summary>
internal static class SchemaChecks
{
    /// <summary>The category.</summary>
    public const string Category = "Schema";

    private const string Columns = "Postgres/catalogue-columns";
    private const string Tables = "Postgres/catalogue-tables";

    /// <summary>Gets the checks in their order.</summary>
    public static IReadOnlyList<Check> All { get; } =
    [
        Of("SchemaTables", Columns, TablesVerdict) with
        {
            Repair = PipelineStage.Initialize,
        },
        Of(
            "SchemaKeys",
            Columns,
            catalogue =>
                Verdict.None(
                    SchemaNeeds.MissingKeys(catalogue),
                    "a unique key wherever a row is known by one",
                    "Add a unique constraint over these columns: without it a row cannot be written again, only twice."
                )
        ),
        Of(
            "SchemaDemands",
            Columns,
            catalogue =>
                Verdict.None(
                    SchemaNeeds.Unfilled(catalogue),
                    "no column without a default that the tool has no value for",
                    "Give these columns a default, or let them be null."
                )
        ),
        Of("SchemaOptional", Columns, OptionalVerdict),
        Of(
            "Rights",
            Tables,
            catalogue =>
                Verdict.None(
                    Enum.GetValues<PipelineStage>()
                        .SelectMany(stage => DatabaseRights.Missing(catalogue, stage))
                        .Distinct(StringComparer.Ordinal),
                    "the rights that every stage needs",
                    "Let the owner of the tables run docs/grants.sql for this login."
                )
        ),
        Of(
            "RowSecurity",
            Tables,
            catalogue =>
                Verdict.None(
                    DatabaseRights.Hidden(catalogue),
                    "every row visible",
                    $"Run ALTER ROLE {catalogue.Server.Role} BYPASSRLS, or act as a role that has it (Connect-Backfill -DatabaseRole): row-level security hides rows, and what is written changes nothing."
                )
        ),
        new("Writes", Category, "Coverage/try-writes", Repair: null, WritesAsync),
    ];

    private static Check Of(string id, string query, Func<Catalogue, Verdict> judge) =>
        new(id, Category, query, Repair: null, async (facts, token) => judge(await CatalogueAsync(facts, token)));

    // The database may have changed since an earlier command of this process read the catalogue.
    private static Task<Catalogue> CatalogueAsync(CoverageFacts facts, CancellationToken cancellationToken) =>
        facts.OnceAsync(
            Columns,
            token =>
            {
                facts.Database.ForgetCatalogue();
                return facts.Database.CatalogueAsync(token);
            },
            cancellationToken
        );

    private static Verdict TablesVerdict(Catalogue catalogue)
    {
        string[] unsuitable = [.. catalogue.Server.Unsuitable];
        string[] ofContent = [.. SchemaNeeds.Missing(catalogue), .. SchemaNeeds.WrongTypes(catalogue)];
        string[] ofTool = catalogue.HasTable("backfill.sync_run") ? [] : ["schema backfill"];

        // Initialize-BackfillDatabase makes the content tables only where it makes everything.
        var isForOperator =
            unsuitable.Length > 0
            || (ofContent.Length > 0 && (ofTool.Length == 0 || catalogue.HasTable("repositories")));
        return Verdict.None(
            [.. ofContent, .. ofTool, .. unsuitable],
            "every table and column that is needed",
            unsuitable.Length > 0
                    ? "Use another database. The error of Initialize-BackfillDatabase says how to make one."
                : isForOperator
                    ? "Bring the migrations of the application that owns these tables up to date, or add what is missing by hand."
                : "Run Initialize-BackfillDatabase."
        ) with
        {
            CanRepair = !isForOperator,
        };
    }

    private static Verdict OptionalVerdict(Catalogue catalogue)
    {
        var without = SchemaNeeds.DoneWithout(catalogue).ToArray();
        return new Verdict(
            CheckStatus.Passed,
            "whatever of the optional columns there is",
            without.Length == 0 ? "all of them" : $"done without: {string.Join(", ", without)}"
        );
    }

    // A trigger that names a missing table or column only fails when it is fired.
    private static async Task<Verdict> WritesAsync(CoverageFacts facts, CancellationToken cancellationToken)
    {
        var catalogue = await CatalogueAsync(facts, cancellationToken);
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
                await facts.Database.TryAsync(
                    (connection, token) => connection.Statement("Coverage/try-writes", names).ExecuteAsync(token),
                    cancellationToken
                );
            }
            catch (BackfillException error) when (error.InnerException is PostgresException cause)
            {
                refused.Add($"update of {need.Table}: {cause.MessageText}");
            }
        }

        var inserts = await facts.Database.TryAsync(
            async (connection, token) =>
            {
                var trial = new InsertTrial(connection, catalogue, facts.Now);
                await trial.RunAsync(token);
                return trial;
            },
            cancellationToken
        );
        refused.AddRange(inserts.Refused);
        const string Expected = "every table takes an update and an insert";
        string[] untried = inserts.Untried.Count == 0 ? [] : [$"not tried: {string.Join(", ", inserts.Untried)}"];
        return Verdict.Judge(
            refused.Count == 0,
            Expected,
            string.Join("; ", refused.DefaultIfEmpty(Expected).Concat(untried)),
            "Fix the trigger or the constraint that the message is about. One row of each table was updated and one inserted, in transactions that were rolled back."
        );
    }
}
