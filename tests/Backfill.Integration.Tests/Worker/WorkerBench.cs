using System.Collections.Concurrent;
using Backfill.Integration.Tests.Support;
using Backfill.Integration.Tests.Worker.Executor;
using Backfill.Simulation;
using Backfill.Worker;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Backfill.Integration.Tests.Worker;

/// <summary>Workers between a real PostgreSQL, the simulated GitHub and the executor.</summary>
internal sealed class WorkerBench : IAsyncDisposable
{
    public const string Repository = "octo/hello";
    public const string Sync = "github/repository.sync";

    private readonly List<WebApplication> workers = [];
    private readonly Dictionary<int, int> ports = [];
    private int next;

    private WorkerBench(Bench bench) => Bench = bench;

    public Bench Bench { get; }

    public InngestExecutor Inngest { get; private set; } = null!;

    public IReadOnlyList<WebApplication> Workers => workers;

    /// <summary>The origins of the workers.</summary>
    public ConcurrentQueue<Uri> Origins { get; } = new();

    /// <summary>A bench with a tracked repository of which nothing is stored, and workers that have registered.</summary>
    /// <param name="count">How many workers share the calls.</param>
    /// <param name="database">Makes another database than one of the tool's own schema.</param>
    public static async Task<WorkerBench> SetUpAsync(
        TestPostgres postgres,
        SimulatorOptions? gitHub = null,
        int count = 1,
        Func<ExecutorOptions, ExecutorOptions>? inngest = null,
        Func<WorkerOptions, WorkerOptions>? worker = null,
        Func<SimulatorOptions, Task<Bench>>? database = null
    )
    {
        gitHub ??= new SimulatorOptions { PullRequests = 30 };
        var bench = new WorkerBench(await (database is null ? Bench.SetUpAsync(postgres, gitHub) : database(gitHub)));
        foreach (var repository in gitHub.Repositories ?? [Repository])
        {
            await bench.Bench.RegisterAsync(repository, database is null ? "team" : null);
        }

        var options = new ExecutorOptions { Time = gitHub.Time, Worker = bench.NextWorker };
        bench.Inngest = await InngestExecutor.StartAsync(inngest?.Invoke(options) ?? options);
        for (var number = 0; number < count; number++)
        {
            await bench.AddAsync(worker);
        }

        return bench;
    }

    /// <summary>The settings of a worker, as its process would find them in its environment.</summary>
    public IReadOnlyDictionary<string, string> Environment =>
        new Dictionary<string, string>(
            [
                new("BACKFILL_DATABASE_URL", Bench.ConnectionString),
                new("GITHUB_API_URL", Bench.GitHub.Url.AbsoluteUri),
                new("GITHUB_GRAPHQL_URL", Bench.GitHub.GraphQLUrl.AbsoluteUri),
                new("GITHUB_TOKEN", string.Join(',', Bench.Settings.GitHubTokens.Select(token => token.Reveal()))),
                new("BACKFILL_EMBEDDING_PROVIDER", "Lexical"),
                new("GITHUB_WEBHOOK_SECRET", "webhook-secret-0123456789"),
                .. Inngest.Environment.Select(variable => new KeyValuePair<string, string>(
                    variable.Name,
                    variable.Value
                )),
            ],
            StringComparer.Ordinal
        );

    /// <summary>Starts one more worker and waits until it has registered.</summary>
    public async Task<WebApplication> AddAsync(Func<WorkerOptions, WorkerOptions>? change = null)
    {
        var options = WorkerOptions.Read(Environment.GetValueOrDefault);
        var registered = Inngest.Registrations.Count;
        var worker = WorkerHost.Build(
            ["--urls", "http://127.0.0.1:0", "--Logging:LogLevel:Default=Error"],
            change?.Invoke(options) ?? options,
            Inngest.Options.Time
        );
        await worker.StartAsync(TestContext.Current.CancellationToken);
        workers.Add(worker);
        Origins.Enqueue(OriginOf(worker));
        while (Inngest.Registrations.Count == registered)
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        return worker;
    }

    public static Uri OriginOf(WebApplication worker) =>
        new(worker.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>The port of a worker in a process of its own, which is among those that are called.</summary>
    public int Port(int number)
    {
        if (ports.TryGetValue(number, out var known))
        {
            return known;
        }

        var port = TestPostgres.FreePort();
        ports[number] = port;
        Origins.Enqueue(new Uri($"http://127.0.0.1:{port}"));
        return port;
    }

    /// <summary>The settings of an operator who sends the event to the executor.</summary>
    public BackfillSettings OperatorSettings =>
        Bench.Settings with
        {
            Inngest = new InngestSettings
            {
                EventKey = new Secret(ExecutorOptions.EventKey),
                SigningKey = new Secret(ExecutorOptions.SigningKey),
                EventUrl = Inngest.Url,
                ApiUrl = Inngest.Url,
            },
        };

    /// <summary>Starts a sync on the engine Inngest, as an operator does.</summary>
    public Task<RepoSync> StartAtInngestAsync(CollectedOutput? output = null) =>
        Bench.Engine.StartSyncAsync(
            OperatorSettings,
            new SyncRequest(RepositoryName.Parse(Repository), null, Track: false, ThrottleLimit: 1, Plan: false)
            {
                Engine = EngineKind.Inngest,
            },
            output ?? new CollectedOutput(),
            TestContext.Current.CancellationToken
        );

    /// <summary>The next worker in turn.</summary>
    public Uri? NextWorker()
    {
        var all = Origins.ToArray();
        return all.Length == 0 ? null : all[Interlocked.Increment(ref next) % all.Length];
    }

    /// <summary>The runs of the database, the newest first.</summary>
    public Task<IReadOnlyList<RepoSync>> RunsAsync() =>
        Bench.Engine.FindSyncsAsync(
            Bench.Settings,
            new SyncFilter([], [], [], ThisProcess: false),
            TestContext.Current.CancellationToken
        );

    /// <summary>What an executor may not see from a worker.</summary>
    public void AssertNothingViolated() => Assert.Empty(Inngest.Violations);

    /// <summary>Holds the rows to those of a local run of another database before the same GitHub.</summary>
    public async Task AssertRowsAsOfLocalRunAsync(TestPostgres postgres, params string[] repositories)
    {
        await using var local = await Bench.BesideAsync(postgres);
        foreach (var repository in repositories.DefaultIfEmpty(Repository))
        {
            Assert.Equal(RunState.Completed, (await local.SyncAsync(repository)).State);
        }

        await StoredRows.AssertEqualAsync(local, Bench);
    }

    public async ValueTask DisposeAsync()
    {
        await Inngest.DisposeAsync();
        foreach (var worker in workers)
        {
            await worker.DisposeAsync();
        }

        await Bench.DisposeAsync();
    }
}
