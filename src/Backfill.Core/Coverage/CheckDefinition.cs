namespace Backfill.Core.Coverage;

/// <summary>A check as it stands in the list, whatever it finds.</summary>
/// <param name="Id">Stable; its section in the documentation has the same name.</param>
/// <param name="Category">What it is about.</param>
/// <param name="Query">The statement that it judges by; null where it asks GitHub's totals or the settings only.</param>
/// <param name="Repair">The stage that makes the check pass; null where only an operator can.</param>
internal sealed record CheckDefinition(string Id, string Category, string? Query, PipelineStage? Repair)
{
    private const string Schema = "Schema";
    private const string Counts = "Counts";
    private const string Embeddings = "Embeddings";
    private const string FreshnessCategory = "Freshness";
    private const string Quality = "Quality";
    private const string Jobs = "Jobs";
    private const string SettingsCategory = "Settings";
    private const string RepositoryCategory = CoverageCheck.OfRepository;

    private const string Catalogue = "Postgres/catalogue-columns.sql";
    private const string Tables = "Postgres/catalogue-tables.sql";
    private const string Stored = "Sync/Writing/Sql/count-stored.sql";
    private const string Children = "Sync/Writing/Sql/count-children.sql";
    private const string Vectors = "Coverage/count-vectors.sql";
    private const string Runs = "Sync/Runs/Sql/find-runs.sql";
    private const string Windows = "Coverage/window-age.sql";
    private const string Rows = "Coverage/count-quality.sql";
    private const string People = "Coverage/count-people.sql";
    private const string JobRows = "Coverage/count-jobs.sql";

    public static readonly CheckDefinition SchemaTables = new(
        nameof(SchemaTables),
        Schema,
        Catalogue,
        PipelineStage.Initialize
    );
    public static readonly CheckDefinition SchemaKeys = new(nameof(SchemaKeys), Schema, Catalogue, null);
    public static readonly CheckDefinition SchemaDemands = new(nameof(SchemaDemands), Schema, Catalogue, null);
    public static readonly CheckDefinition SchemaOptional = new(nameof(SchemaOptional), Schema, Catalogue, null);
    public static readonly CheckDefinition Rights = new(nameof(Rights), Schema, Tables, null);
    public static readonly CheckDefinition RowSecurity = new(nameof(RowSecurity), Schema, Tables, null);
    public static readonly CheckDefinition Writes = new(nameof(Writes), Schema, "Coverage/try-writes.sql", null);

    public static readonly CheckDefinition Repository = new(
        CoverageCheck.OfRepository,
        RepositoryCategory,
        "Postgres/find-repository.sql",
        null
    );

    public static readonly CheckDefinition PullRequestCount = new(
        nameof(PullRequestCount),
        Counts,
        Stored,
        PipelineStage.Sync
    );
    public static readonly CheckDefinition IssueCount = new(nameof(IssueCount), Counts, Stored, PipelineStage.Sync);
    public static readonly CheckDefinition DiscussionCount = new(
        nameof(DiscussionCount),
        Counts,
        Stored,
        PipelineStage.Sync
    );
    public static readonly CheckDefinition ReviewCount = new(nameof(ReviewCount), Counts, Children, PipelineStage.Sync);
    public static readonly CheckDefinition CommentCount = new(
        nameof(CommentCount),
        Counts,
        Children,
        PipelineStage.Sync
    );
    public static readonly CheckDefinition ContributorCount = new(
        nameof(ContributorCount),
        Counts,
        People,
        PipelineStage.Sync
    )
    {
        Rereads = true,
    };
    public static readonly CheckDefinition SyncGaps = new(
        nameof(SyncGaps),
        Counts,
        "Sync/Writing/Sql/open-gaps.sql",
        PipelineStage.Sync
    );

