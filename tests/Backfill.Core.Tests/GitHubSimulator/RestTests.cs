using System.Net;
using System.Text.RegularExpressions;
using Backfill.Simulation;
using Backfill.Simulation.Data;

namespace Backfill.Core.Tests.Simulation;

public sealed class RestTests
{
    [Fact]
    public async Task An_unchanged_answer_costs_nothing()
    {
        await using var simulator = await SimulatorCalls.StartAsync(new SimulatorOptions { PullRequests = 30 });
        const string Path = "repos/octo/hello/pulls/comments?sort=updated&direction=desc&per_page=100";
        var first = await simulator.GetAsync(Path);
        var again = await simulator.GetAsync(Path, ("If-None-Match", first.Headers["ETag"]));
        Assert.Equal((HttpStatusCode.NotModified, ""), (again.Status, again.Text));
        Assert.Equal(first.Headers["X-RateLimit-Remaining"], again.Headers["X-RateLimit-Remaining"]);
        Assert.Equal([1, 0], simulator.Requests.Select(request => request.Cost));

        var pullRequest = simulator.Repositories[0].PullRequests.All[0].Number;
        simulator.Changes.AddReviewComment("octo/hello", pullRequest, "new");
        var changed = await simulator.GetAsync(Path, ("If-None-Match", first.Headers["ETag"]));
        Assert.Equal(HttpStatusCode.OK, changed.Status);
        Assert.NotEqual(first.Headers["ETag"], changed.Headers["ETag"]);
        Assert.Equal(new RequestCounters(3, 0, 3, 0, 2, 1, 0), simulator.Counters);
    }

    [Fact]
    public async Task Lists_have_as_many_as_GraphQL_counts_for_every_item()
    {
        await using var simulator = await SimulatorCalls.StartAsync(new SimulatorOptions { PullRequests = 120 });
        var comments = await AllAsync(simulator, "repos/octo/hello/issues/comments?per_page=100");
        var reviewComments = await AllAsync(
            simulator,
            "repos/octo/hello/pulls/comments?per_page=100&sort=updated&direction=asc"
        );
        Assert.Equal(comments.Order(), comments.Distinct().Order());
        var (counted, reviewed) = (0, 0);
        foreach (var item in simulator.Repositories[0].PullRequests.All)
        {
            var reply = await simulator.QueryAsync(
                "query($number: Int!) { repository(owner: \"octo\", name: \"hello\") { pullRequest(number: $number) { comments(first: 1) { totalCount } reviews(first: 100) { totalCount nodes { comments(first: 1) { totalCount } } } } } }",
                new { number = item.Number }
            );
            var node = reply.At("data", "repository", "pullRequest");
            var reviews = await AllAsync(simulator, $"repos/octo/hello/pulls/{item.Number}/reviews?per_page=100");
            Assert.Equal(reviews.Count, node.GetProperty("reviews").GetProperty("totalCount").GetInt32());
            counted += node.GetProperty("comments").GetProperty("totalCount").GetInt32();
            reviewed += (
                await AllAsync(simulator, $"repos/octo/hello/pulls/{item.Number}/comments?per_page=100")
            ).Count;
            if (reviews.Count <= 100)
            {
                var within = node.GetProperty("reviews")
                    .GetProperty("nodes")
                    .EnumerateArray()
                    .Sum(review => review.GetProperty("comments").GetProperty("totalCount").GetInt32());
                Assert.Equal(item.ReviewComments.Count(comment => comment.Review is not null), within);
            }
        }

        var onIssues = simulator.Repositories[0].Issues.All.Sum(item => item.Comments.Count);
        Assert.Equal((comments.Count, reviewComments.Count), (counted + onIssues, reviewed));
    }

    [Fact]
    public async Task A_page_is_cut_to_a_hundred_and_since_counts_the_moment_itself()
    {
        await using var simulator = await SimulatorCalls.StartAsync();
        var page = await simulator.GetAsync(
            "repos/octo/hello/issues/comments?per_page=1000&sort=updated&direction=asc"
        );
        Assert.Equal(100, page.Json.GetArrayLength());
        var since = page.At("50", "updated_at").GetString()!;
        var later = await simulator.GetAsync(
            $"repos/octo/hello/issues/comments?per_page=1&sort=updated&direction=asc&since={since}"
        );
        Assert.Equal(since, later.At("0", "updated_at").GetString());
    }

