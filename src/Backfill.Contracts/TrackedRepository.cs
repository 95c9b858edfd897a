namespace Backfill;

/// <summary>A repository that the database knows and the tool keeps complete.</summary>
public sealed record TrackedRepository
{
    /// <summary><c>owner/name</c>.</summary>
    public required string Repository { get; init; }

    /// <summary>The row in <c>repositories</c>; empty in a dry run of a new one.</summary>
    public Guid RepositoryId { get; init; }

    /// <summary>GitHub's numeric id, which survives renames.</summary>
    public long GitHubId { get; init; }

    /// <summary>The workspaces that hold it.</summary>
    public IReadOnlyList<string> Workspaces
    {
        get;
        init => field = Held.Of(value);
    } = [];

    /// <summary><see cref="RunState.Completed"/>, <see cref="RunState.Planned"/> in a dry run, or <see cref="RunState.Failed"/>.</summary>
    public RunState State { get; init; }

    /// <summary>Why it failed; null otherwise.</summary>
    public string? Error { get; init; }

    /// <summary>True when it was tracked just now.</summary>
    public bool Added { get; init; }
}
