namespace Backfill;

/// <summary>An embedding backfill.</summary>
public sealed record EmbeddingRequest
{
    /// <summary>Repositories by name.</summary>
    public IReadOnlyList<RepositoryName> Repositories { get; init; } = [];

    /// <summary>Names, slugs or ids of workspaces whose repositories are meant.</summary>
    public IReadOnlyList<string> Workspaces { get; init; } = [];

    /// <summary>Every repository of the database.</summary>
    public bool All { get; init; }

    /// <summary><c>issue</c>, <c>pull_request</c>, <c>discussion</c>; empty is all.</summary>
    public IReadOnlyList<string> ItemTypes { get; init; } = [];

    /// <summary>Items a batch.</summary>
    public int BatchSize { get; init; } = 200;

    /// <summary>Batches at most; null is until done.</summary>
    public int? MaxIterations { get; init; }

    /// <summary>Pause between batches.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Also embed what is fresh.</summary>
    public bool Force { get; init; }

    /// <summary>Also replace vectors that another model made.</summary>
    public bool AllowModelChange { get; init; }

    /// <summary>Length of the vectors to ask for; null is that of the column.</summary>
    public int? Dimensions { get; init; }

    /// <summary>Tokens a minute that the provider allows; null is what its answers say.</summary>
    public int? TokensPerMinute { get; init; }

    /// <summary>Requests a minute that the provider allows; null is what its answers say.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>Batches under way at once, at most; null is what suits the provider.</summary>
    public int? ThrottleLimit { get; init; }

    /// <summary>US dollars at most, for all repositories of the request together; null is no limit.</summary>
    public decimal? CostLimit { get; init; }

    /// <summary>Drop the indexes over the vectors first and build them again at the end.</summary>
    public bool RebuildIndex { get; init; }

    /// <summary>By the provider's Batch API: half the price, up to a day.</summary>
    public bool Batch { get; init; }

    /// <summary>Submit, and bring in what is finished, without waiting for the rest.</summary>
    public bool NoWait { get; init; }

    /// <summary>Only go on with these batches, by the provider's ids; instead of repositories.</summary>
    public IReadOnlyList<string> BatchIds { get; init; } = [];

    /// <summary>Who does it.</summary>
    public EngineKind Engine { get; init; }

    /// <summary>The event that asks for it, on the Inngest engine.</summary>
    public string EventName { get; init; } = InngestEvents.Embedding;

    /// <summary>How long the Inngest engine is waited for; null is 15 minutes.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Only estimate.</summary>
    public bool Plan { get; init; }

    /// <summary>The planned sync that this plan builds on, whose items are not stored yet.</summary>
    public SyncEstimate? Upstream { get; init; }
}
