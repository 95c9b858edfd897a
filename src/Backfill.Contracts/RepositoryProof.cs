namespace Backfill;

/// <summary>What the comparison of a repository's rows with their records found, field by field.</summary>
/// <param name="Repository">Gets the repository as <c>owner/name</c>.</param>
/// <param name="Rows">Gets the number of rows that are as the tool wrote them.</param>
/// <param name="Differ">Gets the number of rows that another program altered since.</param>
/// <param name="Unproven">Gets the number of rows without a record. The tool has not written them yet.</param>
/// <param name="LastReadAt">Gets when the newest complete run ended; null when no run was complete.</param>
public sealed record RepositoryProof(
    string Repository,
    long Rows,
    long Differ,
    long Unproven,
    DateTimeOffset? LastReadAt
);
