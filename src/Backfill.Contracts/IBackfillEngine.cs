namespace Backfill;

/// <summary>The engine as the cmdlets see it: one method for each thing an operator can ask for. Everything throws <see cref="BackfillException"/> on purpose and <see cref="OperationCanceledException"/> when stopped.</summary>
public interface IBackfillEngine : IAsyncDisposable
{
    /// <summary>Creates or verifies what the tool needs in the database; with <see cref="DatabaseRequest.Plan"/> only tells.</summary>
    Task<DatabaseInitialization> InitializeDatabaseAsync(
        BackfillSettings settings,
        DatabaseRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    );

    /// <summary>Stops the private server; false when it was not running.</summary>
    Task<bool> StopLocalDatabaseAsync(BackfillSettings settings, CancellationToken cancellationToken);

    /// <summary>The settings in force, secrets masked.</summary>
    Task<BackfillContext> DescribeAsync(BackfillSettings settings, CancellationToken cancellationToken);

    /// <summary>Tracks a repository, and puts it into a workspace where one is named.</summary>
    Task<TrackedRepository> RegisterAsync(
        BackfillSettings settings,
        RegisterRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    );

    /// <summary>Starts a run, which goes on after the call; with <see cref="SyncRequest.Plan"/> only estimates it.</summary>
    Task<RepoSync> StartSyncAsync(
        BackfillSettings settings,
        SyncRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    );

    /// <summary>
    /// Waits for runs of this or any process and writes each to the output as it ends; for one that is not complete an error
    /// follows.
    /// </summary>
    Task WaitSyncAsync(
        BackfillSettings settings,
        WaitRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    );

    /// <summary>Runs of this or any process, newest first.</summary>
    Task<IReadOnlyList<RepoSync>> FindSyncsAsync(
        BackfillSettings settings,
        SyncFilter filter,
        CancellationToken cancellationToken
    );

    /// <summary>Asks runs to stop at their next page and returns them as they are now.</summary>
    Task<IReadOnlyList<RepoSync>> StopSyncsAsync(
        BackfillSettings settings,
        SyncFilter filter,
        CancellationToken cancellationToken
    );

    /// <summary>Interrupts the syncs of this process, because the process ends, and records that at once.</summary>
    /// <param name="cancellationToken">Bounds the wait for the database. A run whose record was not written by then counts as interrupted once its heartbeat lapses.</param>
    /// <returns>The interrupted runs; none when no sync was at work.</returns>
    Task<IReadOnlyList<RepoSync>> InterruptSyncsAsync(CancellationToken cancellationToken);

    /// <summary>Embeds repositories and writes one <see cref="EmbeddingResult"/> for each to the output; with <see cref="EmbeddingRequest.Plan"/> only estimates them.</summary>
    Task EmbedAsync(
        BackfillSettings settings,
        EmbeddingRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    );

    /// <summary>The items nearest to a text or to an item, the nearest first.</summary>
    Task<IReadOnlyList<SimilarItem>> FindSimilarAsync(
        BackfillSettings settings,
        SimilarityRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    );

    /// <summary>Computes each workspace that holds one of the repositories, or that is named, once, and writes it to the output.</summary>
    Task UpdateMetricsAsync(
        BackfillSettings settings,
        MetricsRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    );

    /// <summary>Runs the checks of one repository in their order and returns them.</summary>
    Task<IReadOnlyList<CoverageCheck>> CheckCoverageAsync(
        BackfillSettings settings,
        CoverageRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    );

    /// <summary>Runs the stage that repairs what failed checks found. Its results are not handed on. With <see cref="RepairRequest.Plan"/> it only estimates the stage.</summary>
    /// <returns>The cost of a planned stage; null when the stage was run, or costs neither requests nor tokens.</returns>
    Task<PipelineEstimate?> RepairCoverageAsync(
        BackfillSettings settings,
        RepairRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    );

    /// <summary>What each token has left.</summary>
    Task<IReadOnlyList<RateLimit>> GetRateLimitsAsync(BackfillSettings settings, CancellationToken cancellationToken);

    /// <summary>Names of known repositories that begin with a text, for completion; empty when the database cannot be asked quickly.</summary>
    Task<IReadOnlyList<string>> CompleteRepositoriesAsync(
        BackfillSettings settings,
        string prefix,
        CancellationToken cancellationToken
    );
}

/// <summary>What to do about the database.</summary>
/// <param name="Plan">Only say what would be executed.</param>
public sealed record DatabaseRequest(bool Plan);

/// <summary>A repository to be tracked.</summary>
/// <param name="Repository">Which.</param>
/// <param name="Workspace">Name, slug or id of the workspace to put it into, or null.</param>
/// <param name="Plan">Only say what would be done.</param>
public sealed record RegisterRequest(RepositoryName Repository, string? Workspace, bool Plan);

