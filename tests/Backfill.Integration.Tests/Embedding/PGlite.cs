using System.Diagnostics;
using Backfill.Integration.Tests.Support;

namespace Backfill.Integration.Tests.Embedding;

/// <summary>PostgreSQL with pgvector, fetched once through the npm client; one process, and every start is a new empty database.</summary>
public sealed class PGlite : IAsyncLifetime
{
    private NpmFolder? npm;
    private Process? process;

    public async ValueTask InitializeAsync() => npm = await NpmFolder.InstallAsync("Embedding/PGlite", "PGlite");

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync();
            process.Dispose();
        }

        npm?.Dispose();
    }

    internal async Task<PGliteServer> StartAsync()
    {
        process ??= npm!.Node("server.mjs");
        var server = new PGliteServer(process, TestPostgres.FreePort());
        await server.StartAsync();
        return server;
    }
}

/// <summary>A database in the process.</summary>
internal sealed class PGliteServer(Process process, int port) : IAsyncDisposable
{
    public string ConnectionString { get; } =
        $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres;SSL Mode=Disable;No Reset On Close=true;Maximum Pool Size=1";

    internal Task StartAsync() => AskAsync("start");

    public async ValueTask DisposeAsync() => await AskAsync("stop");

    private async Task AskAsync(string what)
    {
        await process.StandardInput.WriteLineAsync($"{what} {port}");
        Assert.Equal("done", await process.StandardOutput.ReadLineAsync());
    }
}
