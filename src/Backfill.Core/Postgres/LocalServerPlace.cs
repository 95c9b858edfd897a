using System.Text.Json;

namespace Backfill.Core.Postgres;

/// <summary>The port and the password of the private server.</summary>
internal sealed record LocalServerSettings(int Port, string Password);

/// <summary>The folder of the private server: its data, its log, and its port and password.</summary>
/// <param name="Folder">The full path.</param>
internal sealed record LocalServerPlace(string Folder)
{
    // The account of the server cannot enter the home folder of root.
    private const string FolderForRoot = "/var/lib/backfill";

    /// <summary>Gets the account that the server runs as, written as name:group, where this process is root; null otherwise.</summary>
    public static string? User { get; } =
        Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows() ? UnprivilegedUser() : null;

    public string Data => Path.Combine(Folder, "data");

    public string Log => Path.Combine(Folder, "server.log");

    public string VersionFile => Path.Combine(Data, "PG_VERSION");

    public string Programs => Path.Combine(Folder, "programs");

    private string SettingsFile => Path.Combine(Folder, "server.json");

    public static LocalServerPlace Of(string? folder) =>
        new(
            Path.GetFullPath(
                folder
                    ?? (
                        User is not null
                            ? FolderForRoot
                            : Path.Combine(
                                Environment.GetFolderPath(
                                    Environment.SpecialFolder.LocalApplicationData,
                                    Environment.SpecialFolderOption.Create
                                ),
                                "backfill"
                            )
                    )
            )
        );

    public void Create()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(Folder);
            return;
        }

        // The account of the server creates its data here. Other accounts cannot list the folder.
        var mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Directory.CreateDirectory(
            Folder,
            User is null ? mode : mode | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute
        );
    }

    /// <summary>Makes the account of the server the owner of its folder and of a path.</summary>
    public async Task ChangeOwnerAsync(string path, TimeProvider time, CancellationToken cancellationToken)
    {
        if (User is null)
        {
            return;
        }

        var result = await Postgres.Programs.RunAsync(
            "chown",
            [User, Folder, path],
            null,
            Folder,
            time,
            cancellationToken
        );
        if (result.ExitCode != 0)
        {
            throw NotStarted($"{path} could not be given to {User}", result.Output);
        }
    }

    /// <summary>Returns what the server wrote about its process when it started; null when it is stopped.</summary>
    public string? ReadProcess()
    {
        try
        {
            return File.ReadAllText(Path.Combine(Data, "postmaster.pid"));
        }
        catch (IOException)
        {
            // The server deletes the file when it stops.
            return null;
        }
    }

    public LocalServerSettings ReadSettings() =>
        JsonSerializer.Deserialize<LocalServerSettings>(File.ReadAllText(SettingsFile))
        ?? throw new JsonException($"{SettingsFile} is empty.");

    public void WriteSettings(LocalServerSettings settings)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var file = new FileStream(SettingsFile, options);
        JsonSerializer.Serialize(file, settings);
    }

    /// <summary>Returns the error of a server that does not start, with what it wrote to its log.</summary>
    public BackfillException NotStarted(string what, string log) =>
        log.Contains("No space left on device", StringComparison.Ordinal)
            ? new BackfillException(
                ErrorIds.DatabaseDiskFull,
                ErrorKind.Unavailable,
                $"The private PostgreSQL in {Folder}: {what}, because the disk is full.",
                "Free disk space, or name another folder with -LocalFolder.",
                Folder
            )
            : new BackfillException(
                ErrorIds.LocalServerNotStarted,
                ErrorKind.Unavailable,
                $"The private PostgreSQL in {Folder}: {what}. It said:\n{log.Trim()}",
                User is not null && log.Contains("Permission denied", StringComparison.Ordinal)
                    ? $"The server runs as {User}, which has to be able to enter every folder above {Folder}: name another one with -LocalFolder."
                    : "Fix the cause that it names, or connect to a server that you have: Connect-Backfill -Database.",
                Folder
            );

    private static string UnprivilegedUser()
    {
        var accounts = File.ReadLines("/etc/passwd").Select(line => line.Split(':')).ToArray();
        var account =
            accounts.FirstOrDefault(fields => fields[0] == "postgres")
            ?? accounts.First(fields => fields[0] == "nobody");
        return $"{account[0]}:{account[3]}";
    }
}
