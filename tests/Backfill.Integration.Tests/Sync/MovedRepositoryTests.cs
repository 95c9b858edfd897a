using Backfill.Integration.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Sync;

/// <summary>A repository that is renamed or transferred at GitHub stays the same one, and every stage finds it.</summary>
public sealed class MovedRepositoryTests(TestPostgres postgres)
{
    private const string Hello = "octo/hello";
    private const string Goodbye = "octo/goodbye";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_finished_run_carries_the_new_name_and_the_later_stages_go_by_the_id(bool transferred)
    {
        await using var bench = await SetUpAsync();
        AssertCompleted(await bench.SyncAsync(Hello));
        var name = Move(bench, transferred);

        var started = await bench.StartAsync(Hello);
        var output = new CollectedOutput();
        await bench.Engine.WaitSyncAsync(
            bench.Settings,
            new WaitRequest([started.Id], [], null, TimeSpan.FromMilliseconds(200)),
            output,
            TestContext.Current.CancellationToken
        );

        var run = Assert.IsType<RepoSync>(Assert.Single(output.Results));
        AssertCompleted(run);
        Assert.Equal(name, run.Repository);
        var warning = Assert.Single(output.Warnings);
        Assert.Contains(Hello, warning, StringComparison.Ordinal);
        Assert.Contains(name, warning, StringComparison.Ordinal);

        // As an object of an earlier stage has it: the old name with the id.
        var piped = RepositoryName.Parse(Hello) with
        {
            Id = run.RepositoryId,
        };
        var later = new CollectedOutput();
        await bench.Engine.EmbedAsync(
            bench.Settings,
            new EmbeddingRequest { Repositories = [piped] },
            later,
            TestContext.Current.CancellationToken
        );
        Assert.Equal(name, Assert.IsType<EmbeddingResult>(Assert.Single(later.Results)).Repository);
        var checks = await bench.CheckAsync(Hello, request => request with { Repository = piped });
        Assert.All(checks, check => Assert.Equal(name, check.Repository));
        Assert.Equal(CheckStatus.Passed, checks.Single(check => check.Check == "LastSync").Status);
        Assert.Empty(later.Warnings);
        Assert.Equal(name, await bench.TextAsync("SELECT string_agg(DISTINCT full_name, ' ') FROM repositories"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_old_name_still_leads_to_the_repository_and_every_command_says_so(bool transferred)
    {
        await using var bench = await SetUpAsync();
        AssertCompleted(await bench.SyncAsync(Hello));
        var name = Move(bench, transferred);
        AssertCompleted(await bench.SyncAsync(Hello));

        bench.GitHub.Reset();
        bench.Output.Warnings.Clear();
        var again = await bench.SyncAsync(Hello);

        AssertCompleted(again);
        Assert.Equal(name, again.Repository);
        Assert.Contains(name, Assert.Single(bench.Output.Warnings), StringComparison.Ordinal);
        // The tool knows the new name: GitHub is asked by it, and nobody is redirected.
        Assert.DoesNotContain(bench.GitHub.Requests, request => request.Status is 301);
        Assert.Equal(1, bench.GitHub.Requests.Count(request => request.Operation == "Probe"));
        var output = new CollectedOutput();
        await bench.Engine.EmbedAsync(
            bench.Settings,
            new EmbeddingRequest { Repositories = [RepositoryName.Parse(Hello)] },
            output,
            TestContext.Current.CancellationToken
        );
        Assert.Equal(name, Assert.IsType<EmbeddingResult>(Assert.Single(output.Results)).Repository);
        Assert.Single(output.Warnings);
        foreach (var asked in (string[])[Hello, name])
        {
            var runs = await bench.Engine.FindSyncsAsync(
                bench.Settings,
                new SyncFilter([], [RepositoryName.Parse(asked)], [], ThisProcess: false),
                TestContext.Current.CancellationToken
            );
            Assert.Equal(3, runs.Count);
            Assert.All(runs, run => Assert.Equal(name, run.Repository));
        }
    }

    [Fact]
    public async Task A_name_that_moved_before_the_tool_saw_it_is_resolved_by_GitHub()
    {
        await using var bench = await SetUpAsync();
        Move(bench, transferred: false);
        AssertCompleted(await bench.SyncAsync(Goodbye));

        var run = await bench.Engine.StartSyncAsync(
            bench.Settings,
            new SyncRequest(RepositoryName.Parse(Hello), null, Track: false, ThrottleLimit: 4, Plan: false),
            bench.Output,
            TestContext.Current.CancellationToken
        );

        Assert.Equal(Goodbye, run.Repository);
        AssertCompleted((await bench.WaitAsync(bench.Engine, run.Id)).Run);
        Assert.Contains(Goodbye, Assert.Single(bench.Output.Warnings), StringComparison.Ordinal);
        Assert.Equal(1, await bench.CountAsync("SELECT count(*) FROM repositories"));
    }

    [Fact]
    public async Task A_repository_that_is_not_tracked_is_not_tracked_by_its_old_name_either()
    {
        await using var bench = await SetUpAsync();
        Move(bench, transferred: false);

        var error = await Assert.ThrowsAsync<BackfillException>(() =>
            bench.Engine.StartSyncAsync(
                bench.Settings,
                new SyncRequest(RepositoryName.Parse(Hello), null, Track: false, ThrottleLimit: 4, Plan: false),
                bench.Output,
                TestContext.Current.CancellationToken
            )
        );

        Assert.Equal(ErrorIds.RepositoryNotTracked, error.ErrorId);
    }

    [Fact]
    public async Task An_audit_of_a_renamed_repository_treats_no_item_as_transferred()
    {
        await using var bench = await SetUpAsync();
        AssertCompleted(await bench.SyncAsync(Hello));
        Move(bench, transferred: false);
        var issue = bench.GitHub.Repositories[0].Issues.All[0];
        // Stored and not listed: REST is asked what became of it, and has it.
        bench.GitHub.Faults.Add(
            Simulation.Faults.FaultRule.Parse($"graphql.AuditIssues/forbidden-item:{issue.Number}")
        );

        await bench.SyncAsync(Hello, verify: true);

        Assert.Equal(0, await bench.CountAsync("SELECT count(*) FROM backfill.tombstone"));
    }

    [Fact]
    public async Task A_new_repository_that_takes_the_old_name_is_registered_beside_the_renamed_one()
    {
        await using var bench = await Bench.SetUpAsync(
            postgres,
            new SimulatorOptions { PullRequests = 5, Repositories = [Hello, "octo/world"] }
        );
        AssertCompleted(await bench.SyncAsync(Hello));
        bench.GitHub.Changes.Rename(Hello, "goodbye");
        AssertCompleted(await bench.SyncAsync(Hello));
        bench.GitHub.Changes.Rename("octo/world", "hello");

        var tracked = await bench.RegisterAsync(Hello, null);

        Assert.True(tracked.Added);
        Assert.Equal(2, await bench.CountAsync("SELECT count(*) FROM repositories"));
        var run = await bench.SyncAsync(Hello);
        Assert.Equal(tracked.RepositoryId, run.RepositoryId);
    }

    private static string Move(Bench bench, bool transferred)
    {
        if (!transferred)
        {
            bench.GitHub.Changes.Rename(Hello, "goodbye");
            return Goodbye;
        }

        var owner = bench
            .GitHub.Repositories[0]
            .PullRequests.All.Select(pull => pull.Author?.Login)
            .First(login => login is not null and not "octo")!;
        bench.GitHub.Changes.GiveTo(Hello, owner);
        return $"{owner}/hello";
    }

    private Task<Bench> SetUpAsync() =>
        Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 20, Discussions = 2 });

    private static void AssertCompleted(RepoSync run) =>
        Assert.True(run.State == RunState.Completed, $"{run.State} {run.Error} {string.Join("; ", run.Gaps)}");
}
