using Backfill.Simulation;
using Backfill.Simulation.Data;

namespace Backfill.Benchmarks;

/// <summary>What the packaged module costs over an empty PowerShell: whole processes, in turn.</summary>
internal static class ImportBenchmark
{
    private const int Rounds = 5;

    public static async Task RunAsync()
    {
        var import = $"Import-Module '{ColdShell.Manifest}'";
        await using var server = await BenchmarkServer.StartAsync();
        string[] commands =
        [
            "1",
            import,
            $"{import}; Start-RepoSync {SyncRun.Repository} -WhatIf",
            $"{import}; Start-RepoSync {SyncRun.Repository} -Wait",
        ];
        var took = commands.Select(_ => new List<ColdShell>()).ToArray();
        // The first round warms the disk and is not counted.
        for (var round = 0; round <= Rounds; round++)
        {
            foreach (var (place, command) in commands.Index())
            {
                // The first sync of an empty database, each time.
                await using var run = await SyncRun.SetUpAsync(
                    server,
                    new SimulatorOptions { Shape = RepositoryShape.Real }
                );
                var shell = await ColdShell.RunAsync(command, run);
                if (round > 0)
                {
                    took[place].Add(shell);
                }
            }
        }

        Show("import over an empty PowerShell", "<= 150 ms", 1, shell => shell.Total);
        Show("first line of Start-RepoSync -WhatIf", "<= 1500 ms", 2, shell => shell.FirstLine);
        Show("processor time of a cold sync, real shape", "<= 4000 ms", 3, shell => shell.Processor);

        void Show(string what, string target, int place, Func<ColdShell, TimeSpan> measure)
        {
            var added = took[place]
                .Zip(took[0], (with, without) => (measure(with) - measure(without)).TotalMilliseconds)
                .Order()
                .ToArray();
            var empty = took[0].Select(shell => measure(shell).TotalMilliseconds).Order().ElementAt(Rounds / 2);
            Table.Show(
                what,
                Table.Number(added[Rounds / 2]),
                target,
                $"{Rounds} pairs: {string.Join(", ", added.Select(Table.Number))} ms; PowerShell alone {Table.Number(empty)} ms"
            );
        }
    }
}
