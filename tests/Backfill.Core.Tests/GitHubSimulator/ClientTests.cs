using System.Net;
using System.Text.Json;
using Backfill.Core.GitHub;
using Backfill.Simulation;
using Backfill.Simulation.Data;
using Backfill.Simulation.Faults;

namespace Backfill.Core.Tests.Simulation;

/// <summary>The product's own client against the simulator, unchanged.</summary>
public sealed class ClientTests
{
    private static readonly RepositoryName Hello = RepositoryName.Parse("octo/hello");

    [Fact]
    public async Task The_probe_describes_the_repository_for_one_point()
    {
        await using var simulator = await SimulatorCalls.StartAsync(new SimulatorOptions { Token = "secret" });
        using var client = new Client(simulator, "secret");
        var probe = await RepositoryReader.ProbeAsync(
            client.GraphQL,
            Hello,
            SyncContent.All,
            null,
            null,
            null,
            TestContext.Current.CancellationToken
        );
        var repository = simulator.Repositories[0];
        Assert.Equal(((int?)300, (int?)200, (int?)25), (probe.PullRequests, probe.Issues, probe.Discussions));
        Assert.True(probe.PullRequestsMoved && probe.IssuesMoved && probe.DiscussionsMoved);
        Assert.Equal(
            (repository.DatabaseId, "octo/hello", "MIT", "main"),
            (probe.Metadata.GitHubId, probe.Metadata.FullName, probe.Metadata.License, probe.Metadata.DefaultBranch)
        );
        Assert.Equal(repository.Topics, probe.Metadata.Topics);
        Assert.Equal(1, simulator.Counters.Points);
        Assert.Equal((1, 4_999), (client.Listener.Points, probe.RateLimit!.Remaining));
    }

    [Fact]
    public async Task Every_lane_is_read_to_its_end_with_every_author_and_text()
    {
        await using var simulator = await SimulatorCalls.StartAsync();
        using var client = new Client(simulator);
        var repository = simulator.Repositories[0];
        var pullRequests = await LaneAsync<PullRequestNode>(client, "pull-requests");
        Assert.Equal(
            repository
                .PullRequests.By(SortField.UpdatedAt)
                .Select(item => (item.Number, item.DatabaseId, item.Title, item.Body)),
            pullRequests.Select(node => (node.Number, node.FullDatabaseId!.Value, node.Title, node.Body!))
        );
        Assert.Equal(
            repository.PullRequests.By(SortField.UpdatedAt).Select(item => item.Author?.NodeId),
            pullRequests.Select(node => node.Author?.Id)
        );
        Assert.All(
            pullRequests,
            node => Assert.Equal(Math.Min(20, node.Reviews!.TotalCount), node.Reviews.Nodes!.Count)
        );
        Assert.Equal(repository.Reviews.Count, pullRequests.Sum(node => node.Reviews!.TotalCount));
        var issues = await LaneAsync<IssueNode>(client, "issues");
        Assert.Equal(
            repository.IssueComments.Count,
            issues.Sum(node => node.Comments!.TotalCount) + pullRequests.Sum(node => node.Comments!.TotalCount)
        );
        var discussions = await LaneAsync<DiscussionNode>(client, "discussions");
        Assert.Equal(
            repository.Discussions.By(SortField.UpdatedAt).Select(item => item.Body),
            discussions.Select(node => node.Body)
        );
    }

    [Fact]
    public async Task Overflows_are_read_by_node()
    {
        await using var simulator = await SimulatorCalls.StartAsync();
        using var client = new Client(simulator);
        var items = simulator.Repositories[0].PullRequests.All.Where(item => item.Comments.Count > 100).ToList();
        var answer = await client.GraphQL.QueryAsync(
            GraphQLText.ReadForNodes("overflow-comments", 2),
            new Dictionary<string, object?>
            {
                ["id0"] = items[0].NodeId,
                ["id1"] = simulator.Repositories[0].Issues.All[0].NodeId,
                ["first"] = 100,
            },
            canShrink: true,
            TestContext.Current.CancellationToken
        );
        var node = answer
            .Data.GetProperty("n0")
            .GetProperty("comments")
            .Deserialize<Connection<CommentNode>>(JsonText.Options)!;
        Assert.Equal(
            (items[0].Comments.Count, 100, true),
            (node.TotalCount, node.Nodes!.Count, node.PageInfo!.HasNextPage)
        );
    }

    [Fact]
    public Task Review_comments_are_all_read_and_a_second_time_for_nothing() =>
        CommentsAsync<RestReviewComment>("pulls/comments", repository => Ids(repository.ReviewComments));

    [Fact]
    public Task Issue_comments_are_all_read_and_a_second_time_for_nothing() =>
        CommentsAsync<RestIssueComment>("issues/comments", repository => Ids(repository.IssueComments));

    [Fact]
    public async Task Contributors_are_read_and_a_list_that_is_too_large_is_empty()
    {
        await using var simulator = await SimulatorCalls.StartAsync();
        using var client = new Client(simulator);
        var pages = await client
            .Rest.ContributorsAsync(Hello, null, TestContext.Current.CancellationToken)
            .ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal(
            simulator.Repositories[0].Contributors().Select(pair => pair.Account.DatabaseId),
            pages.SelectMany(page => page.Items).Select(person => (long)person.Id)
        );
        simulator.Faults.Add(FaultRule.Parse("contributors-too-large"));
        Assert.Empty(
            await client
                .Rest.ContributorsAsync(Hello, null, TestContext.Current.CancellationToken)
                .ToListAsync(TestContext.Current.CancellationToken)
        );
    }

