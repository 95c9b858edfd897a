using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Npgsql;

namespace Backfill.Core.Postgres;

/// <summary>The state of the private server.</summary>
/// <param name="Folder">The folder of its data.</param>
/// <param name="Running">True when it accepts connections.</param>
internal sealed record LocalServerState(string Folder, bool Running);

/// <summary>
/// The private PostgreSQL of the tool, for users who ask for it with <c>-Local</c>: a cluster in the user's data folder, on
/// loopback, with a random password. It starts on demand and outlives the process. PostgreSQL refuses to run as root, so a
/// process of root runs the server as an account without rights.
/// </summary>
internal sealed class LocalServer(TimeProvider time)
{
    // The login has another name than the schema backfill: "$user" is first in the search path, and content tables must not go there.
    private const string DatabaseName = "backfill";
    private const string Login = "operator";
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(100);

    // The servers that this process found, by folder. A cmdlet over ten thousand repositories asks ten thousand times.
    private readonly ConcurrentDictionary<string, (string Process, int Port, string ConnectionString)> found = new(
        StringComparer.Ordinal
    );

    /// <summary>Starts the server when it does not run, and creates it when there is none.</summary>
    /// <param name="folder">The folder of its data; null is the platform's usual place.</param>
    /// <returns>A connection string in Npgsql's form, with the password.</returns>
    /// <exception cref="BackfillException">PostgreSQL's programs are missing, another version wrote the data, or the server does not start.</exception>
    public async Task<string> EnsureRunningAsync(
        string? folder,
        IOperationOutput? output,
        CancellationToken cancellationToken
    )
    {
        var place = LocalServerPlace.Of(folder);
        if (
            found.TryGetValue(place.Folder, out var known)
            && known.Process == place.ReadProcess()
            && await AcceptsAsync(known.Port, cancellationToken)
        )
        {
            return known.ConnectionString;
        }

        place.Create();
        // Another process may create the server at the same time. The second process waits and finds the server of the first.
        await using var turn = await TakeTurnAsync(place, cancellationToken);
        var programs = await ProgramsAsync(place, output, cancellationToken);
        if (!File.Exists(place.VersionFile))
        {
            await InitializeAsync(place, programs, output, cancellationToken);
        }

        var settings = place.ReadSettings();
        if (!await IsRunningAsync(place, programs, cancellationToken))
        {
            settings = settings with { Port = IsFree(settings.Port) ? settings.Port : FreePort() };
            place.WriteSettings(settings);
            await StartAsync(place, programs, settings.Port, cancellationToken);
        }

        await CreateDatabaseAsync(settings, cancellationToken);
        var connectionString = ConnectionString(settings, DatabaseName);
        if (place.ReadProcess() is { } process)
        {
            found[place.Folder] = (process, settings.Port, connectionString);
        }

        return connectionString;
    }

    /// <summary>Stops the server. Returns false when it did not run.</summary>
    public async Task<bool> StopAsync(string? folder, CancellationToken cancellationToken)
    {
        var place = LocalServerPlace.Of(folder);
        if (!File.Exists(place.VersionFile))
        {
            return false;
        }

        await using var turn = await TakeTurnAsync(place, cancellationToken);
        var programs = await ProgramsAsync(place, null, cancellationToken);
        if (!await IsRunningAsync(place, programs, cancellationToken))
        {
            return false;
        }

        NpgsqlConnection.ClearAllPools();
        await RunAsync(place, programs.PgCtl, ["-D", place.Data, "-m", "fast", "-w", "stop"], cancellationToken);
        return true;
    }

    /// <summary>Returns where the server is and whether it runs. Starts nothing.</summary>
    public async Task<LocalServerState> StateAsync(string? folder, CancellationToken cancellationToken)
    {
        var place = LocalServerPlace.Of(folder);
        if (!File.Exists(place.VersionFile))
        {
            return new LocalServerState(place.Folder, Running: false);
        }

        var programs = await ProgramsAsync(place, null, cancellationToken);
        return new LocalServerState(place.Folder, await IsRunningAsync(place, programs, cancellationToken));
    }

