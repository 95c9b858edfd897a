namespace Backfill;

/// <summary>What it would cost to make one repository complete: the numbers of a dry run, as flat properties that can be sorted and summed.</summary>
public sealed record BackfillMeasurement
{
    /// <summary>Gets the repository as <c>owner/name</c>.</summary>
    public required string Repository { get; init; }

    /// <summary>Gets the id of the row in <c>repositories</c>. It is empty for a repository that is not stored yet.</summary>
    public Guid RepositoryId { get; init; }

    /// <summary>Gets the state: <see cref="RunState.Planned"/>, or <see cref="RunState.Failed"/> when the repository could not be measured.</summary>
    public RunState State { get; init; }

    /// <summary>Gets the number of pull requests, issues and discussions to read.</summary>
    public long Items { get; init; }

    /// <summary>Gets the number of pull requests, issues and discussions that GitHub counts.</summary>
    public long GitHubItems { get; init; }

    /// <summary>Gets the number of pull requests, issues and discussions that are stored.</summary>
    public long StoredItems { get; init; }

    /// <summary>Gets the number of HTTP requests to GitHub.</summary>
    public long Requests { get; init; }

    /// <summary>Gets the REST requests among <see cref="Requests"/>.</summary>
    public long RestRequests { get; init; }

    /// <summary>Gets the number of GraphQL points.</summary>
    public long Points { get; init; }

    /// <summary>Gets the minutes of the sync, at the speed of GitHub's response to the request of the measurement.</summary>
    public double SyncMinutes { get; init; }

    /// <summary>Gets the number of items that need a vector, stored or not.</summary>
    public long ItemsToEmbed { get; init; }

    /// <summary>Gets the number of tokens to send to the provider.</summary>
    public long Tokens { get; init; }

    /// <summary>Gets the cost of the tokens in US dollars; null when the model has no price.</summary>
    public decimal? Cost { get; init; }

    /// <summary>Gets the minutes of the embeddings; null when the provider's pace is not known.</summary>
    public double? EmbeddingMinutes { get; init; }

    /// <summary>Gets the minutes of the sync and of the embeddings together.</summary>
    public double Minutes => SyncMinutes + (EmbeddingMinutes ?? 0);

    /// <summary>Gets the hourly budgets of GitHub and the prices that the numbers assume. All measurements of one call share it.</summary>
    public MeasurementBasis? Basis { get; init; }

    /// <summary>Gets which numbers are exact and which are estimated.</summary>
    public string? Note { get; init; }

    /// <summary>Gets why the repository could not be measured; null otherwise.</summary>
    public string? Error { get; init; }

    /// <summary>Returns the repository and the cost in one line.</summary>
    public override string ToString() =>
        Error is null
            ? $"{Repository}: {new PipelineEstimate(Requests, Points, Tokens, Cost, Minutes)}"
            : $"{Repository} {State}";
}

/// <summary>The prices and budgets that a measurement assumes.</summary>
public sealed record MeasurementBasis
{
    /// <summary>Gets the model of the vectors, as provider/model/dimensions.</summary>
    public string? Model { get; init; }

    /// <summary>Gets the US dollars for a million tokens; null when the model has no price.</summary>
    public decimal? DollarsPerMillionTokens { get; init; }

    /// <summary>Gets when the prices were looked up, or the name of the user's own price table.</summary>
    public string? PricesAsOf { get; init; }

    /// <summary>Gets the tokens per minute that the minutes of the embeddings assume; null when they are not known.</summary>
    public int? TokensPerMinute { get; init; }

    /// <summary>Gets the GraphQL points per hour of all tokens together; null when the server has no limits.</summary>
    public long? PointsPerHour { get; init; }

    /// <summary>Gets the GraphQL points that all tokens have left in this hour; null when the server has no limits.</summary>
    public long? PointsRemaining { get; init; }

    /// <summary>Gets the REST requests per hour of all tokens together; null when the server has no limits.</summary>
    public long? RestRequestsPerHour { get; init; }

    /// <summary>Gets the REST requests that all tokens have left in this hour; null when the server has no limits.</summary>
    public long? RestRequestsRemaining { get; init; }

    /// <summary>Returns the prices and budgets in one line.</summary>
    public override string ToString() =>
        $"{ScreenText.Of(PointsPerHour) ?? "unlimited"} points and {ScreenText.Of(RestRequestsPerHour) ?? "unlimited"} REST requests per hour; "
        + (
            DollarsPerMillionTokens is { } price
                ? $"${ScreenText.Of(price, "0.####")} per million tokens of {Model} (prices as of {PricesAsOf})"
                : $"no price for {Model}"
        );
}

/// <summary>A request to measure repositories.</summary>
/// <param name="Repositories">The repositories, stored or not.</param>
/// <param name="Since">The time that the stored part has to reach back to. Null means the beginning.</param>
public sealed record MeasureRequest(IReadOnlyList<RepositoryName> Repositories, DateTimeOffset? Since)
{
    /// <summary>Gets what is copied. The default is everything.</summary>
    public SyncContent Include { get; init; } = SyncContent.All;

    /// <summary>Gets whether the Batch API makes the embeddings.</summary>
    public bool Batch { get; init; }

    /// <summary>Gets whether items that have a fresh vector are embedded too.</summary>
    public bool Force { get; init; }
}
