using System.Globalization;
using Backfill.Benchmarks;

// The first argument names the benchmark; RESULTS.md has what each showed.
switch (args)
{
    case []:
        await PipelineBenchmark.RunAsync(pullRequests: 3_000);
        return 0;
    case ["pipeline", var pullRequests]:
        await PipelineBenchmark.RunAsync(int.Parse(pullRequests, CultureInfo.InvariantCulture));
        return 0;
    case ["sync"]:
        await SyncBenchmark.RunAsync();
        return 0;
    default:
        await Console.Error.WriteLineAsync("Usage: Backfill.Benchmarks [sync | pipeline PULL-REQUESTS]");
        return 2;
}
