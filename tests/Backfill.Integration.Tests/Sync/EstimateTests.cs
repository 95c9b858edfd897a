using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Backfill.Simulation.Data;

namespace Backfill.Integration.Tests.Sync;

/// <summary>What a dry run announces, beside what the run then spends, on repositories that the estimate was not made by.</summary>
public sealed class EstimateTests(TestPostgres postgres)
{
    private const string Hello = "octo/hello";
    private const double Near = 0.2;

    // A fifth of a small number is less than one request: a plan may be two away from it.
    private const int Slack = 2;

    private const double NearInTime = 0.5;

    public static TheoryData<string, int> Shapes =>
        new()
        {
            { "no items", 311 },
            { "one pull request", 312 },
            { "twelve pull requests", 313 },
            { "small", 31 },
            { "reviews", 32 },
            { "issues", 33 },
            { "plain", 34 },
            { "people", 35 },
            { "few pull requests with many comments", 314 },
            { "very few pull requests with very many comments", 315 },
            { "many pull requests with few comments", 316 },
            { "many discussions", 317 },
            { "discussions alone", 318 },
            { "so many comments that REST lists them", 319 },
            { "one pull request with most of the reviews and comments", 320 },
            { "children as they fall", 321 },
            { "1,700 pull requests with children as they fall", 322 },
            { "3,000 pull requests", 323 },
        };

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task Requests_points_and_tokens_of_a_first_sync_are_within_a_fifth(string shape, int seed)
    {
        await using var bench = await Bench.SetUpAsync(postgres, Options(shape, seed));

        var estimate = await PlanAsync(bench);
        Assert.InRange(bench.GitHub.Counters.Points, 1, 2);
        bench.GitHub.Reset();
        var run = await bench.SyncAsync(Hello);

        Assert.Equal(RunState.Completed, run.State);
        var rest = bench.GitHub.Requests.Count(request => request.Kind == RequestKind.Rest);
        AssertNear("REST requests", estimate.RestRequests, rest);
        AssertNear("GraphQL requests", estimate.GraphQLRequests, run.Requests - rest);
        AssertNear("points", estimate.Points, run.Points);
        AssertNear("tokens", estimate.Tokens ?? 0, await TokensAsync(bench));
    }

    [Theory]
    [InlineData("issues", 331)]
    [InlineData("few pull requests with many comments", 332)]
    public async Task Minutes_are_within_a_half_when_every_answer_takes_the_same_time(string shape, int seed)
    {
        var options = Options(shape, seed) with { Latency = TimeSpan.FromMilliseconds(300) };
        await using var bench = await Bench.SetUpAsync(postgres, options);

        var estimate = await PlanAsync(bench);
        var run = await bench.SyncAsync(Hello);

        Assert.Equal(RunState.Completed, run.State);
        var spent = run.Duration!.Value.TotalMinutes;
        Assert.True(
            Math.Abs(estimate.Minutes - spent) <= NearInTime * spent,
            FormattableString.Invariant($"{estimate.Minutes:0.000} minutes planned, {spent:0.000} spent")
        );
    }

    [Theory]
    [InlineData(SyncContent.PullRequests)]
    [InlineData(SyncContent.Issues | SyncContent.Comments)]
    [InlineData(SyncContent.Reviews)]
    public async Task Content_that_is_left_out_is_not_in_the_plan(SyncContent include)
    {
        await using var bench = await Bench.SetUpAsync(postgres, Options("reviews", 21));

        var estimate = await PlanAsync(bench, include);
        bench.GitHub.Reset();
        var run = await bench.SyncAsync(Hello, include: include);

        AssertNear("requests", estimate.Requests, run.Requests);
        AssertNear("points", estimate.Points, run.Points);
    }

    [Fact]
    public async Task A_comparison_of_everything_is_in_the_plan()
    {
        await using var bench = await Bench.SetUpAsync(postgres, Options("reviews", 22));
        Assert.Equal(RunState.Completed, (await bench.SyncAsync(Hello)).State);

        var estimate = await PlanAsync(bench, verify: true);
        bench.GitHub.Reset();
        var run = await bench.SyncAsync(Hello, verify: true);

        AssertNear("requests", estimate.Requests, run.Requests);
        AssertNear("points", estimate.Points, run.Points);
    }

    [Fact]
    public async Task A_planned_repair_shows_its_real_cost_and_changes_nothing()
    {
        await using var bench = await Bench.SetUpAsync(postgres, Options("reviews", 23));
        Assert.Equal(RunState.Completed, (await bench.SyncAsync(Hello)).State);
        await bench.EmbedAsync(Hello);
        // So many that their mean is that of the sample: which texts are missing is not known.
        await bench.ExecuteAsync(
            "DELETE FROM issues WHERE number IN (SELECT number FROM issues ORDER BY number LIMIT 130)"
        );
        var before = await StoredRows.DigestAsync(bench);

        var sync = await PlanRepairAsync(bench, PipelineStage.Sync, afterSync: false);
        var embed = await PlanRepairAsync(bench, PipelineStage.Embed, afterSync: true);

        Assert.Equal(before, await StoredRows.DigestAsync(bench));
        bench.GitHub.Reset();
        await RepairAsync(bench, new RepairRequest(RepositoryName.Parse(Hello), PipelineStage.Sync, ["IssueCount"]));
        AssertNear("requests", sync.Requests, bench.GitHub.Counters.Requests);
        AssertNear("points", sync.Points, bench.GitHub.Counters.Points);
        var left = await PlanRepairAsync(bench, PipelineStage.Embed, afterSync: false);
        AssertNear("tokens", embed.Tokens, left.Tokens);
        Assert.NotEqual(0, left.Tokens);
    }