/// <summary>A sync to be started.</summary>
/// <param name="Repository">Which.</param>
/// <param name="Since">The stored window has to reach back at least so far; null is the beginning.</param>
/// <param name="Track">Track the repository first when it is not.</param>
/// <param name="ThrottleLimit">How many runs of this process work at once.</param>
/// <param name="Plan">Only estimate.</param>
public sealed record SyncRequest(
    RepositoryName Repository,
    DateTimeOffset? Since,
    bool Track,
    int ThrottleLimit,
    bool Plan
)
{
    /// <summary>What is copied.</summary>
    public SyncContent Include { get; init; } = SyncContent.All;

    /// <summary>Compare every stored item with GitHub, not only what moved.</summary>
    public bool Verify { get; init; }

    /// <summary>Who does it.</summary>
    public EngineKind Engine { get; init; }

    /// <summary>The event that asks for it, on the Inngest engine.</summary>
    public string EventName { get; init; } = InngestEvents.Sync;
}

/// <summary>Runs to wait for.</summary>
/// <param name="RunIds">By id.</param>
/// <param name="Repositories">By repository: its newest run.</param>
/// <param name="Timeout">How long; null is as long as the run's heartbeat lives, and 15 minutes for a run of the Inngest engine.</param>
/// <param name="PollInterval">How often runs of other processes are looked at.</param>
public sealed record WaitRequest(
    IReadOnlyList<Guid> RunIds,
    IReadOnlyList<RepositoryName> Repositories,
    TimeSpan? Timeout,
    TimeSpan PollInterval
)
{
    /// <summary>Finish in this process what the Inngest engine did not complete.</summary>
    public bool FallbackToLocal { get; init; }
}

/// <summary>Which runs.</summary>
/// <param name="RunIds">By id; empty is any.</param>
/// <param name="Repositories">By repository; empty is any.</param>
/// <param name="States">By state; empty is any.</param>
/// <param name="ThisProcess">Only runs of this process, without asking a database.</param>
public sealed record SyncFilter(
    IReadOnlyList<Guid> RunIds,
    IReadOnlyList<RepositoryName> Repositories,
    IReadOnlyList<RunState> States,
    bool ThisProcess
)
{
    /// <summary>Only runs that started at this moment or later; null is any.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>At most so many runs, the newest; null is all.</summary>
    public int? First { get; init; }
}

/// <summary>Workspaces to be measured.</summary>
/// <param name="Repositories">Repositories whose workspaces are meant.</param>
/// <param name="Workspaces">Names, slugs or ids of workspaces.</param>
/// <param name="Ranges">Which ranges; <c>7d</c>, <c>30d</c>, <c>90d</c>, <c>1y</c>, <c>all</c>.</param>
/// <param name="Plan">Only say what would be computed.</param>
/// <param name="Force">Also compute what is fresh.</param>
public sealed record MetricsRequest(
    IReadOnlyList<RepositoryName> Repositories,
    IReadOnlyList<string> Workspaces,
    IReadOnlyList<TimeRange> Ranges,
    bool Plan,
    bool Force = false
)
{
    /// <summary>Who does it.</summary>
    public EngineKind Engine { get; init; }

    /// <summary>The event that asks for it, on the Inngest engine.</summary>
    public string EventName { get; init; } = InngestEvents.Metrics;

    /// <summary>How long the Inngest engine is waited for; null is 15 minutes.</summary>
    public TimeSpan? Timeout { get; init; }
}

/// <summary>Checks of one repository, or of the database alone.</summary>
/// <param name="Repository">Which; null where only checks of the database and the settings are asked for.</param>
/// <param name="MinimumCoverage">Embedded items in a hundred that pass, by type.</param>
/// <param name="SkipGitHub">Do not ask GitHub for its totals.</param>
/// <param name="KnownTotals">Totals that a piped run already fetched; used instead of asking again.</param>
/// <param name="Plan">Only list the checks.</param>
public sealed record CoverageRequest(
    RepositoryName? Repository,
    double MinimumCoverage,
    bool SkipGitHub,
    IReadOnlyList<EntityCount>? KnownTotals,
    bool Plan
)
{
    /// <summary>Ids or categories of the checks to run, <c>*</c> standing for any text; empty is all.</summary>
    public IReadOnlyList<string> Checks { get; init; } = [];

    /// <summary>Ids or categories of checks to leave out.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Why an earlier stage of the pipeline failed for the repository, where no run was recorded that says so; null otherwise.</summary>
    public string? EarlierError { get; init; }
}

/// <summary>A stage to be run because checks failed.</summary>
/// <param name="Repository">Which; only <see cref="PipelineStage.Initialize"/> does without.</param>
/// <param name="Stage">What to run. A sync reads the repository again only where one of the checks needs that.</param>
/// <param name="Checks">Ids of the failed checks.</param>
public sealed record RepairRequest(RepositoryName? Repository, PipelineStage Stage, IReadOnlyList<string> Checks)
{
    /// <summary>Gets whether the stage is only estimated.</summary>
    public bool Plan { get; init; }

    /// <summary>Gets whether a planned repair syncs the repository first, so that the items that the sync adds are embedded too.</summary>
    public bool AfterSync { get; init; }
}
