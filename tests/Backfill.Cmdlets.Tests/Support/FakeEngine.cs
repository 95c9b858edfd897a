using System.Collections.Concurrent;

namespace Backfill.Cmdlets.Tests.Support;

/// <summary>An engine that does what a test tells it to, and remembers what it was asked.</summary>
internal sealed class FakeEngine : IBackfillEngine
{
    public ConcurrentQueue<object> Requests { get; } = [];

    public ConcurrentQueue<BackfillSettings> Settings { get; } = [];

    public Func<SyncRequest, IOperationOutput, CancellationToken, Task<RepoSync>> Start { get; set; } =
        (request, _, _) => Task.FromResult(Samples.Run(request.Repository.FullName, request.Plan));

    public Func<WaitRequest, IOperationOutput, CancellationToken, Task> Wait { get; set; } =
        (_, _, _) => Task.CompletedTask;

    public Func<SyncFilter, IReadOnlyList<RepoSync>> Find { get; set; } = _ => [];

    public Func<SyncFilter, IReadOnlyList<RepoSync>> Stop { get; set; } = _ => [];

    public Func<EmbeddingRequest, IOperationOutput, CancellationToken, Task<EmbeddingResult>> Embed { get; set; } =
        (request, _, _) =>
            Task.FromResult(
                Samples.Embedding(request.Repositories is [{ } name] ? name.FullName : "octo/hello", request.Plan)
            );

    public Func<MetricsRequest, IReadOnlyList<WorkspaceMetrics>> Metrics { get; set; } =
        request => [Samples.Metrics(request.Plan, [.. request.Repositories.Select(name => name.FullName)])];

    public Func<CoverageRequest, IReadOnlyList<CoverageCheck>> Check { get; set; } =
        request => [Samples.Check(request.Repository?.FullName, CheckStatus.Passed)];

    public Func<CompletionRequest, CancellationToken, Task<IReadOnlyList<Completion>>> Complete { get; set; } =
        (_, _) => Task.FromResult<IReadOnlyList<Completion>>([]);

    public Func<BackfillContext> Describe { get; set; } = Samples.Context;

    public IEnumerable<T> Asked<T>() => Requests.OfType<T>();

    public Task<DatabaseInitialization> InitializeDatabaseAsync(
        BackfillSettings settings,
        DatabaseRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        Remember(settings, request);
        return Task.FromResult(Samples.Database(request.Plan));
    }

    public Task<bool> StopLocalDatabaseAsync(BackfillSettings settings, CancellationToken cancellationToken)
    {
        Remember(settings, "StopLocalDatabase");
        return Task.FromResult(true);
    }

    public Task<BackfillContext> DescribeAsync(BackfillSettings settings, CancellationToken cancellationToken)
    {
        Remember(settings, "Describe");
        return Task.FromResult(Describe());
    }

    public Task<TrackedRepository> RegisterAsync(
        BackfillSettings settings,
        RegisterRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        Remember(settings, request);
        return Task.FromResult(Samples.Tracked(request.Repository.FullName, request.Plan));
    }

    public Task<RepoSync> StartSyncAsync(
        BackfillSettings settings,
        SyncRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        Remember(settings, request);
        return Start(request, output, cancellationToken);
    }

    public Task WaitSyncAsync(
        BackfillSettings settings,
        WaitRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        Remember(settings, request);
        return Wait(request, output, cancellationToken);
    }

    public Task<IReadOnlyList<RepoSync>> FindSyncsAsync(
        BackfillSettings settings,
        SyncFilter filter,
        CancellationToken cancellationToken
    )
    {
        Remember(settings, filter);
        return Task.FromResult(Find(filter));
    }

    /// <summary>The runs that are at work when the process ends.</summary>
    public IReadOnlyList<RepoSync> AtWork { get; set; } = [];

    public Task<IReadOnlyList<RepoSync>> InterruptSyncsAsync(CancellationToken cancellationToken) =>
        Task.FromResult(AtWork);

    public Task<IReadOnlyList<RepoSync>> StopSyncsAsync(
        BackfillSettings settings,
        SyncFilter filter,
        CancellationToken cancellationToken
    )
    {
        Remember(settings, filter);
        return Task.FromResult(Stop(filter));
    }

    public async Task EmbedAsync(
        BackfillSettings settings,
        EmbeddingRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        Remember(settings, request);
        await output.WriteAsync(await Embed(request, output, cancellationToken), cancellationToken);
    }

    public Task<IReadOnlyList<SimilarItem>> FindSimilarAsync(
        BackfillSettings settings,
        SimilarityRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        Remember(settings, request);
        return Task.FromResult<IReadOnlyList<SimilarItem>>([Samples.Similar()]);
    }

    public async Task UpdateMetricsAsync(
        BackfillSettings settings,
        MetricsRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        Remember(settings, request);
        foreach (var metrics in Metrics(request))
        {
            await output.WriteAsync(metrics, cancellationToken);
        }
    }

