namespace Backfill;

/// <summary>The engine behind the cmdlets. A method throws <see cref="BackfillException"/> for a known error and <see cref="OperationCanceledException"/> when it is cancelled.</summary>
public interface IBackfillEngine : IAsyncDisposable
{
    /// <summary>Creates or checks the tables that the tool needs. With <see cref="DatabaseRequest.Plan"/> it changes nothing.</summary>
    Task<DatabaseInitialization> InitializeDatabaseAsync(
        BackfillSettings settings,
        DatabaseRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    );

    /// <summary>Stops the private server. Returns false when it was not running.</summary>
    Task<bool> StopLocalDatabaseAsync(BackfillSettings settings, CancellationToken cancellationToken);

    /// <summary>Returns the settings in force with masked secrets.</summary>
    Task<BackfillContext> DescribeAsync(BackfillSettings settings, CancellationToken cancellationToken);

    /// <summary>Tracks a repository, and puts it into the workspace that is named.</summary>
    Task<TrackedRepository> RegisterAsync(
        BackfillSettings settings,
        RegisterRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    );

    /// <summary>Returns repositories of the database in the order of their names, with their last sync, rows and proof.</summary>
    /// <exception cref="BackfillException">A named repository is not stored.</exception>
    Task<IReadOnlyList<BackfillRepository>> FindRepositoriesAsync(
        BackfillSettings settings,
        RepositoryQuery query,
        CancellationToken cancellationToken
    );

    /// <summary>Returns the names of repositories, or of workspaces, for which a wildcard can stand.</summary>
    /// <param name="settings">The settings in force.</param>
    /// <param name="kind"><see cref="CompletionKind.Repository"/> for tracked repositories, <see cref="CompletionKind.Workspace"/> for workspaces.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<IReadOnlyList<string>> ListNamesAsync(
        BackfillSettings settings,
        CompletionKind kind,
        CancellationToken cancellationToken
    );

    /// <summary>Stops tracking a repository. Its rows stay unless <see cref="UnregisterRequest.RemoveRows"/> asks otherwise.</summary>
    Task<UntrackedRepository> UnregisterAsync(
        BackfillSettings settings,
        UnregisterRequest request,
        CancellationToken cancellationToken
    );

    /// <summary>Measures what a complete copy of repositories would cost, and writes one <see cref="BackfillMeasurement"/> per repository to the output, in the order of the request. Nothing is changed.</summary>
    Task MeasureAsync(
        BackfillSettings settings,
        MeasureRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    );

    /// <summary>Tries to reach what the settings name.</summary>
    /// <param name="settings">The settings in force.</param>
    /// <param name="names">What is tried, by the names of the settings: Database, GitHubTokens, OpenAIKey.</param>
    /// <param name="output">The output of the call.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="BackfillException">One of them cannot be reached, or refuses its key.</exception>
    Task TryAsync(
        BackfillSettings settings,
        IReadOnlyCollection<string> names,
        IOperationOutput output,
        CancellationToken cancellationToken
    );

    /// <summary>Starts a run, which goes on after the call. With <see cref="SyncRequest.Plan"/> it only estimates the run.</summary>
    Task<RepoSync> StartSyncAsync(
        BackfillSettings settings,
        SyncRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    );

    /// <summary>
    /// Waits for runs of this or any process and writes each to the output when it ends. An error follows a run that is not
    /// complete.
    /// </summary>
    Task WaitSyncAsync(
        BackfillSettings settings,
        WaitRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    );

    /// <summary>Returns runs of this or any process, the newest first.</summary>
    Task<IReadOnlyList<RepoSync>> FindSyncsAsync(
        BackfillSettings settings,
        SyncFilter filter,
        CancellationToken cancellationToken
    );

    /// <summary>Asks runs to stop at their next page, and returns them in their present state.</summary>
    Task<IReadOnlyList<RepoSync>> StopSyncsAsync(
        BackfillSettings settings,
        SyncFilter filter,
        CancellationToken cancellationToken
    );

    /// <summary>Interrupts the syncs of this process because the process ends, and records their end at once.</summary>
    /// <param name="cancellationToken">Limits the wait for the database. A run whose record was not written by then counts as interrupted when its heartbeat is too old.</param>
    /// <returns>The interrupted runs. The list is empty when no sync was running.</returns>
    Task<IReadOnlyList<RepoSync>> InterruptSyncsAsync(CancellationToken cancellationToken);

    /// <summary>Embeds repositories and writes one <see cref="EmbeddingResult"/> per repository to the output. With <see cref="EmbeddingRequest.Plan"/> it only estimates them.</summary>
    Task EmbedAsync(
        BackfillSettings settings,
        EmbeddingRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    );

    /// <summary>Returns the items that are most similar to a text or to an item, the most similar first.</summary>
    Task<IReadOnlyList<SimilarItem>> FindSimilarAsync(
        BackfillSettings settings,
        SimilarityRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    );

    /// <summary>Computes the metrics of the named workspaces and of those that hold one of the repositories, each once, and writes them to the output.</summary>
    Task UpdateMetricsAsync(
        BackfillSettings settings,
        MetricsRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    );

    /// <summary>Runs checks and returns their results in the order of the checks.</summary>
    Task<IReadOnlyList<CoverageCheck>> CheckCoverageAsync(
        BackfillSettings settings,
        CoverageRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    );

    /// <summary>Runs the stage that repairs what failed checks found. The results of the stage are not passed on. With <see cref="RepairRequest.Plan"/> it only estimates the stage.</summary>
    /// <returns>The cost of a planned stage. Null when the stage was run, or when it needs neither requests nor tokens.</returns>
    Task<PipelineEstimate?> RepairCoverageAsync(
        BackfillSettings settings,
        RepairRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    );

    /// <summary>Returns what a report says about a repository in addition to its checks and its runs.</summary>
    /// <exception cref="BackfillException">The repository is not stored.</exception>
    Task<RepositoryFacts> ReadFactsAsync(
        BackfillSettings settings,
        RepositoryName repository,
        CancellationToken cancellationToken
    );

    /// <summary>Draws a chart.</summary>
    /// <returns>An <c>svg</c> element without ids, scripts or references.</returns>
    string DrawChart(ReportChart chart);

    /// <summary>Returns the rate limits of each token.</summary>
    Task<IReadOnlyList<RateLimit>> GetRateLimitsAsync(BackfillSettings settings, CancellationToken cancellationToken);

    /// <summary>Opens a log file, and writes the requests and runs of this process into it from then on. A file is opened once per process.</summary>
    /// <exception cref="BackfillException">The file cannot be written.</exception>
    IOperationLog OpenLog(string path);

    /// <summary>Passes the requests and runs of this process to an observer, until the result is disposed.</summary>
    /// <param name="observer">Gets each event, on any thread. It must not block.</param>
    IDisposable Observe(Action<EngineEvent> observer);

    /// <summary>Returns values for the Tab key. The list is empty when the private server does not run. Neither GitHub nor a provider is asked.</summary>
    Task<IReadOnlyList<Completion>> CompleteAsync(
        BackfillSettings settings,
        CompletionRequest request,
        CancellationToken cancellationToken
    );
}

