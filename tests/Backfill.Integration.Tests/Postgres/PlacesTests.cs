using System.Text.RegularExpressions;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Npgsql;

namespace Backfill.Integration.Tests.Postgres;

/// <summary>The whole pipeline where operators have their databases: behind a pooler, beside an app's tables, with few rights.</summary>
public sealed partial class PlacesTests(TestPostgres postgres)
{
    private const string Initialize = "Initialize-BackfillDatabase; ";

    private static readonly SimulatorOptions Small = new() { PullRequests = 40 };

    [Fact]
    public async Task ThroughAPoolerInTransactionMode()
    {
        await using var pooler = await PgBouncer.StartAsync(postgres);
        await using var bench = await Bench.SetUpWithoutSchemaAsync(postgres, Small);

        await PassesAsync(bench, Initialize + Pipeline(), pooler.Before(bench.ConnectionString));
        await PassesAsync(bench, Initialize + Pipeline(), pooler.Before(bench.ConnectionString));
        await StoredAsync(bench);
    }

    [Fact]
    public async Task AsALoginThatHasOnlyTheRightsThatTheDocumentationLists()
    {
        await using var bench = await Bench.SetUpAsync(postgres, Small);
        var login = await LoginAsync(bench, "restricted", "LOGIN BYPASSRLS");
        await bench.ExecuteAsync(Grants(login));

        await PassesAsync(bench, Initialize + Pipeline(), As(bench, login));
        await StoredAsync(bench);
    }

    [Fact]
    public async Task ALoginThatLacksARightIsToldWhichAndNothingIsCalledDone()
    {
        await using var bench = await Bench.SetUpAsync(postgres, Small);
        var login = await LoginAsync(bench, "lacking", "LOGIN");
        await bench.ExecuteAsync(Grants(login));
        await bench.ExecuteAsync($"REVOKE INSERT ON reviews FROM {login}");

        using var host = bench.Host(Pipeline(), ("BACKFILL_DATABASE_URL", As(bench, login)));

        Assert.Equal(1, await host.WaitAsync());
        Assert.Contains("reviews", host.Errors);
        Assert.Contains("lacks a right", host.Errors);
        Assert.Equal(0, await bench.CountAsync("SELECT count(*) FROM backfill.sync_run WHERE state = 'Completed'"));
    }

    [Fact]
    public async Task BesideTheTablesOfTheAppThatAreLeftAsTheyAre()
    {
        await using var bench = await Bench.SetUpWithoutSchemaAsync(
            postgres,
            new SimulatorOptions { DataFiles = [Checkout.RealArchive()] }
        );
        await bench.ExecuteAsync(AppSchema());
        await bench.ExecuteAsync(
            """
            INSERT INTO app_users (id, github_username) VALUES ('00000000-0000-0000-0000-00000000000a', 'owner');
            INSERT INTO workspaces (name, slug, owner_id) VALUES ('The team', 'the-team', '00000000-0000-0000-0000-00000000000a');
            """
        );
        // As Supabase's postgres: no superuser, row-level security passed by, the right to create a schema.
        var login = await LoginAsync(bench, "supabase", "LOGIN BYPASSRLS CREATEROLE");
        await bench.ExecuteAsync(
            $"""
            GRANT CREATE ON DATABASE {Database(bench)} TO {login};
            GRANT ALL ON SCHEMA public TO {login};
            GRANT USAGE ON SCHEMA auth TO {login};
            GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA auth, public TO {login};
            GRANT ALL ON ALL TABLES IN SCHEMA public TO {login};
            GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {login};
            """
        );
        var tables = await TablesAsync(bench);

        await PassesAsync(
            bench,
            $"{Initialize} Register-BackfillRepository {Checkout.ArchivedRepository} -Workspace 'The team'; {Pipeline(Checkout.ArchivedRepository)}",
            As(bench, login)
        );

        await StoredAsync(bench, pullRequests: 998);
        Assert.Equal(tables, await TablesAsync(bench));
        Assert.Equal(5, await bench.CountAsync("SELECT count(*) FROM backfill.workspace_metrics"));
        Assert.Equal(
            1,
            await bench.CountAsync(
                "SELECT count(*) FROM workspace_tracked_repositories WHERE added_by = '00000000-0000-0000-0000-00000000000a'"
            )
        );
    }

