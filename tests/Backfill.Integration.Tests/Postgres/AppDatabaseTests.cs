using Backfill.Integration.Tests.Embedding;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Postgres;

/// <summary>The whole pipeline on a real repository's archive, in every kind of database and as every kind of login that operators have.</summary>
public sealed class AppDatabaseTests(TestPostgres postgres)
{
    private const string Archived = Checkout.ArchivedRepository;

    [Fact]
    public async Task OnItsOwnTablesAsTheRestrictedLogin()
    {
        await using var bench = await Bench.SetUpAsync(postgres, Archive());
        bench.LogIn(await AppSchema.RestrictedLoginAsync(bench));

        await PassesAsync(bench);
    }

    [Fact]
    public async Task BesideTheTablesOfTheAppThatAreLeftAsTheyAreAsSupabasesPostgres()
    {
        await using var bench = await AppSchema.BenchAsync(postgres, Archive());
        bench.LogIn(await AppSchema.SupabaseLoginAsync(bench));
        var tables = await TablesAsync(bench);

        await bench.InitializeAsync();
        await PassesAsync(bench);

        Assert.Equal(tables, await TablesAsync(bench));
        Assert.Equal(
            1,
            await bench.CountAsync(
                "SELECT count(*) FROM workspace_tracked_repositories WHERE added_by = '00000000-0000-0000-0000-00000000000a'"
            )
        );
    }

    [Fact]
    public async Task BesideTheAppWithItsOldMetricsTablesAsTheRestrictedLoginThroughAPooler()
    {
        await using var bench = await AppSchema.BenchAsync(postgres, Archive(), legacy: true);
        await bench.InitializeAsync();
        var login = await AppSchema.RestrictedLoginAsync(bench);
        await using var pooler = await PgBouncer.StartAsync(postgres, login);
        bench.LogIn(login, pooler.Port);

        await PassesAsync(bench);
    }

    internal static SimulatorOptions Archive() => new() { DataFiles = [Checkout.RealArchive()] };

    /// <summary>Every stage ends complete, and every check passes or says why it was skipped.</summary>
    internal static async Task PassesAsync(Bench bench)
    {
        await bench.RegisterAsync(Archived, "The team");
        var run = await bench.SyncAsync(Archived);
        Assert.True(run.State == RunState.Completed, $"{run.State}: {run.Error} {string.Join("; ", run.Gaps)}");
        Assert.Equal(RunState.Completed, (await bench.EmbedAsync(Archived)).State);
        await bench.MeasureAsync(Archived);
        var checks = await bench.CheckAsync(Archived);

        Assert.Empty(bench.Output.Errors);
        Assert.DoesNotContain(checks, check => check.Status is CheckStatus.Failed or CheckStatus.Warning);
        Assert.Equal(998, await bench.CountAsync("SELECT count(*) FROM pull_requests WHERE embedding IS NOT NULL"));
        Assert.Equal(446, await bench.CountAsync("SELECT count(*) FROM issues WHERE embedding IS NOT NULL"));
    }

    private static Task<string> TablesAsync(Bench bench) =>
        bench.TextAsync(
            """
            SELECT string_agg(concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default), E'\n'
                              ORDER BY table_name, ordinal_position)
              FROM information_schema.columns WHERE table_schema = 'public'
            """
        );
}

/// <summary>The same where the app has pgvector: in PGlite, whose one connection is what a login has there.</summary>
public sealed class AppVectorDatabaseTests(PGlite pglite) : IClassFixture<PGlite>
{
    [Fact]
    public async Task BesideTheAppWithVectors()
    {
        await using var server = await pglite.StartAsync();
        await using var bench = await Bench.SetUpWithoutSchemaAsync(
            server.ConnectionString,
            AppDatabaseTests.Archive()
        );
        await AppSchema.LayAsync(bench, embeddingType: "vector(384)");

        await bench.InitializeAsync();
        await AppDatabaseTests.PassesAsync(bench);

        // The app's own search finds what was embedded: each issue is the nearest to itself.
        Assert.Equal(
            446,
            await bench.CountAsync(
                """
                SELECT count(*) FROM issues i CROSS JOIN LATERAL find_similar_issues_in_workspace(
                  i.embedding, ARRAY[i.repository_id], 1) f WHERE f.similarity > 0.9999
                """
            )
        );
    }

    // Its one connection is nobody's login: the two act as roles there.
    [Theory]
    [InlineData("Supabase")]
    [InlineData("Restricted")]
    public async Task BesideTheAppWithVectorsAsARoleWithTheRightsOfEachLogin(string login)
    {
        await using var server = await pglite.StartAsync();
        await using var gitHub = await GitHubSimulator.StartAsync(
            AppDatabaseTests.Archive(),
            TestContext.Current.CancellationToken
        );
        await using var bench = Bench.SetUpWithoutSchema(server.ConnectionString, gitHub);
        await AppSchema.LayAsync(bench, embeddingType: "vector(384)");
        string role;
        if (login == "Supabase")
        {
            role = await AppSchema.SupabaseLoginAsync(bench, "NOLOGIN BYPASSRLS CREATEROLE");
        }
        else
        {
            await bench.InitializeAsync();
            role = await AppSchema.RestrictedLoginAsync(bench, "NOLOGIN BYPASSRLS");
        }

        bench.LogIn("postgres", role: role);

        await bench.InitializeAsync();
        await AppDatabaseLoginTests.PassesAsync(bench);
    }
}
