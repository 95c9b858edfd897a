using Backfill.Core.Postgres;
using Npgsql;

namespace Backfill.Core.Coverage.Checks;

/// <summary>The checks of the category Schema: whether the database has what the tool needs.</summary>
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
                    "a unique key on every table that the tool writes",
                    "Add a unique constraint on these columns. Without it, the tool cannot update a row that is already stored."
                )
        ),
        Of(
            "SchemaDemands",
            Columns,
            catalogue =>
                Verdict.None(
                    SchemaNeeds.Unfilled(catalogue),
                    "no required column that the tool has no value for",
                    "Give these columns a default, or allow null in them."
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
                    $"Row-level security hides rows from this login, and its updates change nothing. Run ALTER ROLE {catalogue.Server.Role} BYPASSRLS, or act as a role that has BYPASSRLS (Connect-Backfill -DatabaseRole)."
                )
        ),
        new("Writes", Category, "Coverage/try-writes", Repair: null, WritesAsync),
    ];

    private static Check Of(string id, string query, Func<Catalogue, Verdict> judge) =>
        new(id, Category, query, Repair: null, async (facts, token) => judge(await CatalogueAsync(facts, token)));

    // The database may have changed since an earlier command of this process read the catalogue.
    private static Task<Catalogue> CatalogueAsync(CoverageFacts facts, CancellationToken cancellationToken) =>
        facts.Stored.OnceAsync(
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

        // Initialize-BackfillDatabase only creates the content tables in a database that has none of the tables.
        var isForOperator =
            unsuitable.Length > 0
            || (ofContent.Length > 0 && (ofTool.Length == 0 || catalogue.HasTable("repositories")));
        return Verdict.None(
            [.. ofContent, .. ofTool, .. unsuitable],
            "every table and column that the tool needs",
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
        var without = SchemaNeeds.MissingOptional(catalogue).ToArray();
        return new Verdict(
            CheckStatus.Passed,
            "the optional tables and columns",
            without.Length == 0 ? "all present" : $"not present: {string.Join(", ", without)}"
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
            "Fix the trigger or the constraint that the message names. The check updated one row of each table and inserted one, in transactions that were rolled back."
        );
    }
}
