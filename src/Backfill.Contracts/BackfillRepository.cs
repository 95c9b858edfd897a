using System.Globalization;

namespace Backfill;

/// <summary>A repository of the database: its last sync, its rows, and how many of the rows are proven.</summary>
public sealed record BackfillRepository
{
    /// <summary>Gets the repository as <c>owner/name</c>.</summary>
    public required string Repository { get; init; }

    /// <summary>Gets the id of the row in <c>repositories</c>.</summary>
    public Guid RepositoryId { get; init; }

    /// <summary>Gets GitHub's numeric id, which stays the same when the repository is renamed.</summary>
    public long GitHubId { get; init; }

    /// <summary>Gets whether the repository is tracked. The rows of a repository that is not tracked any more stay.</summary>
    public bool IsTracked { get; init; }

    /// <summary>Gets the workspaces that hold the repository.</summary>
    public IReadOnlyList<string> Workspaces
    {
        get;
        init => field = Held.Of(value);
    } = [];

    /// <summary>Gets the state of the newest run; null when the repository was never synced.</summary>
    public RunState? LastSync { get; init; }

    /// <summary>Gets when the newest run ended, or its last heartbeat while it works; null when the repository was never synced.</summary>
    public DateTimeOffset? LastSyncAt { get; init; }

    /// <summary>Gets when the newest complete run ended; null when no run was complete.</summary>
    public DateTimeOffset? LastCompletedAt { get; init; }

    /// <summary>Gets the number of stored rows: the repository, its pull requests, issues, discussions, reviews and comments.</summary>
    public long Rows { get; init; }

    /// <summary>Gets the number of these rows whose content the tool recorded when it wrote them. Test-BackfillCoverage compares such a row with the record, field by field.</summary>
    public long ProvenRows { get; init; }

    /// <summary>Gets the proven rows in percent of the stored rows, rounded down to one decimal. It is 100 only when every row is proven.</summary>
    public double Proof => Rows == 0 ? 0 : Math.Floor(1000.0 * ProvenRows / Rows) / 10;

    /// <summary>Returns the repository and the state of its newest run.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Repository} {(LastSync is { } state ? $"{state}" : "never synced")}"
        );
}
