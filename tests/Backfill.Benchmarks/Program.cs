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
        await SyncBenchmark.RunAsync("all");
        return 0;
    case ["sync", var part]:
        await SyncBenchmark.RunAsync(part);
        return 0;
    case ["embed"]:
        await EmbeddingBenchmark.RunAsync("all");
        return 0;
    case ["embed", var part]:
        await EmbeddingBenchmark.RunAsync(part);
        return 0;
    case ["metrics"]:
        await MetricsBenchmark.RunAsync(rows: 1_000_000);
        return 0;
    case ["metrics", var rows]:
        await MetricsBenchmark.RunAsync(int.Parse(rows, CultureInfo.InvariantCulture));
        return 0;
    case ["altered"]:
        await AlteredBenchmark.RunAsync(rows: 1_000_000);
        return 0;
    case ["worker"]:
        await WorkerBenchmark.RunAsync();
        return 0;
    case ["import"]:
        await ImportBenchmark.RunAsync();
        return 0;
    default:
        await Console.Error.WriteLineAsync(
            "Usage: Backfill.Benchmarks [pipeline PULL-REQUESTS | sync [phases|cost|real|naive|wall|tokens|write|memory|many] | embed [instant|poison|tokens|write|pace|onnx] | metrics [ROWS] | altered | worker | import]"
        );
        return 2;
}
