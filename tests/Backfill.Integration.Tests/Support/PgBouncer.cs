using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Backfill.Integration.Tests.Support;

/// <summary>PgBouncer in transaction mode before the tests' PostgreSQL, with fewer server connections than the tool opens.</summary>
internal sealed class PgBouncer : IAsyncDisposable
{
    private readonly Process process;
    private readonly string folder;

    private PgBouncer(Process process, string folder, int port)
    {
        this.process = process;
        this.folder = folder;
        Port = port;
    }

    public int Port { get; }

    /// <summary>Starts it; the test is skipped where it is not installed, and fails there when <c>CI</c> is true.</summary>
    /// <param name="logins">Who may come in, beside <c>postgres</c>.</param>
    public static Task<PgBouncer> StartAsync(TestPostgres postgres, params IEnumerable<string> logins) =>
        StartAsync(postgres, certificate: null, logins);

    /// <summary>Starts it with TLS on both sides, and with the server's certificate.</summary>
    public static Task<PgBouncer> StartAsync(TestPostgres postgres, ServerCertificate certificate) =>
        StartAsync(postgres, certificate, []);

    private static async Task<PgBouncer> StartAsync(
        TestPostgres postgres,
        ServerCertificate? certificate,
        IEnumerable<string> logins
    )
    {
        string[] places = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/opt/homebrew/bin/pgbouncer"];
        var program = places.FirstOrDefault(File.Exists);
        if (program is null)
        {
            const string missing = "PgBouncer is not installed.";
            Assert.False(Environment.GetEnvironmentVariable("CI") == "true", missing);
            Assert.Skip(missing);
        }

        var files = Directory.CreateTempSubdirectory("backfill-pgbouncer-").FullName;
        var port = TestPostgres.FreePort();
        var settings = Path.Combine(files, "pgbouncer.ini");
        var users = Path.Combine(files, "users.txt");
        await File.WriteAllLinesAsync(users, logins.Append("postgres").Select(login => $"\"{login}\" \"\""));
        await File.WriteAllTextAsync(
            settings,
            $"""
            [databases]
            * = host=127.0.0.1 port={postgres.Port}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = trust
            auth_file = {users}
            pool_mode = transaction
            default_pool_size = 3
            ignore_startup_parameters = extra_float_digits

            """
        );
        if (certificate is not null)
        {
            var (file, key) = (Path.Combine(files, "server.crt"), Path.Combine(files, "server.key"));
            await File.WriteAllTextAsync(file, certificate.Pem);
            await File.WriteAllTextAsync(key, certificate.KeyPem);
            await File.AppendAllLinesAsync(
                settings,
                [
                    "server_tls_sslmode = require",
                    "client_tls_sslmode = require",
                    $"client_tls_cert_file = {file}",
                    $"client_tls_key_file = {key}",
                ]
            );
        }

        var start = new ProcessStartInfo(program!);
        if (Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows())
        {
            // It refuses to run as root.
            File.SetUnixFileMode(files, (UnixFileMode)0b111_101_101);
            start.ArgumentList.Add("-u");
            start.ArgumentList.Add("postgres");
        }

        start.ArgumentList.Add("-q");
        start.ArgumentList.Add(settings);
        var bouncer = new PgBouncer(Process.Start(start)!, files, port);
        while (!await bouncer.AnswersAsync())
        {
            Assert.False(bouncer.process.HasExited, "PgBouncer did not start.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken);
        }

        return bouncer;
    }

    /// <summary>The same database by way of the pooler.</summary>
    public string Before(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Port = Port }.ConnectionString;

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private async Task<bool> AnswersAsync()
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, Port, TestContext.Current.CancellationToken);
            return true;
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return false;
        }
    }
}
