using Backfill.Core.Coverage;
using Backfill.Core.Embedding.Providers;
using Backfill.Core.Embedding.Run;
using Backfill.Core.Embedding.Store;
using Backfill.Core.GitHub;
using Backfill.Core.Inngest;
using Backfill.Core.Metrics;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Remote;
using Backfill.Core.Sync.Runs;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core;

/// <summary>The engine: opens what the settings name and hands each request to its room.</summary>
public sealed class BackfillEngine : IBackfillEngine
{
    private static readonly TimeSpan CompletionTime = TimeSpan.FromSeconds(1);

    private readonly TimeProvider time;
    private readonly HttpClients http = new();
    private readonly KnownServers servers = new();
    private readonly GitHubConnections gitHub;
    private readonly LocalServer localServer;
    private readonly Databases databases;
    private readonly LocalEngine local;

    /// <summary>An engine on the system's clock.</summary>
    public BackfillEngine()
        : this(TimeProvider.System) { }

    /// <summary>An engine on a given clock.</summary>
    /// <param name="time">The clock of every wait and every timestamp that the tool makes itself.</param>
    public BackfillEngine(TimeProvider time)
    {
        this.time = time;
        gitHub = new GitHubConnections(() => http.GitHub, time);
        localServer = new LocalServer(time);
        databases = new Databases(localServer, time);
        local = new LocalEngine(time);
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
        return new BackfillContext
        {
            Database =
                settings.Local ? "private PostgreSQL"
                : settings.Database is { } given
                    ? ConnectionText.Describe(
                        given,
                        SettingJudgement.Name(settings, nameof(BackfillSettings.Database), "Database")
                    )
                : null,
            DatabaseRole = settings.DatabaseRole,
            LocalServerFolder = server?.Folder,
            LocalServerRunning = server?.Running,
            GitHubApiUrl = settings.GitHubApiUrl,
            GitHubGraphQLUrl = settings.GitHubGraphQLUrl,
            GitHubTokens = RateLimits.Masked(settings),
            EmbeddingProvider = EmbeddingProviders.NameOf(settings),
            EmbeddingModel = settings.EmbeddingModel,
            InngestEventUrl = settings.Inngest.IsConfigured ? settings.Inngest.EventUrl : null,
            InngestApiUrl = settings.Inngest.IsConfigured ? settings.Inngest.ApiUrl : null,
            Sources = settings.Sources,
        };
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
        var probe = await ProbeAsync(
            gitHub.Open(settings),
            request.Repository,
            SyncContent.None,
            StoredWindows.None,
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
        await SayMovedAsync(request.Repository, tracked.Repository, output, cancellationToken);
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
        var access = gitHub.Open(settings);
        if (request.Plan)
        {
            var plan = await SyncPlans.PlanAsync(database, access, request, cancellationToken);
            return request.Engine == EngineKind.Inngest
                ? await Remote(settings).PlanAsync(plan, request, output, cancellationToken)
                : plan;
        }

        // Another server than GitHub's own decides by itself whether it answers without a token: it is asked before a run is recorded.
        if (settings is { GitHubTokens.Count: 0, GitHubApp: null })
        {
            await ProbeAsync(access, request.Repository, SyncContent.None, StoredWindows.None, cancellationToken);
        }

        var repository = await RepositoryDirectory.FindAsync(database, request.Repository, cancellationToken);
        if (repository is null)
        {
            var probe = await ProbeAsync(
                access,
                request.Repository,
                SyncContent.None,
                StoredWindows.None,
                cancellationToken
            );
            if (
                !request.Track
                && await RepositoryDirectory.FindAsync(database, probe.Metadata.GitHubId, cancellationToken) is null
            )
            {
                throw RepositoryDirectory.NotTracked(database, request.Repository);
            }

            var tracked = await RepositoryRegistration.RegisterAsync(
                database,
                probe.Metadata,
                null,
                plan: false,
                cancellationToken,
                request.Repository
            );
            if (tracked.Added)
            {
                await output.VerboseAsync($"{tracked.Repository} is tracked now.", cancellationToken);
            }

            repository = new StoredRepository(tracked.RepositoryId, tracked.GitHubId, tracked.Repository);
        }

        await SayMovedAsync(request.Repository, repository.FullName, output, cancellationToken);
        if (request.Engine == EngineKind.Inngest)
        {
            return await Remote(settings).StartAsync(database, repository, request, output, cancellationToken);
        }

        await DatabaseRights.RequireAsync(database, PipelineStage.Sync, cancellationToken);
        var run = await local.StartAsync(database, repository, access, request, cancellationToken);
        return run.Snapshot();
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
        await new RunWaiter(
            local,
            database,
            time,
            (run, token) => Remote(settings).Follow(database, run, request.PollInterval, output, token),
            (run, token) => FinishLocallyAsync(database, settings, run, token)
        ).WaitAsync(request, output, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<RepoSync>> FindSyncsAsync(
        BackfillSettings settings,
        SyncFilter filter,
        CancellationToken cancellationToken
    )
    {
        var own = local.Find(filter with { States = [] }).Select(run => run.Snapshot()).ToDictionary(run => run.Id);
        IEnumerable<RepoSync> runs = own.Values;
        if (!filter.ThisProcess)
        {
            var database = await databases.OpenAsync(settings, null, cancellationToken);
            var recorded = await new RunRecord(database).FindAsync(filter, cancellationToken, own.Keys);
            // The name is the one of now, also of a run that ended before the repository was renamed.
            runs = recorded.Select(run =>
                own.GetValueOrDefault(run.Id) is { } here ? here with { Repository = run.Repository } : run
            );
        }

        var found = runs.Where(run => filter.States.Count == 0 || filter.States.Contains(run.State));
        return [.. filter.First is { } first ? found.Take(first) : found];
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<RepoSync>> StopSyncsAsync(
        BackfillSettings settings,
        SyncFilter filter,
        CancellationToken cancellationToken
    )
    {
        if (!filter.ThisProcess)
        {
            await OpenAsync(settings, plan: false, null, cancellationToken);
        }

        var runs = await FindSyncsAsync(
            settings,
            filter.States.Count > 0
                ? filter
                : filter with
                {
                    States = [RunState.Queued, RunState.Running, RunState.Waiting],
                },
            cancellationToken
        );
        foreach (var run in runs)
        {
            local.Find(run.Id)?.Stop();
        }

        var foreign = runs.Where(run => local.Find(run.Id) is null).Select(run => run.Id).ToArray();
        if (foreign.Length > 0)
        {
            var database = await databases.OpenAsync(settings, null, cancellationToken);
            await new RunRecord(database).RequestStopAsync(foreign, cancellationToken);
            var stopped = await Remote(settings)
                .StopAsync(database, runs.Where(run => run.Engine == InngestEngine.Name), cancellationToken);
            runs = [.. runs.Select(run => stopped.FirstOrDefault(ended => ended.Id == run.Id) ?? run)];
        }

        return runs;
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
        if (request.Engine == EngineKind.Inngest)
        {
            await new InngestEmbedding(database, Inngest(settings), request, output, time).RunAsync(cancellationToken);
            return;
        }

        await SayMovedAsync(database, request.Repositories, output, cancellationToken);
        var dimensions = await EmbeddingScope.ColumnDimensionsAsync(database, request.ItemTypes, cancellationToken);
        var provider = EmbeddingProviders.Create(settings, http.Embedding, request, dimensions, time, servers);
        using var session = provider as IDisposable;
        if (!request.Plan)
        {
            await DatabaseRights.RequireAsync(database, PipelineStage.Embed, cancellationToken);
        }

        foreach (
            var result in await EmbeddingBackfill.RunAsync(
                database,
                request,
                provider,
                output,
                time,
                cancellationToken,
                EmbeddingPrices.Load(settings.EmbeddingPrices)
            )
        )
        {
            await output.WriteAsync(result, cancellationToken);
        }
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
        var dimensions = await EmbeddingScope.ColumnDimensionsAsync(database, request.ItemTypes, cancellationToken);
        var which = new EmbeddingRequest
        {
            Repositories = request.Repositories,
            All = request.All,
            Dimensions = request.Dimensions,
        };
        var targets = await EmbeddingTargets.FindAsync(database, which, cancellationToken);
        return await new SimilarItems(database, request, targets).FindAsync(
            () => EmbeddingProviders.Create(settings, http.Embedding, which, dimensions, time, servers),
            cancellationToken
        );
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
        await SayMovedAsync(database, request.Repositories, output, cancellationToken);
        await WorkspaceMetricsUpdate.RunAsync(
            database,
            request,
            output,
            time,
            cancellationToken,
            request.Engine == EngineKind.Inngest
                ? new InngestMetrics(database, Inngest(settings), request, output, time)
                : null
        );
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

        var checks = await Checklist.RunAsync(
            new CoverageFacts(
                await databases.OpenAsync(settings, output, cancellationToken),
                request,
                settings,
                Inngest(settings),
                () => gitHub.Open(settings),
                time
            ),
            cancellationToken
        );
        if (request.Repository is { } asked && checks is [{ Repository: { } fullName }, ..])
        {
            await SayMovedAsync(asked, fullName, output, cancellationToken);
        }

        return checks;
    }

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
            return await new CoverageRepairPlan(this, database, () => gitHub.Open(settings)).EstimateAsync(
                settings,
                request,
                output,
                cancellationToken
            );
        }

        await new CoverageRepair(this, database).RunAsync(settings, request, output, cancellationToken);
        return null;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<RateLimit>> GetRateLimitsAsync(
        BackfillSettings settings,
        CancellationToken cancellationToken
    ) => RateLimits.ReadAsync(gitHub, settings, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> CompleteRepositoriesAsync(
        BackfillSettings settings,
        string prefix,
        CancellationToken cancellationToken
    )
    {
        // Nobody wants a server started, or to wait, for a press of the tab key.
        if (settings.Local && !(await localServer.StateAsync(settings.LocalFolder, cancellationToken)).Running)
        {
            return [];
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(CompletionTime);
        var database = await databases.OpenAsync(settings, null, limit.Token);
        return await RepositoryDirectory.CompleteAsync(database, prefix, limit.Token);
    }

    /// <summary>Stops the runs of this process at their next page and closes every connection.</summary>
    public async ValueTask DisposeAsync()
    {
        await local.DisposeAsync();
        await databases.DisposeAsync();
        gitHub.Dispose();
        await http.DisposeAsync();
    }

    // For a command that writes: what a crash left is put right first. A dry run changes nothing.
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

    private InngestEngine Remote(BackfillSettings settings) =>
        new(Inngest(settings), () => gitHub.Open(settings), time);

    // From the windows that are there; of what a run at Inngest stored only what is older than GitHub's is written again.
    private async Task<LocalRun> FinishLocallyAsync(
        Database database,
        BackfillSettings settings,
        RepoSync run,
        CancellationToken cancellationToken
    )
    {
        var name = RepositoryName.Parse(run.Repository) with { Id = run.RepositoryId };
        var (_, include) = await new InngestRecord(database).ReadAsync(run.Id, cancellationToken);
        var repository = await RepositoryDirectory.RequireAsync(database, name, cancellationToken);
        await DatabaseRights.RequireAsync(database, PipelineStage.Sync, cancellationToken);
        return await local.StartAsync(
            database,
            repository,
            gitHub.Open(settings),
            new SyncRequest(name, run.From, Track: false, ThrottleLimit: 4, Plan: false) { Include = include },
            cancellationToken
        );
    }

    // An object of an earlier stage brings the id, and that stage has said it.
    private static ValueTask SayMovedAsync(
        RepositoryName asked,
        string fullName,
        IOperationOutput output,
        CancellationToken cancellationToken
    ) =>
        asked.Id is null && RepositoryDirectory.HasMoved(asked, fullName)
            ? output.WarningAsync(RepositoryDirectory.Moved(asked.FullName, fullName), cancellationToken)
            : ValueTask.CompletedTask;

    private static async Task SayMovedAsync(
        Database database,
        IEnumerable<RepositoryName> asked,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        foreach (var name in asked.Where(name => name.Id is null))
        {
            if (await RepositoryDirectory.FindForPlanAsync(database, name, cancellationToken) is { } found)
            {
                await SayMovedAsync(name, found.FullName, output, cancellationToken);
            }
        }
    }

    private static Task<Probe> ProbeAsync(
        GitHubAccess access,
        RepositoryName repository,
        SyncContent include,
        StoredWindows windows,
        CancellationToken cancellationToken
    ) =>
        RepositoryReader.ProbeAsync(
            new GraphQLClient(access.Transport, access.GraphQLUrl, RateLimits.Unheard.Instance),
            repository,
            include,
            windows.Lane(EntityKind.PullRequests)?.NewestCursor,
            windows.Lane(EntityKind.Issues)?.NewestCursor,
            windows.Lane(EntityKind.Discussions)?.NewestCursor,
            cancellationToken
        );
}
