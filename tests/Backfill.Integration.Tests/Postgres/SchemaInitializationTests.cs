using Backfill.Core;
using Backfill.Core.Postgres;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Npgsql;

namespace Backfill.Integration.Tests.Postgres;

public sealed class SchemaInitializationTests(TestPostgres postgres)
{
    private static readonly IReadOnlyList<string> Scripts =
    [
        .. Migrations.Scripts(withContent: true, "real[]").Select(script => script.Name),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_call_creates_everything_and_the_second_nothing()
    {
        await using var bench = await Bench.SetUpWithoutSchemaAsync(postgres, new SimulatorOptions());

        var first = await InitializeAsync(bench);
        var schema = await SchemaAsync(bench);
        var second = await InitializeAsync(bench);

        Assert.Equal(Scripts, first.Applied);
        Assert.Equal(
            (RunState.Completed, false, postgres.VectorType),
            (first.State, first.ForeignContent, first.EmbeddingType)
        );
        Assert.StartsWith("postgres@127.0.0.1:", first.Database);
        Assert.Empty(second.Applied);
        Assert.Equal(schema, await SchemaAsync(bench));
    }

    [Fact]
    public async Task A_plan_prints_the_statements_that_make_the_schema_and_executes_none()
    {
        await using var bench = await Bench.SetUpWithoutSchemaAsync(postgres, new SimulatorOptions());
        var empty = await SchemaAsync(bench);

        var plan = await InitializeAsync(bench, plan: true);
        Assert.Equal(RunState.Planned, plan.State);
        Assert.Equal(empty, await SchemaAsync(bench));

        // By hand they make what the tool makes, but for its own note of what was run.
        await bench.ExecuteAsync(plan.Ddl!);
        var byHand = await SchemaAsync(bench);
        await using var other = await Bench.SetUpAsync(postgres, new SimulatorOptions());
        await other.ExecuteAsync("DROP TABLE backfill.migration");
        Assert.Equal(await SchemaAsync(other), byHand);

        Assert.Null((await InitializeAsync(await Bench.SetUpAsync(postgres, new SimulatorOptions()), plan: true)).Ddl);
    }

    [Fact]
    public async Task Several_simultaneous_first_calls_all_succeed_and_one_does_the_work()
    {
        await using var bench = await Bench.SetUpWithoutSchemaAsync(postgres, new SimulatorOptions());
        await using var databases = new DisposableSet(bench.ConnectionString, 4);

        var results = await Task.WhenAll(
            databases.All.Select(database =>
                SchemaInitialization.RunAsync(database, plan: false, new CollectedOutput(), TimeProvider.System, Token)
            )
        );

        Assert.All(results, result => Assert.Equal(RunState.Completed, result.State));
        Assert.Equal(Scripts.Count, await bench.CountAsync("SELECT count(*) FROM backfill.migration"));
        Assert.Equal(0, await bench.CountAsync("SELECT count(*) FROM backfill.lease"));
    }

    [Fact]
    public async Task A_migration_that_the_database_refuses_leaves_nothing_behind()
    {
        await using var bench = await Bench.SetUpWithoutSchemaAsync(postgres, new SimulatorOptions());
        // Not a table of the content, so that it is no foreign schema; but in its way.
        await bench.ExecuteAsync("CREATE TABLE discussions (id text)");

        var refused = await Assert.ThrowsAsync<BackfillException>(() => InitializeAsync(bench));

        Assert.Equal(ErrorIds.DatabaseWriteRefused, refused.ErrorId);
        Assert.Contains("\"discussions\" already exists", refused.Message);
        Assert.Equal(
            "backfill.lease public.discussions",
            await bench.TextAsync(
                "SELECT string_agg(schemaname || '.' || tablename, ' ' ORDER BY schemaname) FROM pg_tables WHERE schemaname IN ('public', 'backfill') AND tablename <> 'migration'"
            )
        );

        await bench.ExecuteAsync("DROP TABLE discussions");
        Assert.Equal(Scripts, (await InitializeAsync(bench)).Applied);
    }

    [Fact]
    public async Task A_login_whose_tables_would_go_into_the_schema_of_the_tool_is_refused()
    {
        await using var bench = await Bench.SetUpWithoutSchemaAsync(postgres, new SimulatorOptions());
        await bench.ExecuteAsync("CREATE SCHEMA backfill");
        var connection = new NpgsqlConnectionStringBuilder(bench.ConnectionString) { SearchPath = "backfill" };

        var refused = await Assert.ThrowsAsync<BackfillException>(() =>
            InitializeAsync(bench, connectionString: connection.ConnectionString)
        );

        Assert.Equal(ErrorIds.SchemaUnsuitable, refused.ErrorId);
        Assert.Contains("search_path", refused.Action);
    }

    [Fact]
    public async Task Without_the_schema_a_command_says_how_to_create_it()
    {
        await using var bench = await Bench.SetUpWithoutSchemaAsync(postgres, new SimulatorOptions());

        var refused = await Assert.ThrowsAsync<BackfillException>(() => bench.EmbedAsync("octo/hello"));

        Assert.Equal(ErrorIds.SchemaMissing, refused.ErrorId);
        Assert.Contains("Initialize-BackfillDatabase", refused.Action);

        // The checks say so of the schema, and that nothing else can be judged.
        var checks = (await bench.CheckAsync("octo/hello")).ToDictionary(check => check.Check);
        Assert.Equal(CheckStatus.Failed, checks["SchemaTables"].Status);
        Assert.Contains("Initialize-BackfillDatabase", checks["SchemaTables"].Advice);
        Assert.Equal(CheckStatus.Skipped, checks["IssueCount"].Status);
    }

    private static async Task<DatabaseInitialization> InitializeAsync(
        Bench bench,
        bool plan = false,
        string? connectionString = null
    )
    {
        // An engine of its own, which knows nothing of what was there before.
        await using var engine = new BackfillEngine();
        return await engine.InitializeDatabaseAsync(
            connectionString is null ? bench.Settings : bench.Settings with { Database = new Secret(connectionString) },
            new DatabaseRequest(plan),
            new CollectedOutput(),
            Token
        );
    }

    private static Task<string> SchemaAsync(Bench bench) =>
        bench.TextAsync(
            """
            SELECT coalesce(string_agg(line, E'\n' ORDER BY line), '')
              FROM (SELECT concat_ws(' ', table_schema, table_name, column_name, data_type, is_nullable, column_default) AS line
                      FROM information_schema.columns WHERE table_schema IN ('public', 'backfill')
                    UNION ALL
                    SELECT indexdef FROM pg_indexes WHERE schemaname IN ('public', 'backfill')
                    UNION ALL
                    SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
                     WHERE connamespace IN (to_regnamespace('public'), to_regnamespace('backfill'))) x
            """
        );

    private sealed class DisposableSet(string connectionString, int count) : IAsyncDisposable
    {
        public IReadOnlyList<Database> All { get; } =
        [.. Enumerable.Range(0, count).Select(_ => new Database(connectionString, TimeProvider.System))];

        public async ValueTask DisposeAsync()
        {
            foreach (var database in All)
            {
                await database.DisposeAsync();
            }
        }
    }
}
