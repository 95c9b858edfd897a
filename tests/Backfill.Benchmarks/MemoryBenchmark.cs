using System.Diagnostics;
using System.Globalization;
using Backfill.Simulation;
using Npgsql;

namespace Backfill.Benchmarks;

/// <summary>The most memory that the host held while it synced: the engine, PowerShell and the runtime together.</summary>
internal static class MemoryBenchmark
{
    private const string Sync =
        "Start-RepoSync octo/hello | Wait-RepoSync | ForEach-Object { \"$($_.State) $(($_.Counts | ForEach-Object { $_.Stored }) -join ' ')\" }";
    private const int Repositories = 500;
    private const string SyncMany =
        "$names | Start-RepoSync -Track -ThrottleLimit 8 | Wait-RepoSync | Group-Object State | ForEach-Object { \"$($_.Name) $($_.Count)\" }";

    // No part waits for the end of an hour.
    private const int PointsPerHour = 20_000;
    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    public static async Task RunAsync(BenchmarkServer server)
    {
        foreach (var (items, tokens) in ((int, int)[])[(2_000, 1), (7_000, 1), (20_000, 1), (20_000, 3), (72_000, 1)])
        {
            await using var run = await SyncRun.SetUpAsync(
                server,
                new SimulatorOptions
                {
                    PullRequests = items,
                    Issues = items,
                    PointsPerHour = PointsPerHour,
                },
                tokens
            );
            var started = Stopwatch.GetTimestamp();
            var (ended, peak) = await HostAsync(run, Sync);
            Table.Show(
                $"{items} + {items}, {tokens} token(s): peak memory of the host",
                Table.Number(peak / 1024.0 / 1024.0),
                "<= 256 MB",
                $"{ended}, {Table.Seconds(Stopwatch.GetElapsedTime(started))}"
            );
        }
    }

    /// <summary>Many repositories in one pipeline: the memory of the host, and the sessions that it has at the server.</summary>
    public static async Task RunManyAsync(BenchmarkServer server)
    {
        string[] names =
        [
            SyncRun.Repository.FullName,
            .. Enumerable.Range(2, Repositories - 1).Select(number => FormattableString.Invariant($"octo/r{number}")),
        ];
        await using var run = await SyncRun.SetUpAsync(
            server,
            new SimulatorOptions
            {
                Repositories = names,
                PullRequests = 5,
                Discussions = 0,
                Latency = Latency,
                PointsPerHour = PointsPerHour,
            }
        );
        using var ended = new CancellationTokenSource();
        var looks = MostSessionsAsync(run.ConnectionString, ended.Token);
        var started = Stopwatch.GetTimestamp();
        var list = string.Join(',', names.Select(name => $"'{name}'"));
        var (told, peak) = await HostAsync(run, $"$names = {list}; {SyncMany}");
        await ended.CancelAsync();
        Table.Show(
            $"{Repositories} repositories, -ThrottleLimit 8: peak memory of the host",
            Table.Number(peak / 1024.0 / 1024.0),
            "<= 256 MB",
            $"{told}, {Table.Seconds(Stopwatch.GetElapsedTime(started))}"
        );
        Table.Show("  sessions at the server", Table.Number(await looks), "<= 20", "");
    }

    private static async Task<long> MostSessionsAsync(string connectionString, CancellationToken ended)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(CancellationToken.None);
        await using var count = new NpgsqlCommand(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
            connection
        );
        var most = 0L;
        while (!ended.IsCancellationRequested)
        {
            most = Math.Max(most, (long)(await count.ExecuteScalarAsync(CancellationToken.None))!);
            await Task.Delay(BetweenLooks, CancellationToken.None);
        }

        return most;
    }

    private static async Task<(string Ended, long Peak)> HostAsync(SyncRun run, string command)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            WorkingDirectory = BuildMetadata.Root,
        };
        start.ArgumentList.Add(
            Path.Combine(BuildMetadata.Root, "src/Backfill.Host/bin", configuration, "net10.0/Backfill.Host.dll")
        );
        start.ArgumentList.Add("-Command");
        start.ArgumentList.Add(
            $"{command}; \"Peak $([System.Diagnostics.Process]::GetCurrentProcess().PeakWorkingSet64)\""
        );
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
