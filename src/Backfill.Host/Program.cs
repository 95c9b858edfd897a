using System.Management.Automation.Runspaces;
using Microsoft.PowerShell;

namespace Backfill.Host;

/// <summary>PowerShell's own console with the Backfill module imported. It takes the parameters of pwsh and ends with its exit codes.</summary>
internal static class Program
{
    private const string Manifest = "Backfill.psd1";
    private const string Engine = "Backfill.Core";

    // The runs that the script started and did not wait for: the end of the process would interrupt them.
    private const string WaitForRuns = """
        $runs = @(Get-RepoSync -ThisProcess -State Queued, Running, Waiting)
        if ($runs) {
            [Console]::Error.WriteLine("Waiting for $($runs.Count) sync(s) that are still at work. -NoWait would end them now.")
            $runs | Wait-RepoSync
        }
        """;

    // Behind these the rest of the line belongs to the command or script.
    private static readonly string[] LastOptions = ["-command", "-c", "-file", "-f", "-commandwithargs", "-cwa"];

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

        var noWait = FindNoWait(arguments);
        var exitCode = Run(manifest, noWait < 0 ? arguments : [.. arguments[..noWait], .. arguments[(noWait + 1)..]]);
        // Without the engine no cmdlet has run, so there is no sync to wait for.
        if (noWait >= 0 || !AppDomain.CurrentDomain.GetAssemblies().Any(one => one.GetName().Name == Engine))
        {
            return exitCode;
        }

        var waited = Run(manifest, ["-NoProfile", "-NonInteractive", "-Command", WaitForRuns]);
        return exitCode == 0 ? waited : exitCode;
    }

    private static int Run(string manifest, string[] arguments)
    {
        var state = InitialSessionState.CreateDefault2();
        if (OperatingSystem.IsWindows())
        {
            state.ExecutionPolicy = Microsoft.PowerShell.ExecutionPolicy.Bypass;
        }

        state.ImportPSModule([manifest]);
        return ConsoleShell.Start(state, "", "", arguments);
    }

    private static int FindNoWait(string[] arguments)
    {
        var last = Array.FindIndex(arguments, one => LastOptions.Contains(one.ToLowerInvariant()));
        return Array.FindIndex(
            last < 0 ? arguments : arguments[..last],
            one => one.Equals("-NoWait", StringComparison.OrdinalIgnoreCase)
        );
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