    public static readonly CheckDefinition PullRequestEmbeddings = new(
        nameof(PullRequestEmbeddings),
        Embeddings,
        Vectors,
        PipelineStage.Embed
    );
    public static readonly CheckDefinition IssueEmbeddings = new(
        nameof(IssueEmbeddings),
        Embeddings,
        Vectors,
        PipelineStage.Embed
    );
    public static readonly CheckDefinition DiscussionEmbeddings = new(
        nameof(DiscussionEmbeddings),
        Embeddings,
        Vectors,
        PipelineStage.Embed
    );
    public static readonly CheckDefinition StaleEmbeddings = new(
        nameof(StaleEmbeddings),
        Embeddings,
        Vectors,
        PipelineStage.Embed
    );
    public static readonly CheckDefinition EmbeddingModel = new(
        nameof(EmbeddingModel),
        Embeddings,
        Vectors,
        PipelineStage.Embed
    );
    public static readonly CheckDefinition EmbeddingLength = new(
        nameof(EmbeddingLength),
        Embeddings,
        Vectors,
        PipelineStage.Embed
    );
    public static readonly CheckDefinition EmbeddingDates = new(
        nameof(EmbeddingDates),
        Embeddings,
        Vectors,
        PipelineStage.Embed
    );

    public static readonly CheckDefinition LastSync = new(
        nameof(LastSync),
        FreshnessCategory,
        Runs,
        PipelineStage.Sync
    );
    public static readonly CheckDefinition Freshness = new(
        nameof(Freshness),
        FreshnessCategory,
        Runs,
        PipelineStage.Sync
    );
    public static readonly CheckDefinition PullRequestFreshness = new(
        nameof(PullRequestFreshness),
        FreshnessCategory,
        Windows,
        PipelineStage.Sync
    );
    public static readonly CheckDefinition IssueFreshness = new(
        nameof(IssueFreshness),
        FreshnessCategory,
        Windows,
        PipelineStage.Sync
    );
    public static readonly CheckDefinition DiscussionFreshness = new(
        nameof(DiscussionFreshness),
        FreshnessCategory,
        Windows,
        PipelineStage.Sync
    );

    public static readonly CheckDefinition NullAuthors = new(nameof(NullAuthors), Quality, Rows, PipelineStage.Sync)
    {
        Rereads = true,
    };
    public static readonly CheckDefinition OrphanAuthors = new(
        nameof(OrphanAuthors),
        Quality,
        People,
        PipelineStage.Sync
    )
    {
        Rereads = true,
    };
    public static readonly CheckDefinition DuplicateAuthors = new(nameof(DuplicateAuthors), Quality, People, null);
    public static readonly CheckDefinition BotFlags = new(nameof(BotFlags), Quality, People, PipelineStage.Sync)
    {
        Rereads = true,
    };
    public static readonly CheckDefinition Duplicates = new(nameof(Duplicates), Quality, Rows, null);
    public static readonly CheckDefinition NumericIds = new(nameof(NumericIds), Quality, Rows, PipelineStage.Sync)
    {
        Rereads = true,
    };
    public static readonly CheckDefinition MergedWithoutDate = new(
        nameof(MergedWithoutDate),
        Quality,
        Rows,
        PipelineStage.Sync
    )
    {
        Rereads = true,
    };
    public static readonly CheckDefinition ImpossibleStates = new(
        nameof(ImpossibleStates),
        Quality,
        Rows,
        PipelineStage.Sync
    )
    {
        Rereads = true,
    };
    public static readonly CheckDefinition FutureDates = new(nameof(FutureDates), Quality, Rows, PipelineStage.Sync)
    {
        Rereads = true,
    };
    public static readonly CheckDefinition UpdateTimes = new(nameof(UpdateTimes), Quality, Rows, PipelineStage.Sync)
    {
        Rereads = true,
    };
    public static readonly CheckDefinition AlteredTexts = new(
        nameof(AlteredTexts),
        Quality,
        Vectors,
        PipelineStage.Sync
    )
    {
        Rereads = true,
    };
    public static readonly CheckDefinition StoredCounters = new(
        nameof(StoredCounters),
        Quality,
        Rows,
        PipelineStage.Sync
    );

