using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Backfill.Simulation.Data;
using Backfill.Simulation.Faults;

namespace Backfill.Integration.Tests.Sync;

/// <summary>What vanishes at GitHub keeps its rows, gets a tombstone that says why, and does not count; nothing else is buried.</summary>
public sealed class TombstoneTests(TestPostgres postgres)
{
    private const string Hello = "octo/hello";

    private const string Tombstones =
        "SELECT coalesce(string_agg(concat_ws(' ', entity, number, reason, moved_to), '; ' ORDER BY entity, number), '') FROM backfill.tombstone";

    private const string ReplyCounts =
        "SELECT string_agg(id || ' ' || reply_count, '; ' ORDER BY id) FROM discussion_comments WHERE parent_comment_id IS NULL";

    [Theory]
    [InlineData("item-deleted", "deleted")]
    [InlineData("item-transferred", "transferred https://github.com/octo/elsewhere/issues/1")]
    public async Task A_deleted_issue_gets_a_tombstone(string fault, string reason)
    {
        await using var bench = await SetUpAsync();
        await CompletesAsync(bench);
        var issues = await bench.CountAsync("SELECT count(*) FROM issues");
        var gone = bench.GitHub.Changes.Oldest<Issue>(Hello)!.Number;
        bench.GitHub.Faults.Add(FaultRule.Parse($"graphql.Probe/{fault}:{gone}@1"));

        // In mid-run: the probe still counted it.
        var run = await bench.SyncAsync(Hello);
        if (run.State != RunState.Completed || (await bench.TextAsync(Tombstones)).Length == 0)
        {
            run = await bench.SyncAsync(Hello);
        }

        AssertCompleted(run);
        Assert.Equal($"Issues {gone} {reason}", await bench.TextAsync(Tombstones));
        Assert.Equal(issues, await bench.CountAsync("SELECT count(*) FROM issues"));
        Assert.Equal(issues - 1, run.Counts.Single(count => count.Entity == "Issues").Stored);
    }

    [Fact]
    public async Task An_issue_that_becomes_a_discussion_is_closed_and_the_discussion_stored()
    {
        await using var bench = await SetUpAsync();
        await CompletesAsync(bench);
        var converted = bench.GitHub.Changes.Oldest<Issue>(Hello)!.Number;
        bench.GitHub.Faults.Add(FaultRule.Parse($"graphql.Probe/item-converted:{converted}@1"));

        await bench.SyncAsync(Hello);
        await CompletesAsync(bench);

        Assert.Equal("", await bench.TextAsync(Tombstones));
        Assert.Equal("closed", await bench.TextAsync($"SELECT state FROM issues WHERE number = {converted}"));
        Assert.Equal(2, await bench.CountAsync("SELECT count(*) FROM discussions"));
    }

    [Theory]
    [InlineData("IssueComments")]
    [InlineData("Reviews")]
    [InlineData("DiscussionComments")]
    [InlineData("ReviewComments")]
    public async Task Verify_finds_a_child_that_was_deleted_without_a_trace(string entity)
    {
        await using var bench = await SetUpAsync();
        await CompletesAsync(bench);
        var repository = Assert.Single(bench.GitHub.Repositories);
        Entry gone = entity switch
        {
            "IssueComments" => repository.IssueComments.All.First(comment => comment.Parent is PullRequest),
            "Reviews" => repository.Reviews.All.First(review => review.Comments.Count == 0),
            "DiscussionComments" => repository.DiscussionComments.All.First(comment =>
                comment.ReplyTo is null && repository.DiscussionComments.All.All(other => other.ReplyTo != comment)
            ),
            _ => repository.ReviewComments.All.First(comment =>
                repository.ReviewComments.All.All(other => other.ReplyTo != comment)
            ),
        };
        var before = await RowsAsync(bench);
        bench.GitHub.Changes.Delete(gone);

        // Its item did not move: an ordinary run cannot know.
        await CompletesAsync(bench);
        Assert.Equal("", await bench.TextAsync(Tombstones));
        AssertCompleted(await bench.SyncAsync(Hello, verify: true));

        Assert.Equal($"{entity} deleted", await bench.TextAsync(Tombstones));
        Assert.Equal(gone.DatabaseId, await bench.CountAsync("SELECT abs(github_id) FROM backfill.tombstone"));
        Assert.Equal(before, await RowsAsync(bench));
    }

