using Backfill.Core.Coverage;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Backfill.Simulation.Faults;

namespace Backfill.Integration.Tests.Coverage;

/// <summary>Every line of the checklist against a repository that is complete, and then broken in the way that the line is there to find.</summary>
public sealed class CoverageTests(TestPostgres postgres, CoverageTests.Complete complete)
    : IClassFixture<CoverageTests.Complete>
{
    private const string Hello = "octo/hello";
    private static readonly DateTimeOffset Until = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    /// <summary>A statement that breaks something, every check that then fails or warns in the order of the list, and what mends it: <c>-Repair</c>, or the advice as a statement.</summary>
    public static TheoryData<string, string, string> Breaks =>
        new()
        {
            {
                "DROP TABLE embedding_jobs; ALTER TABLE reviews DROP COLUMN commit_id",
                "SchemaTables",
                "ALTER TABLE reviews ADD COLUMN commit_id text"
            },
            {
                "ALTER TABLE reviews DROP CONSTRAINT reviews_github_id_key",
                "SchemaKeys",
                "ALTER TABLE reviews ADD UNIQUE (github_id)"
            },
            {
                "ALTER TABLE issues ADD COLUMN team text NOT NULL DEFAULT 'a'; ALTER TABLE issues ALTER team DROP DEFAULT",
                "SchemaDemands",
                "ALTER TABLE issues ALTER team DROP NOT NULL"
            },
            {
                "CREATE FUNCTION gone() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO dropped_table VALUES (1); RETURN NEW; END $$; CREATE TRIGGER gone BEFORE UPDATE ON repositories FOR EACH ROW EXECUTE FUNCTION gone()",
                "Writes",
                "DROP TRIGGER gone ON repositories"
            },
            {
                "DELETE FROM pull_requests WHERE number = (SELECT max(parent_number) FROM backfill.child_count WHERE parent_type = 'pull_request' AND reviews + comments = 0)",
                "PullRequestCount StoredCounters",
                "-Repair"
            },
            {
                "DELETE FROM issues WHERE number = (SELECT max(parent_number) FROM backfill.child_count WHERE parent_type = 'issue' AND comments = 0)",
                "IssueCount",
                "-Repair"
            },
            {
                "WITH gone AS (DELETE FROM backfill.child_count WHERE parent_type = 'discussion') DELETE FROM discussions WHERE number = (SELECT max(number) FROM discussions)",
                "DiscussionCount",
                "-Repair"
            },
            { "DELETE FROM reviews WHERE id = (SELECT id FROM reviews LIMIT 1)", "ReviewCount", "-Repair" },
            {
                "DELETE FROM comments WHERE id = (SELECT id FROM comments WHERE comment_type = 'issue_comment' LIMIT 1)",
                "CommentCount",
                "-Repair"
            },
            {
                "DELETE FROM discussion_comments WHERE id = (SELECT id FROM discussion_comments WHERE parent_comment_id IS NULL LIMIT 1)",
                "CommentCount",
                "-Repair"
            },
            {
                "UPDATE discussion_comments SET author_id = 987654321 WHERE id = (SELECT min(id) FROM discussion_comments)",
                "ContributorCount",
                "-Repair"
            },
            {
                "INSERT INTO backfill.sync_gap (repository_id, entity, parent, parent_number, cause) SELECT repository_id, 'Reviews', parent, parent_number, 'GitHub did not answer' FROM backfill.child_count WHERE parent_type = 'pull_request' LIMIT 1",
                "SyncGaps",
                "-Repair"
            },
            {
                "UPDATE pull_requests SET embedding = NULL, embedding_generated_at = NULL WHERE id = (SELECT id FROM pull_requests ORDER BY number LIMIT 1)",
                "PullRequestEmbeddings",
                "-Repair"
            },
            {
                "UPDATE issues SET embedding = NULL, embedding_generated_at = NULL WHERE id = (SELECT id FROM issues ORDER BY number LIMIT 1)",
                "IssueEmbeddings",
                "-Repair"
            },
            {
                "UPDATE discussions SET embedding = NULL, embedding_generated_at = NULL",
                "DiscussionEmbeddings",
                "-Repair"
            },
            {
                "UPDATE issues SET title = title || '!', updated_at = now(), last_synced_at = now() WHERE id = (SELECT id FROM issues ORDER BY number LIMIT 1)",
                "StaleEmbeddings",
                "-Repair"
            },
            {
                "UPDATE issues SET body = NULL WHERE id = (SELECT id FROM issues WHERE body <> '' ORDER BY number LIMIT 1)",
                "StaleEmbeddings AlteredTexts",
                "-Repair"
            },
            {
                "UPDATE backfill.embedding_state SET model_key = 'OpenAI/other/384' WHERE item_id = (SELECT min(item_id) FROM backfill.embedding_state)",
                "EmbeddingModel",
                "-Repair"
            },
            {
                "DELETE FROM backfill.embedding_state WHERE item_id = (SELECT min(item_id) FROM backfill.embedding_state WHERE item_type = 'issue')",
                "EmbeddingModel",
                "-Repair"
            },
            {
                "UPDATE issues SET embedding = embedding[1:100] WHERE id = (SELECT id FROM issues ORDER BY number LIMIT 1)",
                "EmbeddingLength",
                "-Repair"
            },
            {
                "UPDATE issues SET embedding = NULL WHERE id = (SELECT id FROM issues ORDER BY number LIMIT 1)",
                "IssueEmbeddings EmbeddingDates",
                "-Repair"
            },
            {
                "UPDATE issues SET embedding_generated_at = NULL WHERE id = (SELECT id FROM issues ORDER BY number LIMIT 1)",
                "EmbeddingDates",
                "-Repair"
            },
            {
                "INSERT INTO backfill.sync_run (id, repository_id, repository, engine, state, error, owner, started_at, finished_at) SELECT gen_random_uuid(), id, full_name, 'Local', 'Failed', 'GitHub did not answer', 'x', now(), now() FROM repositories",
                "LastSync",
                "-Repair"
            },
            {
                "UPDATE backfill.sync_run SET started_at = started_at - interval '3 days', finished_at = finished_at - interval '3 days'",
                "Freshness",
                "-Repair"
            },
            {
                "UPDATE backfill.sync_run SET started_at = started_at - interval '3 days', finished_at = finished_at - interval '3 days'; UPDATE backfill.sync_window SET updated_at = updated_at - interval '3 days'",
                "Freshness PullRequestFreshness IssueFreshness DiscussionFreshness",
                "-Repair"
            },
            {
                "UPDATE issues SET author_id = NULL WHERE id = (SELECT id FROM issues ORDER BY number LIMIT 1)",
                "NullAuthors",
                "-Repair"
            },
            {
                "UPDATE comments SET commenter_id = NULL WHERE id = (SELECT id FROM comments WHERE comment_type = 'review_comment' LIMIT 1)",
                "NullAuthors",
                "-Repair"
            },
            {
                "ALTER TABLE issues DROP CONSTRAINT issues_author_id_fkey; UPDATE issues SET author_id = gen_random_uuid() WHERE id = (SELECT id FROM issues ORDER BY number LIMIT 1)",
                "OrphanAuthors",
                "-Repair"
            },
            {
                "INSERT INTO contributors (github_id, username) SELECT 987654321, upper(username) FROM contributors c JOIN issues i ON i.author_id = c.id WHERE username <> upper(username) LIMIT 1",
                "DuplicateAuthors",
                "DELETE FROM contributors WHERE github_id = 987654321"
            },
            { "UPDATE contributors SET is_bot = false", "BotFlags", "-Repair" },
            {
                "ALTER TABLE issues DROP CONSTRAINT unique_issue_per_repo; INSERT INTO issues (github_id, number, title, state, repository_id, author_id, created_at, updated_at) SELECT 987654321, number, title, 'open', repository_id, author_id, created_at, updated_at FROM issues ORDER BY number LIMIT 1",
                "IssueCount IssueEmbeddings Duplicates",
                "DELETE FROM issues WHERE github_id = 987654321"
            },
            { "UPDATE discussions SET github_id = number", "NumericIds", "-Repair" },
            {
                "UPDATE pull_requests SET merged_at = NULL WHERE id = (SELECT id FROM pull_requests WHERE state = 'merged' LIMIT 1)",
                "MergedWithoutDate",
                "-Repair"
            },
            {
                "UPDATE pull_requests SET state = 'closed', merged = false WHERE id = (SELECT id FROM pull_requests WHERE state = 'merged' LIMIT 1)",
                "ImpossibleStates",
                "-Repair"
            },
            {
                "UPDATE issues SET created_at = updated_at + interval '1 day' WHERE id = (SELECT id FROM issues ORDER BY number LIMIT 1)",
                "ImpossibleStates",
                "-Repair"
            },
            {
                "UPDATE issues SET updated_at = now() + interval '2 days' WHERE id = (SELECT id FROM issues ORDER BY number LIMIT 1)",
                "FutureDates",
                "-Repair"
            },
            {
                "UPDATE issues SET updated_at = now(), last_synced_at = now() - interval '1 hour' WHERE id = (SELECT id FROM issues ORDER BY number LIMIT 1)",
                "UpdateTimes",
                "-Repair"
            },
            { "UPDATE repositories SET total_pull_requests = 7", "StoredCounters", "-Repair" },
            {
                "INSERT INTO progressive_capture_jobs (job_type, repository_id, status, started_at, metadata) SELECT 'progressive_backfill', id, 'processing', now() - interval '1 hour', '{\"trigger_source\": \"backfill\"}' FROM repositories",
                "StuckJobs",
                "-Repair"
            },
            {
                "INSERT INTO embedding_jobs (repository_id, status, items_total, items_processed) SELECT id, 'completed', 100, 0 FROM repositories",
                "IdleJobs",
                "DELETE FROM embedding_jobs"
            },
            {
                "UPDATE workspaces SET is_active = false; UPDATE issues SET embedding = NULL, embedding_generated_at = NULL",
                "IssueEmbeddings EmbeddingQueue",
                "-Repair"
            },
            {
                "DELETE FROM workspace_tracked_repositories",
                "SyncSchedule",
                "DELETE FROM workspace_repositories; INSERT INTO workspace_repositories (workspace_id, repository_id, added_by) SELECT w.id, r.id, w.owner_id FROM workspaces w, repositories r; UPDATE backfill.workspace_metrics SET sources = sources"
            },
            { "DELETE FROM backfill.workspace_metrics", "MetricsAge", "-Repair" },
            {
                "UPDATE backfill.workspace_metrics SET calculated_at = calculated_at - interval '3 days'",
                "MetricsAge",
                "-Repair"
            },
        };

    [Fact]
    public async Task EveryCheckPassesOnACompleteRepository()
    {
        await using var bench = await CompleteAsync();

        var checks = await bench.CheckAsync(Hello);

        Assert.Equal(CheckDefinition.All.Select(check => check.Id), checks.Select(check => check.Check));
        Assert.All(checks.Where(IsOfAnEndpoint), check => Assert.Equal(CheckStatus.Skipped, check.Status));
        Assert.All(
            checks.Where(check => !IsOfAnEndpoint(check)),
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
    public async Task WhatIsBrokenIsFoundByItsCheckAndByNoOtherAndPassesOnceItIsMended(
        string statement,
        string found,
        string mended
    )
    {
        await using var bench = await CompleteAsync();
        await bench.ExecuteAsync(statement);

        var failed = (await bench.CheckAsync(Hello))
            .Where(check => !check.Passed && check.Status != CheckStatus.Skipped)
            .ToArray();

        Assert.Equal(found.Split(' '), failed.Select(check => check.Check));
        Assert.All(failed, check => Assert.NotEmpty(check.Advice!));
        Assert.All(
            failed,
            check => Assert.Equal(check.Status == CheckStatus.Failed, check.Severity == CheckSeverity.Error)
        );
        if (mended == "-Repair")
        {
            // As the cmdlet does: each stage in the order of the pipeline, by what fails after the one before.
            foreach (var stage in Enum.GetValues<PipelineStage>())
            {
                string[] due =
                [
                    .. (await bench.CheckAsync(Hello))
                        .Where(check => check.Status is CheckStatus.Failed or CheckStatus.Warning)
                        .Where(check => check.Repair == stage)
                        .Select(check => check.Check),
                ];
                if (due.Length > 0)
                {
                    await bench.Engine.RepairCoverageAsync(
                        bench.Settings,
                        new RepairRequest(RepositoryName.Parse(Hello), stage, due),
                        bench.Output,
                        TestContext.Current.CancellationToken
                    );
                }
            }
        }
        else
        {
            await bench.ExecuteAsync(mended);
        }

        Assert.Empty(bench.Output.Errors);
        Assert.DoesNotContain(
            await bench.CheckAsync(Hello),
            check => check.Status is CheckStatus.Failed or CheckStatus.Warning
        );
    }

    [Fact]
    public void EveryCheckIsBrokenOnceAndExplained()
    {
        // Rights and RowSecurity need another login, SchemaOptional only reports, and settings are not in the database.
        var broken = Breaks
            .SelectMany(row => row.Data.Item2.Split(' '))
            .Concat(["Rights", "RowSecurity", "SchemaOptional"])
            .Concat(CheckDefinition.All.Where(check => check.Category == "Settings").Select(check => check.Id));
        Assert.Equal(CheckDefinition.All.Select(check => check.Id).Order(), broken.Distinct().Order());

        var sections = File.ReadLines(Path.Combine(Checkout.Root, "docs/coverage.md"))
            .Where(line => line.StartsWith("### ", StringComparison.Ordinal))
            .Select(line => line[4..]);
        Assert.Equal(CheckDefinition.All.Select(check => check.Id), sections);
    }

    [Fact]
    public async Task TheSchemaIsReportedThoughTheLoginCanDoNothingElse()
    {
        await using var bench = await CompleteAsync();
        var login = await AppSchema.RestrictedLoginAsync(bench, "LOGIN");
        await bench.ExecuteAsync($"REVOKE INSERT ON reviews FROM {login}; ALTER TABLE pull_requests DROP COLUMN draft");
        bench.LogIn(login);

        var report = (await bench.CheckAsync(Hello, request => request with { Checks = ["schema"] })).ToDictionary(
            check => check.Check
        );

        Assert.Equal(CheckStatus.Failed, report["Rights"].Status);
        Assert.Equal("INSERT on reviews", report["Rights"].Actual);
        Assert.Contains("docs/grants.sql", report["Rights"].Advice);
        Assert.Equal(CheckStatus.Failed, report["RowSecurity"].Status);
        Assert.Contains("pull_requests", report["RowSecurity"].Actual);
        Assert.Contains("pull_requests.draft", report["SchemaOptional"].Actual);
        Assert.Equal(CheckStatus.Passed, report["SchemaTables"].Status);

        var all = await bench.CheckAsync(Hello);
        Assert.Equal(CheckDefinition.All.Count, all.Count);
        Assert.Contains("Row-level security hides rows", all.Single(check => check.Check == "IssueCount").Actual);
        Assert.Equal(CheckStatus.Skipped, all.Single(check => check.Check == "IssueCount").Status);

        await bench.ExecuteAsync($"ALTER ROLE {login} BYPASSRLS");
        await bench.ExecuteAsync(AppSchema.Grants(login));
        Assert.DoesNotContain(
            await bench.CheckAsync(Hello, request => request with { Checks = ["Rights", "RowSecurity"] }),
            check => !check.Passed
        );
    }

    [Fact]
    public async Task ChecksAreChosenByIdAndCategoryAndADryRunShowsTheirQueries()
    {
        await using var bench = await CompleteAsync();

        var chosen = await bench.CheckAsync(
            Hello,
            request => request with { Checks = ["quality", "*Count"], Exclude = ["NullAuthors", "Issue*"] }
        );
        var planned = await bench.CheckAsync(Hello, request => request with { Plan = true });
        var unknown = await Assert.ThrowsAsync<BackfillException>(() =>
            bench.CheckAsync(Hello, request => request with { Checks = ["Spelling"] })
        );

        Assert.Equal(
            ["PullRequestCount", "DiscussionCount", "ReviewCount", "CommentCount", "ContributorCount", "OrphanAuthors"],
            chosen.Take(6).Select(check => check.Check)
        );
        Assert.DoesNotContain(chosen, check => check.Check is "NullAuthors" or "IssueCount" or "LastSync");
        Assert.All(
            planned.Where(check => check.Category != "Settings"),
            check => Assert.Matches("SELECT|UPDATE", check.Query)
        );
        Assert.Equal(ErrorIds.CheckNotFound, unknown.ErrorId);
        Assert.Contains("Quality", unknown.Action);
    }

    [Fact]
    public async Task ACheckOfWritesChangesNothing()
    {
        await using var bench = await CompleteAsync();
        const string digest = "SELECT md5(string_agg(x::text, '|')) FROM (SELECT xmin, * FROM repositories) x";
        var before = await bench.TextAsync(digest);

        await bench.CheckAsync(Hello, request => request with { Checks = ["Writes"] });

        Assert.Equal(before, await bench.TextAsync(digest));
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

        var settings = Assert.Single(keyless, check => !check.Passed && !IsOfAnEndpoint(check));
        Assert.Equal(("Settings", CheckStatus.Failed), (settings.Check, settings.Status));
        Assert.Contains("OPENAI_API_KEY", settings.Actual);
        Assert.Contains("GITHUB_TOKEN", tokenless.Single(check => check.Check == "Settings").Actual);
        Assert.Equal(CheckStatus.Failed, tokenless.Single(check => check.Check == "Settings").Status);
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
            skipped
                .Where(check => check.Status == CheckStatus.Skipped && !IsOfAnEndpoint(check))
                .Select(check => check.Check)
        );
        var wrong = Assert.Single(known, check => !check.Passed && !IsOfAnEndpoint(check));
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

        var failed = checks.Where(check => !check.Passed && !IsOfAnEndpoint(check)).ToArray();
        Assert.Equal(["PullRequestCount", "IssueCount", "DiscussionCount"], failed.Select(check => check.Check));
        Assert.All(failed, check => Assert.Contains("GitHub could not be asked", check.Actual));
        Assert.All(failed, check => Assert.Contains("-SkipGitHub", check.Advice));
    }

    [Fact]
    public async Task TheMinimumDecidesHowMuchOfATypeHasToBeEmbedded()
    {
        await using var bench = await CompleteAsync();
        await bench.ExecuteAsync(
            "UPDATE issues SET embedding = NULL, embedding_generated_at = NULL WHERE number > (SELECT avg(number) FROM issues)"
        );

        var strict = await bench.CheckAsync(Hello);
        var lenient = await bench.CheckAsync(Hello, request => request with { MinimumCoverage = 50 });

        Assert.Equal("IssueEmbeddings", Assert.Single(strict, check => !check.Passed && !IsOfAnEndpoint(check)).Check);
        Assert.Contains("50 % (4 of 8)", strict.Single(check => check.Check == "IssueEmbeddings").Actual);
        Assert.All(lenient, check => Assert.True(check.Passed || IsOfAnEndpoint(check), $"{check}"));
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

    private Task<Bench> CompleteAsync() => complete.Bench.CopyAsync(postgres);

    /// <summary>A repository beside the app's tables that is complete, for each test to copy.</summary>
    public sealed class Complete(TestPostgres postgres) : IAsyncLifetime
    {
        internal Bench Bench { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Bench = await AppSchema.BenchAsync(postgres, new SimulatorOptions { PullRequests = 12 });
            await Bench.InitializeAsync();
            await Bench.RegisterAsync(Hello, "The team");
            Assert.Equal(RunState.Completed, (await Bench.SyncAsync(Hello)).State);
            Assert.Equal(RunState.Completed, (await Bench.EmbedAsync(Hello)).State);
            await Bench.MeasureAsync(Hello);
            await Bench.RestAsync();
        }

        public ValueTask DisposeAsync() => Bench.DisposeAsync();
    }

    // Inngest and Supabase are not set up here, so that these have nothing to judge.
    private static bool IsOfAnEndpoint(CoverageCheck check) => check is { Category: "Settings", Check: not "Settings" };
}