    [Theory]
    [InlineData("issues/comments")]
    [InlineData("pulls/comments")]
    public async Task A_long_list_of_comments_ends_and_goes_on_by_time(string list)
    {
        await using var simulator = await SimulatorCalls.StartAsync(new SimulatorOptions { MostListedComments = 250 });
        var path = $"repos/octo/hello/{list}?sort=updated&direction=asc&per_page=100";
        var first = await AllAsync(simulator, path);
        Assert.Equal(250, first.Count);
        Assert.Equal(422, (int)(await simulator.GetAsync($"{path}&page=4")).Status);
        var last = (await simulator.GetAsync($"{path}&page=3")).At("49", "updated_at").GetString();
        HashSet<string> all = [.. first];
        for (string? since = last, before = null; since != before; )
        {
            all.UnionWith(await AllAsync(simulator, $"{path}&since={since}"));
            (before, since) = (since, (await AllAsync(simulator, $"{path}&since={since}", "updated_at"))[^1]);
        }

        var repository = simulator.Repositories[0];
        IEnumerable<Entry> expected =
            list == "issues/comments" ? repository.IssueComments.All : repository.ReviewComments.All;
        Assert.Equal(expected.Select(entry => entry.NodeId).Order(), all.Order());
    }

    [Fact]
    public async Task A_renamed_repository_is_redirected_to_and_GraphQL_follows()
    {
        await using var simulator = await SimulatorCalls.StartAsync(new SimulatorOptions { PullRequests = 12 });
        simulator.Changes.Rename("octo/hello", "goodbye");
        var moved = await simulator.GetAsync("repos/octo/hello/pulls?state=all&per_page=5");
        Assert.Equal(HttpStatusCode.MovedPermanently, moved.Status);
        Assert.EndsWith(
            "/repositories/1296269/pulls?state=all&per_page=5",
            moved.Headers["Location"],
            StringComparison.Ordinal
        );
        Assert.Equal(5, (await simulator.GetAsync(moved.Headers["Location"])).Json.GetArrayLength());
        Assert.Equal("octo/goodbye", (await simulator.GetAsync("repos/octo/goodbye")).At("full_name").GetString());
        var followed = await simulator.QueryAsync("""{ repository(owner: "octo", name: "hello") { nameWithOwner } }""");
        Assert.Equal("octo/goodbye", followed.At("data", "repository", "nameWithOwner").GetString());
    }

    [Theory]
    [InlineData("repos/octo/nothing", 404)]
    [InlineData("repos/octo/hello/pulls/999999", 404)]
    [InlineData("repos/octo/hello/issues?since=yesterday", 422)]
    [InlineData("repos/octo/hello/issues?state=broken", 422)]
    [InlineData("repos/octo/hello/issues/comments?per_page=100&page=301", 422)]
    [InlineData("users/nobody", 404)]
    [InlineData("nothing/here", 404)]
    public async Task Refusals_have_GitHubs_form(string path, int status)
    {
        await using var simulator = await SimulatorCalls.StartAsync(new SimulatorOptions { PullRequests = 12 });
        var reply = await simulator.GetAsync(path);
        Assert.Equal(status, (int)reply.Status);
        Assert.NotEmpty(reply.At("message").GetString()!);
        Assert.StartsWith(
            "https://docs.github.com/",
            reply.At("documentation_url").GetString(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Contributors_are_the_accounts_that_merged_and_on_demand_an_anonymous_one()
    {
        await using var simulator = await SimulatorCalls.StartAsync();
        var known = await AllAsync(simulator, "repos/octo/hello/contributors?per_page=10", "login");
        Assert.Equal(simulator.Repositories[0].Contributors().Select(pair => pair.Account.RestLogin), known);
        Assert.Contains(known, login => login.EndsWith("[bot]", StringComparison.Ordinal));
        var all = await AllAsync(simulator, "repos/octo/hello/contributors?per_page=10&anon=1", "type");
        Assert.Equal((known.Count + 1, "Anonymous"), (all.Count, all[^1]));
        var profile = await simulator.GetAsync($"users/{known[0]}");
        Assert.Equal(known[0], profile.At("login").GetString());
    }

    // Every page, by the Link header alone.
    private static async Task<List<string>> AllAsync(
        GitHubSimulator simulator,
        string path,
        string property = "node_id"
    )
    {
        List<string> found = [];
        for (string? next = path; next is not null; )
        {
            var reply = await simulator.GetAsync(next);
            Assert.Equal(HttpStatusCode.OK, reply.Status);
            found.AddRange(reply.Json.EnumerateArray().Select(item => item.GetProperty(property).GetString()!));
            var link = Regex.Match(reply.Headers.GetValueOrDefault("Link", ""), "<([^>]+)>; rel=\"next\"");
            next = link.Success ? link.Groups[1].Value : null;
        }

        return found;
    }
}