    public static readonly CheckDefinition StuckJobs = new(nameof(StuckJobs), Jobs, JobRows, null);
    public static readonly CheckDefinition DesertedJobs = new(nameof(DesertedJobs), Jobs, JobRows, PipelineStage.Sync);
    public static readonly CheckDefinition DesertedEmbeddings = new(
        nameof(DesertedEmbeddings),
        Jobs,
        JobRows,
        PipelineStage.Embed
    );
    public static readonly CheckDefinition IdleJobs = new(nameof(IdleJobs), Jobs, JobRows, null);
    public static readonly CheckDefinition FailedJobs = new(
        nameof(FailedJobs),
        Jobs,
        "Coverage/count-failed-jobs.sql",
        null
    );
    public static readonly CheckDefinition EmbeddingQueue = new(
        nameof(EmbeddingQueue),
        Jobs,
        "Coverage/count-queue.sql",
        PipelineStage.Embed
    );
    public static readonly CheckDefinition SyncStatus = new(
        nameof(SyncStatus),
        Jobs,
        "Coverage/read-sync-status.sql",
        PipelineStage.Sync
    );
    public static readonly CheckDefinition Tracking = new(nameof(Tracking), Jobs, "Coverage/count-tracking.sql", null);
    public static readonly CheckDefinition SyncSchedule = new(nameof(SyncSchedule), Jobs, JobRows, null);

    public static readonly CheckDefinition ScheduledSyncs = new(
        nameof(ScheduledSyncs),
        Jobs,
        "Coverage/count-schedules.sql",
        null
    );
    public static readonly CheckDefinition CronJobs = new(nameof(CronJobs), Jobs, "Coverage/read-cron.sql", null);

    public static readonly CheckDefinition MetricsAge = new(
        nameof(MetricsAge),
        "Metrics",
        "Coverage/metrics-age.sql",
        PipelineStage.Metrics
    );
    public static readonly CheckDefinition Settings = new(nameof(Settings), SettingsCategory, null, null);
    public static readonly CheckDefinition InngestEvents = new(nameof(InngestEvents), SettingsCategory, null, null);
    public static readonly CheckDefinition InngestRuns = new(nameof(InngestRuns), SettingsCategory, null, null);
    public static readonly CheckDefinition InngestHandlers = new(nameof(InngestHandlers), SettingsCategory, null, null);
    public static readonly CheckDefinition SupabaseFunctions = new(
        nameof(SupabaseFunctions),
        SettingsCategory,
        null,
        null
    );

    /// <summary>Every check, in the order in which they are run.</summary>
    public static IReadOnlyList<CheckDefinition> All { get; } =
    [
        SchemaTables,
        SchemaKeys,
        SchemaDemands,
        SchemaOptional,
        Rights,
        RowSecurity,
        Writes,
        Repository,
        PullRequestCount,
        IssueCount,
        DiscussionCount,
        ReviewCount,
        CommentCount,
        ContributorCount,
        SyncGaps,
        PullRequestEmbeddings,
        IssueEmbeddings,
        DiscussionEmbeddings,
        StaleEmbeddings,
        EmbeddingModel,
        EmbeddingLength,
        EmbeddingDates,
        LastSync,
        Freshness,
        PullRequestFreshness,
        IssueFreshness,
        DiscussionFreshness,
        NullAuthors,
        OrphanAuthors,
        DuplicateAuthors,
        BotFlags,
        Duplicates,
        NumericIds,
        MergedWithoutDate,
        ImpossibleStates,
        FutureDates,
        UpdateTimes,
        AlteredTexts,
        StoredCounters,
        StuckJobs,
        DesertedJobs,
        DesertedEmbeddings,
        IdleJobs,
        FailedJobs,
        EmbeddingQueue,
        SyncStatus,
        Tracking,
        SyncSchedule,
        ScheduledSyncs,
        CronJobs,
        MetricsAge,
        Settings,
        InngestEvents,
        InngestRuns,
        InngestHandlers,
        SupabaseFunctions,
    ];

    /// <summary>True where the repair has to read the repository again. Otherwise a sync that goes on from where the last one ended is enough.</summary>
    public bool Rereads { get; init; }

    /// <summary>True for a check of the database itself.</summary>
    public bool IsOfSchema => Category == Schema;

    /// <summary>False for a check of the database or the settings.</summary>
    public bool NeedsRepository => Category is not (Schema or SettingsCategory);

    /// <summary>The check for a repository, or for none, not judged yet.</summary>
    public CoverageCheck For(string? repository) =>
        new()
        {
            Repository = repository,
            Check = Id,
            Category = Category,
            Repair = Repair,
            HelpUri = $"docs/coverage.md#{Id.ToLowerInvariant()}",
        };
}
