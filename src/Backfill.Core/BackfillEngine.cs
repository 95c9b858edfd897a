using System.Runtime.CompilerServices;
using Backfill.Core.Coverage;
using Backfill.Core.Embedding.Providers;
using Backfill.Core.Embedding.Run;
using Backfill.Core.GitHub;
using Backfill.Core.Inngest;
using Backfill.Core.Metrics;
using Backfill.Core.Postgres;
using Backfill.Core.Reporting;
using Backfill.Core.Sync;
using Backfill.Core.Sync.Runs;

namespace Backfill.Core;

/// <summary>Opens what the settings name, and passes each request to its stage.</summary>
public sealed class BackfillEngine : IBackfillEngine
{
    private readonly TimeProvider time;
    private readonly HttpClients http = new();
    private readonly KnownServers servers = new();
    private readonly GitHubConnections gitHub;
    private readonly LocalServer localServer;
    private readonly Databases databases;
    private readonly LocalEngine local;
    private readonly RunSlices slices;
    private readonly ConditionalWeakTable<CoverageGroup, StoredFacts> groups = [];

    /// <summary>Makes an engine on the system's clock.</summary>
    public BackfillEngine()
        : this(TimeProvider.System) { }

    /// <summary>Makes an engine on a given clock.</summary>
    /// <param name="time">The clock of every wait, and of every time that the tool itself writes.</param>
    public BackfillEngine(TimeProvider time)
    {
        this.time = time;
        gitHub = new GitHubConnections(() => http.GitHub, time);
        localServer = new LocalServer(time);
        databases = new Databases(localServer, time);
        local = new LocalEngine(time);
        slices = new RunSlices(time);
    }

    /// <inheritdoc/>
    public async Task<DatabaseInitialization> InitializeDatabaseAsync(
        BackfillSettings settings,
        DatabaseRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    ) =>
        await SchemaInitialization.RunAsync(
            await databases.OpenAsync(settings, output, cancellationToken),
            request.Plan,
            output,
            time,
            cancellationToken
        );

    /// <inheritdoc/>
    public Task<bool> StopLocalDatabaseAsync(BackfillSettings settings, CancellationToken cancellationToken) =>
        localServer.StopAsync(settings.LocalFolder, cancellationToken);

    /// <inheritdoc/>
    public async Task<BackfillContext> DescribeAsync(BackfillSettings settings, CancellationToken cancellationToken)
    {
        var server = settings.Local ? await localServer.StateAsync(settings.LocalFolder, cancellationToken) : null;
        return SettingsDescription.Of(settings, server);
    }

    /// <inheritdoc/>
    public async Task<TrackedRepository> RegisterAsync(
        BackfillSettings settings,
        RegisterRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        var database = await OpenAsync(settings, request.Plan, output, cancellationToken);
        var probe = await RepositoryReader.ProbeAsync(
            gitHub.Open(settings),
            request.Repository,
            SyncContent.None,
            cancellationToken
        );
        var tracked = await RepositoryRegistration.RegisterAsync(
            database,
            probe.Metadata,
            request.Workspace,
            request.Plan,
            cancellationToken,
            request.Repository
        );
        if (!request.Plan)
        {
            await RepositoryRegistration.ResumeAsync(database, tracked.RepositoryId, cancellationToken);
        }

        await RepositoryDirectory.WarnMovedAsync(request.Repository, tracked.Repository, output, cancellationToken);
        return tracked;
    }

