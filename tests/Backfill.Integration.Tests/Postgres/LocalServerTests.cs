using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Backfill.Core;
using Backfill.Integration.Tests.Support;
using Npgsql;

namespace Backfill.Integration.Tests.Postgres;

/// <summary>The private server, each in a folder of its own.</summary>
public sealed class LocalServerTests : IAsyncLifetime
{
    private readonly string folder = Path.Combine(Path.GetTempPath(), $"backfill-local-{Guid.NewGuid():N}");
    private readonly BackfillEngine engine = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private BackfillSettings Settings => new() { Local = true, LocalFolder = folder };

    public ValueTask InitializeAsync()
    {
        TestPostgres.RequirePrograms();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task The_server_is_created_once_started_on_demand_and_stopped_on_request()
    {
        Assert.False((await engine.DescribeAsync(Settings, Token)).LocalServerRunning);

        var made = await CreateAsync();
        Assert.Contains("content/0001-content.sql", made.Applied);
        var context = await engine.DescribeAsync(Settings, Token);
        Assert.Equal((folder, true), (context.LocalServerFolder, context.LocalServerRunning));
        Assert.DoesNotContain(Password(), $"{context}{made}");

        // Another process: the server goes on without the one that made it.
        await using var other = new BackfillEngine();
        Assert.Empty((await CreateAsync(other)).Applied);

        Assert.True(await engine.StopLocalDatabaseAsync(Settings, Token));
        Assert.False(await engine.StopLocalDatabaseAsync(Settings, Token));
        Assert.False((await engine.DescribeAsync(Settings, Token)).LocalServerRunning);

        await using var later = new BackfillEngine();
        Assert.Empty((await CreateAsync(later)).Applied);
    }

    [Fact]
    public async Task A_server_that_another_process_stopped_is_started_again()
    {
        await CreateAsync();
        await using var other = new BackfillEngine();
        Assert.True(await other.StopLocalDatabaseAsync(Settings, Token));

        Assert.Empty((await CreateAsync()).Applied);

        Assert.True((await engine.DescribeAsync(Settings, Token)).LocalServerRunning);
    }

    [Fact]
    public async Task A_server_whose_process_was_killed_is_started_again()
    {
        await CreateAsync();
        var file = Path.Combine(folder, "data", "postmaster.pid");
        using (var server = Process.GetProcessById(int.Parse((await File.ReadAllLinesAsync(file, Token))[0])))
        {
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync(Token);
        }

        // The file of the killed server is still there and names its process.
        Assert.True(File.Exists(file));
        Assert.Empty((await CreateAsync()).Applied);

        Assert.True((await engine.DescribeAsync(Settings, Token)).LocalServerRunning);
    }

    [Fact]
    public async Task Several_simultaneous_requests_create_one_server()
    {
        var engines = Enumerable.Range(0, 3).Select(_ => new BackfillEngine()).ToArray();

        var made = await Task.WhenAll(engines.Select(CreateAsync));

        Assert.Single(made.Select(one => one.Database).Distinct());
        foreach (var one in engines)
        {
            await one.DisposeAsync();
        }
    }

    [Fact]
    public async Task No_login_succeeds_without_the_password_or_from_outside()
    {
        await CreateAsync();
        var connection = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = Port(),
            Username = "operator",
            Password = "guessed",
            Database = "backfill",
        };

        await using var guess = new NpgsqlConnection(connection.ConnectionString);
        Assert.Equal(
            PostgresErrorCodes.InvalidPassword,
            (await Assert.ThrowsAsync<PostgresException>(() => guess.OpenAsync(Token))).SqlState
        );

        connection.Password = Password();
        await using var right = new NpgsqlConnection(connection.ConnectionString);
        await right.OpenAsync(Token);
        await using var show = new NpgsqlCommand(
            "SELECT current_setting('listen_addresses') || ' ' || current_setting('unix_socket_directories')",
            right
        );
        Assert.Equal("127.0.0.1 ", await show.ExecuteScalarAsync(Token));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite,
                File.GetUnixFileMode(Path.Combine(folder, "server.json"))
            );
        }
    }

    [Fact]
    public async Task A_port_that_another_program_uses_is_left_to_it()
    {
        await CreateAsync();
        var taken = Port();
        await engine.StopLocalDatabaseAsync(Settings, Token);
        using var somebody = new TcpListener(IPAddress.Loopback, taken);
        somebody.Start();

        await CreateAsync(new BackfillEngine());

        Assert.NotEqual(taken, Port());
    }

    [Fact]
    public async Task Data_of_another_major_version_is_not_changed_and_the_error_says_what_to_do()
    {
        await CreateAsync();
        await engine.StopLocalDatabaseAsync(Settings, Token);
        var version = Path.Combine(folder, "data", "PG_VERSION");
        await File.WriteAllTextAsync(version, "9\n", Token);

        var refused = await Assert.ThrowsAsync<BackfillException>(() => CreateAsync());

        Assert.Equal(ErrorIds.LocalServerVersionMismatch, refused.ErrorId);
        Assert.Contains("PostgreSQL 9", refused.Message);
        Assert.Contains("-LocalFolder", refused.Action);
        Assert.Equal("9\n", await File.ReadAllTextAsync(version, Token));
    }

    [Fact]
    public async Task A_server_that_does_not_start_shows_the_end_of_its_log()
    {
        await CreateAsync();
        await engine.StopLocalDatabaseAsync(Settings, Token);
        await File.AppendAllTextAsync(Path.Combine(folder, "data", "postgresql.conf"), "no_such_setting = 1\n", Token);

        var refused = await Assert.ThrowsAsync<BackfillException>(() => CreateAsync());

        Assert.Equal(ErrorIds.LocalServerNotStarted, refused.ErrorId);
        Assert.Contains("no_such_setting", refused.Message);
        Assert.Contains("Connect-Backfill -Database", refused.Action);
    }

    [Fact]
    public async Task An_interrupted_creation_is_repeated()
    {
        Directory.CreateDirectory(Path.Combine(folder, "data"));
        await File.WriteAllTextAsync(Path.Combine(folder, "data", "left-over"), "", Token);

        Assert.Contains("content/0001-content.sql", (await CreateAsync()).Applied);
    }

    [Fact]
    public async Task A_folder_that_the_account_of_the_server_cannot_reach_is_named()
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
        {
            Assert.Skip("Only where root lends the server an account of its own.");
            return;
        }

        var closed = Directory.CreateDirectory(
            folder,
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        );

        var refused = await Assert.ThrowsAsync<BackfillException>(() =>
            engine.InitializeDatabaseAsync(
                Settings with
                {
                    LocalFolder = Path.Combine(closed.FullName, "database"),
                },
                new DatabaseRequest(Plan: false),
                new CollectedOutput(),
                Token
            )
        );

        Assert.Equal(ErrorIds.LocalServerNotStarted, refused.ErrorId);
        Assert.Contains("Permission denied", refused.Message);
        Assert.Contains("enter every folder above", refused.Action);
    }

    [Fact]
    public async Task A_full_disk_is_named_and_an_incomplete_folder_does_not_count_as_a_server()
    {
        // A disk of 24 MB takes root to mount; a cluster needs about 40.
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess,
            "Only root can mount a small disk."
        );
        Directory.CreateDirectory(folder);
        Assert.SkipUnless(
            await RunAsync("mount", "-t", "tmpfs", "-o", "size=24m", "none", folder),
            "mount is not allowed."
        );
        try
        {
            var refused = await Assert.ThrowsAsync<BackfillException>(() => CreateAsync());

            Assert.Equal(ErrorIds.DatabaseDiskFull, refused.ErrorId);
            Assert.Contains("disk is full", refused.Message);
        }
        finally
        {
            Assert.True(await RunAsync("umount", folder));
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(Path.Combine(folder, "data", "postmaster.pid")))
        {
            await engine.StopLocalDatabaseAsync(Settings, CancellationToken.None);
        }

        await engine.DisposeAsync();
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private Task<DatabaseInitialization> CreateAsync() => CreateAsync(engine);

    private Task<DatabaseInitialization> CreateAsync(BackfillEngine one) =>
        one.InitializeDatabaseAsync(Settings, new DatabaseRequest(Plan: false), new CollectedOutput(), Token);

    private string Password() => (string)Server()["Password"]!;

    private int Port() => (int)Server()["Port"]!;

    private JsonNode Server() => JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "server.json")))!;

    private static async Task<bool> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        await process.WaitForExitAsync(Token);
        return process.ExitCode == 0;
    }
}