/// <summary>A request to initialize the database.</summary>
/// <param name="Plan">Whether the statements are only listed.</param>
public sealed record DatabaseRequest(bool Plan);

/// <summary>A request to track a repository.</summary>
/// <param name="Repository">The repository.</param>
/// <param name="Workspace">The name, slug or id of the workspace to put the repository into, or null.</param>
/// <param name="Plan">Whether nothing is changed.</param>
public sealed record RegisterRequest(RepositoryName Repository, string? Workspace, bool Plan);

/// <summary>A request to start a sync.</summary>
/// <param name="Repository">The repository.</param>
/// <param name="Since">The time that the stored part has to reach back to. Null means the beginning.</param>
/// <param name="Track">Whether a repository that is not tracked is tracked first.</param>
/// <param name="ThrottleLimit">The largest number of runs of this process at the same time.</param>
/// <param name="Plan">Whether the sync is only estimated.</param>
public sealed record SyncRequest(
    RepositoryName Repository,
    DateTimeOffset? Since,
    bool Track,
    int ThrottleLimit,
    bool Plan
)
{
    /// <summary>Gets what is copied. The default is everything.</summary>
    public SyncContent Include { get; init; } = SyncContent.All;

    /// <summary>Gets whether every stored item is compared with GitHub, also unchanged items.</summary>
    public bool Verify { get; init; }

    /// <summary>Gets whether rows that another program altered since the tool wrote them are read again.</summary>
    public bool Repairs { get; init; }

    /// <summary>Gets the engine that does the work. The default is <see cref="EngineKind.Local"/>.</summary>
    public EngineKind Engine { get; init; }

    /// <summary>Gets the event that asks the Inngest engine.</summary>
    public string EventName { get; init; } = InngestEvents.Sync;
}

/// <summary>A request to wait for runs.</summary>
/// <param name="RunIds">The ids of runs.</param>
/// <param name="Repositories">The repositories whose newest runs are awaited.</param>
/// <param name="Timeout">The longest time to wait. Null means as long as the run is alive, and 15 minutes for a run of the Inngest engine.</param>
/// <param name="PollInterval">The time between two looks at runs of other processes.</param>
public sealed record WaitRequest(
    IReadOnlyList<Guid> RunIds,
    IReadOnlyList<RepositoryName> Repositories,
    TimeSpan? Timeout,
    TimeSpan PollInterval
)
{
    /// <summary>Gets whether this process finishes what the Inngest engine did not complete.</summary>
    public bool FallbackToLocal { get; init; }
}

