using Backfill.Integration.Tests.Embedding;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Postgres;

/// <summary>The whole pipeline on a real repository's archive, in every kind of database and as every kind of login that operators have.</summary>
public sealed class AppDatabaseTests(TestPostgres postgres)
{
    [Theory]
    [MemberData(nameof(TestArchive.Kinds), MemberType = typeof(TestArchive))]
    public async Task The_pipeline_passes_on_its_own_tables_with_the_restricted_login(ArchiveKind kind)
    {
        var archive = TestArchive.Open(kind);
        await using var bench = await Bench.SetUpAsync(postgres, Serving(archive));
        bench.LogIn(await AppSchema.RestrictedLoginAsync(bench));

        await PassesAsync(bench, archive);
    }

    [Theory]
    [MemberData(nameof(TestArchive.Kinds), MemberType = typeof(TestArchive))]
    public async Task The_pipeline_passes_beside_the_tables_of_the_app_as_the_postgres_login_of_Supabase(
        ArchiveKind kind
    )
    {
        var archive = TestArchive.Open(kind);
        await using var bench = await AppSchema.BenchAsync(postgres, Serving(archive));
        bench.LogIn(await AppSchema.SupabaseLoginAsync(bench));
        var tables = await TablesAsync(bench);

        await bench.InitializeAsync();
        await PassesAsync(bench, archive);

        Assert.Equal(tables, await TablesAsync(bench));
        Assert.Equal(
            1,
            await bench.CountAsync(
                "SELECT count(*) FROM workspace_tracked_repositories WHERE added_by = '00000000-0000-0000-0000-00000000000a'"
            )
        );
    }

    [Theory]
    [MemberData(nameof(TestArchive.Kinds), MemberType = typeof(TestArchive))]
    public async Task The_pipeline_passes_beside_the_old_metrics_tables_with_the_restricted_login_through_a_pooler(
        ArchiveKind kind
    )
    {
        var archive = TestArchive.Open(kind);
        await using var bench = await AppSchema.BenchAsync(postgres, Serving(archive), legacy: true);
        await bench.InitializeAsync();
        var login = await AppSchema.RestrictedLoginAsync(bench);
        await using var pooler = await PgBouncer.StartAsync(postgres, login);
        bench.LogIn(login, pooler.Port);

        await PassesAsync(bench, archive);
    }

    internal static SimulatorOptions Serving(TestArchive archive) => new() { DataFiles = [archive.Path] };

    /// <summary>Every stage ends complete, and every check passes or says why it was skipped.</summary>
    internal static async Task PassesAsync(Bench bench, TestArchive archive)
    {
        await bench.RegisterAsync(archive.Repository, "The team");
        var run = await bench.SyncAsync(archive.Repository);
        Assert.True(run.State == RunState.Completed, $"{run.State}: {run.Error} {string.Join("; ", run.Gaps)}");
        Assert.Equal(RunState.Completed, (await bench.EmbedAsync(archive.Repository)).State);
        await bench.MeasureAsync(archive.Repository);
        var checks = await bench.CheckAsync(archive.Repository);

        Assert.Empty(bench.Output.Errors);
        Assert.DoesNotContain(checks, check => check.Status is CheckStatus.Failed or CheckStatus.Warning);
        Assert.Equal(
            archive.Content.PullRequests.Count,
            await bench.CountAsync("SELECT count(*) FROM pull_requests WHERE embedding IS NOT NULL")
        );
        Assert.Equal(
            archive.Content.Issues.Count,
            await bench.CountAsync("SELECT count(*) FROM issues WHERE embedding IS NOT NULL")
        );
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
    [Theory]
    [MemberData(nameof(TestArchive.Kinds), MemberType = typeof(TestArchive))]
    public async Task The_pipeline_passes_beside_the_app_with_vectors(ArchiveKind kind)
    {
        var archive = TestArchive.Open(kind);
        await using var server = await pglite.StartAsync();
        await using var bench = await Bench.SetUpWithoutSchemaAsync(
            server.ConnectionString,
            AppDatabaseTests.Serving(archive)
        );
        await AppSchema.LayAsync(bench, embeddingType: "vector(384)");

        await bench.InitializeAsync();
        await AppDatabaseTests.PassesAsync(bench, archive);

        // The app's own search finds what was embedded: each issue is the nearest to itself.
        Assert.Equal(
            archive.Content.Issues.Count,
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
    public async Task The_pipeline_passes_beside_the_app_with_vectors_as_a_role_with_the_rights_of_each_login(
        string login
    )
    {
        await using var server = await pglite.StartAsync();
        await using var gitHub = await GitHubSimulator.StartAsync(
            AppDatabaseTests.Serving(TestArchive.Open(ArchiveKind.Generated)),
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
