using Backfill.Integration.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Postgres;

/// <summary>
/// pgvector is on the server and the login may not install it. The server of the tests may have none: a view shows it as
/// available, and an event trigger refuses it as the server refuses an ordinary login.
/// </summary>
public sealed class VectorRightTests(TestPostgres postgres)
{
    [Fact]
    public async Task A_login_that_may_not_install_pgvector_gets_arrays_and_is_told_what_an_administrator_runs()
    {
        await using var bench = await Bench.SetUpWithoutSchemaAsync(
            postgres,
            new SimulatorOptions { PullRequests = 12 }
        );
        await bench.ExecuteAsync(
            $"""
            DROP EXTENSION IF EXISTS vector;
            CREATE VIEW pg_available_extensions AS SELECT name 'vector' AS name;
            GRANT SELECT ON pg_available_extensions TO public;
            CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE 'permission denied to create extension "vector"' USING ERRCODE = 'insufficient_privilege'; END $$;
            CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('CREATE EXTENSION') EXECUTE FUNCTION refuse();
            ALTER DATABASE {bench.DatabaseName} SET search_path = public, pg_catalog;
            """
        );
        Npgsql.NpgsqlConnection.ClearPool(new Npgsql.NpgsqlConnection(bench.ConnectionString));

        await bench.InitializeAsync();

        var told = Assert.Single(bench.Output.Warnings);
        Assert.Contains("permission denied to create extension \"vector\"", told);
        Assert.Contains("CREATE EXTENSION vector", told);
        Assert.Equal(
            "real[]",
            await bench.TextAsync(
                "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'pull_requests'::regclass AND attname = 'embedding'"
            )
        );
        Assert.Equal(RunState.Completed, (await bench.SyncAsync("octo/hello")).State);
        Assert.Equal(RunState.Completed, (await bench.EmbedAsync("octo/hello")).State);

        // What is made already needs no extension, so that a later call says nothing of it.
        await bench.InitializeAsync();
        Assert.Single(bench.Output.Warnings);
    }
}