    private static async Task<PipelineEstimate> PlanRepairAsync(Bench bench, PipelineStage stage, bool afterSync) =>
        (
            await RepairAsync(
                bench,
                new RepairRequest(RepositoryName.Parse(Hello), stage, ["IssueCount"])
                {
                    Plan = true,
                    AfterSync = afterSync,
                }
            )
        )!;

    private static Task<PipelineEstimate?> RepairAsync(Bench bench, RepairRequest request) =>
        bench.Engine.RepairCoverageAsync(bench.Settings, request, bench.Output, TestContext.Current.CancellationToken);

    private static async Task<SyncEstimate> PlanAsync(
        Bench bench,
        SyncContent include = SyncContent.All,
        bool verify = false
    )
    {
        bench.GitHub.Reset();
        var plan = await bench.Engine.StartSyncAsync(
            bench.Settings,
            new SyncRequest(RepositoryName.Parse(Hello), null, Track: true, ThrottleLimit: 4, Plan: true)
            {
                Include = include,
                Verify = verify,
            },
            bench.Output,
            TestContext.Current.CancellationToken
        );
        return plan.Estimate!;
    }

    private static SimulatorOptions Options(string name, int seed) =>
        name switch
        {
            "no items" => Falling(pullRequests: 0, issues: 0, discussions: 0),
            "one pull request" => Falling(pullRequests: 1, issues: 0, discussions: 0),
            "twelve pull requests" => Falling(pullRequests: 12),
            "many discussions" => Falling(pullRequests: 60, issues: 40, discussions: 400),
            "discussions alone" => Falling(pullRequests: 0, issues: 0, discussions: 150),
            "children as they fall" => Falling(pullRequests: 450),
            "1,700 pull requests with children as they fall" => Falling(pullRequests: 1_700),
            "small" => Exactly(new(90, 60, 5, 120, 150, 35, 200, 180, 20, 40, 12, 30)),
            "reviews" => Exactly(new(700, 150, 12, 2_900, 4_100, 90, 2_400, 500, 60, 210, 120, 80)),
            "issues" => Exactly(new(120, 900, 40, 160, 330, 120, 300, 4_200, 300, 420, 25, 110)),
            "plain" => Exactly(new(450, 420, 2, 300, 190, 20, 260, 390, 6, 90, 10, 15)),
            "people" => Exactly(new(600, 500, 30, 1_500, 1_300, 80, 2_500, 1_900, 150, 600, 60, 70)),
            "few pull requests with many comments" => Exactly(
                new(40, 20, 2, 900, 1_500, 210, 1_600, 500, 10, 60, 120, 200)
            ),
            "very few pull requests with very many comments" => Exactly(
                new(25, 10, 0, 1_200, 5_000, 410, 1_100, 410, 0, 60, 300, 400)
            ),
            "many pull requests with few comments" => Exactly(new(1_500, 100, 0, 900, 300, 20, 800, 60, 0, 300, 8, 10)),
            "so many comments that REST lists them" => Exactly(
                new(70, 50, 3, 400, 900, 330, 5_600, 4_000, 30, 60, 40, 300)
            ),
            "one pull request with most of the reviews and comments" => Exactly(
                new(500, 300, 10, 2_000, 3_000, 900, 3_000, 2_500, 500, 200, 600, 800)
            ),
            "3,000 pull requests" => Exactly(
                new(3_000, 1_200, 60, 12_000, 14_000, 400, 15_000, 5_000, 300, 900, 200, 150)
            ),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
        } with
        {
            Seed = seed,
        };

    private static SimulatorOptions Exactly(RepositoryShape shape) => new() { Shape = shape };

    private static SimulatorOptions Falling(int pullRequests, int? issues = null, int? discussions = null) =>
        new()
        {
            PullRequests = pullRequests,
            Issues = issues,
            Discussions = discussions,
        };

    // As an embedding sends them: each text once.
    private static async Task<long> TokensAsync(Bench bench)
    {
        var output = new CollectedOutput();
        await bench.Engine.EmbedAsync(
            bench.Settings with
            {
                EmbeddingProvider = "OpenAI",
                EmbeddingModel = "text-embedding-3-small",
                OpenAIKey = new Secret("sk-simulated"),
            },
            new EmbeddingRequest
            {
                Repositories = [RepositoryName.Parse(Hello)],
                Plan = true,
                Dimensions = 384,
            },
            output,
            TestContext.Current.CancellationToken
        );
        return Assert.IsType<EmbeddingResult>(Assert.Single(output.Results)).Estimate!.Tokens;
    }

    private static void AssertNear(string what, long planned, long spent) =>
        Assert.True(
            Math.Abs(planned - spent) <= Math.Max(Slack, Near * spent),
            FormattableString.Invariant($"{what}: {planned} planned, {spent} spent")
        );
}
