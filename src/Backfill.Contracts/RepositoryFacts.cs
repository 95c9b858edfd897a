namespace Backfill;

/// <summary>What a report says about a repository in addition to its checks and its runs.</summary>
public sealed record RepositoryFacts
{
    /// <summary>Gets the repository as <c>owner/name</c>.</summary>
    public required string Repository { get; init; }

    /// <summary>Gets the number of stored rows of each entity. Rows that were deleted or transferred at GitHub do not count.</summary>
    public IReadOnlyList<EntityRows> Entities
    {
        get;
        init => field = Held.Of(value);
    } = [];

    /// <summary>Gets the vectors of each type of items whose table has a column for vectors.</summary>
    public IReadOnlyList<EmbeddedItems> Embeddings
    {
        get;
        init => field = Held.Of(value);
    } = [];

    /// <summary>Gets the stored vectors by their model.</summary>
    public IReadOnlyList<ModelVectors> Models
    {
        get;
        init => field = Held.Of(value);
    } = [];

    /// <summary>Gets up to 52 weeks, also those without activity, the oldest first. They end with the present week, or with the newest activity when that is older than 52 weeks. The list is empty when the repository has no item.</summary>
    public IReadOnlyList<ActivityWeek> Weeks
    {
        get;
        init => field = Held.Of(value);
    } = [];

    /// <summary>Gets the sum over all runs of the repository.</summary>
    public SyncTotals Syncs { get; init; } = new(0, 0, 0, null, TimeSpan.Zero);
}

/// <summary>The stored rows of one entity.</summary>
/// <param name="Entity">Gets the entity, by the names of <see cref="EntityCount"/>.</param>
/// <param name="Stored">Gets the number of rows.</param>
public sealed record EntityRows(string Entity, long Stored);

/// <summary>The vectors of one type of items.</summary>
/// <param name="ItemType">Gets <c>issue</c>, <c>pull_request</c> or <c>discussion</c>.</param>
/// <param name="Items">Gets the number of items.</param>
/// <param name="Embedded">Gets the number of items with a vector.</param>
/// <param name="Quarantined">Gets the number of items without a vector that no provider embeds.</param>
public sealed record EmbeddedItems(string ItemType, long Items, long Embedded, long Quarantined);

/// <summary>The stored vectors of one model.</summary>
/// <param name="Model">Gets the model as provider/model/dimensions; null for vectors without a record of their model.</param>
/// <param name="Vectors">Gets the number of vectors.</param>
/// <param name="Tokens">Gets the tokens of their texts, each text once, estimated from the number of characters.</param>
/// <param name="Cost">Gets the cost of these tokens in US dollars by the price table; null when the model has no price.</param>
public sealed record ModelVectors(string? Model, long Vectors, long Tokens, decimal? Cost);

/// <summary>The activity of one week, from Monday to Sunday in UTC.</summary>
/// <param name="Week">Gets the Monday.</param>
/// <param name="PullRequests">Gets the number of pull requests that were opened.</param>
/// <param name="Issues">Gets the number of issues that were opened.</param>
/// <param name="Merged">Gets the number of pull requests that were merged.</param>
/// <param name="MedianMergeHours">Gets the median of the hours from opening to merge of these; null when none was merged.</param>
public sealed record ActivityWeek(DateOnly Week, long PullRequests, long Issues, long Merged, double? MedianMergeHours);

/// <summary>The sum over all runs of a repository.</summary>
/// <param name="Runs">Gets the number of runs.</param>
/// <param name="Requests">Gets the number of HTTP requests to GitHub, including retries.</param>
/// <param name="Points">Gets the GraphQL points that GitHub charged.</param>
/// <param name="FirstStartedAt">Gets when the first run started; null without a run.</param>
/// <param name="Duration">Gets the time of all finished runs together.</param>
public sealed record SyncTotals(
    long Runs,
    long Requests,
    long Points,
    DateTimeOffset? FirstStartedAt,
    TimeSpan Duration
);
