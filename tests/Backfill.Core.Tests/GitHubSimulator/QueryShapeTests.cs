namespace Backfill.Core.Tests.Simulation;

/// <summary>The shapes of query that a complete sync is made of: they run, and cost what GitHub's formula says.</summary>
public sealed class QueryShapeTests
{
    [Fact]
    public async Task Totals_of_a_hundred_pull_requests_are_audited_for_three_points()
    {
        await using var simulator = await SimulatorCalls.StartAsync();
        const string Audit = """
            query Audit($after: String) { rateLimit { cost nodeCount } repository(owner: "octo", name: "hello") {
              pullRequests(first: 100, after: $after, orderBy: { field: CREATED_AT, direction: ASC }) {
                totalCount pageInfo { hasNextPage endCursor }
                nodes { number updatedAt reviews(first: 1) { totalCount } comments(first: 1) { totalCount }
                  timelineItems(first: 1, itemTypes: [COMMENT_DELETED_EVENT]) { totalCount } } } } }
            """;
        var counted = new Dictionary<int, (int Reviews, int Comments)>();
        string? after = null;
        for (var more = true; more; )
        {
            var reply = await simulator.QueryAsync(Audit, new { after });
            // One list, and for each of a hundred three more: 301 requests; 100 and 300 nodes.
            Assert.Equal(
                (3, 400),
                (
                    reply.At("data", "rateLimit", "cost").GetInt32(),
                    reply.At("data", "rateLimit", "nodeCount").GetInt32()
                )
            );
            var page = reply.At("data", "repository", "pullRequests");
            foreach (var node in page.GetProperty("nodes").EnumerateArray())
            {
                counted.Add(
                    node.GetProperty("number").GetInt32(),
                    (
                        node.GetProperty("reviews").GetProperty("totalCount").GetInt32(),
                        node.GetProperty("comments").GetProperty("totalCount").GetInt32()
                    )
                );
            }

            (more, after) = (
                page.GetProperty("pageInfo").GetProperty("hasNextPage").GetBoolean(),
                page.GetProperty("pageInfo").GetProperty("endCursor").GetString()
            );
        }

        Assert.Equal(
            simulator
                .Repositories[0]
                .PullRequests.All.ToDictionary(item => item.Number, item => (item.Reviews.Count, item.Comments.Count)),
            counted
        );
        Assert.Equal(9, simulator.Counters.Points);
    }

    [Fact]
    public async Task Review_comments_are_nested_under_their_reviews()
    {
        await using var simulator = await SimulatorCalls.StartAsync();
        var reply = await simulator.QueryAsync(
            """
            query { rateLimit { cost nodeCount } repository(owner: "octo", name: "hello") {
              pullRequests(first: 25, orderBy: { field: UPDATED_AT, direction: ASC }) { edges { cursor node {
                number commits { totalCount } labels(first: 10) { totalCount nodes { name } }
                reviews(first: 15) { totalCount pageInfo { hasNextPage endCursor } nodes { id
                  comments(first: 5) { totalCount pageInfo { hasNextPage endCursor } nodes { id path line replyTo { id } pullRequestReview { id } } } } }
                comments(first: 15) { totalCount nodes { id } } } } } } }
            """
        );
        // 1 + 25 x (commits, labels, reviews, comments) + 25 x 15 lists of review comments: 476 requests.
        // 25 x (10 + 15 + 15) + 25 x 15 x 5 + 25 nodes.
        Assert.Equal(
            (5, 2_900),
            (reply.At("data", "rateLimit", "cost").GetInt32(), reply.At("data", "rateLimit", "nodeCount").GetInt32())
        );
        var (repository, seen) = (simulator.Repositories[0], 0);
        foreach (var edge in reply.At("data", "repository", "pullRequests", "edges").EnumerateArray())
        {
            foreach (
                var review in edge.GetProperty("node").GetProperty("reviews").GetProperty("nodes").EnumerateArray()
            )
            {
                var id = review.GetProperty("id").GetString();
                var expected = repository.Reviews.All.Single(found => found.NodeId == id).Comments;
                var comments = review.GetProperty("comments");
                Assert.Equal(expected.Count, comments.GetProperty("totalCount").GetInt32());
                Assert.Equal(
                    expected.Count > 5,
                    comments.GetProperty("pageInfo").GetProperty("hasNextPage").GetBoolean()
                );
                Assert.Equal(
                    expected.Take(5).Select(comment => comment.NodeId),
                    comments.GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("id").GetString()!)
                );
                Assert.All(
                    comments.GetProperty("nodes").EnumerateArray(),
                    node => Assert.Equal(id, node.GetProperty("pullRequestReview").GetProperty("id").GetString())
                );
                seen += expected.Count;
            }
        }

        Assert.True(seen > 20);
    }

    [Fact]
    public async Task Children_of_many_parents_are_read_for_one_point()
    {
        await using var simulator = await SimulatorCalls.StartAsync();
        var reviews = simulator
            .Repositories[0]
            .Reviews.All.Where(review => review.Comments.Count > 0)
            .Take(20)
            .ToList();
        var aliases = reviews.Select(
            (review, at) =>
                $$"""n{{at}}: node(id: "{{review.NodeId}}") { ... on PullRequestReview { comments(first: 100) { nodes { id } } } }"""
        );
        var reply = await simulator.QueryAsync($"query {{ rateLimit {{ cost }} {string.Join(' ', aliases)} }}");
        Assert.Equal(1, reply.At("data", "rateLimit", "cost").GetInt32());
        Assert.All(
            reviews.Select((review, at) => (review, at)),
            pair =>
                Assert.Equal(
                    pair.review.Comments.Count,
                    reply.At("data", $"n{pair.at}", "comments", "nodes").GetArrayLength()
                )
        );
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Threads_hold_every_review_comment_also_those_outside_of_a_review(bool outside)
    {
        await using var simulator = await SimulatorCalls.StartAsync();
        var pull = simulator
            .Repositories[0]
            .PullRequests.All.First(item =>
                item.ReviewComments.Exists(comment => outside ? comment.Review is null : comment.ReplyTo is not null)
            );
        var reply = await simulator.QueryAsync(
            $$"""{ node(id: "{{pull.NodeId}}") { ... on PullRequest { reviewThreads(first: 100) { totalCount nodes { id comments(first: 100) { nodes { id replyTo { id } } } } } } } }"""
        );
        var threads = reply.At("data", "node", "reviewThreads", "nodes").EnumerateArray().ToList();
        Assert.Equal(pull.ReviewComments.Count(comment => comment.ReplyTo is null), threads.Count);
        Assert.Equivalent(
            pull.ReviewComments.Select(comment => comment.NodeId),
            threads.SelectMany(thread =>
                thread
                    .GetProperty("comments")
                    .GetProperty("nodes")
                    .EnumerateArray()
                    .Select(node => node.GetProperty("id").GetString())
            ),
            strict: true
        );
        // One of them by itself, as it is read on with.
        var thread = threads.MaxBy(found => found.GetProperty("comments").GetProperty("nodes").GetArrayLength());
        var alone = await simulator.QueryAsync(
            $$"""{ node(id: "{{thread.GetProperty("id").GetString()}}") { ... on PullRequestReviewThread { pullRequest { number } comments(first: 100) { totalCount } } } }"""
        );
        Assert.Equal(pull.Number, alone.At("data", "node", "pullRequest", "number").GetInt32());
        Assert.Equal(
            thread.GetProperty("comments").GetProperty("nodes").GetArrayLength(),
            alone.At("data", "node", "comments", "totalCount").GetInt32()
        );
    }
}
