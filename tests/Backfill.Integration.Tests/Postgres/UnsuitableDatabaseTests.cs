using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Npgsql;

namespace Backfill.Integration.Tests.Postgres;

/// <summary>Databases that cannot hold what has to be stored: the error says so before anything is written.</summary>
public sealed class UnsuitableDatabaseTests(TestPostgres postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("LATIN1")]
    [InlineData("SQL_ASCII")]
    public async Task A_database_in_another_encoding_is_refused_by_name(string encoding)
    {
        var name = $"in_{encoding.ToLowerInvariant()}";
        await using var bench = await EmptyAsync(name, $"ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0");

        var refused = await Assert.ThrowsAsync<BackfillException>(bench.InitializeAsync);
        var check = Assert.Single(await SchemaTablesAsync(bench));

        Assert.Equal(ErrorIds.SchemaUnsuitable, refused.ErrorId);
        Assert.Contains($"stores text as {encoding}", refused.Message);
        Assert.Equal(CheckStatus.Failed, check.Status);
        Assert.Contains($"the encoding {encoding}", check.Actual);
    }

    [Fact]
    public async Task A_read_only_database_says_that_it_is_read_only()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 5 });
        await bench.ExecuteAsync($"ALTER DATABASE {bench.DatabaseName} SET default_transaction_read_only = on");
        await using var other = await bench.ReopenAsync();
        NpgsqlConnection.ClearPool(new NpgsqlConnection(bench.ConnectionString));

        var initialized = await Assert.ThrowsAsync<BackfillException>(other.InitializeAsync);
        var synced = await Assert.ThrowsAsync<BackfillException>(() => other.StartAsync("octo/hello"));
        var check = Assert.Single(await SchemaTablesAsync(other));

        Assert.Equal((ErrorIds.DatabaseReadOnly, ErrorIds.DatabaseReadOnly), (initialized.ErrorId, synced.ErrorId));
        Assert.Contains("read-only", check.Actual);
    }

    [Fact]
    public async Task A_statement_that_takes_too_long_is_named_with_the_setting()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 5 });
        await using var blocking = new NpgsqlConnection(bench.ConnectionString);
        await blocking.OpenAsync(Token);
        await using var held = await blocking.BeginTransactionAsync(Token);
        await using var hold = new NpgsqlCommand("LOCK TABLE backfill.sync_run IN ACCESS EXCLUSIVE MODE", blocking);
        await hold.ExecuteNonQueryAsync(Token);
        bench.LogIn("postgres", options: "-c statement_timeout=100");

        var late = await Assert.ThrowsAsync<BackfillException>(() =>
            bench.Engine.FindSyncsAsync(bench.Settings, new SyncFilter([], [], [], false), Token)
        );

        Assert.Equal(ErrorIds.DatabaseTimeout, late.ErrorId);
        Assert.Contains("statement timeout", late.Message);
        Assert.Contains("statement_timeout", late.Action);
    }

    [Fact]
    public async Task The_pipeline_passes_on_a_server_where_backslashes_escape_in_every_text()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 12 });
        bench.LogIn("postgres", options: "-c standard_conforming_strings=off");

        await bench.RegisterAsync("octo/hello", "The team");
        Assert.Equal(RunState.Completed, (await bench.SyncAsync("octo/hello")).State);
        Assert.Equal(RunState.Completed, (await bench.EmbedAsync("octo/hello")).State);
        await bench.MeasureAsync("octo/hello");

        Assert.DoesNotContain(await bench.CheckAsync("octo/hello"), check => check.Status == CheckStatus.Failed);
    }

    private static async Task<IReadOnlyList<CoverageCheck>> SchemaTablesAsync(Bench bench) =>
        await bench.Engine.CheckCoverageAsync(
            bench.Settings,
            new CoverageRequest(null, 100, SkipGitHub: true, null, Plan: false) { Checks = ["SchemaTables"] },
            bench.Output,
            Token
        );

    private async Task<Bench> EmptyAsync(string name, string options)
    {
        var server = new NpgsqlConnectionStringBuilder(await postgres.CreateDatabaseAsync());
        await using (var connection = new NpgsqlConnection(server.ConnectionString))
        {
            await connection.OpenAsync(Token);
            await using var create = new NpgsqlCommand($"CREATE DATABASE {name} {options}", connection);
            await create.ExecuteNonQueryAsync(Token);
        }

        server.Database = name;
        return await Bench.SetUpWithoutSchemaAsync(server.ConnectionString, new SimulatorOptions { PullRequests = 5 });
    }
}
