using Backfill.Core.Coverage;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Backfill.Simulation.Faults;

namespace Backfill.Integration.Tests.Coverage;

/// <summary>Every line of the checklist against a repository that is complete, and then broken in the way that the line is there to find.</summary>
public sealed class CoverageTests(TestPostgres postgres)
{
    private const string Hello = "octo/hello";
    private static readonly DateTimeOffset Until = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);
    private const string OneIssue = "WHERE id = (SELECT id FROM issues ORDER BY number LIMIT 1)";
    private const string OnePull = "WHERE id = (SELECT id FROM pull_requests ORDER BY number LIMIT 1)";

    /// <summary>A statement that breaks something, and every check that then fails or warns, in the order of the list.</summary>
    public static TheoryData<string, string> Breaks =>
        new()
        {
            {
                "DELETE FROM pull_requests WHERE number = (SELECT max(parent_number) FROM backfill.child_count WHERE parent_type = 'pull_request' AND reviews + comments = 0)",
                "PullRequestCount"
            },
            {
                "DELETE FROM issues WHERE number = (SELECT max(parent_number) FROM backfill.child_count WHERE parent_type = 'issue' AND comments = 0)",
                "IssueCount"
            },
            {
                "WITH gone AS (DELETE FROM backfill.child_count WHERE parent_type = 'discussion') DELETE FROM discussions WHERE number = (SELECT max(number) FROM discussions)",
                "DiscussionCount"
            },
            { "DELETE FROM reviews WHERE id = (SELECT id FROM reviews LIMIT 1)", "ReviewCount" },
            {
                "DELETE FROM comments WHERE id = (SELECT id FROM comments WHERE comment_type = 'issue_comment' LIMIT 1)",
                "CommentCount"
            },
            {
                "DELETE FROM discussion_comments WHERE id = (SELECT id FROM discussion_comments WHERE parent_comment_id IS NULL LIMIT 1)",
                "CommentCount"
            },
            {
                $"INSERT INTO backfill.sync_gap (repository_id, entity, parent, parent_number, cause) SELECT id, 'Comments', 'I_1', 1, 'GitHub did not answer' FROM repositories",
                "SyncGaps"
            },
            { $"UPDATE pull_requests SET embedding = NULL {OnePull}", "PullRequestEmbeddings" },
            { $"UPDATE issues SET embedding = NULL {OneIssue}", "IssueEmbeddings" },
            {
                "UPDATE discussions SET embedding = NULL WHERE id = (SELECT id FROM discussions LIMIT 1)",
                "DiscussionEmbeddings"
            },
            { $"UPDATE issues SET title = title || '!' {OneIssue}", "StaleEmbeddings" },
            {
                "UPDATE backfill.embedding_state SET model_key = 'OpenAI/other/384' WHERE item_id = (SELECT min(item_id) FROM backfill.embedding_state)",
                "EmbeddingModel"
            },
            { $"UPDATE issues SET embedding = embedding[1:100] {OneIssue}", "EmbeddingLength" },
            {
                "INSERT INTO backfill.sync_run (id, repository_id, repository, engine, state, error, owner, started_at, finished_at) SELECT gen_random_uuid(), id, full_name, 'Local', 'Failed', 'GitHub did not answer', 'x', now(), now() FROM repositories",
                "LastSync"
            },
            {
                "UPDATE backfill.sync_run SET started_at = started_at - interval '3 days', finished_at = finished_at - interval '3 days'",
                "Freshness"
            },
            { $"UPDATE issues SET author_id = NULL {OneIssue}", "NullAuthors" },
            { $"UPDATE pull_requests SET author_id = NULL {OnePull}", "NullAuthors" },
            { "UPDATE comments SET commenter_id = NULL WHERE id = (SELECT id FROM comments LIMIT 1)", "NullAuthors" },
            {
                $"ALTER TABLE issues DROP CONSTRAINT issues_author_id_fkey; UPDATE issues SET author_id = gen_random_uuid() {OneIssue}",
                "OrphanAuthors"
            },
            {
                $"ALTER TABLE issues DROP CONSTRAINT issues_repository_id_number_key; UPDATE issues SET number = (SELECT max(number) FROM issues) {OneIssue}",
                "Duplicates"
            },
            { $"UPDATE issues SET number = (SELECT max(number) FROM pull_requests) {OneIssue}", "Duplicates" },
            {
                "UPDATE pull_requests SET state = 'closed' WHERE id = (SELECT id FROM pull_requests WHERE state = 'merged' LIMIT 1)",
                "ImpossibleStates"
            },
            { $"UPDATE issues SET updated_at = created_at - interval '1 day' {OneIssue}", "ImpossibleStates" },
            { "DELETE FROM backfill.workspace_metrics", "MetricsAge" },
            { "UPDATE backfill.workspace_metrics SET calculated_at = calculated_at - interval '3 days'", "MetricsAge" },
        };

    [Fact]
    public async Task EveryCheckPassesOnACompleteRepository()
    {
        await using var bench = await CompleteAsync();

        var checks = await bench.CheckAsync(Hello);

        Assert.Equal(CheckDefinition.All.Select(check => check.Id), checks.Select(check => check.Check));
        Assert.All(
            checks,
            check =>
            {
                Assert.True(check.Passed, $"{check}");
                Assert.Equal(Hello, check.Repository);
                Assert.Null(check.Advice);
                Assert.NotNull(check.Expected);
                Assert.NotNull(check.Actual);
            }
        );
    }

    [Theory]
    [MemberData(nameof(Breaks))]
    public async Task WhatIsBrokenIsFoundByItsCheckAndByNoOther(string statement, string found)
    {
        await using var bench = await CompleteAsync();
        await bench.ExecuteAsync(statement);

        var checks = await bench.CheckAsync(Hello);

        var failed = checks.Where(check => !check.Passed).ToArray();
        Assert.Equal(found.Split(' '), failed.Select(check => check.Check));
        Assert.All(failed, check => Assert.NotEmpty(check.Advice!));
        Assert.All(failed, check => Assert.NotEqual(CheckStatus.Skipped, check.Status));
        Assert.All(
            failed,
            check => Assert.Equal(check.Status == CheckStatus.Failed, check.Severity == CheckSeverity.Error)
        );
    }

    [Fact]
    public void EveryCheckIsBrokenOnceAndExplained()
    {
        var broken = Breaks.SelectMany(row => row.Data.Item2.Split(' ')).Append("Settings");
        Assert.Equal(CheckDefinition.All.Select(check => check.Id).Order(), broken.Distinct().Order());

        var sections = File.ReadLines(Path.Combine(Checkout.Root, "docs/coverage.md"))
            .Where(line => line.StartsWith("### ", StringComparison.Ordinal))
            .Select(line => line[4..]);
        Assert.Equal(CheckDefinition.All.Select(check => check.Id), sections);
    }

    [Fact]
    public async Task AMissingSettingIsACheckThatNamesIt()
    {
        await using var bench = await CompleteAsync();

        var keyless = await bench.CheckAsync(Hello, settings: bench.Settings with { EmbeddingProvider = "OpenAI" });
        var tokenless = await bench.CheckAsync(
            Hello,
            request => request with { KnownTotals = [] },
            new BackfillSettings { Database = bench.Settings.Database }
        );

        var settings = Assert.Single(keyless, check => !check.Passed);
        Assert.Equal(("Settings", CheckStatus.Failed), (settings.Check, settings.Status));
        Assert.Contains("OPENAI_API_KEY", settings.Actual);
        Assert.Contains("GITHUB_TOKEN", tokenless[^1].Actual);
        Assert.Equal(CheckStatus.Failed, tokenless[^1].Status);
    }

    [Fact]
    public async Task WhatLiesBeyondTheStoredWindowIsSkippedAndSaysHowToIncludeIt()
    {
        await using var bench = await Bench.SetUpAsync(
            postgres,
            new SimulatorOptions { PullRequests = 300, Until = Until }
        );
        await bench.SyncAsync(Hello, Until.AddDays(-60));
        await bench.EmbedAsync(Hello);

        var checks = await bench.CheckAsync(Hello);

        Assert.InRange(await bench.CountAsync("SELECT count(*) FROM pull_requests"), 1, 299);
        foreach (var id in (string[])["PullRequestCount", "IssueCount"])
        {
            var check = checks.Single(check => check.Check == id);
            Assert.Equal(CheckStatus.Skipped, check.Status);
            Assert.Contains("-Full", check.Advice);
        }

        Assert.DoesNotContain(checks, check => check.Status == CheckStatus.Failed);
    }

    [Fact]
    public async Task GitHubIsNotAskedWhereThatIsNotWantedOrARunHasJustDoneIt()
    {
        await using var bench = await CompleteAsync();
        bench.GitHub.Reset();

        var skipped = await bench.CheckAsync(Hello, request => request with { SkipGitHub = true });
        var known = await bench.CheckAsync(
            Hello,
            request =>
                request with
                {
                    KnownTotals =
                    [
                        new EntityCount("PullRequests", 12, 0, 0, 12),
                        new EntityCount("Issues", 8, 0, 0, 9),
                        new EntityCount("Discussions", 1, 0, 0, 1),
                    ],
                }
        );
        var planned = await bench.CheckAsync(Hello, request => request with { Plan = true });

        Assert.Empty(bench.GitHub.Requests);
        Assert.Equal(
            ["PullRequestCount", "IssueCount", "DiscussionCount"],
            skipped.Where(check => check.Status == CheckStatus.Skipped).Select(check => check.Check)
        );
        var wrong = Assert.Single(known, check => !check.Passed);
        Assert.Equal(("IssueCount", "9", "8"), (wrong.Check, wrong.Expected, wrong.Actual));
        Assert.Equal(CheckDefinition.All.Count, planned.Count);
        Assert.All(planned, check => Assert.Equal(CheckStatus.Skipped, check.Status));
    }

    [Fact]
    public async Task AGitHubThatCannotBeAskedFailsTheChecksThatNeedItAndNoOther()
    {
        await using var bench = await CompleteAsync();
        bench.GitHub.Faults.Add(new FaultRule("401"));

        var checks = await bench.CheckAsync(Hello);

        var failed = checks.Where(check => !check.Passed).ToArray();
        Assert.Equal(["PullRequestCount", "IssueCount", "DiscussionCount"], failed.Select(check => check.Check));
        Assert.All(failed, check => Assert.Contains("GitHub could not be asked", check.Actual));
        Assert.All(failed, check => Assert.Contains("-SkipGitHub", check.Advice));
    }

    [Fact]
    public async Task TheMinimumDecidesHowMuchOfATypeHasToBeEmbedded()
    {
        await using var bench = await CompleteAsync();
        await bench.ExecuteAsync("UPDATE issues SET embedding = NULL WHERE number > (SELECT avg(number) FROM issues)");

        var strict = await bench.CheckAsync(Hello);
        var lenient = await bench.CheckAsync(Hello, request => request with { MinimumCoverage = 50 });

        Assert.Equal("IssueEmbeddings", Assert.Single(strict, check => !check.Passed).Check);
        Assert.Contains("50 % (4 of 8)", strict.Single(check => check.Check == "IssueEmbeddings").Actual);
        Assert.All(lenient, check => Assert.True(check.Passed, $"{check}"));
    }

    [Fact]
    public async Task ARepositoryThatIsInNoWorkspaceOrWasNeverSyncedSaysSo()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 12 });
        await bench.RegisterAsync(Hello, workspace: null);

        var checks = (await bench.CheckAsync(Hello)).ToDictionary(check => check.Check);

        Assert.Equal(CheckStatus.Skipped, checks["MetricsAge"].Status);
        Assert.Contains("in no workspace", checks["MetricsAge"].Actual);
        Assert.Equal(CheckStatus.Skipped, checks["LastSync"].Status);
        Assert.Equal(CheckStatus.Failed, checks["PullRequestCount"].Status);
        Assert.Equal(("12", "0"), (checks["PullRequestCount"].Expected, checks["PullRequestCount"].Actual));
    }

    [Fact]
    public async Task ARepositoryThatIsNotTrackedIsAnErrorAndNoPass()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 12 });

        var error = await Assert.ThrowsAsync<BackfillException>(() => bench.CheckAsync("octo/other"));

        Assert.Equal(ErrorIds.RepositoryNotTracked, error.ErrorId);
        Assert.Contains("Register-BackfillRepository octo/other", error.Action);
    }

    private async Task<Bench> CompleteAsync()
    {
        var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 12 });
        await bench.RegisterAsync(Hello, "Team");
        Assert.Equal(RunState.Completed, (await bench.SyncAsync(Hello)).State);
        Assert.Equal(RunState.Completed, (await bench.EmbedAsync(Hello)).State);
        await bench.MeasureAsync(Hello);
        return bench;
    }
}
