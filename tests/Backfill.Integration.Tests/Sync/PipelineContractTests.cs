using Backfill.Integration.Tests.Embedding;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Sync;

/// <summary>What a script relies on that runs the whole pipeline from outside, with its settings in the environment.</summary>
public sealed class PipelineContractTests(TestPostgres postgres)
{
    private const string Stages =
        "Wait-RepoSync | Invoke-EmbeddingBackfill | Update-WorkspaceMetrics | Test-BackfillCoverage";

    private static string Pipeline(string repository) =>
        $"Initialize-BackfillDatabase; Start-RepoSync {repository} -Track -Full | {Stages}";

    [Theory]
    [MemberData(nameof(TestArchive.Kinds), MemberType = typeof(TestArchive))]
    public async Task An_archived_repository_is_stored_row_for_row_and_a_second_sync_spends_one_point(ArchiveKind kind)
    {
        var archive = TestArchive.Open(kind);
        var pulls = archive.Content.PullRequests.All;
        await using var bench = await Bench.SetUpWithoutSchemaAsync(
            postgres,
            new SimulatorOptions { DataFiles = [archive.Path] }
        );

        using (var host = bench.Host(Pipeline(archive.Repository)))
        {
            Assert.True(await host.WaitAsync() == 0, host.Errors + host.Output);
            Assert.Contains("Passed", host.Output);
            Assert.DoesNotMatch(@"\bFailed\b", host.Output);
        }

        await EqualAsync(bench, pulls.Count, "pull_requests");
        await EqualAsync(
            bench,
            pulls.Count(pull => pull.State == "MERGED"),
            "pull_requests WHERE state = 'merged' AND merged AND merged_at IS NOT NULL"
        );
        await EqualAsync(
            bench,
            pulls.Count(pull => pull.State == "CLOSED"),
            "pull_requests WHERE state = 'closed' AND NOT merged"
        );
        await EqualAsync(bench, archive.Content.Issues.Count, "issues");
        await EqualAsync(bench, archive.Content.Reviews.Count, "reviews");
        await EqualAsync(bench, archive.Content.ReviewComments.Count, "comments WHERE comment_type = 'review_comment'");
        await EqualAsync(bench, archive.Content.IssueComments.Count, "comments WHERE comment_type = 'issue_comment'");
        await EqualAsync(
            bench,
            archive.People,
            "(SELECT author_id FROM pull_requests UNION SELECT author_id FROM issues UNION SELECT author_id FROM reviews UNION SELECT commenter_id FROM comments) AS people"
        );
        await EqualAsync(bench, 0, "pull_requests WHERE embedding IS NULL OR author_id IS NULL");
        await EqualAsync(bench, 0, "issues WHERE embedding IS NULL OR author_id IS NULL");
        await EqualAsync(bench, 0, "comments WHERE commenter_id IS NULL");
        await EqualAsync(bench, 0, "reviews WHERE author_id IS NULL");

        bench.GitHub.Reset();
        var second = await bench.SyncAsync(archive.Repository);

        Assert.Equal(RunState.Completed, second.State);
        Assert.Empty(second.Gaps);
        Assert.True(second.Points == 1, string.Join("\n", bench.GitHub.Requests));
        Assert.InRange(second.Requests, 1, 3);
        Assert.All(second.Counts, count => Assert.Equal((0L, 0L), (count.Added, count.Updated)));
        Assert.Equal(archive.People, second.Counts.Single(count => count.Entity == "Contributors").Stored);
    }

    [Fact]
    public async Task The_exit_code_is_one_when_a_check_fails()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 12 });
        Assert.Equal(RunState.Completed, (await bench.SyncAsync("octo/hello")).State);
        await bench.ExecuteAsync("UPDATE issues SET author_id = NULL");

        using var host = bench.Host(Pipeline("octo/hello"));

        Assert.Equal(1, await host.WaitAsync());
        Assert.Matches(@"\bFailed\b", host.Output);
        Assert.NotEmpty(host.Errors);
    }

    [Fact]
    public async Task Embeddings_come_from_the_server_that_the_environment_names()
    {
        await using var bench = await Bench.SetUpWithoutSchemaAsync(
            postgres,
            new SimulatorOptions { PullRequests = 12 }
        );
        await using var server = new FakeOpenAI();

        using var host = bench.Host(
            Pipeline("octo/hello"),
            ("OPENAI_BASE_URL", server.Address.AbsoluteUri.TrimEnd('/')),
            ("OPENAI_API_KEY", "sk-test")
        );

        Assert.True(await host.WaitAsync() == 0, host.Errors + host.Output);
        Assert.All(server.Calls, call => Assert.Equal("Bearer sk-test", call.Authorization));
        await EqualAsync(bench, 12, "pull_requests WHERE embedding IS NOT NULL");
        await EqualAsync(bench, 0, "issues WHERE embedding IS NULL");
        Assert.True(server.Calls.Sum(call => call.Input.Length) >= 12);
    }

    [Fact]
    public async Task A_run_that_nobody_waits_for_is_finished_before_the_host_ends()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 12 });

        using var host = bench.Host("Start-RepoSync octo/hello -Track");

        Assert.True(await host.WaitAsync() == 0, host.Errors + host.Output);
        await EqualAsync(bench, 1, "backfill.sync_run WHERE state = 'Completed'");
        await EqualAsync(bench, 12, "pull_requests");
    }

    private static async Task EqualAsync(Bench bench, long expected, string rows) =>
        Assert.Equal((rows, expected), (rows, await bench.CountAsync($"SELECT count(*) FROM {rows}")));
}
