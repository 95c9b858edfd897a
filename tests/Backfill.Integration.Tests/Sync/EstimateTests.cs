using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Backfill.Simulation.Data;

namespace Backfill.Integration.Tests.Sync;

/// <summary>What a dry run announces, beside what the run then spends, on repositories that the estimate was not made by.</summary>
public sealed class EstimateTests(TestPostgres postgres)
{
    private const string Hello = "octo/hello";
    private const double Near = 0.2;

    public static TheoryData<string, int> Shapes =>
        new()
        {
            { "small", 31 },
            { "reviews", 32 },
            { "issues", 33 },
            { "plain", 34 },
            { "people", 35 },
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
    [InlineData(SyncContent.PullRequests)]
    [InlineData(SyncContent.Issues | SyncContent.Comments)]
    [InlineData(SyncContent.Reviews)]
    public async Task What_is_left_out_is_not_in_the_plan(SyncContent include)
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

    private static SimulatorOptions Options(string shape, int seed) =>
        new()
        {
            Seed = seed,
            Shape = shape switch
            {
                "small" => new RepositoryShape(90, 60, 5, 120, 150, 35, 200, 180, 20, 40, 12, 30),
                "reviews" => new RepositoryShape(700, 150, 12, 2_900, 4_100, 90, 2_400, 500, 60, 210, 120, 80),
                "issues" => new RepositoryShape(120, 900, 40, 160, 330, 120, 300, 4_200, 300, 420, 25, 110),
                "plain" => new RepositoryShape(450, 420, 2, 300, 190, 20, 260, 390, 6, 90, 10, 15),
                _ => new RepositoryShape(600, 500, 30, 1_500, 1_300, 80, 2_500, 1_900, 150, 600, 60, 70),
            },
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
            Math.Abs(planned - spent) <= Math.Max(1, Near * spent),
            FormattableString.Invariant($"{what}: {planned} planned, {spent} spent")
        );
}
