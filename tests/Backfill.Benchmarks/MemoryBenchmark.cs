using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Backfill.Simulation;

namespace Backfill.Benchmarks;

/// <summary>The most memory that the host held while it synced: the engine, PowerShell and the runtime together.</summary>
internal static class MemoryBenchmark
{
    private const string Command =
        "Start-RepoSync octo/hello | Wait-RepoSync | ForEach-Object { \"$($_.State) $(($_.Counts | ForEach-Object { $_.Stored }) -join ' ')\" }; "
        + "\"Peak $([System.Diagnostics.Process]::GetCurrentProcess().PeakWorkingSet64)\"";

    public static async Task RunAsync(BenchmarkServer server)
    {
        foreach (var (items, tokens) in ((int, int)[])[(2_000, 1), (7_000, 1), (20_000, 1), (20_000, 3), (72_000, 1)])
        {
            await using var run = await SyncRun.SetUpAsync(
                server,
                new SimulatorOptions { PullRequests = items, Issues = items },
                tokens
            );
            var started = Stopwatch.GetTimestamp();
            var (ended, peak) = await HostAsync(run);
            Table.Show(
                $"{items} + {items}, {tokens} token(s): peak memory of the host",
                Table.Number(peak / 1024.0 / 1024.0),
                "<= 256 MB",
                $"{ended}, {Table.Seconds(Stopwatch.GetElapsedTime(started))}"
            );
        }
    }

    private static async Task<(string Ended, long Peak)> HostAsync(SyncRun run)
    {
        var root = typeof(MemoryBenchmark)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(one => one.Key == "RepositoryRoot")
            .Value!;
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, WorkingDirectory = root };
        start.ArgumentList.Add(Path.Combine(root, "src/Backfill.Host/bin", configuration, "net10.0/Backfill.Host.dll"));
        start.ArgumentList.Add("-Command");
        start.ArgumentList.Add(Command);
        run.AddTo(start.Environment);
        using var host =
            Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} could not be started.");
        var output = await host.StandardOutput.ReadToEndAsync();
        await host.WaitForExitAsync();
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return lines is [.., var ended, var peak] && ended.StartsWith("Completed", StringComparison.Ordinal)
            ? (ended, long.Parse(peak.Split(' ')[1], CultureInfo.InvariantCulture))
            : throw new InvalidOperationException($"The sync did not complete: {output}");
    }
}
