using Backfill.Core.Sync.Runs;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Coverage.Checks;

/// <summary>The checks of the category Freshness.</summary>
internal static class FreshnessChecks
{
    private const string Category = "Freshness";
    private const string Runs = "Sync/Runs/Sql/find-runs";
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
        if (await NewestAsync(facts, cancellationToken) is null)
        {
            return Unsynced(facts, "The tool has not synced this repository yet.");
        }

        var completed = await NewestAsync(facts, [RunState.Completed], cancellationToken);
        return Age(facts, completed?.FinishedAt, "a complete sync in the last 24 h", "no complete sync");
    }

    private static Verdict Unsynced(CoverageFacts facts, string reason) =>
        Verdict.Skip(reason, $"Run Start-RepoSync {facts.FullName} | Wait-RepoSync.");

    private static Task<RepoSync?> NewestAsync(CoverageFacts facts, CancellationToken cancellationToken) =>
        facts.OnceAsync(Runs, token => NewestAsync(facts, [], token), cancellationToken);

    private static async Task<RepoSync?> NewestAsync(
        CoverageFacts facts,
        IReadOnlyList<RunState> states,
        CancellationToken cancellationToken
    )
    {
        var name = RepositoryName.Parse(facts.FullName) with { Id = facts.Repository.Id };
        var newest = new SyncFilter([], [name], states, ThisProcess: false) { First = 1 };
        return await new RunRecord(facts.Database).FindAsync(newest, cancellationToken) is [var run, ..] ? run : null;
    }

    // When each lane was last known to be complete.
    private static Task<Dictionary<EntityKind, DateTimeOffset>> LanesAsync(
        CoverageFacts facts,
        CancellationToken cancellationToken
    ) =>
        facts.OnceAsync(
            Windows,
            async token =>
            {
                var lanes = await (await facts.StatementAsync(Windows, token)).RowsAsync(
                    row =>
                        (Lane: EntityKind.Parse(row.Get<string>("lane")), ReadAt: row.Get<DateTimeOffset>("read_at")),
                    token
                );
                return lanes.ToDictionary(lane => lane.Lane, lane => lane.ReadAt);
            },
            cancellationToken
        );
}
