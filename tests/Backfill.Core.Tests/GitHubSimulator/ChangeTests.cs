using System.Net;
using Backfill.Simulation;
using Backfill.Simulation.Data;
using Microsoft.Extensions.Time.Testing;

namespace Backfill.Core.Tests.Simulation;

public sealed class ChangeTests
{
    private static readonly DateTimeOffset Now = new(2026, 7, 8, 9, 10, 11, TimeSpan.Zero);

    [Fact]
    public async Task An_added_item_is_counted_listed_and_newest()
    {
        await using var simulator = await StartAsync();
        var (changes, repository) = (simulator.Changes, simulator.Repositories[0]);
        var before = (repository.PullRequests.Count, repository.Issues.Count, repository.Discussions.Count);
        var pullRequest = changes.AddPullRequest("octo/hello", "a pull request");
        var issue = changes.AddIssue("octo/hello", "an issue", author: "dependabot");
        var discussion = changes.AddDiscussion("octo/hello", "a discussion");
        changes.AddComment("octo/hello", issue.Number, "a comment");
        var review = changes.AddReview("octo/hello", pullRequest.Number, "APPROVED");
        changes.AddReviewComment("octo/hello", pullRequest.Number, "within", review);
        changes.AddReviewComment("octo/hello", pullRequest.Number, "outside");
        var top = changes.AddDiscussionComment("octo/hello", discussion.Number, "top");
        changes.AddDiscussionComment("octo/hello", discussion.Number, "reply", top);
        var reply = await simulator.QueryAsync(
            """
            query($pull: Int!, $issue: Int!, $discussion: Int!) { repository(owner: "octo", name: "hello") {
              pullRequests { totalCount } issues { totalCount } discussions { totalCount }
              newest: pullRequests(last: 1, orderBy: { field: UPDATED_AT, direction: ASC }) { nodes { number updatedAt } }
              pullRequest(number: $pull) { reviews(first: 9) { nodes { comments { totalCount } } } }
              issue(number: $issue) { author { __typename } comments(first: 9) { nodes { body author { login } } } }
              discussion(number: $discussion) { comments(first: 9) { nodes { replies(first: 9) { nodes { body replyTo { body } } } } } } } }
            """,
            new
            {
                pull = pullRequest.Number,
                issue = issue.Number,
                discussion = discussion.Number,
            }
        );
        var found = reply.At("data", "repository");
        Assert.False(reply.Json.TryGetProperty("errors", out _));
        Assert.Equal(
            (before.Item1 + 1, before.Item2 + 1, before.Item3 + 1),
            (Total(found, "pullRequests"), Total(found, "issues"), Total(found, "discussions"))
        );
        Assert.Equal(
            (pullRequest.Number, "2026-07-08T09:10:11Z"),
            (
                reply.At("data", "repository", "newest", "nodes", "0", "number").GetInt32(),
                reply.At("data", "repository", "newest", "nodes", "0", "updatedAt").GetString()
            )
        );
        Assert.Equal(
            1,
            reply.At("data", "repository", "pullRequest", "reviews", "nodes", "0", "comments", "totalCount").GetInt32()
        );
        Assert.Equal("Bot", reply.At("data", "repository", "issue", "author", "__typename").GetString());
        Assert.Equal(
            "octocat",
            reply.At("data", "repository", "issue", "comments", "nodes", "0", "author", "login").GetString()
        );
        Assert.Equal(
            "top",
            reply
                .At(
                    "data",
                    "repository",
                    "discussion",
                    "comments",
                    "nodes",
                    "0",
                    "replies",
                    "nodes",
                    "0",
                    "replyTo",
                    "body"
                )
                .GetString()
        );
        Assert.Equal(
            2,
            (await simulator.GetAsync($"repos/octo/hello/pulls/{pullRequest.Number}/comments")).Json.GetArrayLength()
        );
    }

    [Fact]
    public async Task A_deleted_item_disappears_with_all_its_children()
    {
        await using var simulator = await StartAsync();
        var repository = simulator.Repositories[0];
        var item = repository.PullRequests.All.First(found => found.Comments.Count > 100);
        var (comments, node) = (repository.IssueComments.Count - item.Comments.Count, item.Comments[0].NodeId);
        simulator.Changes.Delete("octo/hello", item.Number);
        Assert.Equal(comments, repository.IssueComments.Count);
        Assert.Equal(HttpStatusCode.Gone, (await simulator.GetAsync($"repos/octo/hello/issues/{item.Number}")).Status);
        Assert.Equal(
            "NOT_FOUND",
            (await simulator.QueryAsync("query($id: ID!) { node(id: $id) { id } }", new { id = node })).ErrorType
        );
    }

