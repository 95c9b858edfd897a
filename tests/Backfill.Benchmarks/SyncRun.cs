using System.Diagnostics;
using Backfill.Core;
using Backfill.Simulation;

namespace Backfill.Benchmarks;

/// <summary>What one sync took.</summary>
/// <param name="Run">The run as it ended.</param>
/// <param name="Elapsed">From its start to its end.</param>
/// <param name="Requests">What the simulator was asked meanwhile.</param>
internal sealed record SyncMeasure(RepoSync Run, TimeSpan Elapsed, IReadOnlyList<RequestRecord> Requests)
{
    public int GraphQLRequests => Requests.Count(request => request.Kind == RequestKind.GraphQL);

    /// <summary>The sum of their latencies: 80 ms, or what the simulator needed to make the answer where that is longer.</summary>
    public TimeSpan GraphQLTime =>
        Requests
            .Where(request => request.Kind == RequestKind.GraphQL)
            .Aggregate(TimeSpan.Zero, (sum, request) => sum + request.Took);

    public int Points => Requests.Where(request => request.Kind == RequestKind.GraphQL).Sum(request => request.Cost);

    /// <summary>Rows stored of everything that GitHub lists; contributors are met on the way and do not count.</summary>
    public long Items => Run.Counts.Where(count => count.Entity != "Contributors").Sum(count => count.Stored);

    /// <summary>Requests that it would take if every entity had a list of its own: the sum over entities of count / 100.</summary>
    public long FlatBound =>
        Run.Counts.Where(count => count.Entity != "Contributors").Sum(count => (count.Stored + 99) / 100);
}

/// <summary>The engine between a simulator and a database of its own; it syncs <c>octo/hello</c>.</summary>
internal sealed class SyncRun : IAsyncDisposable
{
    public static readonly RepositoryName Repository = RepositoryName.Parse("octo/hello");

    private readonly BackfillEngine engine = new();
    private readonly StoredRows output = new();

    private SyncRun(GitHubSimulator gitHub, string connectionString, int tokens)
    {
        GitHub = gitHub;
        ConnectionString = connectionString;
        Settings = new BackfillSettings
        {
            Database = new Secret(connectionString),
            GitHubTokens = [.. Enumerable.Range(1, tokens).Select(number => new Secret($"simulated-{number}"))],
            GitHubApiUrl = gitHub.Url,
            GitHubGraphQLUrl = gitHub.GraphQLUrl,
        };
    }

    public GitHubSimulator GitHub { get; }

    public string ConnectionString { get; }

    public BackfillSettings Settings { get; }

    /// <param name="tokens">How many tokens the engine has, each of another account.</param>
    public static async Task<SyncRun> SetUpAsync(BenchmarkServer server, SimulatorOptions options, int tokens = 1)
    {
        var run = new SyncRun(
            await GitHubSimulator.StartAsync(options, CancellationToken.None),
            await server.CreateDatabaseAsync(),
            tokens
        );
        await run.engine.InitializeDatabaseAsync(
            run.Settings,
            new DatabaseRequest(Plan: false),
            run.output,
            CancellationToken.None
        );
        await run.engine.RegisterAsync(
            run.Settings,
            new RegisterRequest(Repository, null, Plan: false),
            run.output,
            CancellationToken.None
        );
        return run;
    }

    /// <summary>Tells another process of the database and of the simulator.</summary>
    public void AddTo(IDictionary<string, string?> environment)
    {
        environment["BACKFILL_DATABASE_URL"] = ConnectionString;
        environment["GITHUB_API_URL"] = GitHub.Url.AbsoluteUri;
        environment["GITHUB_GRAPHQL_URL"] = GitHub.GraphQLUrl.AbsoluteUri;
        environment["GITHUB_TOKEN"] = string.Join(',', Settings.GitHubTokens.Select(token => token.Reveal()));
    }

    /// <summary>Syncs back to a time, or everything, and waits for the end.</summary>
    public async Task<SyncMeasure> SyncAsync(DateTimeOffset? since = null)
    {
        GitHub.Reset();
        var started = Stopwatch.GetTimestamp();
        var run = await engine.StartSyncAsync(
            Settings,
            new SyncRequest(Repository, since, Track: false, ThrottleLimit: 4, Plan: false),
            output,
            CancellationToken.None
        );
        await engine.WaitSyncAsync(
            Settings,
            new WaitRequest([run.Id], [], Timeout: null, TimeSpan.FromSeconds(1)),
            output,
            CancellationToken.None
        );
        var elapsed = Stopwatch.GetElapsedTime(started);
        var ended = await engine.FindSyncsAsync(
            Settings,
            new SyncFilter([run.Id], [], [], false),
            CancellationToken.None
        );
        return new SyncMeasure(ended[0], elapsed, GitHub.Requests);
    }

    public async ValueTask DisposeAsync()
    {
        await engine.DisposeAsync();
        await GitHub.DisposeAsync();
    }
}
