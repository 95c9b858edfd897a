using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

[assembly: AssemblyFixture(typeof(Backfill.Integration.Tests.Support.TestPostgres))]

namespace Backfill.Integration.Tests.Support;

/// <summary>
/// One real PostgreSQL for all tests of the assembly, in a temporary folder; each test takes a database of its own and drops it.
/// </summary>
public sealed class TestPostgres : IAsyncLifetime
{
    private static readonly string[] Needed = ["initdb", "pg_ctl", "pg_dump"];

    private const string Memory = "/dev/shm";
    private const long BytesOfAllTests = 2L << 30;

    private readonly string folder = CreateFolder();
    private readonly Dictionary<string, Task<string>> templates = new(StringComparer.Ordinal);
    private int port;
    private int databases;
    private bool started;

    /// <summary>Gets whether this machine lacks PostgreSQL's programs: there is no server then, and every test that asks for a database is skipped.</summary>
    internal bool IsMissing { get; } = BinFolder() is null;

    /// <summary>The server's port on loopback; the login is postgres, without a password.</summary>
    public int Port => port;

    public async ValueTask InitializeAsync()
    {
        if (IsMissing)
        {
            return;
        }

        port = FreePort();
        var data = Path.Combine(folder, "data");
        if (Environment.IsPrivilegedProcess)
        {
            await RunAsync("chown", "postgres", folder);
        }

        await RunAsync(
            Program("initdb"),
            "-D",
            data,
            "-U",
            "postgres",
            "--auth=trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "-N"
        );
        await RunAsync(
            Program("pg_ctl"),
            "-D",
            data,
            "-w",
            "-l",
            Path.Combine(folder, "log"),
            "-o",
            $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off -c max_connections=200",
            "start"
        );
        started = true;
        VectorType = await CreateVectorAsync() ? "vector(384)" : "real[]";
    }

    /// <summary>
    /// The command timeout of the tests' own statements. On a busy machine a statement that fills a table takes more than
    /// Npgsql's 30 seconds.
    /// </summary>
    internal const int NoTimeout = 0;

    /// <summary>Gets the type of the columns that the tool makes for vectors: <c>vector(384)</c> where this server has pgvector, <c>real[]</c> elsewhere.</summary>
    internal string VectorType { get; private set; } = "real[]";

    // Where pgvector is installed every new database has it, as an app's database does; not every login of the tests could create it.
    private async Task<bool> CreateVectorAsync()
    {
        await using var connection = new NpgsqlConnection(ConnectionString("template1") + ";Pooling=false");
        await connection.OpenAsync();
        await using var look = new NpgsqlCommand(
            "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector')",
            connection
        );
        if (await look.ExecuteScalarAsync() is not true)
        {
            return false;
        }

        await using var create = new NpgsqlCommand("CREATE EXTENSION vector", connection);
        await create.ExecuteNonQueryAsync();
        return true;
    }

    /// <summary>The test is skipped where PostgreSQL is not installed, and fails there when <c>CI</c> is true.</summary>
    public static void RequirePrograms()
    {
        if (BinFolder() is null)
        {
            const string reason = "PostgreSQL's programs (initdb, pg_ctl, pg_dump) were not found.";
            Assert.False(Environment.GetEnvironmentVariable("CI") == "true", reason);
            Assert.Skip(reason);
        }
    }

    /// <summary>A new database, as a connection string in Npgsql's form.</summary>
    /// <param name="template">The connection string of the database that it is a copy of; null makes an empty one.</param>
    public async Task<string> CreateDatabaseAsync(string? template = null)
    {
        RequirePrograms();
        var name = $"test_{Interlocked.Increment(ref databases)}";
        await using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        await connection.OpenAsync();
        var copied = "";
        if (template is not null)
        {
            // A database is copied only while nobody is logged in there.
            await using var pool = new NpgsqlConnection(template);
            NpgsqlConnection.ClearPool(pool);
            copied = $" TEMPLATE {pool.Database}";
        }

        await using var command = new NpgsqlCommand($"CREATE DATABASE {name}{copied}", connection)
        {
            CommandTimeout = NoTimeout,
        };
        await command.ExecuteNonQueryAsync();
        return ConnectionString(name);
    }

