namespace Backfill;

/// <summary>One sync run of one repository.</summary>
public sealed record RepoSync
{
    /// <summary>The run.</summary>
    public Guid Id { get; init; }

    /// <summary><c>owner/name</c>.</summary>
    public required string Repository { get; init; }

    /// <summary>The row in <c>repositories</c>; empty in a dry run of a repository that is not tracked yet.</summary>
    public Guid RepositoryId { get; init; }

    /// <summary><c>Local</c> or <c>Inngest</c>.</summary>
    public string Engine { get; init; } = "Local";

    /// <summary>Where it stands.</summary>
    public RunState State { get; init; }

    /// <summary>How far back it reaches, by the items' <c>updatedAt</c>; null is the beginning.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>When it was started.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>From start to end, or to the last heartbeat.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>What is stored, by entity, in the order of the pipeline.</summary>
    public IReadOnlyList<EntityCount> Counts
    {
        get;
        init => field = Held.Of(value);
    } = [];

    /// <summary>HTTP requests sent to GitHub, retries included.</summary>
    public int Requests { get; init; }

    /// <summary>GraphQL points that GitHub charged.</summary>
    public int Points { get; init; }

    /// <summary>What could not be read.</summary>
    public IReadOnlyList<SyncGap> Gaps
    {
        get;
        init => field = Held.Of(value);
    } = [];

    /// <summary>Why it failed.</summary>
    public string? Error { get; init; }

    /// <summary>While <see cref="RunState.Waiting"/>: until when.</summary>
    public DateTimeOffset? WaitingUntil { get; init; }

    /// <summary>What a dry run expects.</summary>
    public SyncEstimate? Estimate { get; init; }

    /// <summary>The event that carries the run on the Inngest engine.</summary>
    public string? EventId { get; init; }
}

/// <summary>The counts of one entity.</summary>
/// <param name="Entity"><c>PullRequests</c>, <c>Issues</c>, <c>Discussions</c>, <c>Reviews</c>, <c>ReviewComments</c>, <c>IssueComments</c>, <c>DiscussionComments</c> or <c>Contributors</c>.</param>
/// <param name="Stored">Rows of the repository in the database.</param>
/// <param name="Added">Rows that this run added.</param>
/// <param name="Updated">Rows that this run wrote again.</param>
/// <param name="GitHubTotal">GitHub's own total, where it gives one.</param>
public sealed record EntityCount(string Entity, long Stored, long Added, long Updated, long? GitHubTotal)
{
    /// <summary>Rows that another writer had stored wrongly and this run put right.</summary>
    public long Repaired { get; init; }

    /// <inheritdoc/>
    public override string ToString() =>
        GitHubTotal is { } total
            ? FormattableString.Invariant($"{Entity} {Stored}/{total}")
            : FormattableString.Invariant($"{Entity} {Stored}");
}

/// <summary>Something that a run could not read.</summary>
/// <param name="Entity">What is missing.</param>
/// <param name="Parent">The item that it belongs to, for example <c>#12</c>.</param>
/// <param name="Cause">Why.</param>
/// <param name="Attempts">How often it was tried.</param>
public sealed record SyncGap(string Entity, string? Parent, string Cause, int Attempts)
{
    /// <inheritdoc/>
    public override string ToString() => Parent is null ? $"{Entity}: {Cause}" : $"{Entity} of {Parent}: {Cause}";
}

/// <summary>What a sync would cost.</summary>
/// <param name="Items">Items to be read.</param>
/// <param name="Requests">HTTP requests.</param>
/// <param name="Points">GraphQL points.</param>
/// <param name="Minutes">Minutes, at the time that GitHub took to answer the plan's own question.</param>
/// <param name="PointsRemaining">Points that the token has left in this hour, where known.</param>
/// <param name="Note">What is estimated and what is exact.</param>
public sealed record SyncEstimate(
    long Items,
    long Requests,
    long Points,
    double Minutes,
    long? PointsRemaining,
    string Note
)
{
    /// <summary>Gets the REST requests among <see cref="Requests"/>.</summary>
    public long RestRequests { get; init; }

    /// <summary>Gets the GraphQL requests among <see cref="Requests"/>.</summary>
    public long GraphQLRequests => Requests - RestRequests;

    /// <summary>Gets the tokens of the texts that the items to be read bring to the embeddings; null where no sample was taken.</summary>
    public long? Tokens { get; init; }

    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant($"{Items} items, {Requests} requests, {Points} points, {Minutes:0.#} min");
}
