using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Microsoft.PowerShell;

namespace Backfill.Host;

/// <summary>PowerShell's own console with the Backfill module imported. It takes the parameters of pwsh and ends with its exit codes.</summary>
internal static class Program
{
    private const string Manifest = "Backfill.psd1";
    private const string Engine = "Backfill.Core";

    // Runs that the script started and did not wait for. The end of the process would interrupt them.
    private const string WaitForRuns = """
        $runs = @(Get-RepoSync -ThisProcess -State Queued, Running, Waiting)
        if ($runs) {
            [Console]::Error.WriteLine("Waiting for $($runs.Count) sync(s) that are still at work. With -NoWait they would end now.")
            $runs | Wait-RepoSync | Out-String -Stream | ForEach-Object { [Console]::WriteLine($_) }
        }
        """;

    private static int Main(string[] arguments)
    {
        var manifest = FindManifest();
        if (manifest is null)
        {
            Console.Error.WriteLine(
                $"{Manifest} was found neither beside this program nor in a folder above it. Build the solution, or put the module's folder beside the program."
            );
            return 1;
        }

        return Run(manifest, arguments);
    }

    private static int Run(string manifest, string[] arguments)
    {
        // Only the first argument can be ours. All others belong to PowerShell or to the script.
        var noWait = arguments is [{ } first, ..] && first.Equals("-NoWait", StringComparison.OrdinalIgnoreCase);
        var interrupted = false;
        Console.CancelKeyPress += (_, _) => interrupted = true;
        var exitCode = ConsoleShell.Start(CreateState(manifest), "", "", noWait ? arguments[1..] : arguments);
        // The engine is loaded by the first cmdlet that needs it. Without the engine there is no run.
        if (noWait || interrupted || !AppDomain.CurrentDomain.GetAssemblies().Any(one => one.GetName().Name == Engine))
        {
            return exitCode;
        }

        // ConsoleShell starts only once per process, so the wait has a runspace without a console.
        using var wait = PowerShell.Create(CreateState(manifest));
        wait.AddScript(WaitForRuns).Invoke();
        foreach (var error in wait.Streams.Error)
        {
            Console.Error.WriteLine(error);
        }

        return exitCode == 0 && wait.HadErrors ? 1 : exitCode;
    }

    private static InitialSessionState CreateState(string manifest)
    {
        var state = InitialSessionState.CreateDefault2();
        if (OperatingSystem.IsWindows())
        {
            state.ExecutionPolicy = Microsoft.PowerShell.ExecutionPolicy.Bypass;
        }

        state.ImportPSModule([manifest]);
        return state;
    }

    private static string? FindManifest()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string[] places =
            [
                Path.Combine(folder.FullName, Manifest),
                Path.Combine(folder.FullName, "Backfill", Manifest),
            ];
            if (places.FirstOrDefault(File.Exists) is { } found)
            {
                return found;
            }
        }

        return null;
    }
}
