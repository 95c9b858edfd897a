using Backfill.Integration.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Coverage;

/// <summary>A repository beside the app's tables that is complete, for each test to copy.</summary>
public sealed class CompleteRepository(TestPostgres postgres) : IAsyncLifetime
{
    internal const string Name = "octo/hello";

    private Bench bench = null!;

    internal Task<Bench> CopyAsync(TestPostgres server) => bench.CopyAsync(server);

    public async ValueTask InitializeAsync()
    {
        bench = await AppSchema.BenchAsync(postgres, new SimulatorOptions { PullRequests = 12 });
        await bench.InitializeAsync();
        await bench.RegisterAsync(Name, "The team");
        Assert.Equal(RunState.Completed, (await bench.SyncAsync(Name)).State);
        Assert.Equal(RunState.Completed, (await bench.EmbedAsync(Name)).State);
        await bench.MeasureAsync(Name);
        await bench.RestAsync();
    }

    public ValueTask DisposeAsync() => bench.DisposeAsync();
}
