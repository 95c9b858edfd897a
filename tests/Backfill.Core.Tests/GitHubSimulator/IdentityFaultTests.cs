using System.Net;
using System.Text.Json;

namespace Backfill.Core.Tests.Simulation;

public sealed class IdentityFaultTests
{
    [Fact]
    public async Task A_token_is_refused_once()
    {
        await using var simulator = await FaultCalls.StartAsync("401@2");
        Assert.Equal(HttpStatusCode.OK, (await simulator.PageAsync()).Status);
        var refused = await simulator.PageAsync();
        Assert.Equal(
            (HttpStatusCode.Unauthorized, "Bad credentials"),
            (refused.Status, refused.At("message").GetString())
        );
        Assert.Equal(HttpStatusCode.OK, (await simulator.PageAsync()).Status);
    }

    [Fact]
    public async Task A_token_expires_and_another_one_does_not()
    {
        await using var simulator = await FaultCalls.StartAsync("token-expires@2");
        async Task<HttpStatusCode> Ask(string token) =>
            (await simulator.QueryAsync("{ viewer { login } }", token: token)).Status;
        Assert.Equal(
            [
                HttpStatusCode.OK,
                HttpStatusCode.Unauthorized,
                HttpStatusCode.OK,
                HttpStatusCode.Unauthorized,
                HttpStatusCode.OK,
            ],
            [await Ask("two"), await Ask("one"), await Ask("two"), await Ask("one"), await Ask("three")]
        );
    }

    [Fact]
    public async Task A_repository_can_be_missing()
    {
        await using var simulator = await FaultCalls.StartAsync("404");
        var reply = await simulator.PageAsync();
        Assert.Equal(
            ("NOT_FOUND", JsonValueKind.Null, "Could not resolve to a Repository with the name 'octo/hello'."),
            (reply.ErrorType, reply.At("data", "repository").ValueKind, reply.At("errors", "0", "message").GetString())
        );
        Assert.Equal(HttpStatusCode.NotFound, (await simulator.GetAsync("repos/octo/hello")).Status);
    }

    [Theory]
    [InlineData("410-deleted", 410, "This issue was deleted")]
    [InlineData("410-issues-disabled", 410, "Issues are disabled for this repo")]
    [InlineData("451", 451, "Repository access blocked")]
    public async Task A_deleted_resource_is_reported_as_gone(string rule, int status, string text)
    {
        await using var simulator = await FaultCalls.StartAsync(rule);
        var reply = await simulator.GetAsync("repos/octo/hello/issues/1");
        Assert.Equal((status, text), ((int)reply.Status, reply.At("message").GetString()));
    }

    [Fact]
    public async Task A_redirect_leads_to_another_host()
    {
        await using var simulator = await FaultCalls.StartAsync("redirected-elsewhere");
        var moved = await simulator.GetAsync("repos/octo/hello?x=1", ("Authorization", "Bearer secret"));
        Assert.Equal(HttpStatusCode.MovedPermanently, moved.Status);
        Assert.Equal($"http://localhost:{simulator.Url.Port}/repos/octo/hello?x=1", moved.Headers["Location"]);
        Assert.Equal(HttpStatusCode.OK, (await simulator.GetAsync(moved.Headers["Location"])).Status);
        Assert.Equal(
            [("127.0.0.1", true), ("localhost", false)],
            simulator.Requests.Select(request => (request.Host, request.IsAuthorized))
        );
    }

    [Theory]
    [InlineData("contributors-202", 202, "{}")]
    [InlineData("contributors-204", 204, "")]
    public async Task Contributors_can_be_in_preparation_or_absent(string rule, int status, string text)
    {
        await using var simulator = await FaultCalls.StartAsync(rule);
        var reply = await simulator.GetAsync("repos/octo/hello/contributors?per_page=100");
        Assert.Equal((status, text), ((int)reply.Status, reply.Text));
        Assert.Equal(HttpStatusCode.OK, (await simulator.GetAsync("repos/octo/hello")).Status);
    }

    [Fact]
    public async Task A_list_of_contributors_that_is_too_large_is_no_limit()
    {
        await using var simulator = await FaultCalls.StartAsync("contributors-too-large");
        var reply = await simulator.GetAsync("repos/octo/hello/contributors");
        Assert.Equal(403, (int)reply.Status);
        Assert.StartsWith(
            "The history or contributor list is too large",
            reply.At("message").GetString(),
            StringComparison.Ordinal
        );
        Assert.False(reply.Headers.ContainsKey("X-RateLimit-Remaining"));
    }

    [Theory]
    [InlineData("review-comments-refused:404", 404, 200)]
    [InlineData("issue-comments-refused", 200, 403)]
    public async Task One_list_of_comments_is_refused_and_the_other_is_not(string rule, int reviews, int issues)
    {
        await using var simulator = await FaultCalls.StartAsync(rule);
        Assert.Equal(reviews, (int)(await simulator.GetAsync("repos/octo/hello/pulls/comments?per_page=1")).Status);
        Assert.Equal(issues, (int)(await simulator.GetAsync("repos/octo/hello/issues/comments?per_page=1")).Status);
    }
}
