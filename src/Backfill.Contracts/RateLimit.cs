namespace Backfill;

/// <summary>What a token has left of one budget.</summary>
public sealed record RateLimit
{
    /// <summary>The token, masked to its kind and last four characters.</summary>
    public required string Token { get; init; }

    /// <summary><c>GraphQL</c> (points) or <c>REST</c> (requests).</summary>
    public required string Resource { get; init; }

    /// <summary>The budget of an hour.</summary>
    public int Limit { get; init; }

    /// <summary>What is left.</summary>
    public int Remaining { get; init; }

    /// <summary>When it is full again.</summary>
    public DateTimeOffset ResetsAt { get; init; }
}