    [Fact]
    public async Task A_deleted_reply_gets_a_tombstone_when_its_discussion_changes()
    {
        await using var bench = await SetUpAsync();
        var discussion = bench.GitHub.Changes.AddDiscussion(Hello, "With replies");
        var comment = bench.GitHub.Changes.AddDiscussionComment(Hello, discussion.Number, "A comment");
        bench.GitHub.Changes.AddDiscussionComment(Hello, discussion.Number, "A reply that stays", comment);
        var gone = bench.GitHub.Changes.AddDiscussionComment(Hello, discussion.Number, "A reply", comment);
        await CompletesAsync(bench);
        var before = await RowsAsync(bench);
        bench.GitHub.Changes.Delete(gone);
        bench.GitHub.Changes.Touch(Hello, discussion.Number);

        await CompletesAsync(bench);

        Assert.Equal("DiscussionComments deleted", await bench.TextAsync(Tombstones));
        Assert.Equal(gone.DatabaseId, await bench.CountAsync("SELECT github_id FROM backfill.tombstone"));
        Assert.Equal(before, await RowsAsync(bench));
        await CompletesAsync(bench);
    }

    [Fact]
    public async Task Verify_finds_a_reply_that_was_deleted_without_its_discussion_moving()
    {
        await using var bench = await SetUpAsync(discussions: 3);
        await CompletesAsync(bench);
        var gone = Assert
            .Single(bench.GitHub.Repositories)
            .DiscussionComments.All.First(one => one.ReplyTo is not null);
        var before = await RowsAsync(bench);
        bench.GitHub.Changes.Delete(gone);

        // Its discussion did not move: an ordinary run cannot know.
        await CompletesAsync(bench);
        Assert.Equal("", await bench.TextAsync(Tombstones));
        AssertCompleted(await bench.SyncAsync(Hello, verify: true));

        Assert.Equal("DiscussionComments deleted", await bench.TextAsync(Tombstones));
        Assert.Equal(gone.DatabaseId, await bench.CountAsync("SELECT abs(github_id) FROM backfill.tombstone"));
        Assert.Equal(before, await RowsAsync(bench));
        await CompletesAsync(bench);
    }

    [Theory]
    [InlineData(SyncContent.PullRequests | SyncContent.Issues | SyncContent.Comments)]
    [InlineData(SyncContent.PullRequests | SyncContent.Discussions)]
    public async Task Verify_does_not_count_the_replies_that_it_does_not_copy(SyncContent include)
    {
        await using var bench = await SetUpAsync(discussions: 3);
        await CompletesAsync(bench);
        bench.GitHub.Reset();

        AssertCompleted(await bench.SyncAsync(Hello, include: include, verify: true));

        Assert.DoesNotContain("AuditReplies", bench.GitHub.Requests.Select(request => request.Operation));
    }

    [Fact]
    public async Task Surplus_replies_count_only_if_their_number_was_read_since_the_last_complete_run()
    {
        await using var bench = await SetUpAsync(discussions: 3);
        await CompletesAsync(bench);
        // This run reads no discussion, so no count was read since it began.
        await CompletesAsync(bench);
        var reply = Assert
            .Single(bench.GitHub.Repositories)
            .DiscussionComments.All.First(one => one.ReplyTo is not null);
        var counts = await bench.TextAsync(ReplyCounts);
        // Another writer leaves the counts at their default, and no discussion moves.
        await bench.ExecuteAsync("UPDATE discussion_comments SET reply_count = 0");
        bench.GitHub.Reset();

        await CompletesAsync(bench);

        Assert.DoesNotContain("OverflowReplies", bench.GitHub.Requests.Select(request => request.Operation));
        Assert.Equal("", await bench.TextAsync(Tombstones));

        // A deleted reply is found once its discussion is read again, and -Verify restores every count.
        bench.GitHub.Changes.Delete(reply);
        bench.GitHub.Changes.Touch(Hello, reply.Discussion.Number);
        await CompletesAsync(bench);
        Assert.Equal("DiscussionComments deleted", await bench.TextAsync(Tombstones));
        AssertCompleted(await bench.SyncAsync(Hello, verify: true));
        Assert.NotEqual(counts, await bench.TextAsync(ReplyCounts));
        Assert.Equal(
            bench.GitHub.Repositories[0].DiscussionComments.All.Count(one => one.ReplyTo is not null),
            await bench.CountAsync("SELECT sum(reply_count) FROM discussion_comments WHERE parent_comment_id IS NULL")
        );
    }

