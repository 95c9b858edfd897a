using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Backfill.Simulation.Data;
using Backfill.Simulation.Faults;

namespace Backfill.Integration.Tests.Sync;

/// <summary>Faults that a run cannot wait out: one item costs only itself, a repository that changes its identity or its access ends the run with the error that names it.</summary>
public sealed class FaultEndTests(TestPostgres postgres)
{
    private const string Hello = "octo/hello";
    private const double Speed = 30;

    [Theory]
    [InlineData("item-too-heavy", "Issues")]
    [InlineData("item-too-heavy", "PullRequests")]
    [InlineData("children-too-heavy", "PullRequests")]
    public async Task An_unreadable_item_is_the_only_one_that_is_left_out(string fault, string entity)
    {
        await using var bench = await SetUpAsync();
        var repository = Assert.Single(bench.GitHub.Repositories);
        Item item =
            entity == "Issues"
                ? repository.Issues.All.ElementAt(5)
                : repository.PullRequests.All.First(pull => pull.Reviews.Count > 0 && pull.Comments.Count > 0);
        // What is heavy of an item is its text: its place and its totals can be had.
        string[] scopes =
            fault == "item-too-heavy" ? [$"graphql.{entity}/", $"graphql.{entity.TrimEnd('s')}Items/"] : [""];
        foreach (var scope in scopes)
        {
            bench.GitHub.Faults.Add(FaultRule.Parse($"{scope}{fault}:{item.Number}"));
        }

        var run = await bench.SyncAsync(Hello);

        Assert.True(run.State == RunState.Incomplete, $"{run.State} {run.Error}");
        Assert.Contains(run.Gaps, gap => gap.Parent == $"#{item.Number}");
        Assert.All(run.Gaps, gap => Assert.True(gap.Parent is null || gap.Parent == $"#{item.Number}", gap.ToString()));
        var missing = fault == "item-too-heavy" ? 1 : 0;
        Assert.Equal(
            repository.Issues.All.Count + repository.PullRequests.All.Count - missing,
            await bench.CountAsync("SELECT (SELECT count(*) FROM issues) + (SELECT count(*) FROM pull_requests)")
        );

        bench.GitHub.Reset();
        AssertCompleted(await bench.SyncAsync(Hello));
        await AssertIsUndisturbedAsync(bench);
    }

    [Fact]
    public async Task Content_without_an_author_belongs_to_the_ghost_account()
    {
        await using var bench = await SetUpAsync();
        bench.GitHub.Faults.Add(FaultRule.Parse("null-authors"));

        AssertCompleted(await bench.SyncAsync(Hello));

        Assert.Equal(
            "ghost",
            await bench.TextAsync(
                "SELECT string_agg(DISTINCT c.username, ' ') FROM issues i LEFT JOIN contributors c ON c.id = i.author_id"
            )
        );
        Assert.Equal(0, await bench.CountAsync("SELECT count(*) FROM issues WHERE author_id IS NULL"));
    }

    [Fact]
    public async Task Only_discussions_need_the_ids_that_GitHub_cannot_give()
    {
        await using var bench = await SetUpAsync();
        bench.GitHub.Faults.Add(FaultRule.Parse("null-database-ids"));

        var run = await bench.SyncAsync(Hello);

        Assert.Equal(RunState.Incomplete, run.State);
        Assert.Contains(run.Gaps, gap => gap.Entity == "Discussions");
        Assert.All(run.Gaps, gap => Assert.StartsWith("Discussion", gap.Entity));
        Assert.Equal(20, await bench.CountAsync("SELECT count(*) FROM pull_requests"));
        bench.GitHub.Reset();
        AssertCompleted(await bench.SyncAsync(Hello));
        Assert.Equal(2, await bench.CountAsync("SELECT count(*) FROM discussions"));
    }

    [Fact]
    public async Task A_repository_that_is_renamed_during_a_run_keeps_its_row()
    {
        await using var bench = await SetUpAsync();
        var id = bench.GitHub.Repositories[0].DatabaseId;
        bench.GitHub.Faults.Add(FaultRule.Parse("graphql.PullRequests/repository-renamed@1"));

        AssertCompleted(await bench.SyncAsync(Hello));
        AssertCompleted(await bench.SyncAsync("octo/hello-renamed"));

        Assert.Equal(id, await bench.CountAsync("SELECT github_id FROM repositories"));
        Assert.Equal("octo/hello-renamed", await bench.TextAsync("SELECT full_name FROM repositories"));
        await AssertIsUndisturbedAsync(bench, "octo/hello-renamed");
    }

    [Theory]
    [InlineData("graphql.Issues/repository-name-taken@1", ErrorIds.RepositoryIdentityChanged)]
    [InlineData("graphql.Issues/repository-vanished@1", ErrorIds.RepositoryNotFound)]
    public async Task A_repository_that_another_has_replaced_ends_the_run(string fault, string errorId)
    {
        await using var bench = await SetUpAsync(120);
        bench.GitHub.Faults.Add(FaultRule.Parse(fault));

        var started = await bench.StartAsync(Hello);
        var (run, errors) = await bench.WaitAsync(bench.Engine, started.Id);

        Assert.Equal(RunState.Failed, run.State);
        Assert.True(errorId == Assert.Single(errors).ErrorId, errors.First().ToString());
        Assert.Equal(120, await bench.CountAsync("SELECT count(*) FROM pull_requests"));
        Assert.Equal(1, await bench.CountAsync("SELECT count(*) FROM repositories"));
    }

    [Theory]
    [InlineData("saml", ErrorIds.GitHubAccessDenied)]
    [InlineData("451", ErrorIds.GitHubAccessDenied)]
    [InlineData("404", ErrorIds.RepositoryNotFound)]
    [InlineData("schema-change", ErrorIds.GitHubQueryRefused)]
    [InlineData("401", ErrorIds.GitHubTokenRefused)]
    public async Task A_refusal_of_GitHub_is_named(string fault, string errorId)
    {
        await using var bench = await SetUpAsync();
        bench.GitHub.Faults.Add(FaultRule.Parse($"graphql.Issues/{fault}"));

        var started = await bench.StartAsync(Hello);
        var (run, errors) = await bench.WaitAsync(bench.Engine, started.Id);

        Assert.Equal(RunState.Failed, run.State);
        Assert.Equal(errorId, Assert.Single(errors).ErrorId);
        Assert.Equal(20, await bench.CountAsync("SELECT count(*) FROM pull_requests"));
    }

    private Task<Bench> SetUpAsync(int pullRequests = 20) =>
        Bench.SetUpAsync(
            postgres,
            new SimulatorOptions
            {
                PullRequests = pullRequests,
                Discussions = 2,
                Time = new AcceleratedTime(Speed),
            }
        );

    private static void AssertCompleted(RepoSync run) =>
        Assert.True(run.State == RunState.Completed, $"{run.State} {run.Error} {string.Join("; ", run.Gaps)}");

    private async Task AssertIsUndisturbedAsync(Bench bench, string repository = Hello)
    {
        await using var undisturbed = await bench.BesideAsync(postgres);
        AssertCompleted(await undisturbed.SyncAsync(repository));
        await StoredRows.AssertEqualAsync(undisturbed, bench);
    }
}
