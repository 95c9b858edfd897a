namespace Backfill;

/// <summary>One rate limit of a GitHub token.</summary>
public sealed record RateLimit
{
    /// <summary>Gets the masked token: its kind and its last four characters.</summary>
    public required string Token { get; init; }

    /// <summary>Gets the resource: <c>GraphQL</c>, limited in points, or <c>REST</c>, limited in requests.</summary>
    public required string Resource { get; init; }

    /// <summary>Gets the limit per hour; null when GitHub could not be asked and no response has told it.</summary>
    public int? Limit { get; init; }

    /// <summary>Gets what is left of the limit; null when <see cref="Limit"/> is.</summary>
    public int? Remaining { get; init; }

    /// <summary>Gets when the limit resets; null when <see cref="Limit"/> is.</summary>
    public DateTimeOffset? ResetsAt { get; init; }

    /// <summary>Gets whether the server has no rate limits, as GitHub Enterprise Server can. Limit, Remaining and ResetsAt are null then.</summary>
    public bool Unlimited { get; init; }

    /// <summary>Gets until when this process sends no requests because of a limit; null when it may send them.</summary>
    public DateTimeOffset? HeldUntil { get; init; }
}