/// <summary>A filter for runs. A run matches when all of its parts match.</summary>
/// <param name="RunIds">The ids of runs. Empty means any.</param>
/// <param name="Repositories">The repositories. Empty means any.</param>
/// <param name="States">The states. Empty means any.</param>
/// <param name="ThisProcess">Whether only runs of this process match. The database is not asked then.</param>
public sealed record SyncFilter(
    IReadOnlyList<Guid> RunIds,
    IReadOnlyList<RepositoryName> Repositories,
    IReadOnlyList<RunState> States,
    bool ThisProcess
)
{
    /// <summary>Gets texts of which the id of a run has one as its beginning or its end. Empty means any.</summary>
    public IReadOnlyList<string> IdParts { get; init; } = [];

    /// <summary>Gets the earliest start of a run. The default is null: any.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Gets the largest number of runs, the newest first. The default is null: all.</summary>
    public int? First { get; init; }
}

/// <summary>A request to compute metrics.</summary>
/// <param name="Repositories">The repositories whose workspaces are computed.</param>
/// <param name="Workspaces">The names, slugs or ids of workspaces.</param>
/// <param name="Ranges">The ranges: <c>7d</c>, <c>30d</c>, <c>90d</c>, <c>1y</c>, <c>all</c>.</param>
/// <param name="Plan">Whether nothing is computed.</param>
/// <param name="Force">Whether fresh metrics are computed again.</param>
public sealed record MetricsRequest(
    IReadOnlyList<RepositoryName> Repositories,
    IReadOnlyList<string> Workspaces,
    IReadOnlyList<TimeRange> Ranges,
    bool Plan,
    bool Force = false
)
{
    /// <summary>Gets the engine that does the work. The default is <see cref="EngineKind.Local"/>.</summary>
    public EngineKind Engine { get; init; }

    /// <summary>Gets the event that asks the Inngest engine.</summary>
    public string EventName { get; init; } = InngestEvents.Metrics;

    /// <summary>Gets the time to wait for the Inngest engine. The default is null: 15 minutes.</summary>
    public TimeSpan? Timeout { get; init; }
}

/// <summary>A request to check a repository, or only the database and the settings.</summary>
/// <param name="Repository">The repository. Null for checks of the database and the settings.</param>
/// <param name="MinimumCoverage">The smallest percentage of embedded items per type that passes.</param>
/// <param name="SkipGitHub">Whether GitHub is not asked for its totals.</param>
/// <param name="KnownTotals">GitHub's totals from a piped run, or null. With them GitHub is not asked again.</param>
/// <param name="Plan">Whether the checks are only listed.</param>
public sealed record CoverageRequest(
    RepositoryName? Repository,
    double MinimumCoverage,
    bool SkipGitHub,
    IReadOnlyList<EntityCount>? KnownTotals,
    bool Plan
)
{
    /// <summary>Gets the ids or categories of the checks to run; <c>*</c> stands for any text. Empty means all.</summary>
    public IReadOnlyList<string> Checks { get; init; } = [];

    /// <summary>Gets the ids or categories of the checks to leave out.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Gets why an earlier stage of the pipeline failed for the repository, when no recorded run has the error; null otherwise.</summary>
    public string? EarlierError { get; init; }

    /// <summary>Gets the repositories that are checked together with this one; null when it is checked alone.</summary>
    public CoverageGroup? Group { get; init; }
}

/// <summary>
/// Repositories that one command checks, one after another, with the same options. When the first of them is checked, the engine
/// reads what is stored of all of them: with one statement for each kind of fact, and not with one for each repository. A check
/// of a later one judges by the same facts, so a command that changed rows in between makes a new group.
/// </summary>
/// <param name="repositories">The repositories. They are distinct.</param>
public sealed class CoverageGroup(IReadOnlyList<RepositoryName> repositories)
{
    /// <summary>The number of repositories that are read together.</summary>
    public const int Most = 200;

    /// <summary>Gets the repositories.</summary>
    public IReadOnlyList<RepositoryName> Repositories { get; } = repositories;
}

/// <summary>A request to run a stage because checks failed.</summary>
/// <param name="Repository">The repository. Only <see cref="PipelineStage.Initialize"/> needs none.</param>
/// <param name="Stage">The stage to run. A sync only reads the repository again when one of the checks needs that.</param>
/// <param name="Checks">The ids of the failed checks.</param>
public sealed record RepairRequest(RepositoryName? Repository, PipelineStage Stage, IReadOnlyList<string> Checks)
{
    /// <summary>Gets whether the stage is only estimated.</summary>
    public bool Plan { get; init; }

    /// <summary>Gets whether a planned repair syncs the repository first, so that the items that the sync adds are embedded too.</summary>
    public bool AfterSync { get; init; }
}
