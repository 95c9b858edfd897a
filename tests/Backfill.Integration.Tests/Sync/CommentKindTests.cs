using Backfill.Integration.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Sync;

/// <summary>Another program changes the kind of comments: the same comment keeps its row, and a different comment of the same number gets its own. The simulator has comments of both kinds under one number.</summary>
public sealed class CommentKindTests(TestPostgres postgres)
{
    private const string Hello = "octo/hello";

    private static readonly SimulatorOptions Small = new() { PullRequests = 12 };

    /// <summary>Whether the table holds each id once, as the app's does, or once a kind, as the tool's own does; and the kind that the other program writes.</summary>
    public static TheoryData<bool, string> Kinds =>
        new()
        {
            { true, "review_comment" },
            { true, "issue_comment" },
            { false, "review_comment" },
            { false, "issue_comment" },
        };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_comment_whose_kind_was_changed_is_corrected_in_its_row(bool app, string kind)
    {
        await using var expected = await BenchAsync(app);
        await expected.RestAsync();
        await using var bench = await expected.CopyAsync(postgres);
        // The tool's own key allows no two comments of one number and kind.
        var changed = await bench.CountAsync(
            $"""
            WITH changed AS (
              UPDATE comments c SET comment_type = '{kind}'
               WHERE comment_type <> '{kind}' AND github_id % 3 <> 0
                 AND ({app} OR NOT EXISTS (SELECT FROM comments o WHERE o.github_id = c.github_id AND o.id <> c.id))
              RETURNING 1)
            SELECT count(*) FROM changed
            """
        );
        Assert.True(changed > 3, $"{changed} comments are too few");

        var run = await ReadAgainAsync(bench);

        Assert.True(run.State == RunState.Completed, $"{run.Error} {string.Join("; ", run.Gaps)}");
        await StoredRows.AssertEqualAsync(expected, bench);
        Assert.Equal(changed, run.Counts.Sum(count => count.Repaired));
    }

    [Fact]
    public async Task Two_comments_of_one_number_whose_kinds_were_exchanged_get_their_kinds_back()
    {
        await using var expected = await BenchAsync(app: true);
        await expected.RestAsync();
        await using var bench = await expected.CopyAsync(postgres);
        Assert.True(await bench.CountAsync("SELECT count(*) FROM comments WHERE github_id < 0") > 0, "no number twice");
        await bench.ExecuteAsync(
            "UPDATE comments c SET comment_type = o.comment_type FROM comments o WHERE o.github_id = -c.github_id"
        );

        await ReadAgainAsync(bench);

        await StoredRows.AssertEqualAsync(expected, bench);
    }

    /// <summary>What makes a row of the same number another comment.</summary>
    public static TheoryData<string> Differences =>
        new()
        {
            "body = 'Another text'",
            "created_at = created_at - interval '1 second'",
            "pull_request_id = (SELECT p.id FROM pull_requests p WHERE p.id <> t.pull_request_id ORDER BY p.number LIMIT 1)",
        };

    [Theory]
    [MemberData(nameof(Differences))]
    public async Task Another_comment_with_the_same_number_is_not_changed(string difference)
    {
        await using var bench = await BenchAsync(app: true);
        var id = await bench.CountAsync(
            $"UPDATE comments t SET comment_type = 'issue_comment', {difference} WHERE github_id = (SELECT min(github_id) FROM comments c WHERE comment_type = 'review_comment' AND github_id > 0 AND NOT EXISTS (SELECT FROM comments o WHERE o.github_id = -c.github_id)) RETURNING github_id"
        );
        var row = $"SELECT to_jsonb(c)::text FROM comments c WHERE github_id = {id}";
        var stored = await bench.TextAsync(row);

        await ReadAgainAsync(bench);

        Assert.Equal(stored, await bench.TextAsync(row));
        Assert.Equal(
            1,
            await bench.CountAsync(
                $"SELECT count(*) FROM comments WHERE github_id = -{id} AND comment_type = 'review_comment'"
            )
        );
    }

    [Fact]
    public async Task A_comment_stored_under_its_negative_number_is_corrected_in_that_row()
    {
        await using var bench = await BenchAsync(app: true);
        var id = await bench.CountAsync(
            "SELECT min(github_id) FROM comments c WHERE comment_type = 'review_comment' AND github_id > 0 AND NOT EXISTS (SELECT FROM comments o WHERE o.github_id = -c.github_id)"
        );
        await bench.ExecuteAsync(
            $"""
            UPDATE comments SET github_id = -{id}, comment_type = 'issue_comment' WHERE github_id = {id};
            INSERT INTO comments (github_id, repository_id, issue_id, body, created_at, updated_at, comment_type)
            SELECT {id}, repository_id, id, 'Another comment of this number', created_at, created_at, 'issue_comment' FROM issues ORDER BY number LIMIT 1
            """
        );

        await ReadAgainAsync(bench);

        Assert.Equal(
            $"-{id} review_comment, {id} issue_comment",
            await bench.TextAsync(
                $"SELECT string_agg(github_id || ' ' || comment_type, ', ' ORDER BY github_id) FROM comments WHERE abs(github_id) = {id}"
            )
        );
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_comment_that_was_moved_to_another_repository_comes_back_in_its_row(bool app)
    {
        await using var bench = await BenchAsync(app);
        await bench.ExecuteAsync(
            "INSERT INTO repositories (github_id, full_name, owner, name) VALUES (77, 'octo/other', 'octo', 'other')"
        );
        var before = await StoredRows.DigestAsync(bench);
        await bench.ExecuteAsync(
            "UPDATE comments SET repository_id = (SELECT id FROM repositories WHERE github_id = 77)"
        );

        await ReadAgainAsync(bench);

        Assert.Equal(before, await StoredRows.DigestAsync(bench));
        Assert.Equal(
            0,
            await bench.CountAsync(
                "SELECT count(*) FROM comments WHERE repository_id = (SELECT id FROM repositories WHERE github_id = 77)"
            )
        );
    }

    private async Task<Bench> BenchAsync(bool app)
    {
        var bench = app ? await AppSchema.BenchAsync(postgres, Small) : await Bench.SetUpAsync(postgres, Small);
        if (app)
        {
            await bench.InitializeAsync();
        }

        Assert.Equal(RunState.Completed, (await bench.SyncAsync(Hello)).State);
        return bench;
    }

    // As a first run, or a repair, would.
    private static async Task<RepoSync> ReadAgainAsync(Bench bench)
    {
        await bench.ForgetWindowsAsync();
        return await bench.SyncAsync(Hello);
    }
}