    [Fact]
    public async Task A_deleted_comment_and_an_edited_one_change_the_counts_and_texts()
    {
        await using var simulator = await StartAsync();
        var item = simulator.Repositories[0].Issues.All.First(found => found.Comments.Count > 40);
        var (count, edited) = (item.Comments.Count, item.Comments[1]);
        simulator.Changes.Delete(item.Comments[0]);
        simulator.Changes.EditBody(edited, "edited");
        var reply = await simulator.QueryAsync(
            "query($id: ID!) { node(id: $id) { ... on Issue { comments(first: 1) { totalCount nodes { id body updatedAt } } } } }",
            new { id = item.NodeId }
        );
        var comments = reply.At("data", "node", "comments");
        Assert.Equal(count - 1, comments.GetProperty("totalCount").GetInt32());
        Assert.Equal(
            ("edited", "2026-07-08T09:10:11Z"),
            (
                comments.GetProperty("nodes")[0].GetProperty("body").GetString(),
                comments.GetProperty("nodes")[0].GetProperty("updatedAt").GetString()
            )
        );
    }

    [Fact]
    public async Task A_deleted_comment_leaves_an_event_and_a_deleted_review_takes_its_comments_along()
    {
        await using var simulator = await StartAsync();
        var repository = simulator.Repositories[0];
        var item = repository.Issues.All.First(found => found.Comments.Count > 40);
        var (author, since) = (item.Comments[0].Author?.Login, Now.AddMinutes(1));
        simulator.Changes.Delete(item.Comments[0]);
        var reply = await simulator.QueryAsync(
            """
            query($number: Int!, $since: DateTime) { repository(owner: "octo", name: "hello") { issue(number: $number) {
              deleted: timelineItems(first: 9, itemTypes: [COMMENT_DELETED_EVENT]) { totalCount nodes { __typename ... on CommentDeletedEvent { deletedCommentAuthor { login } createdAt } } }
              moved: timelineItems(first: 9, itemTypes: [TRANSFERRED_EVENT]) { totalCount }
              later: timelineItems(first: 9, since: $since) { totalCount } } } }
            """,
            new { number = item.Number, since }
        );
        var issue = reply.At("data", "repository", "issue");
        var happened = issue.GetProperty("deleted").GetProperty("nodes")[0];
        Assert.Equal(
            ("CommentDeletedEvent", author, 1, 0, 0),
            (
                happened.GetProperty("__typename").GetString(),
                happened.GetProperty("deletedCommentAuthor").GetProperty("login").GetString(),
                issue.GetProperty("deleted").GetProperty("totalCount").GetInt32(),
                issue.GetProperty("moved").GetProperty("totalCount").GetInt32(),
                issue.GetProperty("later").GetProperty("totalCount").GetInt32()
            )
        );
        var review = repository.Reviews.All.First(found => found.Comments.Count > 1);
        var left = repository.ReviewComments.Count - review.Comments.Count;
        simulator.Changes.Delete(review);
        Assert.Equal(left, repository.ReviewComments.Count);
    }