    private async Task<FileStream> TakeTurnAsync(LocalServerPlace place, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(
                    Path.Combine(place.Folder, "lock"),
                    FileMode.OpenOrCreate,
                    FileAccess.ReadWrite,
                    FileShare.None
                );
            }
            catch (IOException) when (File.Exists(Path.Combine(place.Folder, "lock")))
            {
                await Task.Delay(LockPause, time, cancellationToken);
            }
        }
    }

    private async Task<PostgresPrograms> ProgramsAsync(
        LocalServerPlace place,
        IOperationOutput? output,
        CancellationToken cancellationToken
    )
    {
        int? written = File.Exists(place.VersionFile)
            ? int.Parse(await File.ReadAllTextAsync(place.VersionFile, cancellationToken), CultureInfo.InvariantCulture)
            : null;
        var programs = await PostgresPrograms.FindAsync(place.Programs, written, output, time, cancellationToken);
        return written is null || programs.MajorVersion == written
            ? programs
            : throw new BackfillException(
                ErrorIds.LocalServerVersionMismatch,
                ErrorKind.Conflict,
                $"The data in {place.Data} was written by PostgreSQL {written}, but the programs found are {programs.MajorVersion}.",
                $"Install PostgreSQL {written} in addition, upgrade the data with pg_upgrade, or name another folder with -LocalFolder.",
                place.Data
            );
    }

    private async Task InitializeAsync(
        LocalServerPlace place,
        PostgresPrograms programs,
        IOperationOutput? output,
        CancellationToken cancellationToken
    )
    {
        if (output is not null)
        {
            await output.VerboseAsync($"Creating a private PostgreSQL in {place.Folder}.", cancellationToken);
        }

        // A folder that an interrupted attempt left has no version file.
        if (Directory.Exists(place.Data))
        {
            Directory.Delete(place.Data, recursive: true);
        }

        var settings = new LocalServerSettings(FreePort(), Convert.ToHexString(RandomNumberGenerator.GetBytes(24)));
        place.WriteSettings(settings);
        var passwordFile = Path.Combine(place.Folder, "password");
        try
        {
            await File.WriteAllTextAsync(passwordFile, settings.Password, cancellationToken);
            await place.ChangeOwnerAsync(passwordFile, time, cancellationToken);
            var result = await RunAsync(
                place,
                programs.InitDb,
                [
                    "-D",
                    place.Data,
                    "-U",
                    Login,
                    "--auth=scram-sha-256",
                    $"--pwfile={passwordFile}",
                    "-E",
                    "UTF8",
                    "--no-locale",
                ],
                cancellationToken
            );
            if (result.ExitCode != 0)
            {
                throw place.NotStarted("initdb failed", result.Output);
            }
        }
        finally
        {
            File.Delete(passwordFile);
        }
    }

    private async Task StartAsync(
        LocalServerPlace place,
        PostgresPrograms programs,
        int port,
        CancellationToken cancellationToken
    )
    {
        var options = string.Create(
            CultureInfo.InvariantCulture,
            $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        );
        var result = await RunAsync(
            place,
            programs.PgCtl,
            ["-D", place.Data, "-l", place.Log, "-w", "-t", "60", "-o", options, "start"],
            cancellationToken
        );
        if (result.ExitCode != 0)
        {
            var log = File.Exists(place.Log)
                ? string.Join('\n', (await File.ReadAllLinesAsync(place.Log, cancellationToken)).TakeLast(10))
                : result.Output;
            throw place.NotStarted("the server did not start", log);
        }
    }

    private async Task<bool> IsRunningAsync(
        LocalServerPlace place,
        PostgresPrograms programs,
        CancellationToken cancellationToken
    ) => (await RunAsync(place, programs.PgCtl, ["-D", place.Data, "status"], cancellationToken)).ExitCode == 0;

    private Task<ProgramResult> RunAsync(
        LocalServerPlace place,
        string program,
        IReadOnlyList<string> arguments,
        CancellationToken cancellationToken
    ) => Programs.RunAsync(program, arguments, LocalServerPlace.User, place.Folder, time, cancellationToken);

    private static async Task CreateDatabaseAsync(LocalServerSettings settings, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(ConnectionString(settings, "postgres"));
        await using var exists = source.CreateCommand(SqlText.Read("Postgres/find-local-database.sql"));
        if (await exists.ExecuteScalarAsync(cancellationToken) is null)
        {
            await using var create = source.CreateCommand(SqlText.Read("Postgres/create-local-database.sql"));
            await create.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private static string ConnectionString(LocalServerSettings settings, string database) =>
        ConnectionText.Parse(
            new Secret(
                new NpgsqlConnectionStringBuilder
                {
                    Host = "127.0.0.1",
                    Port = settings.Port,
                    Username = Login,
                    Password = settings.Password,
                    Database = database,
                }.ConnectionString
            )
        );

    private static async Task<bool> AcceptsAsync(int port, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
