namespace Backfill;

/// <summary>What a token has left of one budget.</summary>
public sealed record RateLimit
{
    /// <summary>The token, masked to its kind and last four characters.</summary>
    public required string Token { get; init; }

    /// <summary><c>GraphQL</c> (points) or <c>REST</c> (requests).</summary>
    public required string Resource { get; init; }

    /// <summary>The budget of an hour; null where GitHub could not be asked and no answer told.</summary>
    public int? Limit { get; init; }

    /// <summary>What is left; null as with <see cref="Limit"/>.</summary>
    public int? Remaining { get; init; }

    /// <summary>When it is full again; null as with <see cref="Limit"/>.</summary>
    public DateTimeOffset? ResetsAt { get; init; }

    /// <summary>Gets whether the server has no rate limits: GitHub Enterprise Server may have them switched off. Limit, Remaining and ResetsAt are null then.</summary>
    public bool Unlimited { get; init; }

    /// <summary>Until when a limit holds this process's requests back; null while they may leave.</summary>
    public DateTimeOffset? HeldUntil { get; init; }
}