    public Task<IReadOnlyList<CoverageCheck>> CheckCoverageAsync(
        BackfillSettings settings,
        CoverageRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        Remember(settings, request);
        return Task.FromResult(Check(request));
    }

    public Func<RepairRequest, PipelineEstimate?> Repair { get; set; } = _ => null;

    public Task<PipelineEstimate?> RepairCoverageAsync(
        BackfillSettings settings,
        RepairRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        Remember(settings, request);
        return Task.FromResult(Repair(request));
    }

    public Task<IReadOnlyList<RateLimit>> GetRateLimitsAsync(
        BackfillSettings settings,
        CancellationToken cancellationToken
    )
    {
        Remember(settings, "RateLimits");
        return Task.FromResult<IReadOnlyList<RateLimit>>([Samples.Limit()]);
    }

    /// <summary>The lines of the log files, by their paths.</summary>
    public ConcurrentQueue<(
        string Path,
        LogSeverity Severity,
        string Message,
        IReadOnlyDictionary<string, object?> Facts
    )> Logged { get; } = [];

    public IOperationLog OpenLog(string path) => new Log(this, path);

    /// <summary>The observers of the engine's events.</summary>
    public List<Action<EngineEvent>> Observers { get; } = [];

    public IDisposable Observe(Action<EngineEvent> observer)
    {
        Observers.Add(observer);
        return new Observation(this, observer);
    }

    private sealed class Log(FakeEngine engine, string path) : IOperationLog
    {
        public void Write(LogSeverity severity, string message, IReadOnlyDictionary<string, object?> facts) =>
            engine.Logged.Enqueue((path, severity, message, facts));
    }

    private sealed class Observation(FakeEngine engine, Action<EngineEvent> observer) : IDisposable
    {
        public void Dispose() => engine.Observers.Remove(observer);
    }

    public Task<IReadOnlyList<Completion>> CompleteAsync(
        BackfillSettings settings,
        CompletionRequest request,
        CancellationToken cancellationToken
    ) => Complete(request, cancellationToken);

    /// <summary>The names that stand for wildcards.</summary>
    public Dictionary<CompletionKind, string[]> Names { get; } = [];

    public Task<IReadOnlyList<string>> ListNamesAsync(
        BackfillSettings settings,
        CompletionKind kind,
        CancellationToken cancellationToken
    )
    {
        Remember(settings, kind);
        return Task.FromResult<IReadOnlyList<string>>(Names.GetValueOrDefault(kind) ?? []);
    }

    public Func<RepositoryName, RepositoryFacts> Facts { get; set; } = name => Samples.Facts(name.FullName);

    public Task<RepositoryFacts> ReadFactsAsync(
        BackfillSettings settings,
        RepositoryName repository,
        CancellationToken cancellationToken
    )
    {
        Remember(settings, "Facts");
        return Task.FromResult(Facts(repository));
    }

    public string DrawChart(ReportChart chart)
    {
        Requests.Enqueue(chart);
        return $"<svg viewBox=\"0 0 {chart.Width} {chart.Height}\" xmlns=\"http://www.w3.org/2000/svg\"></svg>";
    }

    public Func<RepositoryQuery, IReadOnlyList<BackfillRepository>> Repositories { get; set; } =
        _ => [Samples.Stored("octo/hello")];

    public Task<IReadOnlyList<BackfillRepository>> FindRepositoriesAsync(
        BackfillSettings settings,
        RepositoryQuery query,
        CancellationToken cancellationToken
    )
    {
        Remember(settings, query);
        return Task.FromResult(Repositories(query));
    }

    public Task<UntrackedRepository> UnregisterAsync(
        BackfillSettings settings,
        UnregisterRequest request,
        CancellationToken cancellationToken
    )
    {
        Remember(settings, request);
        return Task.FromResult(Samples.Untracked(request.Repository.FullName, request.Plan));
    }

    public async Task MeasureAsync(
        BackfillSettings settings,
        MeasureRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        Remember(settings, request);
        foreach (var name in request.Repositories)
        {
            await output.WriteAsync(Samples.Measurement(name.FullName), cancellationToken);
        }
    }

    /// <summary>Fails where a test says that a setting does not work.</summary>
    public Func<IReadOnlyCollection<string>, BackfillException?> Try { get; set; } = _ => null;

    public Task TryAsync(
        BackfillSettings settings,
        IReadOnlyCollection<string> names,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        Remember(settings, new Tried(names));
        return Try(names) is { } error ? Task.FromException(error) : Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Remember(BackfillSettings settings, object request)
    {
        Settings.Enqueue(settings);
        Requests.Enqueue(request);
    }
}

/// <summary>The settings that Connect-Backfill tried.</summary>
internal sealed record Tried(IReadOnlyCollection<string> Names);
