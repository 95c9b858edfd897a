using System.Diagnostics;
using System.Reflection;

namespace Backfill.Benchmarks;

/// <summary>What importing the packaged module costs over an empty PowerShell: whole processes, in turn.</summary>
internal static class ImportBenchmark
{
    private const int Rounds = 5;

    public static async Task RunAsync()
    {
        var manifest = Path.Combine(Metadata("RepositoryRoot"), "artifacts", "Backfill", "Backfill.psd1");
        if (!File.Exists(manifest))
        {
            throw new InvalidOperationException("Pack the module first: dotnet pwsh build.ps1 -Task Package");
        }

        var (empty, imported) = (new List<double>(), new List<double>());
        // The first round warms the disk and is not counted.
        for (var round = 0; round <= Rounds; round++)
        {
            var without = await MillisecondsAsync("1");
            var with = await MillisecondsAsync($"Import-Module '{manifest}'");
            if (round > 0)
            {
                empty.Add(without);
                imported.Add(with);
            }
        }

        var added = imported.Zip(empty, (with, without) => with - without).Order().ToArray();
        Table.Show(
            "import of the packaged module over pwsh -NoProfile -c 1",
            Table.Number(added[Rounds / 2]),
            "<= 350 ms",
            $"{Rounds} pairs: {string.Join(", ", added.Select(Table.Number))} ms; pwsh alone {Table.Number(empty.Order().ElementAt(Rounds / 2))} ms"
        );
    }

    private static async Task<double> MillisecondsAsync(string command)
    {
        var start = new ProcessStartInfo("dotnet", [Metadata("PowerShell"), "-NoProfile", "-Command", command])
        {
            RedirectStandardOutput = true,
        };
        start.Environment["POWERSHELL_UPDATECHECK"] = "Off";
        start.Environment["POWERSHELL_TELEMETRY_OPTOUT"] = "1";
        var started = Stopwatch.GetTimestamp();
        using var shell =
            Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} could not be started.");
        await shell.StandardOutput.ReadToEndAsync();
        await shell.WaitForExitAsync();
        return shell.ExitCode == 0
            ? Stopwatch.GetElapsedTime(started).TotalMilliseconds
            : throw new InvalidOperationException($"'{command}' ended with {shell.ExitCode}.");
    }

    private static string Metadata(string key) =>
        typeof(ImportBenchmark)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(one => one.Key == key)
            .Value!;
}