    /// <summary>A new database, as a copy of a template that the first call makes.</summary>
    /// <param name="name">The name of the template.</param>
    /// <param name="fillAsync">Fills the template, whose connection string it gets, and leaves no session there.</param>
    internal async Task<string> CreateDatabaseAsync(string name, Func<string, Task> fillAsync)
    {
        Task<string>? template;
        lock (templates)
        {
            if (!templates.TryGetValue(name, out template))
            {
                templates[name] = template = CreateTemplateAsync(fillAsync);
            }
        }

        return await CreateDatabaseAsync(await template);
    }

    private async Task<string> CreateTemplateAsync(Func<string, Task> fillAsync)
    {
        var template = await CreateDatabaseAsync();
        await fillAsync(template);
        return template;
    }

    /// <summary>
    /// Drops a database that a test has finished with. Hundreds of them would take gigabytes, and the server's autovacuum looks
    /// at each of them.
    /// </summary>
    internal async Task DropDatabaseAsync(string connectionString)
    {
        await using var pool = new NpgsqlConnection(connectionString);
        NpgsqlConnection.ClearPool(pool);
        await using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"DROP DATABASE IF EXISTS {pool.Database} WITH (FORCE)", connection)
        {
            CommandTimeout = NoTimeout,
        };
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Runs statements in a database and leaves no session there.</summary>
    internal static async Task ExecuteAsync(string connectionString, params IEnumerable<string> statements)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
        foreach (var statement in statements)
        {
            await using var command = new NpgsqlCommand(statement, connection) { CommandTimeout = NoTimeout };
            await command.ExecuteNonQueryAsync();
        }
    }

    /// <summary>Stops the server and starts it again.</summary>
    /// <param name="mode"><c>fast</c> ends every session, as an operator does; <c>immediate</c> leaves all to recovery, as a crash does.</param>
    public Task RestartAsync(string mode)
    {
        // The tests' own sessions end as well.
        NpgsqlConnection.ClearAllPools();
        return RunAsync(
            Program("pg_ctl"),
            "-D",
            Path.Combine(folder, "data"),
            "-w",
            "-l",
            Path.Combine(folder, "log"),
            "-m",
            mode,
            "restart"
        );
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (started)
        {
            await RunAsync(Program("pg_ctl"), "-D", Path.Combine(folder, "data"), "-m", "immediate", "stop");
        }

        Directory.Delete(folder, recursive: true);
    }

    // Pools of tests that have ended give their connections back within seconds: by Npgsql's default they would hold one for
    // each database for five minutes, more than the server takes.
    private string ConnectionString(string database) =>
        $"Host=127.0.0.1;Port={port};Username=postgres;Database={database};Include Error Detail=true;No Reset On Close=true;Maximum Pool Size=20;Connection Idle Lifetime=2;Connection Pruning Interval=1";

    // In memory where the machine gives it the room: a database is 300 files, which a disk is slow to create and to delete.
    private static string CreateFolder()
    {
        if (
            OperatingSystem.IsWindows()
            || !Directory.Exists(Memory)
            || new DriveInfo(Memory).AvailableFreeSpace < BytesOfAllTests
        )
        {
            return Directory.CreateTempSubdirectory("backfill-pg-").FullName;
        }

        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        return Directory.CreateDirectory(Path.Combine(Memory, $"backfill-pg-{Guid.NewGuid():N}"), Owner).FullName;
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string? BinFolder() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Concat(
                Directory.Exists("/usr/lib/postgresql")
                    ? Directory
                        .GetDirectories("/usr/lib/postgresql")
                        .OrderDescending()
                        .Select(version => Path.Combine(version, "bin"))
                    : []
            )
            .FirstOrDefault(directory => Array.TrueForAll(Needed, name => File.Exists(Path.Combine(directory, name))));

    internal static string Program(string name) => Path.Combine(BinFolder()!, name);

    // PostgreSQL refuses to run as root: drop to its own account there.
    private async Task RunAsync(string program, params string[] arguments)
    {
        var drop = Environment.IsPrivilegedProcess && program != "chown";
        var start = new ProcessStartInfo(drop ? "setpriv" : program)
        {
            WorkingDirectory = folder,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        if (drop)
        {
            foreach (var argument in (string[])["--reuid=postgres", "--regid=postgres", "--init-groups", "--", program])
            {
                start.ArgumentList.Add(argument);
            }
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        // The server inherits these pipes, so their end is not waited for: only the program's.
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadLineAsync();
        await process.WaitForExitAsync();
        Assert.True(
            process.ExitCode == 0,
            $"{program} ended with {process.ExitCode}: {(errors.IsCompleted ? await errors : "")}"
        );
    }
}
