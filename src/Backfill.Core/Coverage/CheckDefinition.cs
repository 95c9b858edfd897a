namespace Backfill.Core.Coverage;

/// <summary>A check as it stands in the list, whatever it finds.</summary>
/// <param name="Id">Stable; its section in the documentation has the same name.</param>
/// <param name="Category">What it is about.</param>
internal sealed record CheckDefinition(string Id, string Category)
{
    private const string Counts = "Counts";
    private const string Embeddings = "Embeddings";
    private const string FreshnessCategory = "Freshness";
    private const string Quality = "Quality";

    public static readonly CheckDefinition PullRequestCount = new(nameof(PullRequestCount), Counts);
    public static readonly CheckDefinition IssueCount = new(nameof(IssueCount), Counts);
    public static readonly CheckDefinition DiscussionCount = new(nameof(DiscussionCount), Counts);
    public static readonly CheckDefinition ReviewCount = new(nameof(ReviewCount), Counts);
    public static readonly CheckDefinition CommentCount = new(nameof(CommentCount), Counts);
    public static readonly CheckDefinition SyncGaps = new(nameof(SyncGaps), Counts);
    public static readonly CheckDefinition PullRequestEmbeddings = new(nameof(PullRequestEmbeddings), Embeddings);
    public static readonly CheckDefinition IssueEmbeddings = new(nameof(IssueEmbeddings), Embeddings);
    public static readonly CheckDefinition DiscussionEmbeddings = new(nameof(DiscussionEmbeddings), Embeddings);
    public static readonly CheckDefinition StaleEmbeddings = new(nameof(StaleEmbeddings), Embeddings);
    public static readonly CheckDefinition EmbeddingModel = new(nameof(EmbeddingModel), Embeddings);
    public static readonly CheckDefinition EmbeddingLength = new(nameof(EmbeddingLength), Embeddings);
    public static readonly CheckDefinition LastSync = new(nameof(LastSync), FreshnessCategory);
    public static readonly CheckDefinition Freshness = new(nameof(Freshness), FreshnessCategory);
    public static readonly CheckDefinition NullAuthors = new(nameof(NullAuthors), Quality);
    public static readonly CheckDefinition OrphanAuthors = new(nameof(OrphanAuthors), Quality);
    public static readonly CheckDefinition Duplicates = new(nameof(Duplicates), Quality);
    public static readonly CheckDefinition ImpossibleStates = new(nameof(ImpossibleStates), Quality);
    public static readonly CheckDefinition MetricsAge = new(nameof(MetricsAge), "Metrics");
    public static readonly CheckDefinition Settings = new(nameof(Settings), "Settings");

    /// <summary>Every check, in the order in which they are run.</summary>
    public static IReadOnlyList<CheckDefinition> All { get; } =
    [
        PullRequestCount,
        IssueCount,
        DiscussionCount,
        ReviewCount,
        CommentCount,
        SyncGaps,
        PullRequestEmbeddings,
        IssueEmbeddings,
        DiscussionEmbeddings,
        StaleEmbeddings,
        EmbeddingModel,
        EmbeddingLength,
        LastSync,
        Freshness,
        NullAuthors,
        OrphanAuthors,
        Duplicates,
        ImpossibleStates,
        MetricsAge,
        Settings,
    ];

    /// <summary>The check for a repository, not judged yet.</summary>
    public CoverageCheck For(string repository) =>
        new()
        {
            Repository = repository,
            Check = Id,
            Category = Category,
            HelpUri = $"docs/coverage.md#{Id.ToLowerInvariant()}",
        };
}
