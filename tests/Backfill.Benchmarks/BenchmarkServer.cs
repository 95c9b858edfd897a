using Backfill.Core.Postgres;
using Npgsql;

namespace Backfill.Benchmarks;

/// <summary>A private PostgreSQL for one measurement, with as many empty databases as it asks for.</summary>
internal sealed class BenchmarkServer : IAsyncDisposable
{
    private readonly string folder = Path.Combine(Path.GetTempPath(), $"backfill-benchmark-{Guid.NewGuid():N}");
    private readonly LocalServer server = new(TimeProvider.System);
    private string connectionString = "";
    private int databases;

    public static async Task<BenchmarkServer> StartAsync()
    {
        var started = new BenchmarkServer();
        started.connectionString = await started.server.EnsureRunningAsync(
            started.folder,
            output: null,
            CancellationToken.None
        );
        return started;
    }

    /// <summary>A new empty database, as a connection string.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = FormattableString.Invariant($"benchmark_{++databases}");
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var create = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await create.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(connectionString) { Database = name }.ConnectionString;
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await server.StopAsync(folder, CancellationToken.None);
        Directory.Delete(folder, recursive: true);
    }
}
