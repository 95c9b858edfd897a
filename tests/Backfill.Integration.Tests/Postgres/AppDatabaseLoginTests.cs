using Backfill.Integration.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Postgres;

/// <summary>Each login in each database by each way, on the last part of the generated archive, but for the three of which <see cref="AppDatabaseTests"/> has all of it.</summary>
public sealed class AppDatabaseLoginTests(TestPostgres postgres, AppDatabaseLoginTests.Archive archive)
    : IClassFixture<AppDatabaseLoginTests.Archive>
{
    public static TheoryData<string, string, bool> Cases =>
        [
            .. from tables in new[] { "own tables", "the app's", "the app's with the old metrics" }
            from login in new[] { "supabase", "restricted" }
            from pooled in new[] { false, true }
            where !OnAllOfTheArchive.Contains((tables, login, pooled))
            select (tables, login, pooled),
        ];

    private static readonly (string, string, bool)[] OnAllOfTheArchive =
    [
        ("own tables", "restricted", false),
        ("the app's", "supabase", false),
        ("the app's with the old metrics", "restricted", true),
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Every_stage_passes_with_the_login_of_an_app_database(string tables, string login, bool pooled)
    {
        await using var bench = Bench.SetUpWithoutSchema(await postgres.CreateDatabaseAsync(), archive.GitHub);
        if (tables != "own tables")
        {
            await AppSchema.LayAsync(bench, legacy: tables.EndsWith("metrics", StringComparison.Ordinal));
        }

        if (login == "restricted")
        {
            await bench.InitializeAsync();
        }

        var name = await (
            login == "restricted" ? AppSchema.RestrictedLoginAsync(bench) : AppSchema.SupabaseLoginAsync(bench)
        );
        await using var pooler = pooled ? await PgBouncer.StartAsync(postgres, name) : null;
        bench.LogIn(name, pooler?.Port);

        await bench.InitializeAsync();
        await PassesAsync(bench);
    }

    /// <summary>Every stage ends complete, and no check fails or warns.</summary>
    internal static async Task PassesAsync(Bench bench)
    {
        var archive = TestArchive.Open(ArchiveKind.Generated);
        var since = archive.Items.Select(item => item.UpdatedAt).Order().ElementAt(archive.Items.Count() * 9 / 10);
        await bench.RegisterAsync(archive.Repository, "The team");
        Assert.Equal(RunState.Completed, (await bench.SyncAsync(archive.Repository, since)).State);
        Assert.Equal(RunState.Completed, (await bench.EmbedAsync(archive.Repository)).State);
        await bench.MeasureAsync(archive.Repository);
        var checks = await bench.CheckAsync(archive.Repository);

        Assert.Empty(bench.Output.Errors);
        Assert.DoesNotContain(checks, check => check.Status is CheckStatus.Failed or CheckStatus.Warning);
        // A page reaches beyond the asked time.
        var all = archive.Items.Count();
        Assert.InRange(
            await bench.CountAsync("SELECT (SELECT count(*) FROM pull_requests) + (SELECT count(*) FROM issues)"),
            archive.Items.Count(item => item.UpdatedAt >= since),
            all - 1
        );
        Assert.Equal(0, await bench.CountAsync("SELECT count(*) FROM pull_requests WHERE embedding IS NULL"));
    }

    /// <summary>One GitHub that serves the archive.</summary>
    public sealed class Archive : IAsyncLifetime
    {
        internal GitHubSimulator GitHub { get; private set; } = null!;

        public async ValueTask InitializeAsync() =>
            GitHub = await GitHubSimulator.StartAsync(
                AppDatabaseTests.Serving(TestArchive.Open(ArchiveKind.Generated)),
                TestContext.Current.CancellationToken
            );

        public ValueTask DisposeAsync() => GitHub.DisposeAsync();
    }
}
