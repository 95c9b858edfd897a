namespace Backfill;

/// <summary>A repository that the tool tracks.</summary>
public sealed record TrackedRepository
{
    /// <summary>Gets the repository as <c>owner/name</c>.</summary>
    public required string Repository { get; init; }

    /// <summary>Gets the id of the row in <c>repositories</c>. It is empty in a dry run of a new repository.</summary>
    public Guid RepositoryId { get; init; }

    /// <summary>Gets GitHub's numeric id, which stays the same when the repository is renamed.</summary>
    public long GitHubId { get; init; }

    /// <summary>Gets the workspaces that hold the repository.</summary>
    public IReadOnlyList<string> Workspaces
    {
        get;
        init => field = Held.Of(value);
    } = [];

    /// <summary>Gets the state: <see cref="RunState.Completed"/>, <see cref="RunState.Planned"/> in a dry run, or <see cref="RunState.Failed"/>.</summary>
    public RunState State { get; init; }

    /// <summary>Gets why the call failed; null otherwise.</summary>
    public string? Error { get; init; }

    /// <summary>Gets whether this call tracked the repository; false when it was tracked before.</summary>
    public bool Added { get; init; }

    /// <summary>Returns the repository and the state.</summary>
    public override string ToString() => $"{Repository} {State}";
}