    [Fact]
    public async Task A_renamed_repository_is_found_and_a_missing_one_and_a_wrong_token_are_named()
    {
        await using var simulator = await SimulatorCalls.StartAsync(
            new SimulatorOptions { PullRequests = 12, Token = "secret" }
        );
        simulator.Changes.Rename("octo/hello", "goodbye");
        using var client = new Client(simulator, "secret");
        var probe = await RepositoryReader.ProbeAsync(
            client.GraphQL,
            Hello,
            SyncContent.All,
            null,
            null,
            null,
            TestContext.Current.CancellationToken
        );
        Assert.Equal("octo/goodbye", probe.Metadata.FullName);
        Assert.NotEmpty(
            (
                await client
                    .Rest.ContributorsAsync(Hello, null, TestContext.Current.CancellationToken)
                    .FirstAsync(TestContext.Current.CancellationToken)
            ).Items
        );
        var missing = await Assert.ThrowsAsync<BackfillException>(() =>
            RepositoryReader.ProbeAsync(
                client.GraphQL,
                RepositoryName.Parse("octo/none"),
                SyncContent.All,
                null,
                null,
                null,
                TestContext.Current.CancellationToken
            )
        );
        Assert.Equal(ErrorIds.RepositoryNotFound, missing.ErrorId);
        using var stranger = new Client(simulator, "wrong");
        var refused = await Assert.ThrowsAsync<BackfillException>(() =>
            RepositoryReader.ProbeAsync(
                stranger.GraphQL,
                Hello,
                SyncContent.All,
                null,
                null,
                null,
                TestContext.Current.CancellationToken
            )
        );
        Assert.Equal(ErrorIds.GitHubTokenRefused, refused.ErrorId);
    }

    private static IEnumerable<long> Ids<T>(Backfill.Simulation.Data.Lane<T> lane)
        where T : Entry => lane.By(SortField.UpdatedAt).Select(comment => comment.DatabaseId);

    private static async Task CommentsAsync<T>(string path, Func<SimulatedRepository, IEnumerable<long>> ids)
        where T : RestComment
    {
        await using var simulator = await SimulatorCalls.StartAsync();
        using var client = new Client(simulator);
        string? tag = null;
        List<long> found = [];
        await foreach (
            var page in client.Rest.CommentsAsync<T>(Hello, path, null, null, TestContext.Current.CancellationToken)
        )
        {
            tag ??= page.EntityTag;
            found.AddRange(page.Items.Select(comment => comment.Id));
        }

        Assert.Equal(ids(simulator.Repositories[0]), found);
        simulator.Reset();
        var again = await client
            .Rest.CommentsAsync<T>(Hello, path, null, tag, TestContext.Current.CancellationToken)
            .FirstAsync(TestContext.Current.CancellationToken);
        Assert.True(again.NotModified);
        Assert.Equal(new RequestCounters(1, 0, 1, 0, 0, 1, 0), simulator.Counters);
    }

    private static async Task<List<T>> LaneAsync<T>(Client client, string query)
        where T : class
    {
        List<T> nodes = [];
        string? after = null;
        for (var more = true; more; )
        {
            var answer = await client.GraphQL.QueryAsync(
                GraphQLText.Read(query),
                new Dictionary<string, object?>
                {
                    ["owner"] = "octo",
                    ["name"] = "hello",
                    ["first"] = 50,
                    ["after"] = after,
                    ["last"] = null,
                    ["before"] = null,
                    ["reviews"] = true,
                    ["comments"] = true,
                    ["nested"] = true,
                    ["threads"] = false,
                },
                canShrink: true,
                TestContext.Current.CancellationToken
            );
            Assert.Empty(answer.Errors);
            var page = answer
                .Data.GetProperty("repository")
                .EnumerateObject()
                .Last()
                .Value.Deserialize<LanePage<T>>(JsonText.Options)!;
            nodes.AddRange(page.Edges!.Select(edge => edge!.Node!));
            (more, after) = (page.PageInfo.HasNextPage, page.Edges![^1]!.Cursor);
        }

        return nodes;
    }

    private sealed class Client : IDisposable
    {
        private readonly HttpClient http = new(
            new SocketsHttpHandler { AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.All }
        )
        {
            DefaultRequestHeaders = { { "User-Agent", "Backfill" } },
        };

        private readonly TokenGate gate;

        public Client(GitHubSimulator simulator, string? token = null)
        {
            gate = new TokenGate(new GivenToken(token is null ? null : new Secret(token)), TimeProvider.System);
            var transport = new GitHubTransport(http, [gate], TimeProvider.System);
            GraphQL = new GraphQLClient(transport, simulator.GraphQLUrl, Listener);
            Rest = new RestClient(transport, simulator.Url, Listener, TestContext.Current.CancellationToken);
        }

        public Listener Listener { get; } = new();

        public GraphQLClient GraphQL { get; }

        public RestClient Rest { get; }

        public void Dispose()
        {
            Rest.Dispose();
            gate.Dispose();
            http.Dispose();
        }
    }

    private sealed class Listener : IGitHubListener
    {
        public int Points { get; private set; }

        public void Sent(GitHubResource resource) { }

        public void Charged(int points) => Points += points;

        public void Waiting(DateTimeOffset? until, string reason) { }
    }
}