    [Fact]
    public async Task AnAppsTablesThatLackAColumnAreRefusedWithItsName()
    {
        await using var bench = await Bench.SetUpWithoutSchemaAsync(postgres, Small);
        await bench.ExecuteAsync(AppSchema());
        await bench.ExecuteAsync(
            "ALTER TABLE pull_requests DROP COLUMN merged_at CASCADE; DROP TABLE tracked_repositories CASCADE"
        );

        var refused = await Assert.ThrowsAsync<BackfillException>(bench.InitializeAsync);

        Assert.Equal(ErrorIds.SchemaUnsuitable, refused.ErrorId);
        Assert.Contains("table tracked_repositories, pull_requests.merged_at", refused.Message);
    }

    private static string Pipeline(string repository = "octo/hello") =>
        $"Start-RepoSync {repository} -Track | Wait-RepoSync | Invoke-EmbeddingBackfill | Update-WorkspaceMetrics | Test-BackfillCoverage";

    private static async Task PassesAsync(Bench bench, string command, string connectionString)
    {
        using var host = bench.Host(command, ("BACKFILL_DATABASE_URL", connectionString));
        Assert.True(await host.WaitAsync() == 0, host.Errors + host.Output);
        Assert.Contains("Passed", host.Output);
    }

    private static async Task StoredAsync(Bench bench, int pullRequests = 40)
    {
        Assert.Equal(
            pullRequests,
            await bench.CountAsync("SELECT count(*) FROM pull_requests WHERE embedding IS NOT NULL")
        );
        Assert.True(await bench.CountAsync("SELECT count(*) FROM comments") > 0);
    }

    private static async Task<string> LoginAsync(Bench bench, string name, string options)
    {
        // Roles belong to the cluster, which the tests share.
        var login = $"{name}_{Database(bench)}";
        await bench.ExecuteAsync($"CREATE ROLE {login} {options}");
        return login;
    }

    private static string Database(Bench bench) => new NpgsqlConnectionStringBuilder(bench.ConnectionString).Database!;

    private static string As(Bench bench, string login) =>
        new NpgsqlConnectionStringBuilder(bench.ConnectionString) { Username = login }.ConnectionString;

    private static string Grants(string login) =>
        DocumentedStatements()
            .Single(statement => statement.Contains("GRANT", StringComparison.Ordinal))
            .Replace("backfill_operator", login, StringComparison.Ordinal);

    internal static IEnumerable<string> DocumentedStatements() =>
        Statement()
            .Matches(File.ReadAllText(Path.Combine(Checkout.Root, "docs/database.md")))
            .Select(match => match.Groups["sql"].Value);

    private static string AppSchema()
    {
        var text = File.ReadAllText(Checkout.AppSchema());
        text = VectorOnly().Replace(text, "");
        var lines = text.Split('\n').Where(line => !line.Contains('\\', StringComparison.Ordinal));
        return string.Join('\n', lines).Replace(":embedding_type", "real[]", StringComparison.Ordinal);
    }

    private static Task<string> TablesAsync(Bench bench) =>
        bench.TextAsync(
            """
            SELECT string_agg(concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default), E'\n'
                              ORDER BY table_name, ordinal_position)
              FROM information_schema.columns WHERE table_schema = 'public'
            """
        );

    [GeneratedRegex("```sql\n(?<sql>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Statement();

    [GeneratedRegex("-- if vector.*?-- end vector", RegexOptions.Singleline)]
    private static partial Regex VectorOnly();
}
