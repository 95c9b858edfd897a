using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Npgsql;

namespace Backfill.Integration.Tests.Postgres;

/// <summary>A login that may have one connection at a time.</summary>
public sealed class ConnectionLimitTests(TestPostgres postgres)
{
    private const string Hello = "octo/hello";

    [Fact]
    public async Task The_whole_pipeline_passes_with_one_connection()
    {
        await using var bench = await LimitedAsync();

        await bench.InitializeAsync();
        await bench.RegisterAsync(Hello, "The team");
        var run = await bench.SyncAsync(Hello);
        var embedded = await bench.EmbedAsync(Hello);
        await bench.MeasureAsync(Hello);
        var checks = await bench.CheckAsync(Hello);

        Assert.True(run.State == RunState.Completed, $"{run.Error} {string.Join("; ", run.Gaps)}");
        Assert.Equal(RunState.Completed, embedded.State);
        Assert.DoesNotContain(checks, check => check.Status == CheckStatus.Failed);
        Assert.Empty(bench.Output.Errors);
    }

    [Fact]
    public async Task When_another_session_has_the_only_connection_the_error_says_how_to_allow_more()
    {
        await using var bench = await LimitedAsync();
        await using var other = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(bench.Settings.Database!.Reveal()) { Pooling = false }.ConnectionString
        );
        await other.OpenAsync(TestContext.Current.CancellationToken);

        var refused = await Assert.ThrowsAsync<BackfillException>(bench.InitializeAsync);

        Assert.Equal(ErrorIds.DatabaseUnavailable, refused.ErrorId);
        Assert.Contains("too many connections for role", refused.Message);
        Assert.Contains("One connection per process is enough", refused.Action);
        Assert.Contains("ALTER ROLE", refused.Action);
    }

    private async Task<Bench> LimitedAsync()
    {
        var bench = await Bench.SetUpWithoutSchemaAsync(postgres, new SimulatorOptions { PullRequests = 30 });
        bench.LogIn(await AppSchema.SupabaseLoginAsync(bench, "LOGIN BYPASSRLS CONNECTION LIMIT 1"));
        return bench;
    }
}
