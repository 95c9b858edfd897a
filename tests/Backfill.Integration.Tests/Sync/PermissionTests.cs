using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Backfill.Simulation.Faults;

namespace Backfill.Integration.Tests.Sync;

/// <summary>A token that lacks one permission, and lists that GitHub leaves out of its answers: none of them is a count of zero.</summary>
public sealed class PermissionTests(TestPostgres postgres)
{
    private const string Hello = "octo/hello";
    private const double Speed = 60;

    [Theory]
    [InlineData("forbidden-issues", "issues: read")]
    [InlineData("null-issues", "issues: read")]
    [InlineData("forbidden-pull-requests", "pull_requests: read")]
    [InlineData("null-pull-requests", "pull_requests: read")]
    [InlineData("forbidden-discussions", "discussions: read")]
    [InlineData("null-discussions", "discussions: read")]
    public async Task A_missing_permission_is_named_with_a_remedy(string fault, string permission)
    {
        await using var bench = await SetUpAsync();
        bench.GitHub.Faults.Add(FaultRule.Parse(fault));

        var started = await bench.StartAsync(Hello);
        var (run, errors) = await bench.WaitAsync(bench.Engine, started.Id);

        Assert.Equal(RunState.Failed, run.State);
        var error = Assert.Single(errors);
        Assert.Equal(ErrorIds.GitHubAccessDenied, error.ErrorId);
        Assert.Contains(permission, error.Message, StringComparison.Ordinal);
        Assert.Contains("-Include", error.Action, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("forbidden-issues", SyncContent.PullRequests, "pull_requests")]
    [InlineData("null-issues", SyncContent.PullRequests, "pull_requests")]
    [InlineData("forbidden-pull-requests", SyncContent.Issues, "issues")]
    [InlineData("forbidden-issues", SyncContent.Discussions, "discussions")]
    public async Task Included_content_can_be_read_without_the_other_permissions(
        string fault,
        SyncContent include,
        string table
    )
    {
        await using var bench = await SetUpAsync();
        bench.GitHub.Faults.Add(FaultRule.Parse(fault));

        var run = await bench.SyncAsync(Hello, include: include);

        Assert.True(run.State == RunState.Completed, $"{run.State} {run.Error}");
        Assert.True(await bench.CountAsync($"SELECT count(*) FROM {table}") > 0);
        Assert.Equal(
            include == SyncContent.PullRequests,
            run.Counts.Any(count => count is { Entity: "PullRequests", GitHubTotal: > 0 })
        );
    }

    [Fact]
    public async Task A_dry_run_requests_only_the_included_content()
    {
        await using var bench = await SetUpAsync();
        bench.GitHub.Faults.Add(FaultRule.Parse("forbidden-issues"));

        var plan = await bench.Engine.StartSyncAsync(
            bench.Settings,
            new SyncRequest(RepositoryName.Parse(Hello), null, Track: true, ThrottleLimit: 4, Plan: true)
            {
                Include = SyncContent.PullRequests,
            },
            bench.Output,
            TestContext.Current.CancellationToken
        );

        Assert.Equal(20, plan.Estimate?.Items);
    }

    [Fact]
    public async Task Coverage_judges_the_totals_that_the_token_may_read_and_names_the_permission_for_the_others()
    {
        await using var bench = await SetUpAsync();
        Assert.Equal(RunState.Completed, (await bench.SyncAsync(Hello)).State);
        bench.GitHub.Faults.Add(FaultRule.Parse("forbidden-issues"));

        var checks = await bench.CheckAsync(Hello);

        Assert.Equal(CheckStatus.Passed, checks.Single(check => check.Check == "PullRequestCount").Status);
        var issues = checks.Single(check => check.Check == "IssueCount");
        Assert.Equal(CheckStatus.Failed, issues.Status);
        Assert.Contains("issues: read", issues.Actual, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("withheld-issues")]
    [InlineData("withheld-pull-requests")]
    [InlineData("withheld-discussions")]
    [InlineData("graphql.Issues/null-lists")]
    [InlineData("graphql.PullRequests/null-lists")]
    [InlineData("graphql.Discussions/null-lists")]
    public async Task A_list_that_GitHub_withholds_fails_the_run(string fault)
    {
        await using var bench = await SetUpAsync();
        bench.GitHub.Faults.Add(FaultRule.Parse(fault));

        var started = await bench.StartAsync(Hello);
        var (run, errors) = await bench.WaitAsync(bench.Engine, started.Id);

        Assert.Equal(RunState.Failed, run.State);
        Assert.Equal(ErrorIds.GitHubUnavailable, Assert.Single(errors).ErrorId);
        bench.GitHub.Reset();
        AssertCompleted(await bench.SyncAsync(Hello));
        await AssertIsUndisturbedAsync(bench);
    }

    [Theory]
    [InlineData("null-lists")]
    [InlineData("withheld-discussions")]
    public async Task An_audit_without_a_list_does_not_treat_the_stored_items_as_deleted(string fault)
    {
        await using var bench = await SetUpAsync();
        AssertCompleted(await bench.SyncAsync(Hello));
        bench.GitHub.Faults.Add(FaultRule.Parse($"graphql.AuditDiscussions/{fault}"));

        var started = await bench.StartAsync(Hello, verify: true);
        var (run, errors) = await bench.WaitAsync(bench.Engine, started.Id);

        Assert.Equal(RunState.Failed, run.State);
        Assert.Equal(ErrorIds.GitHubUnavailable, Assert.Single(errors).ErrorId);
        Assert.Equal(0, await bench.CountAsync("SELECT count(*) FROM backfill.tombstone"));
    }

    [Fact]
    public async Task An_item_that_an_audit_lists_as_null_does_not_count_as_deleted()
    {
        await using var bench = await SetUpAsync();
        AssertCompleted(await bench.SyncAsync(Hello));
        bench.GitHub.Faults.Add(FaultRule.Parse("graphql.AuditDiscussions/forbidden-node:1"));

        await bench.SyncAsync(Hello, verify: true);

        Assert.Equal(0, await bench.CountAsync("SELECT count(*) FROM backfill.tombstone"));
    }

    [Theory]
    [InlineData("null-children")]
    [InlineData("null-child-lists")]
    public async Task Children_that_GitHub_withholds_are_gaps_and_take_nothing_from_what_is_stored(string fault)
    {
        await using var bench = await SetUpAsync();
        AssertCompleted(await bench.SyncAsync(Hello));
        var before = await bench.TextAsync(Kept);
        foreach (var item in bench.GitHub.Repositories[0].Issues.All.Take(3))
        {
            bench.GitHub.Changes.Touch(Hello, item.Number);
        }

        bench.GitHub.Faults.Add(FaultRule.Parse($"graphql.Issues/{fault}"));
        bench.GitHub.Faults.Add(
            FaultRule.Parse($"graphql.OverflowComments/{fault.Replace("child-", "", StringComparison.Ordinal)}")
        );
        var run = await bench.SyncAsync(Hello);

        Assert.Equal(before, await bench.TextAsync(Kept));
        Assert.True(run.State is RunState.Completed or RunState.Incomplete, $"{run.State} {run.Error}");
        bench.GitHub.Reset();
        AssertCompleted(await bench.SyncAsync(Hello));
        await AssertIsUndisturbedAsync(bench);
    }

    private const string Kept =
        "SELECT string_agg(concat_ws(' ', number, labels, assignees, comments_count), ';' ORDER BY number) FROM issues";

    private Task<Bench> SetUpAsync() =>
        Bench.SetUpAsync(
            postgres,
            new SimulatorOptions
            {
                PullRequests = 20,
                Discussions = 4,
                Time = new AcceleratedTime(Speed),
            }
        );

    private static void AssertCompleted(RepoSync run) =>
        Assert.True(run.State == RunState.Completed, $"{run.State} {run.Error} {string.Join("; ", run.Gaps)}");

    private async Task AssertIsUndisturbedAsync(Bench bench)
    {
        await using var undisturbed = await bench.BesideAsync(postgres);
        AssertCompleted(await undisturbed.SyncAsync(Hello));
        await StoredRows.AssertEqualAsync(undisturbed, bench);
    }
}
