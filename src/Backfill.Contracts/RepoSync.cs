namespace Backfill;

/// <summary>One run of a sync of one repository.</summary>
public sealed record RepoSync
{
    /// <summary>Gets the id of the run.</summary>
    public Guid Id { get; init; }

    /// <summary>Gets the repository as <c>owner/name</c>.</summary>
    public required string Repository { get; init; }

    /// <summary>Gets the id of the row in <c>repositories</c>. It is empty in a dry run of a repository that is not tracked yet.</summary>
    public Guid RepositoryId { get; init; }

    /// <summary>Gets the engine: <c>Local</c> or <c>Inngest</c>.</summary>
    public string Engine { get; init; } = "Local";

    /// <summary>Gets the state.</summary>
    public RunState State { get; init; }

    /// <summary>Gets how far back the run reads, by the items' <c>updatedAt</c>; null means the beginning.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Gets when the run started.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Gets when the run ended; null while it runs.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Gets the time from the start to the end, or to the last heartbeat.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Gets the counts of each entity.</summary>
    public IReadOnlyList<EntityCount> Counts
    {
        get;
        init => field = Held.Of(value);
    } = [];

    /// <summary>Gets the number of HTTP requests to GitHub, including retries.</summary>
    public int Requests { get; init; }

    /// <summary>Gets the GraphQL points that GitHub charged.</summary>
    public int Points { get; init; }

    /// <summary>Gets what could not be read.</summary>
    public IReadOnlyList<SyncGap> Gaps
    {
        get;
        init => field = Held.Of(value);
    } = [];

    /// <summary>Gets why the run failed; null otherwise.</summary>
    public string? Error { get; init; }

    /// <summary>Gets until when a run with the state <see cref="RunState.Waiting"/> waits.</summary>
    public DateTimeOffset? WaitingUntil { get; init; }

    /// <summary>Gets the estimate of a dry run.</summary>
    public SyncEstimate? Estimate { get; init; }

    /// <summary>Gets the id of the event of a run on the Inngest engine.</summary>
    public string? EventId { get; init; }

    /// <summary>Returns the repository and the state.</summary>
    public override string ToString() => $"{Repository} {State}";
}

/// <summary>The counts of one entity.</summary>
/// <param name="Entity"><c>PullRequests</c>, <c>Issues</c>, <c>Discussions</c>, <c>Reviews</c>, <c>ReviewComments</c>, <c>IssueComments</c>, <c>DiscussionComments</c> or <c>Contributors</c>.</param>
/// <param name="Stored">Gets the number of rows of the repository in the database.</param>
/// <param name="Added">Gets the number of rows that this run added.</param>
/// <param name="Updated">Gets the number of rows that this run updated.</param>
/// <param name="GitHubTotal">Gets GitHub's total; null when GitHub gives none.</param>
public sealed record EntityCount(string Entity, long Stored, long Added, long Updated, long? GitHubTotal)
{
    /// <summary>Gets the number of rows that another program had stored wrongly and this run corrected.</summary>
    public long Repaired { get; init; }

    /// <summary>Gets GitHub's number of open pull requests or issues; null for other entities, and when GitHub gives none.</summary>
    public long? GitHubOpen { get; init; }

    /// <summary>Gets GitHub's number of merged pull requests; null for other entities, and when GitHub gives none.</summary>
    public long? GitHubMerged { get; init; }

    /// <inheritdoc/>
    public override string ToString() =>
        GitHubTotal is { } total
            ? FormattableString.Invariant($"{Entity} {Stored}/{total}")
            : FormattableString.Invariant($"{Entity} {Stored}");
}

/// <summary>Something that a run could not read.</summary>
/// <param name="Entity">Gets the entity that is missing.</param>
/// <param name="Parent">Gets the item that it belongs to, for example <c>#12</c>.</param>
/// <param name="Cause">Gets why it could not be read.</param>
/// <param name="Attempts">Gets the number of attempts.</param>
public sealed record SyncGap(string Entity, string? Parent, string Cause, int Attempts)
{
    /// <inheritdoc/>
    public override string ToString() => Parent is null ? $"{Entity}: {Cause}" : $"{Entity} of {Parent}: {Cause}";
}

/// <summary>The estimate of a sync.</summary>
/// <param name="Items">Gets the number of items to read.</param>
/// <param name="Requests">Gets the number of HTTP requests.</param>
/// <param name="Points">Gets the number of GraphQL points.</param>
/// <param name="Minutes">Gets the minutes, at the speed of GitHub's response to the request of the plan.</param>
/// <param name="PointsRemaining">Gets the points that the token has left in this hour; null when it is not known.</param>
/// <param name="Note">Gets which numbers are exact and which are estimated.</param>
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

    /// <summary>Gets the tokens of the texts of the items, for the embeddings; null when no sample was taken.</summary>
    public long? Tokens { get; init; }

    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant($"{Items} items, {Requests} requests, {Points} points, {Minutes:0.#} min");
}