    [Theory]
    [InlineData(
        "a row that another writer deleted",
        "DELETE FROM issues WHERE number = (SELECT min(number) FROM issues)"
    )]
    [InlineData(
        "an older state that another writer restored",
        "UPDATE pull_requests SET title = 'older', updated_at = updated_at - interval '1 hour' WHERE number = (SELECT min(number) FROM pull_requests)"
    )]
    public async Task Verify_corrects_content_that_changed_without_a_newer_time(string what, string write)
    {
        await using var bench = await SetUpAsync();
        await CompletesAsync(bench);
        var before = await StoredRows.DigestAsync(bench);
        await bench.ExecuteAsync(write);
        Assert.NotEqual(before, await StoredRows.DigestAsync(bench));

        AssertCompleted(await bench.SyncAsync(Hello, verify: true));

        var after = await StoredRows.DigestAsync(bench);
        Assert.True(before == after, $"{what}\n{before}\n{after}");
    }

    [Fact]
    public async Task A_total_that_GitHub_never_explains_is_reported_by_every_run_and_audited_once()
    {
        await using var bench = await SetUpAsync();
        bench.GitHub.Faults.Add(FaultRule.Parse("total-too-large:2"));

        var first = await bench.SyncAsync(Hello);
        var audits = Audits(bench);
        var second = await bench.SyncAsync(Hello);

        Assert.Equal((RunState.Incomplete, RunState.Incomplete), (first.State, second.State));
        Assert.Contains(second.Gaps, gap => gap.Entity == "Issues");
        Assert.InRange(audits, 1, int.MaxValue);
        Assert.Equal(audits, Audits(bench));
        Assert.Equal("", await bench.TextAsync(Tombstones));

        bench.GitHub.Reset();
        await CompletesAsync(bench);
    }

    [Fact]
    public async Task Issues_that_are_switched_off_get_no_tombstones()
    {
        await using var bench = await SetUpAsync();
        await CompletesAsync(bench);
        var before = await StoredRows.DigestAsync(bench);
        bench.GitHub.Faults.Add(FaultRule.Parse("graphql.Probe/issues-disabled@1"));

        await bench.SyncAsync(Hello);
        await bench.SyncAsync(Hello, verify: true);
        await CompletesAsync(bench);

        Assert.Equal("", await bench.TextAsync(Tombstones));
        Assert.Equal(before, await StoredRows.DigestAsync(bench));
    }

    private Task<Bench> SetUpAsync(int discussions = 1) =>
        Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 15, Discussions = discussions });

    private static async Task CompletesAsync(Bench bench) => AssertCompleted(await bench.SyncAsync(Hello));

    private static void AssertCompleted(RepoSync run) =>
        Assert.True(run.State == RunState.Completed, $"{run.State} {run.Error} {string.Join("; ", run.Gaps)}");

    private static int Audits(Bench bench) =>
        bench.GitHub.Requests.Count(request => request.Operation.StartsWith("Audit", StringComparison.Ordinal));

    private static Task<string> RowsAsync(Bench bench) =>
        bench.TextAsync(
            "SELECT concat_ws(' ', (SELECT count(*) FROM comments), (SELECT count(*) FROM reviews), (SELECT count(*) FROM discussion_comments))"
        );
}