    [Fact]
    public async Task A_transferred_issue_redirects_and_what_was_below_it_is_not_found()
    {
        await using var simulator = await StartAsync();
        var repository = simulator.Repositories[0];
        var item = repository.Issues.All.First(found => found.Comments.Count > 40);
        var moved = simulator.Changes.Transfer("octo/hello", item.Number, simulator.Changes.Elsewhere("octo/hello"));
        Assert.True(moved.Comments.Count > 40);
        var redirect = await simulator.GetAsync($"repos/octo/hello/issues/{item.Number}");
        Assert.Equal(HttpStatusCode.MovedPermanently, redirect.Status);
        var found = await simulator.GetAsync(redirect.Headers["Location"]);
        Assert.Equal((moved.Number, moved.NodeId), (found.At("number").GetInt32(), found.At("node_id").GetString()));
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await simulator.GetAsync($"repos/octo/hello/issues/{item.Number}/comments")).Status
        );
        var reply = await simulator.QueryAsync(
            """
            query($number: Int!, $old: ID!, $new: ID!) {
              repository(owner: "octo", name: "hello") { issue(number: $number) { id } }
              old: node(id: $old) { id }
              new: node(id: $new) { ... on Issue { timelineItems(first: 1, itemTypes: [TRANSFERRED_EVENT]) { nodes { ... on TransferredEvent { fromRepository { nameWithOwner } issue { number } } } } } }
            }
            """,
            new
            {
                number = item.Number,
                old = item.NodeId,
                @new = moved.NodeId,
            }
        );
        var errors = reply.At("errors").EnumerateArray().ToList();
        Assert.Equal(["NOT_FOUND", "NOT_FOUND"], errors.Select(error => error.GetProperty("type").GetString()));
        Assert.Contains(
            $"Could not resolve to an Issue with the number of {item.Number}.",
            errors.Select(error => error.GetProperty("message").GetString())
        );
        var happened = reply.At("data", "new", "timelineItems", "nodes", "0");
        Assert.Equal(
            ("octo/hello", moved.Number),
            (
                happened.GetProperty("fromRepository").GetProperty("nameWithOwner").GetString(),
                happened.GetProperty("issue").GetProperty("number").GetInt32()
            )
        );
    }

    [Fact]
    public async Task A_repository_that_another_owner_gets_keeps_its_id()
    {
        await using var simulator = await StartAsync();
        simulator.Changes.GiveTo("octo/hello", "octo-labs");
        Assert.Equal(HttpStatusCode.MovedPermanently, (await simulator.GetAsync("repos/octo/hello/issues")).Status);
        Assert.Equal(1_296_269, (await simulator.GetAsync("repos/octo-labs/hello")).At("id").GetInt64());
        var reply = await simulator.QueryAsync(
            """{ repository(owner: "octo", name: "hello") { databaseId nameWithOwner } }"""
        );
        Assert.Equal("octo-labs/hello", reply.At("data", "repository", "nameWithOwner").GetString());
    }

    [Fact]
    public async Task A_converted_issue_is_closed_and_names_its_discussion()
    {
        await using var simulator = await StartAsync();
        var repository = simulator.Repositories[0];
        var item = repository.Issues.All.First(found => found is { State: "OPEN", Comments.Count: > 0 });
        var made = simulator.Changes.ConvertToDiscussion("octo/hello", item.Number);
        Assert.Equal((item.Title, item.Body, item.Comments.Count), (made.Title, made.Body, made.Comments.Count));
        var reply = await simulator.QueryAsync(
            """
            query($number: Int!) { repository(owner: "octo", name: "hello") { issueOrPullRequest(number: $number) { __typename ... on Issue {
              state locked timelineItems(first: 9, itemTypes: [CONVERTED_TO_DISCUSSION_EVENT]) { nodes { ... on ConvertedToDiscussionEvent { discussion { number } } } } } } } }
            """,
            new { number = item.Number }
        );
        var issue = reply.At("data", "repository", "issueOrPullRequest");
        Assert.Equal(
            ("Issue", "CLOSED", true),
            (
                issue.GetProperty("__typename").GetString(),
                issue.GetProperty("state").GetString(),
                issue.GetProperty("locked").GetBoolean()
            )
        );
        Assert.Equal(
            made.Number,
            issue
                .GetProperty("timelineItems")
                .GetProperty("nodes")[0]
                .GetProperty("discussion")
                .GetProperty("number")
                .GetInt32()
        );
    }

    [Fact]
    public async Task An_account_can_be_renamed_and_deleted()
    {
        await using var simulator = await StartAsync();
        var repository = simulator.Repositories[0];
        var account = repository
            .PullRequests.All.Select(item => item.Author)
            .First(author => author?.Kind == AccountKind.User)!;
        var login = account.Login;
        simulator.Changes.RenameAccount(login, "renamed");
        Assert.Equal(HttpStatusCode.NotFound, (await simulator.GetAsync($"users/{login}")).Status);
        Assert.Equal(account.DatabaseId, (await simulator.GetAsync("users/renamed")).At("id").GetInt64());
        var item = repository.PullRequests.All.First(found => found.Author == account);
        simulator.Changes.DeleteAccount("renamed");
        var reply = await simulator.GetAsync($"repos/octo/hello/pulls/{item.Number}");
        Assert.Equal(System.Text.Json.JsonValueKind.Null, reply.At("user").ValueKind);
    }

    private static int Total(System.Text.Json.JsonElement repository, string lane) =>
        repository.GetProperty(lane).GetProperty("totalCount").GetInt32();

    private static Task<GitHubSimulator> StartAsync() =>
        SimulatorCalls.StartAsync(new SimulatorOptions { PullRequests = 120, Time = new FakeTimeProvider(Now) });
}
