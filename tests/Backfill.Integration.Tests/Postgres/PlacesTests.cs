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
    public async Task A_sync_passes_through_a_pooler_in_transaction_mode()
    {
        await using var pooler = await PgBouncer.StartAsync(postgres);
        await using var bench = await Bench.SetUpWithoutSchemaAsync(postgres, Small);

        await PassesAsync(bench, Initialize + Pipeline(), pooler.Before(bench.ConnectionString));
        await PassesAsync(bench, Initialize + Pipeline(), pooler.Before(bench.ConnectionString));
        await StoredAsync(bench);
    }

    [Fact]
    public async Task A_login_that_lacks_a_right_is_told_which_and_nothing_counts_as_done()
    {
        await using var bench = await Bench.SetUpAsync(postgres, Small);
        var login = await AppSchema.RestrictedLoginAsync(bench);
        await bench.ExecuteAsync($"REVOKE INSERT ON reviews FROM {login}");

        using var host = bench.Host(Pipeline(), ("BACKFILL_DATABASE_URL", As(bench, login)));

        Assert.Equal(1, await host.WaitAsync());
        Assert.Contains("lacks a right: INSERT on reviews.", host.Errors);
        Assert.Equal(0, await bench.CountAsync("SELECT count(*) FROM backfill.sync_run"));
    }

    [Fact]
    public async Task App_tables_that_lack_a_column_are_refused_with_its_name()
    {
        await using var bench = await Bench.SetUpWithoutSchemaAsync(postgres, Small);
        await bench.ExecuteAsync(AppSchema.Tables());
        await bench.ExecuteAsync(
            "ALTER TABLE pull_requests DROP COLUMN merged_at CASCADE; DROP TABLE tracked_repositories CASCADE"
        );

        var refused = await Assert.ThrowsAsync<BackfillException>(bench.InitializeAsync);

        Assert.Equal(ErrorIds.SchemaUnsuitable, refused.ErrorId);
        Assert.Contains("table tracked_repositories, pull_requests.merged_at", refused.Message);
    }

    private static string Pipeline() =>
        "Start-RepoSync octo/hello -Track | Wait-RepoSync | Invoke-EmbeddingBackfill | Update-WorkspaceMetrics | Test-BackfillCoverage";

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

    private static string As(Bench bench, string login) =>
        new NpgsqlConnectionStringBuilder(bench.ConnectionString) { Username = login }.ConnectionString;

    internal static IEnumerable<string> DocumentedStatements() =>
        Statement()
            .Matches(File.ReadAllText(Path.Combine(Checkout.Root, "docs/database.md")))
            .Select(match => match.Groups["sql"].Value);

    [GeneratedRegex("```sql\n(?<sql>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Statement();
}
