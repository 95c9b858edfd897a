using Backfill.Core.Postgres;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Coverage.Checks;

/// <summary>The checks of the category Freshness.</summary>
internal static class FreshnessChecks
{
    private const string Category = "Freshness";
    private const string Runs = "Coverage/last-runs";
    private const string Windows = "Coverage/window-age";

    private static readonly TimeSpan FreshFor = TimeSpan.FromHours(24);

    /// <summary>Gets the checks in their order.</summary>
    public static IReadOnlyList<Check> All { get; } =
    [
        Of("LastSync", Runs, LastSyncAsync),
        Of("Freshness", Runs, LastCompleteSyncAsync),
        Lane("PullRequestFreshness", EntityKind.PullRequests),
        Lane("IssueFreshness", EntityKind.Issues),
        Lane("DiscussionFreshness", EntityKind.Discussions),
    ];

    /// <summary>Judges the age of something that was made at a time; null means that it was never made.</summary>
    public static Verdict Age(CoverageFacts facts, DateTimeOffset? madeAt, string expected, string never)
    {
        var age = facts.Now - madeAt;
        return new Verdict(
            age is null ? CheckStatus.Failed
                : age <= FreshFor ? CheckStatus.Passed
                : CheckStatus.Warning,
            expected,
            age is null ? never : Verdict.Age(age.Value)
        );
    }

    /// <summary>Returns when the newest complete run ended; null where no run was complete.</summary>
    public static async Task<DateTimeOffset?> LastCompletedAtAsync(
        CoverageFacts facts,
        CancellationToken cancellationToken
    ) => (await NewestAsync(facts, cancellationToken))?.CompletedAt;

    private static Check Of(string id, string query, Judgement judge) =>
        new(id, Category, query, PipelineStage.Sync, judge);

    private static Check Lane(string id, EntityKind lane) =>
        Of(
            id,
            Windows,
            async (facts, token) =>
                (await LanesAsync(facts, token)).TryGetValue(lane, out var readAt)
                    ? Age(facts, readAt, "read in the last 24 h", never: "")
                    : Unsynced(facts, "The tool has not read these items yet.")
        );

    private static async Task<Verdict> LastSyncAsync(CoverageFacts facts, CancellationToken cancellationToken)
    {
        if (await NewestAsync(facts, cancellationToken) is not { } newest)
        {
            return Unsynced(facts, "The tool has not synced this repository yet.");
        }

        var isWorking = newest.State is RunState.Queued or RunState.Running or RunState.Waiting;
        return new Verdict(
            newest.State == RunState.Completed ? CheckStatus.Passed
                : isWorking ? CheckStatus.Warning
                : CheckStatus.Failed,
            nameof(RunState.Completed),
            newest.State + (newest.Error is null ? "" : $": {newest.Error}"),
            isWorking ? $"The sync has not ended. Wait for it with Wait-RepoSync {facts.FullName}." : null
        );
    }

    private static async Task<Verdict> LastCompleteSyncAsync(CoverageFacts facts, CancellationToken cancellationToken)
    {
        return await NewestAsync(facts, cancellationToken) is { } newest
            ? Age(facts, newest.CompletedAt, "a complete sync in the last 24 h", "no complete sync")
            : Unsynced(facts, "The tool has not synced this repository yet.");
    }

    private static Verdict Unsynced(CoverageFacts facts, string reason) =>
        Verdict.Skip(reason, $"Run Start-RepoSync {facts.FullName} | Wait-RepoSync.");

    private static Task<LastRuns?> NewestAsync(CoverageFacts facts, CancellationToken cancellationToken) =>
        facts.RowAsync(Runs, LastRuns.Read, cancellationToken);

    // When each lane was last known to be complete.
    private static async Task<Dictionary<EntityKind, DateTimeOffset>> LanesAsync(
        CoverageFacts facts,
        CancellationToken cancellationToken
    )
    {
        var lanes = await facts.RowsAsync(
            Windows,
            row => (Lane: EntityKind.Parse(row.Get<string>("lane")), ReadAt: row.Get<DateTimeOffset>("read_at")),
            cancellationToken
        );
        return lanes.ToDictionary(lane => lane.Lane, lane => lane.ReadAt);
    }
}

/// <summary>The last runs of a repository.</summary>
/// <param name="State">Gets the state of the newest run.</param>
/// <param name="Error">Gets why the newest run failed; null where it did not.</param>
/// <param name="CompletedAt">Gets the end of the newest complete run; null where no run was complete.</param>
internal sealed record LastRuns(RunState State, string? Error, DateTimeOffset? CompletedAt)
{
    /// <summary>Reads the last runs of a repository.</summary>
    public static LastRuns Read(Row row) =>
        new(
            Enum.Parse<RunState>(row.Get<string>("state")),
            row.TextOrNull("error"),
            row.GetOrNull<DateTimeOffset>("completed_at")
        );
}
