using Backfill.Core.Coverage;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Backfill.Simulation.Faults;

namespace Backfill.Integration.Tests.Coverage;

/// <summary>What the checks say of a repository that is complete, of one that is not, and of a database without one.</summary>
public sealed class CoverageTests(TestPostgres postgres, CompleteRepository complete)
    : IClassFixture<CompleteRepository>
{
    private const string Hello = CompleteRepository.Name;
    private static readonly DateTimeOffset Until = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Every_check_passes_on_a_complete_repository()
    {
        await using var bench = await CompleteAsync();

        var checks = await bench.CheckAsync(Hello);

        Assert.Equal(Checklist.All.Select(check => check.Id), checks.Select(check => check.Check));
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

    [Fact]
    public async Task A_database_is_checked_and_repaired_without_a_repository()
    {
        await using var bench = await Bench.SetUpWithoutSchemaAsync(
            postgres,
            new SimulatorOptions { PullRequests = 12 }
        );
        var request = new CoverageRequest(null, 100, SkipGitHub: false, null, Plan: false)
        {
            Checks = ["Schema", "Settings"],
        };

        var bare = await CheckAsync(request);
        await bench.Engine.RepairCoverageAsync(
            bench.Settings,
            new RepairRequest(null, PipelineStage.Initialize, ["SchemaTables"]),
            bench.Output,
            TestContext.Current.CancellationToken
        );
        var laid = await CheckAsync(request);
        var refused = await Assert.ThrowsAsync<BackfillException>(() =>
            CheckAsync(request with { Checks = ["Counts"] })
        );

        Assert.Contains("schema backfill", bare.Single(check => check.Check == "SchemaTables").Actual);
        Assert.Equal(
            Checklist.All.Where(check => !check.NeedsRepository).Select(check => check.Id),
            laid.Select(check => check.Check)
        );
        Assert.All(laid, check => Assert.True(check.Passed || IsOfAnEndpoint(check), $"{check}"));
        Assert.All(laid, check => Assert.Null(check.Repository));
        Assert.Equal(ErrorIds.NoInput, refused.ErrorId);
        Assert.Contains("PullRequestCount", refused.Message);

        Task<IReadOnlyList<CoverageCheck>> CheckAsync(CoverageRequest asked) =>
            bench.Engine.CheckCoverageAsync(bench.Settings, asked, bench.Output, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task The_schema_is_reported_although_the_login_can_do_nothing_else()
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
        Assert.Equal(Checklist.All.Count, all.Count);
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
    public async Task Checks_are_chosen_by_id_and_category_and_a_dry_run_shows_their_queries()
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
            [
                "PullRequestCount",
                "DiscussionCount",
                "ReviewCount",
                "ReviewCommentCount",
                "CommentCount",
                "ReplyCount",
                "ContributorCount",
                "OrphanAuthors",
            ],
            chosen.Take(8).Select(check => check.Check)
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
    public async Task A_check_of_writes_changes_nothing()
    {
        await using var bench = await CompleteAsync();
        const string digest = "SELECT md5(string_agg(x::text, '|')) FROM (SELECT xmin, * FROM repositories) x";
        var before = await bench.TextAsync(digest);

        await bench.CheckAsync(Hello, request => request with { Checks = ["Writes"] });

        Assert.Equal(before, await bench.TextAsync(digest));
    }

    [Fact]
    public async Task A_missing_setting_is_a_check_that_names_it()
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
    public async Task A_key_that_no_server_can_accept_is_named_and_tried_nowhere()
    {
        await using var bench = await CompleteAsync();
        var sent = bench.GitHub.Requests.Count;

        var checks = await bench.CheckAsync(
            Hello,
            request => request with { KnownTotals = [] },
            settings: bench.Settings with
            {
                GitHubTokens = [new Secret("ghp\u2013simulated")],
                Inngest = new InngestSettings
                {
                    EventKey = new Secret("key"),
                    EventUrl = new Uri("http://127.0.0.1:9/"),
                },
            }
        );

        var settings = checks.Single(check => check.Check == "Settings");
        Assert.Equal(CheckStatus.Failed, settings.Status);
        Assert.Contains("GitHubToken has a typographic dash (U+2013)", settings.Actual);
        Assert.Equal(CheckStatus.Skipped, checks.Single(check => check.Check == "InngestEvents").Status);
        Assert.Equal(sent, bench.GitHub.Requests.Count);
    }

    [Fact]
    public async Task A_check_of_older_items_than_the_stored_window_is_skipped_and_says_how_to_include_them()
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
    public async Task GitHub_is_not_asked_with_SkipGitHub_or_directly_after_a_run()
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
            [
                "RepositoryIdentity",
                "PullRequestCount",
                "IssueCount",
                "DiscussionCount",
                "PullRequestStates",
                "IssueStates",
                "ReviewCommentCount",
            ],
            skipped
                .Where(check => check.Status == CheckStatus.Skipped && !IsOfAnEndpoint(check))
                .Select(check => check.Check)
        );
        var wrong = Assert.Single(
            known,
            check => check.Status is CheckStatus.Failed or CheckStatus.Warning && !IsOfAnEndpoint(check)
        );
        Assert.Equal(("IssueCount", "9", "8"), (wrong.Check, wrong.Expected, wrong.Actual));
        Assert.Equal(Checklist.All.Count, planned.Count);
        Assert.All(planned, check => Assert.Equal(CheckStatus.Skipped, check.Status));
    }

    [Fact]
    public async Task A_GitHub_that_cannot_be_asked_fails_the_checks_that_need_it_and_no_other()
    {
        await using var bench = await CompleteAsync();
        bench.GitHub.Faults.Add(new FaultRule("401"));

        var checks = await bench.CheckAsync(Hello);

        var failed = checks.Where(check => !check.Passed && !IsOfAnEndpoint(check)).ToArray();
        Assert.Equal(
            [
                "RepositoryIdentity",
                "PullRequestCount",
                "IssueCount",
                "DiscussionCount",
                "PullRequestStates",
                "IssueStates",
                "ReviewCommentCount",
            ],
            failed.Select(check => check.Check)
        );
        Assert.All(failed, check => Assert.Contains("GitHub could not be asked", check.Actual));
        Assert.All(failed, check => Assert.Contains("-SkipGitHub", check.Advice));
    }

    [Fact]
    public async Task The_minimum_decides_how_much_of_a_type_has_to_be_embedded()
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
    public async Task A_repository_that_is_in_no_workspace_or_was_never_synced_says_so()
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
    public async Task A_repository_that_is_not_tracked_fails_a_check_whichever_checks_are_asked_for()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 12 });

        var all = await bench.CheckAsync("octo/other");
        var chosen = await bench.CheckAsync("octo/other", request => request with { Checks = ["Counts"] });

        var failed = Assert.Single(all, check => check.Status == CheckStatus.Failed);
        Assert.Equal((CoverageCheck.OfRepository, "octo/other"), (failed.Check, failed.Repository));
        Assert.Equal("not tracked", failed.Actual);
        Assert.Contains("Register-BackfillRepository octo/other", failed.Advice);
        Assert.Equal(Checklist.All.Count, all.Count);
        Assert.Equal(failed, chosen[0]);
        Assert.All(chosen.Skip(1), check => Assert.Equal(CheckStatus.Skipped, check.Status));
    }

    [Fact]
    public async Task A_failure_of_an_earlier_stage_that_no_run_records_fails_a_check_of_a_complete_repository()
    {
        await using var bench = await CompleteAsync();

        var checks = await bench.CheckAsync(
            Hello,
            request => request with { Checks = ["Counts"], EarlierError = "Another run works." }
        );

        Assert.Equal(
            "tracked, and an earlier stage failed: Another run works",
            Assert.Single(checks, check => check.Status == CheckStatus.Failed).Actual
        );
    }

    [Fact]
    public async Task A_sync_that_is_at_work_leaves_nothing_stuck_or_deserted()
    {
        await using var bench = await CompleteAsync();
        await bench.ExecuteAsync(
            """
            ALTER TABLE repositories DISABLE TRIGGER update_repositories_updated_at;
            UPDATE repositories SET sync_status = 'syncing', last_updated_at = now() - interval '3 hours';
            WITH run AS (
              INSERT INTO backfill.sync_run (id, repository_id, repository, engine, state, owner, started_at, heartbeat_at)
              SELECT gen_random_uuid(), id, full_name, 'Local', 'Running', 'x', now() - interval '3 hours', now() FROM repositories
              RETURNING id, repository_id)
            INSERT INTO sync_logs (id, sync_type, repository_id, status, started_at, metadata)
            SELECT id, 'repository_sync', repository_id, 'started', now() - interval '3 hours', '{"trigger_source": "backfill"}' FROM run;
            """
        );

        var checks = await bench.CheckAsync(Hello, request => request with { Checks = ["Jobs"] });

        Assert.All(checks, check => Assert.True(check.Passed, $"{check}"));
    }

    [Fact]
    public async Task Jobs_of_pg_cron_that_the_login_may_not_read_are_skipped_with_the_rights_that_it_needs()
    {
        await using var bench = await CompleteAsync();
        var login = await AppSchema.RestrictedLoginAsync(bench);
        await bench.ExecuteAsync("CREATE SCHEMA cron; CREATE TABLE cron.job (); CREATE TABLE cron.job_run_details ()");
        bench.LogIn(login);

        var check = Assert.Single(
            await bench.CheckAsync(Hello, request => request with { Checks = ["CronJobs"] }),
            check => check.Check == "CronJobs"
        );

        Assert.Equal(CheckStatus.Skipped, check.Status);
        Assert.Contains("USAGE on schema cron", check.Advice);
    }

    private Task<Bench> CompleteAsync() => complete.CopyAsync(postgres);

    // Inngest and Supabase are not set up here, so that these have nothing to judge.
    private static bool IsOfAnEndpoint(CoverageCheck check) => check is { Category: "Settings", Check: not "Settings" };
}
