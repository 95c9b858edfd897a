using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Backfill.Integration.Tests.Support;

namespace Backfill.Integration.Tests.Embedding;

/// <summary>PostgreSQL with pgvector, fetched once through the npm client; every start is a new empty database.</summary>
public sealed class PGlite : IAsyncLifetime
{
    private NpmFolder? npm;

    public async ValueTask InitializeAsync() => npm = await NpmFolder.InstallAsync("Embedding/PGlite", "PGlite");

    public ValueTask DisposeAsync()
    {
        npm?.Dispose();
        return ValueTask.CompletedTask;
    }

    internal async Task<PGliteServer> StartAsync()
    {
        int port;
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            port = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        var process = npm!.Node("server.mjs", port.ToString());
        Assert.Equal("ready", await process.StandardOutput.ReadLineAsync());
        return new PGliteServer(process, port);
    }
}

/// <summary>A running PGlite, which ends with its input.</summary>
internal sealed class PGliteServer(Process process, int port) : IAsyncDisposable
{
    public string ConnectionString { get; } =
        $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres;SSL Mode=Disable;No Reset On Close=true;Maximum Pool Size=1";

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
