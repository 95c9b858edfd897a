namespace Backfill;

/// <summary>The result of an embedding backfill for one repository.</summary>
public sealed record EmbeddingResult
{
    /// <summary>Gets the repository as <c>owner/name</c>.</summary>
    public required string Repository { get; init; }

    /// <summary>Gets the id of the row in <c>repositories</c>.</summary>
    public Guid RepositoryId { get; init; }

    /// <summary>Gets the state.</summary>
    public RunState State { get; init; }

    /// <summary>Gets the model of the vectors, as provider/model/dimensions.</summary>
    public string? Model { get; init; }

    /// <summary>Gets the number of items whose vector was made and stored.</summary>
    public long Embedded { get; init; }

    /// <summary>Gets the number of items whose text and model had not changed.</summary>
    public long Unchanged { get; init; }

    /// <summary>Gets the number of items that got the vector of an identical text.</summary>
    public long Reused { get; init; }

    /// <summary>Gets the number of items that were edited while they were embedded. They still need a vector.</summary>
    public long Superseded { get; init; }

    /// <summary>Gets the number of items that the provider cannot embed. They are set aside with the reason.</summary>
    public long Quarantined { get; init; }

    /// <summary>Gets the number of embedded items whose text was cut to its first 2,000 characters.</summary>
    public long Shortened { get; init; }

    /// <summary>Gets the number of items that still need a vector, including those in unfinished batches.</summary>
    public long Remaining { get; init; }

    /// <summary>Gets the number of remaining items whose text is in an unfinished batch at the provider. No other call embeds them meanwhile.</summary>
    public long InBatch { get; init; }

    /// <summary>Gets the provider's ids of the unfinished batches with items of the repository.</summary>
    public IReadOnlyList<string> Batches
    {
        get;
        init => field = Held.Of(value);
    } = [];

    /// <summary>Gets the number of tokens that were sent.</summary>
    public long Tokens { get; init; }

    /// <summary>Gets the cost in US dollars by the price table; null when the model has no price.</summary>
    public decimal? Cost { get; init; }

    /// <summary>Gets the time from start to end.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Gets the number of embedded items per second.</summary>
    public double ItemsPerSecond { get; init; }

    /// <summary>Gets why this stage failed, or why an earlier stage could not begin; null otherwise.</summary>
    public string? Error { get; init; }

    /// <summary>Gets the estimate of a dry run.</summary>
    public EmbeddingEstimate? Estimate { get; init; }

    /// <summary>Gets the cost of this stage and the planned stages before it, in a dry run.</summary>
    public PipelineEstimate? Total { get; init; }

    /// <summary>Returns the repository and the state.</summary>
    public override string ToString() => $"{Repository} {State}";
}

/// <summary>The estimate of an embedding backfill.</summary>
/// <param name="Items">Gets the number of items that need a vector.</param>
/// <param name="ByType">Gets the number of items by <c>issue</c>, <c>pull_request</c> and <c>discussion</c>.</param>
/// <param name="Tokens">Gets the number of tokens to send.</param>
/// <param name="Cost">Gets the cost in US dollars; null when the model has no price.</param>
/// <param name="Note">Gets which numbers are exact and which are estimated.</param>
public sealed record EmbeddingEstimate(
    long Items,
    IReadOnlyDictionary<string, long> ByType,
    long Tokens,
    decimal? Cost,
    string Note
)
{
    /// <summary>Gets the number of items by the reason that they need a vector: <c>missing</c>, <c>changed</c> (another text), <c>model</c> (another model), <c>forced</c>, <c>planned</c> (not stored yet).</summary>
    public IReadOnlyDictionary<string, long> ByReason { get; init; } = new Dictionary<string, long>();

    /// <summary>Gets the largest cost in US dollars, if every item that is not stored yet has the full length. It equals the cost when all items are stored.</summary>
    public decimal? MostCost { get; init; }

    /// <summary>Gets the minutes at the given tokens per minute, or at those of a new account of the provider; null when neither is known.</summary>
    public double? Minutes { get; init; }

    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant(
            $"{Items} items, {Tokens} tokens, cost {Cost?.ToString("0.####", System.Globalization.CultureInfo.InvariantCulture) ?? "none"}"
        );
}
