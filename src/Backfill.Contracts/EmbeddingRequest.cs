namespace Backfill;

/// <summary>A request to embed items.</summary>
public sealed record EmbeddingRequest
{
    /// <summary>Gets the repositories to embed.</summary>
    public IReadOnlyList<RepositoryName> Repositories { get; init; } = [];

    /// <summary>Gets the names, slugs or ids of workspaces whose repositories are embedded.</summary>
    public IReadOnlyList<string> Workspaces { get; init; } = [];

    /// <summary>Gets whether every repository of the database is embedded.</summary>
    public bool All { get; init; }

    /// <summary>Gets the types of items: <c>issue</c>, <c>pull_request</c>, <c>discussion</c>. Empty means all.</summary>
    public IReadOnlyList<string> ItemTypes { get; init; } = [];

    /// <summary>Gets the number of items per batch. The default is 200.</summary>
    public int BatchSize { get; init; } = 200;

    /// <summary>Gets the largest number of batches. The default is null: no limit.</summary>
    public int? MaxIterations { get; init; }

    /// <summary>Gets the pause between two batches.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Gets whether items with a fresh vector are embedded too.</summary>
    public bool Force { get; init; }

    /// <summary>Gets whether vectors of another model are replaced.</summary>
    public bool AllowModelChange { get; init; }

    /// <summary>Gets the length of the vectors. The default is null: the length of the column.</summary>
    public int? Dimensions { get; init; }

    /// <summary>Gets the tokens per minute that the provider allows. The default is null: the provider's responses tell it.</summary>
    public int? TokensPerMinute { get; init; }

    /// <summary>Gets the requests per minute that the provider allows. The default is null: the provider's responses tell it.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>Gets the largest number of batches at the same time. The default is null: a number that suits the provider.</summary>
    public int? ThrottleLimit { get; init; }

    /// <summary>Gets the largest cost in US dollars, for all repositories of the request together. The default is null: no limit.</summary>
    public decimal? CostLimit { get; init; }

    /// <summary>Gets whether the indexes on the vectors are dropped first and built again at the end.</summary>
    public bool RebuildIndex { get; init; }

    /// <summary>Gets whether the provider's Batch API is used, which takes up to a day and costs half the price.</summary>
    public bool Batch { get; init; }

    /// <summary>Gets whether the call only submits batches and stores finished ones, without waiting.</summary>
    public bool NoWait { get; init; }

    /// <summary>Gets the provider's ids of the batches to go on with, in place of repositories.</summary>
    public IReadOnlyList<string> BatchIds { get; init; } = [];

    /// <summary>Gets the engine that does the work. The default is <see cref="EngineKind.Local"/>.</summary>
    public EngineKind Engine { get; init; }

    /// <summary>Gets the event that asks the Inngest engine.</summary>
    public string EventName { get; init; } = InngestEvents.Embedding;

    /// <summary>Gets the time to wait for the Inngest engine. The default is null: 15 minutes.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Gets whether the work is only estimated.</summary>
    public bool Plan { get; init; }

    /// <summary>Gets the estimate of the planned sync before this plan; its items are not stored yet.</summary>
    public SyncEstimate? Upstream { get; init; }
}
