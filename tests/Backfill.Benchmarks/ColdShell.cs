using System.Diagnostics;
using System.Globalization;

namespace Backfill.Benchmarks;

/// <summary>What a new PowerShell took for one command.</summary>
/// <param name="Total">From the start of the process to its end.</param>
/// <param name="FirstLine">From the start of the process to its first line.</param>
/// <param name="Processor">The processor time of the process when the command had ended.</param>
internal sealed record ColdShell(TimeSpan Total, TimeSpan FirstLine, TimeSpan Processor)
{
    /// <summary>Gets the manifest of the packaged module.</summary>
    public static string Manifest
    {
        get
        {
            var manifest = Path.Combine(BuildMetadata.Root, "artifacts", "Backfill", "Backfill.psd1");
            return File.Exists(manifest)
                ? manifest
                : throw new InvalidOperationException("Pack the module first: dotnet pwsh build.ps1 -Task Package");
        }
    }

    /// <summary>Runs a command that has to succeed.</summary>
    public static async Task<ColdShell> RunAsync(string command, SyncRun run)
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [
                BuildMetadata.Of("PowerShell"),
                "-NoProfile",
                "-Command",
                $"{command}; 'Processor ' + [Diagnostics.Process]::GetCurrentProcess().TotalProcessorTime.TotalMilliseconds",
            ]
        )
        {
            RedirectStandardOutput = true,
        };
        start.Environment["POWERSHELL_UPDATECHECK"] = "Off";
        start.Environment["POWERSHELL_TELEMETRY_OPTOUT"] = "1";
        run.AddTo(start.Environment);
        var started = Stopwatch.GetTimestamp();
        using var shell =
            Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} could not be started.");
        var first = await shell.StandardOutput.ReadLineAsync();
        var firstLine = Stopwatch.GetElapsedTime(started);
        var output = $"{first}\n{await shell.StandardOutput.ReadToEndAsync()}";
        await shell.WaitForExitAsync();
        var processor = output
            .Split('\n')
            .LastOrDefault(line => line.StartsWith("Processor ", StringComparison.Ordinal));
        return shell.ExitCode == 0 && processor is not null
            ? new ColdShell(
                Stopwatch.GetElapsedTime(started),
                firstLine,
                TimeSpan.FromMilliseconds(double.Parse(processor.Split(' ')[1], CultureInfo.InvariantCulture))
            )
            : throw new InvalidOperationException($"'{command}' ended with {shell.ExitCode}: {output}");
    }
}
