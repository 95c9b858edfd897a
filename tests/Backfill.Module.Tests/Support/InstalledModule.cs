using Backfill.Simulation;

[assembly: AssemblyFixture(typeof(Backfill.Module.Tests.Support.InstalledModule))]

namespace Backfill.Module.Tests.Support;

/// <summary>
/// The module as a user has it: packed by <c>build.ps1</c> and installed with <c>Install-PSResource</c> from a local folder
/// into an empty home, beside a private PostgreSQL in which its main job ran once against the simulator.
/// </summary>
public sealed class InstalledModule : IAsyncLifetime
{
    /// <summary>The repository of the main job.</summary>
    public const string Repository = "octo/hello";

    private readonly TemporaryFolder folder = new();
    private GitHubSimulator? gitHub;

    /// <summary>Gets the folder of the built packages.</summary>
    internal string Packages => Path.Combine(folder.Path, "packages");

    /// <summary>Gets the folder of the module before it is packed.</summary>
    internal string Unpacked => Path.Combine(Packages, "Backfill");

    /// <summary>Gets the start of a command that connects to the private database and to the simulator.</summary>
    internal string Connect => Connection(gitHub!);

    /// <summary>Gets what the main job wrote.</summary>
    internal HostResult MainJob { get; private set; } = null!;

    /// <summary>Gets the version of the module, from its manifest.</summary>
    internal static string Version => typeof(InstalledModule).Assembly.GetName().Version!.ToString(3);

    public async ValueTask InitializeAsync()
    {
        // The database server runs as another account where the tests run as root.
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_101_101);
        }

        await PackAsync(Packages);
        await SucceedAsync(
            $"""
            Register-PSResourceRepository -Name Folder -Uri '{Packages}' -Trusted
            Install-PSResource Backfill -Repository Folder -Prerelease
            """
        );
        gitHub = await GitHubSimulator.StartAsync(new SimulatorOptions { PullRequests = 12 }, default);
        MainJob = await SucceedAsync(
            $"""
            {Connect}
            Initialize-BackfillDatabase | Out-Null
            Register-BackfillRepository {Repository} -Workspace Tests | Out-Null
            $checks = Start-RepoSync {Repository} | Wait-RepoSync | Invoke-EmbeddingBackfill | Update-WorkspaceMetrics | Test-BackfillCoverage
            "$($checks.Count) checks, $(@($checks | Where-Object Status -EQ Failed).Count) failed"
            """
        );
    }

    /// <summary>Builds the packages into a folder.</summary>
    internal static async Task PackAsync(string folder)
    {
        var result = await HostProcess.RunAsync(
            [
                "-NoProfile",
                "-File",
                Path.Combine(Checkout.Root, "build.ps1"),
                "-Task",
                "Package",
                "-OutputFolder",
                folder,
            ],
            program: HostProcess.PowerShell
        );
        Assert.True(result.ExitCode == 0, $"{result}");
    }

    /// <summary>Runs a command in the real PowerShell, in which the installed module is found by its name.</summary>
    internal Task<HostResult> RunAsync(string command, string input = "") =>
        RunAsync(["-NoProfile", "-NonInteractive", "-Command", command], input);

    /// <summary>Runs the real PowerShell with arguments of its own.</summary>
    internal Task<HostResult> RunAsync(IEnumerable<string> arguments, string input = "") =>
        HostProcess.RunAsync(arguments, Variables, input, folder.Path, HostProcess.PowerShell);

    /// <summary>Runs a command that has to succeed.</summary>
    internal async Task<HostResult> SucceedAsync(string command)
    {
        var result = await RunAsync(command);
        Assert.True(result.ExitCode == 0, $"{result}");
        return result;
    }

    /// <summary>Gets the environment of a user with an empty home.</summary>
    internal (string Name, string Value)[] Variables =>
        [
            ("HOME", Path.Combine(folder.Path, "home")),
            ("XDG_CONFIG_HOME", ""),
            ("XDG_DATA_HOME", ""),
            ("XDG_CACHE_HOME", ""),
            ("PSModulePath", ""),
            ("BACKFILL_LOCAL_FOLDER", Path.Combine(folder.Path, "database")),
        ];

    public async ValueTask DisposeAsync()
    {
        if (MainJob is not null)
        {
            await RunAsync("Connect-Backfill -Local | Out-Null; Stop-BackfillDatabase");
        }

        if (gitHub is not null)
        {
            await gitHub.DisposeAsync();
        }

        folder.Dispose();
    }

    /// <summary>Gets the start of a command that connects to the private database and to a simulator.</summary>
    internal static string Connection(GitHubSimulator simulator) =>
        $"Connect-Backfill -Local -GitHubApiUrl {simulator.Url} -GitHubToken ghp_simulated0123456789 | Out-Null;";
}
