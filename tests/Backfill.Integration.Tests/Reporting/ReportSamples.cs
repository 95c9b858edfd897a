using Backfill.Cmdlets.Reporting;

namespace Backfill.Integration.Tests.Reporting;

/// <summary>Reports as an operator sees them, with every part that a page can have.</summary>
internal static class ReportSamples
{
    public static readonly DateTimeOffset Now = new(2026, 11, 30, 6, 0, 0, TimeSpan.Zero);

    private const int Weeks = 52;

    public static RepositoryReport Failing(string name) =>
        Of(
            name,
            [
                Check(name, "IssueCount", "Counts", CheckStatus.Failed, "1204", "1197"),
                Check(
                    name,
                    "IssueFields",
                    "Fields",
                    CheckStatus.Failed,
                    "as the tool wrote them",
                    "7 altered after 2026-11-29 22:10:04Z: #20, #29, #411, #484, #497, #510, #511 <script>alert(1)</script>"
                ),
                Check(name, "PullRequestEmbeddings", "Embeddings", CheckStatus.Failed, "100 %", "97.2 % (998 of 1027)"),
                Check(
                    name,
                    "Freshness",
                    "Freshness",
                    CheckStatus.Warning,
                    "a complete sync in the last 24 h",
                    "31 h ago"
                ),
            ],
            RunState.Incomplete
        );

    public static RepositoryReport Passing(string name) => Of(name, [], RunState.Completed);

    public static CoverageCheck NotChecked(string name) =>
        Check(name, "Repository", "Repository", CheckStatus.Failed, "a repository that can be checked", "not checked");

    private static RepositoryReport Of(string name, CoverageCheck[] findings, RunState newest) =>
        new(
            name,
            new BackfillRepository
            {
                Repository = name,
                Workspaces = ["Platform", "<script>alert(1)</script>"],
                LastCompletedAt = Now.AddHours(-31),
                Rows = 25_016,
                ProvenRows = findings.Length == 0 ? 25_016 : 24_870,
            },
            [
                .. findings,
                Check(name, "PullRequestCount", "Counts", CheckStatus.Passed, "1027", "1027"),
                Check(name, "ReviewCount", "Counts", CheckStatus.Passed, "3310", "3310"),
                Check(
                    name,
                    "DiscussionCount",
                    "Counts",
                    CheckStatus.Skipped,
                    null,
                    "The repository has no discussions."
                ),
                Check(name, "SchemaVersion", "Schema", CheckStatus.Passed, "11", "11"),
            ],
            [.. Enumerable.Range(0, 12).Select(place => Run(name, place, place == 0 ? newest : RunState.Completed))]
        )
        {
            Facts = new RepositoryFacts
            {
                Repository = name,
                Entities =
                [
                    new EntityRows("PullRequests", 1027),
                    new EntityRows("Issues", 1197),
                    new EntityRows("Reviews", 3310),
                    new EntityRows("IssueComments", 9120),
                ],
                Embeddings =
                [
                    new EmbeddedItems("issue", 1197, 1197, 0),
                    new EmbeddedItems("pull_request", 1027, 998, 3),
                ],
                Models = [new ModelVectors("OpenAI/text-embedding-3-small/384", 2195, 512_340, 0.0102m)],
                Weeks =
                [
                    .. Enumerable
                        .Range(0, Weeks)
                        .Select(week => new ActivityWeek(
                            new DateOnly(2025, 12, 8).AddDays(7 * week),
                            (week * 7 % 19) + (week / 4),
                            week * 5 % 11,
                            week * 3 % 14,
                            week % 9 == 4 ? null : 6 + (week * 13 % 80)
                        )),
                ],
                Syncs = new SyncTotals(214, 18_230, 15_904, Now.AddDays(-200), TimeSpan.FromHours(7)),
            },
        };

    private static RepoSync Run(string name, int place, RunState state) =>
        new()
        {
            Id = Guid.NewGuid(),
            Repository = name,
            State = place == 5 ? RunState.Failed : state,
            StartedAt = Now.AddHours(-20 * place),
            Duration = TimeSpan.FromSeconds(20 + (place * 17)),
            Requests = 18 + (place * 29 % 70),
            Points = 12 + (place * 23 % 60),
            Counts = [new EntityCount("Issues", 1197, place * 3, 12, 1204)],
            Gaps =
                state == RunState.Incomplete
                    ? [new SyncGap("Reviews", "#12", "GitHub gave up after ten seconds", 3)]
                    : [],
            Error =
                place == 5
                    ? "GitHub did not answer (https://api.github.com/graphql-with-a-long-path-that-breaks)."
                    : null,
        };

    private static CoverageCheck Check(
        string name,
        string id,
        string category,
        CheckStatus status,
        string? expected,
        string actual
    ) =>
        new()
        {
            Repository = name,
            Check = id,
            Category = category,
            Status = status,
            Expected = expected,
            Actual = actual,
            Advice = status is CheckStatus.Failed or CheckStatus.Warning
                ? $"Run Start-RepoSync {name} | Wait-RepoSync."
                : null,
        };
}
