namespace Backfill;

/// <summary>A question for repositories of the database.</summary>
/// <param name="Repositories">The repositories. Empty means all.</param>
/// <param name="WithUntracked">Whether repositories that are not tracked any more are listed too.</param>
public sealed record RepositoryQuery(IReadOnlyList<RepositoryName> Repositories, bool WithUntracked);

/// <summary>A request to stop tracking a repository.</summary>
/// <param name="Repository">The repository.</param>
/// <param name="RemoveRows">Whether every row of the repository is deleted, with its vectors and the tool's own records.</param>
/// <param name="Plan">Whether nothing is changed.</param>
public sealed record UnregisterRequest(RepositoryName Repository, bool RemoveRows, bool Plan);

/// <summary>The result of <c>Unregister-BackfillRepository</c>.</summary>
public sealed record UntrackedRepository
{
    /// <summary>Gets the repository as <c>owner/name</c>.</summary>
    public required string Repository { get; init; }

    /// <summary>Gets the id that the repository has, or had, in <c>repositories</c>.</summary>
    public Guid RepositoryId { get; init; }

    /// <summary>Gets the state: <see cref="RunState.Completed"/>, <see cref="RunState.Planned"/> in a dry run, or <see cref="RunState.Failed"/>.</summary>
    public RunState State { get; init; }

    /// <summary>Gets the number of rows that stay in the database.</summary>
    public long RowsKept { get; init; }

    /// <summary>Gets the number of rows that were deleted, or would be.</summary>
    public long RowsRemoved { get; init; }

    /// <summary>Gets why the call failed; null otherwise.</summary>
    public string? Error { get; init; }

    /// <summary>Returns the repository and the state.</summary>
    public override string ToString() => $"{Repository} {State}";
}
