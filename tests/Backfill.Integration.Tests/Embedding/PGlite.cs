using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Backfill.Integration.Tests.Embedding;

/// <summary>PostgreSQL with pgvector, fetched once through the npm client; every start is a new empty database.</summary>
public sealed class PGlite : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("backfill-pglite-");
    private string? missing;

    public async ValueTask InitializeAsync()
    {
        foreach (
            var file in new DirectoryInfo(Path.Combine(AppContext.BaseDirectory, "Embedding", "PGlite")).GetFiles()
        )
        {
            file.CopyTo(Path.Combine(folder.FullName, file.Name));
        }

        using var install = Start("npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error");
        if (install is null)
        {
            missing = "npm was not found, which PGlite comes from.";
        }
        else
        {
            var errors = install.StandardError.ReadToEndAsync();
            await install.StandardOutput.ReadToEndAsync();
            await install.WaitForExitAsync();
            missing = install.ExitCode == 0 ? null : $"npm could not fetch PGlite: {await errors}";
        }

        Assert.False(missing is not null && Environment.GetEnvironmentVariable("CI") == "true", missing);
    }

    public ValueTask DisposeAsync()
    {
        folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    internal async Task<PGliteServer> StartAsync()
    {
        Assert.SkipWhen(missing is not null, missing ?? "");
        int port;
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            port = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        var process = Start("node", "server.mjs", port.ToString())!;
        Assert.Equal("ready", await process.StandardOutput.ReadLineAsync());
        return new PGliteServer(process, port);
    }

    private Process? Start(string program, params string[] arguments)
    {
        try
        {
            return Process.Start(
                new ProcessStartInfo(program, arguments)
                {
                    WorkingDirectory = folder.FullName,
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                }
            );
        }
        catch (Win32Exception)
        {
            // Not on this machine: the caller says what is missing.
            return null;
        }
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
