namespace Backfill.Cmdlets.Tests.Support;

/// <summary>One object of each type that users hold.</summary>
internal static class Samples
{
    public static RepoSync Run(string repository, bool planned = false, RunState state = RunState.Running) =>
        new()
        {
            Id = Guid.NewGuid(),
            Repository = repository,
            State = planned ? RunState.Planned : state,
            Estimate = planned ? new SyncEstimate(1744, 36, 36, 0.6, 4964, "Counts are GitHub's own.") : null,
        };

    public static RepoSync Finished(RepoSync run, RunState state) =>
        run with
        {
            State = state,
            Duration = TimeSpan.FromSeconds(83),
            Requests = 41,
            Points = 39,
            Counts =
            [
                new EntityCount("PullRequests", 998, 998, 0, 998),
                new EntityCount("Issues", 446, 446, 0, 446),
                new EntityCount("Reviews", 979, 979, 0, null),
            ],
            Gaps = state == RunState.Incomplete ? [new SyncGap("Reviews", "#12", "GitHub timed out", 3)] : [],
            Error = state == RunState.Failed ? "GitHub did not answer." : null,
        };

    public static SimilarItem Similar() =>
        new()
        {
            Repository = "octo/hello",
            ItemType = "issue",
            Number = 7,
            Title = "Near",
            Distance = 0.25,
        };

    public static EmbeddingResult Embedding(string repository, bool planned = false) =>
        new()
        {
            Repository = repository,
            State = planned ? RunState.Planned : RunState.Completed,
            Model = "Lexical/ngrams/384",
            Embedded = planned ? 0 : 1444,
            ItemsPerSecond = 2000,
            Estimate = planned
                ? new EmbeddingEstimate(1444, new Dictionary<string, long>(), 500_000, 0.01m, "Tokens are estimated.")
                : null,
        };

    public static WorkspaceMetrics Metrics(bool planned, params string[] repositories) =>
        new()
        {
            Workspace = "team",
            WorkspaceId = Guid.NewGuid(),
            State = planned ? RunState.Planned : RunState.Completed,
            Reason = planned ? "Would compute 5 ranges." : null,
            Repositories = repositories,
            Ranges = planned
                ? []
                :
                [
                    new WorkspaceMetricsRange
                    {
                        Range = "30d",
                        TotalPullRequests = 17,
                        MergedPullRequests = 12,
                    },
                ],
            CalculatedAt = planned ? null : DateTimeOffset.UnixEpoch,
        };

    public static CoverageCheck Check(string? repository, CheckStatus status) =>
        new()
        {
            Repository = repository,
            Check = "PullRequestCount",
            Category = "Counts",
            Status = status,
            Expected = "998",
            Actual = status == CheckStatus.Passed ? "998" : "997",
            Advice = "Run Start-RepoSync again.",
        };

    public static BackfillContext Context() =>
        new()
        {
            Database = "db.example.com:5432/app as app",
            GitHubApiUrl = BackfillSettings.DefaultGitHubApiUrl,
            GitHubGraphQLUrl = new Uri("https://api.github.com/graphql"),
            GitHubTokens = ["ghp_…abcd"],
            EmbeddingProvider = "Lexical",
            Sources = new Dictionary<string, string> { ["Database"] = "BACKFILL_DATABASE_URL" },
        };

    public static DatabaseInitialization Database(bool planned) =>
        new()
        {
            Database = "db.example.com:5432/app",
            ServerVersion = "15.18",
            State = planned ? RunState.Planned : RunState.Completed,
            Applied = ["content/0001-content.sql"],
            EmbeddingType = "real[]",
            Ddl = planned ? "CREATE TABLE repositories (id uuid);" : null,
        };

    public static TrackedRepository Tracked(string repository, bool planned = false) =>
        new()
        {
            Repository = repository,
            GitHubId = 42,
            State = planned ? RunState.Planned : RunState.Completed,
            Added = true,
            Workspaces = ["team"],
        };

    public static BackfillRepository Stored(string repository) =>
        new()
        {
            Repository = repository,
            GitHubId = 42,
            IsTracked = true,
            Workspaces = ["team"],
            LastSync = RunState.Completed,
            LastSyncAt = DateTimeOffset.UnixEpoch,
            LastCompletedAt = DateTimeOffset.UnixEpoch,
            Rows = 25_016,
            ProvenRows = 25_015,
        };

    public static RepositoryFacts Facts(string repository) =>
        new()
        {
            Repository = repository,
            Entities = [new EntityRows("PullRequests", 998), new EntityRows("ReviewComments", 12)],
            Embeddings = [new EmbeddedItems("pull_request", 998, 990, 2)],
            Models = [new ModelVectors("OpenAI/text-embedding-3-small/384", 990, 200_000, 0.004m)],
            Weeks =
            [
                new ActivityWeek(new DateOnly(2026, 1, 5), 3, 1, 2, 30),
                new ActivityWeek(new DateOnly(2026, 1, 12), 5, 0, 0, null),
            ],
            Syncs = new SyncTotals(2, 41, 39, DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(83)),
        };

    public static UntrackedRepository Untracked(string repository, bool planned = false) =>
        new()
        {
            Repository = repository,
            State = planned ? RunState.Planned : RunState.Completed,
            RowsKept = 25_016,
        };

    public static BackfillMeasurement Measurement(string repository) =>
        new()
        {
            Repository = repository,
            State = RunState.Planned,
            Items = 1744,
            Requests = 36,
            RestRequests = 10,
            Points = 36,
            SyncMinutes = 0.6,
            ItemsToEmbed = 1744,
            Tokens = 500_000,
            Cost = 0.01m,
            EmbeddingMinutes = 0.5,
            Basis = new MeasurementBasis
            {
                Model = "OpenAI/text-embedding-3-small",
                DollarsPerMillionTokens = 0.02m,
                PricesAsOf = "May 2026",
                PointsPerHour = 5000,
                RestRequestsPerHour = 5000,
            },
        };

    public static RateLimit Limit() =>
        new()
        {
            Token = "ghp_…abcd",
            Resource = "GraphQL",
            Limit = 5000,
            Remaining = 4711,
            ResetsAt = DateTimeOffset.UnixEpoch,
        };
}
