namespace Backfill;

/// <summary>What an embedding backfill did for one repository.</summary>
public sealed record EmbeddingResult
{
    /// <summary><c>owner/name</c>.</summary>
    public required string Repository { get; init; }

    /// <summary>The row in <c>repositories</c>.</summary>
    public Guid RepositoryId { get; init; }

    /// <summary>Where it stands.</summary>
    public RunState State { get; init; }

    /// <summary>provider/model/dimensions of the vectors.</summary>
    public string? Model { get; init; }

    /// <summary>Items whose vector was made and stored.</summary>
    public long Embedded { get; init; }

    /// <summary>Items whose text and model had not changed.</summary>
    public long Unchanged { get; init; }

    /// <summary>Items that got the vector of an identical text.</summary>
    public long Reused { get; init; }

    /// <summary>Items that were edited while they were embedded; they were queued again.</summary>
    public long Superseded { get; init; }

    /// <summary>Items that the provider cannot embed, set aside with their reason.</summary>
    public long Quarantined { get; init; }

    /// <summary>Embedded items of whose text only the first 2,000 characters were embedded.</summary>
    public long Shortened { get; init; }

    /// <summary>Items that still need a vector, those of batches under way included.</summary>
    public long Remaining { get; init; }

    /// <summary>Of those that remain, the ones whose text is in a batch at the provider: nobody else embeds it meanwhile.</summary>
    public long InBatch { get; init; }

    /// <summary>The batches under way at the provider that have items of the repository, by the provider's ids.</summary>
    public IReadOnlyList<string> Batches
    {
        get;
        init => field = Held.Of(value);
    } = [];

    /// <summary>Tokens that were sent.</summary>
    public long Tokens { get; init; }

    /// <summary>US dollars, by the price table; null when the model has no price.</summary>
    public decimal? Cost { get; init; }

    /// <summary>From start to end.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Embedded items a second.</summary>
    public double ItemsPerSecond { get; init; }

    /// <summary>Why it failed, or why an earlier stage of the pipeline could not begin; null otherwise.</summary>
    public string? Error { get; init; }

    /// <summary>What a dry run expects.</summary>
    public EmbeddingEstimate? Estimate { get; init; }

    /// <summary>In a dry run: what this stage and the planned stages before it cost together.</summary>
    public PipelineEstimate? Total { get; init; }
}

/// <summary>What an embedding backfill would cost.</summary>
/// <param name="Items">Items that need a vector.</param>
/// <param name="ByType">Items by <c>issue</c>, <c>pull_request</c> and <c>discussion</c>.</param>
/// <param name="Tokens">Tokens to be sent.</param>
/// <param name="Cost">US dollars; null when the model has no price.</param>
/// <param name="Note">What is exact and what is estimated.</param>
public sealed record EmbeddingEstimate(
    long Items,
    IReadOnlyDictionary<string, long> ByType,
    long Tokens,
    decimal? Cost,
    string Note
)
{
    /// <summary>Items by why they need a vector: <c>missing</c>, <c>changed</c> (the text is another), <c>model</c> (another model made it), <c>forced</c>, <c>planned</c> (not stored yet).</summary>
    public IReadOnlyDictionary<string, long> ByReason { get; init; } = new Dictionary<string, long>();

    /// <summary>US dollars at most: with every item that is not stored yet at full length. The same as the cost where all are stored.</summary>
    public decimal? MostCost { get; init; }

    /// <summary>Minutes at the tokens a minute that were given, or that a new account of the provider has; null when neither is known.</summary>
    public double? Minutes { get; init; }

    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant(
            $"{Items} items, {Tokens} tokens, cost {Cost?.ToString("0.####", System.Globalization.CultureInfo.InvariantCulture) ?? "none"}"
        );
}
