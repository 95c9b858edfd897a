using Backfill.Core;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Inngest;

/// <summary>The engine between a real PostgreSQL, the simulated GitHub and the stand-in for Inngest, all on one clock that runs fast.</summary>
internal sealed class InngestBench : IAsyncDisposable
{
    public const string Repository = "bdougie/contributor.info";
    public const int PullRequests = 12;

    // A minute of grace is a second and a half.
    private const double Speed = 40;

    private InngestBench(Bench bench, FakeInngest inngest, TimeProvider time)
    {
        Bench = bench;
        Inngest = inngest;
        Time = time;
        Settings = inngest.Settings(bench.Settings);
    }

    public Bench Bench { get; }

    public FakeInngest Inngest { get; }

    public TimeProvider Time { get; }

    public BackfillSettings Settings { get; set; }

    public BackfillEngine Engine => Bench.Engine;

    public CollectedOutput Output { get; } = new();

    /// <summary>A bench with a tracked repository of which nothing is stored.</summary>
    public static async Task<InngestBench> SetUpAsync(TestPostgres postgres)
    {
        var time = new AcceleratedTime(Speed);
        var bench = await Bench.SetUpAsync(
            postgres,
            new SimulatorOptions
            {
                Repositories = [Repository],
                PullRequests = PullRequests,
                Time = time,
            }
        );
        await bench.RegisterAsync(Repository, "team");
        return new InngestBench(bench, await FakeInngest.StartAsync(time), time);
    }

    public Task<RepoSync> StartAsync(Func<SyncRequest, SyncRequest>? change = null)
    {
        var request = new SyncRequest(RepositoryName.Parse(Repository), null, Track: false, 1, Plan: false)
        {
            Engine = EngineKind.Inngest,
        };
        return Engine.StartSyncAsync(
            Settings,
            change is null ? request : change(request),
            Output,
            TestContext.Current.CancellationToken
        );
    }

    /// <summary>Waits for a run as the given engine sees it: what was handed on, and every error.</summary>
    public async Task<(RepoSync Run, CollectedOutput Output)> WaitAsync(
        RepoSync run,
        TimeSpan? timeout = null,
        bool fallback = false,
        BackfillEngine? engine = null
    )
    {
        var output = new CollectedOutput();
        await (engine ?? Engine).WaitSyncAsync(
            Settings,
            new WaitRequest([run.Id], [], timeout, TimeSpan.FromSeconds(5)) { FallbackToLocal = fallback },
            output,
            TestContext.Current.CancellationToken
        );
        return (Assert.IsType<RepoSync>(Assert.Single(output.Results)), output);
    }

    public async ValueTask DisposeAsync()
    {
        await Inngest.DisposeAsync();
        await Bench.DisposeAsync();
    }
}
