using Backfill.Integration.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Coverage;

/// <summary>A repository beside the app's tables that is complete, for each test to copy.</summary>
public sealed class CompleteRepository(TestPostgres postgres) : SharedBench
{
    internal const string Name = "octo/hello";

    internal async Task<Bench> CopyAsync(TestPostgres server) => await (await BenchAsync()).CopyAsync(server);

    private protected override async Task<Bench> MakeAsync()
    {
        var bench = await AppSchema.BenchAsync(postgres, new SimulatorOptions { PullRequests = 12 });
        await bench.InitializeAsync();
        await bench.RegisterAsync(Name, "The team");
        Assert.Equal(RunState.Completed, (await bench.SyncAsync(Name)).State);
        Assert.Equal(RunState.Completed, (await bench.EmbedAsync(Name)).State);
        await bench.MeasureAsync(Name);
        await bench.RestAsync();
        return bench;
    }
}