    /// <inheritdoc/>
    public async Task<RepoSync> StartSyncAsync(
        BackfillSettings settings,
        SyncRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        var database = await OpenAsync(settings, request.Plan, output, cancellationToken);
        return await Sync(settings).StartAsync(database, request, output, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task WaitSyncAsync(
        BackfillSettings settings,
        WaitRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        var database = await databases.OpenAsync(settings, output, cancellationToken);
        await Sync(settings).WaitAsync(database, request, output, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<RepoSync>> FindSyncsAsync(
        BackfillSettings settings,
        SyncFilter filter,
        CancellationToken cancellationToken
    )
    {
        var database = filter.ThisProcess ? null : await databases.OpenAsync(settings, null, cancellationToken);
        return await Sync(settings).FindAsync(database, filter, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<RepoSync>> StopSyncsAsync(
        BackfillSettings settings,
        SyncFilter filter,
        CancellationToken cancellationToken
    )
    {
        var database = filter.ThisProcess ? null : await OpenAsync(settings, plan: false, null, cancellationToken);
        return await Sync(settings).StopAsync(database, filter, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<RepoSync>> InterruptSyncsAsync(CancellationToken cancellationToken) =>
        local.InterruptAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task EmbedAsync(
        BackfillSettings settings,
        EmbeddingRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        var database = await OpenAsync(settings, request.Plan, output, cancellationToken);
        await Embedding(settings).EmbedAsync(database, request, output, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SimilarItem>> FindSimilarAsync(
        BackfillSettings settings,
        SimilarityRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        var database = await databases.OpenAsync(settings, output, cancellationToken);
        return await Embedding(settings).FindSimilarAsync(database, request, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task UpdateMetricsAsync(
        BackfillSettings settings,
        MetricsRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        var database = await OpenAsync(settings, request.Plan, output, cancellationToken);
        await RepositoryDirectory.WarnMovedAsync(database, request.Repositories, output, cancellationToken);
        var remote =
            request.Engine == EngineKind.Inngest
                ? new InngestMetrics(database, Inngest(settings), request, output, time)
                : null;
        await WorkspaceMetricsUpdate.RunAsync(database, request, output, time, cancellationToken, remote);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<CoverageCheck>> CheckCoverageAsync(
        BackfillSettings settings,
        CoverageRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        if (request.Plan)
        {
            return Checklist.Plan(request);
        }

        var facts = new CoverageFacts(
            StoredFacts(request, await databases.OpenAsync(settings, output, cancellationToken)),
            request,
            settings,
            Inngest(settings),
            () => gitHub.Open(settings),
            time
        );
        var checks = await Checklist.RunAsync(facts, cancellationToken);
        if (await ProofOfRepository.ReadAsync(facts, checks, cancellationToken) is { } proof)
        {
            await output.WriteAsync(proof, cancellationToken);
        }

        if (request.Repository is { } asked && checks is [{ Repository: { } fullName }, ..])
        {
            await RepositoryDirectory.WarnMovedAsync(asked, fullName, output, cancellationToken);
        }

        return checks;
    }

    // What is read for a group lives as long as the command holds the group.
    private StoredFacts StoredFacts(CoverageRequest request, Database database) =>
        request.Group is { } group
            ? groups.GetValue(group, _ => new StoredFacts(database, group.Repositories))
            : new StoredFacts(database, request.Repository is { } repository ? [repository] : []);

    /// <inheritdoc/>
    public async Task<PipelineEstimate?> RepairCoverageAsync(
        BackfillSettings settings,
        RepairRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        var database = await databases.OpenAsync(settings, output, cancellationToken);
        if (request.Plan)
        {
            var plan = new CoverageRepairPlan(this, database, () => gitHub.Open(settings));
            return await plan.EstimateAsync(settings, request, output, cancellationToken);
        }

        await new CoverageRepair(this, database).RunAsync(settings, request, output, cancellationToken);
        return null;
    }

    /// <inheritdoc/>
    public async Task<RepositoryFacts> ReadFactsAsync(
        BackfillSettings settings,
        RepositoryName repository,
        CancellationToken cancellationToken
    ) =>
        await FactsOfRepository.ReadAsync(
            await databases.OpenAsync(settings, null, cancellationToken),
            repository,
            EmbeddingPrices.Load(settings.EmbeddingPrices),
            time.GetUtcNow(),
            cancellationToken
        );

    /// <inheritdoc/>
    public string DrawChart(ReportChart chart) => ChartDrawing.Draw(chart);

    /// <inheritdoc/>
    public Task<IReadOnlyList<RateLimit>> GetRateLimitsAsync(
        BackfillSettings settings,
        CancellationToken cancellationToken
    ) => RateLimits.ReadAsync(gitHub, settings, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<BackfillRepository>> FindRepositoriesAsync(
        BackfillSettings settings,
        RepositoryQuery query,
        CancellationToken cancellationToken
    ) =>
        await RepositoryList.ReadAsync(
            await databases.OpenAsync(settings, null, cancellationToken),
            query,
            cancellationToken
        );

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ListNamesAsync(
        BackfillSettings settings,
        CompletionKind kind,
        CancellationToken cancellationToken
    )
    {
        var database = await databases.OpenAsync(settings, null, cancellationToken);
        return kind == CompletionKind.Workspace
            ? [.. (await WorkspaceDirectory.ListAsync(database, null, null, cancellationToken)).Select(one => one.Name)]
            : await RepositoryDirectory.ListAsync(database, null, null, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<UntrackedRepository> UnregisterAsync(
        BackfillSettings settings,
        UnregisterRequest request,
        CancellationToken cancellationToken
    ) =>
        await SyncStage.UnregisterAsync(
            await OpenAsync(settings, request.Plan, null, cancellationToken),
            request,
            cancellationToken
        );

    /// <inheritdoc/>
    public async Task MeasureAsync(
        BackfillSettings settings,
        MeasureRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        settings = Measurement.WithoutKey(settings);
        var database = await databases.OpenAsync(settings, output, cancellationToken);
        var basis = await Measurement.BasisAsync(
            this,
            Embedding(settings),
            database,
            settings,
            request.Batch,
            cancellationToken
        );
        await new Measurement(this, settings, request).RunAsync(basis, output, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task TryAsync(
        BackfillSettings settings,
        IReadOnlyCollection<string> names,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        if (names.Contains(nameof(BackfillSettings.Database)))
        {
            await (await databases.OpenAsync(settings, output, cancellationToken)).CatalogueAsync(cancellationToken);
        }

        if (names.Contains(nameof(BackfillSettings.GitHubTokens)))
        {
            await GetRateLimitsAsync(settings, cancellationToken);
        }

        if (names.Contains(nameof(BackfillSettings.OpenAIKey)))
        {
            await Embedding(settings).TryAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public IOperationLog OpenLog(string path) => LogFile.At(path, time);

    /// <inheritdoc/>
    public IDisposable Observe(Action<EngineEvent> observer) => Telemetry.Observe(observer);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Completion>> CompleteAsync(
        BackfillSettings settings,
        CompletionRequest request,
        CancellationToken cancellationToken
    )
    {
        // The Tab key must not start a server.
        if (settings.Local && !(await localServer.StateAsync(settings.LocalFolder, cancellationToken)).Running)
        {
            return [];
        }

        return await Completions.FindAsync(
            settings,
            request,
            () => databases.OpenAsync(settings, null, cancellationToken),
            cancellationToken
        );
    }

    /// <summary>Does the next slice of a run. A slice is an ordinary run that ends early, and any process can do the next one.</summary>
    /// <exception cref="BackfillException">The repository is not tracked, or the database or the settings cannot be used.</exception>
    internal async Task<SyncSlice> RunSliceAsync(
        BackfillSettings settings,
        SliceRequest request,
        CancellationToken cancellationToken
    )
    {
        var database = await OpenAsync(settings, plan: false, null, cancellationToken);
        return await new SliceStage(settings, slices, gitHub.Open, time).RunAsync(database, request, cancellationToken);
    }

    /// <summary>Returns a stored repository by its id or its name.</summary>
    /// <exception cref="BackfillException">The repository is not tracked, or the database cannot be used.</exception>
    internal async Task<StoredRepository> FindRepositoryAsync(
        BackfillSettings settings,
        RepositoryName name,
        CancellationToken cancellationToken
    ) =>
        await RepositoryDirectory.RequireAsync(
            await databases.OpenAsync(settings, null, cancellationToken),
            name,
            cancellationToken
        );

    /// <summary>Returns tracked repositories behind an id, in the order of their ids.</summary>
    internal async Task<IReadOnlyList<StoredRepository>> TrackedAsync(
        BackfillSettings settings,
        Guid after,
        int most,
        CancellationToken cancellationToken
    ) =>
        await RepositoryDirectory.TrackedAsync(
            await databases.OpenAsync(settings, null, cancellationToken),
            after,
            most,
            cancellationToken
        );

    /// <summary>Returns the Inngest server of the settings.</summary>
    internal InngestConnection OpenInngest(BackfillSettings settings) => Inngest(settings);

    /// <summary>Stops the runs of this process at their next page and closes every connection.</summary>
    public async ValueTask DisposeAsync()
    {
        slices.Interrupt();
        await local.DisposeAsync();
        await databases.DisposeAsync();
        gitHub.Dispose();
        await http.DisposeAsync();
    }

    // A command that writes first closes the runs that a crash left. A dry run changes nothing.
    private async Task<Database> OpenAsync(
        BackfillSettings settings,
        bool plan,
        IOperationOutput? output,
        CancellationToken cancellationToken
    )
    {
        var database = await databases.OpenAsync(settings, output, cancellationToken);
        if (!plan)
        {
            await DesertedRuns.CloseAsync(database, cancellationToken);
        }

        return database;
    }

    private InngestConnection Inngest(BackfillSettings settings) => new(settings, http.Inngest, time);

    private SyncStage Sync(BackfillSettings settings) =>
        new(settings, local, Inngest(settings), () => gitHub.Open(settings), time);

    private EmbeddingStage Embedding(BackfillSettings settings) =>
        new(settings, http.Embedding, servers, Inngest(settings), time);
}
