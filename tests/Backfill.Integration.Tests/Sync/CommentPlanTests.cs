using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Backfill.Simulation.Data;
using Backfill.Simulation.Faults;

namespace Backfill.Integration.Tests.Sync;

/// <summary>
/// Comments come nested or from their lists, as GitHub allows: whichever way, and wherever it changes, the rows are the same.
/// </summary>
public sealed class CommentPlanTests(TestPostgres postgres, CommentPlanTests.Undisturbed undisturbed)
    : IClassFixture<CommentPlanTests.Undisturbed>
{
    private const string Hello = "octo/hello";
    private const string Hostile = "many-nodes:80";
    private const string ListsIssueComments = "/issues/comments";
    private const string ListsReviewComments = "/pulls/comments";

    private const string Plans = """
        SELECT concat_ws(' ',
          coalesce((SELECT plan FROM backfill.sync_list WHERE list = 'review_comments'), '-'),
          coalesce((SELECT plan FROM backfill.sync_list WHERE list = 'issue_comments'), '-'))
        """;

    // Where somebody has far more comments than others, reading on under an item is needed at every level.
    private static readonly RepositoryShape Talkative = new(
        PullRequests: 12,
        Issues: 12,
        Discussions: 3,
        Reviews: 60,
        ReviewComments: 600,
        ReviewCommentsOutside: 300,
        PullRequestComments: 900,
        IssueComments: 900,
        DiscussionComments: 30,
        People: 20,
        MostReviews: 30,
        MostComments: 250
    );

    [Theory]
    [InlineData("B: nothing refused", "", "listed -")]
    [InlineData("A: the list is denied", "review-comments-refused", "nested -")]
    [InlineData("A: the list is not there", "review-comments-refused:404", "nested -")]
    [InlineData("A: the list fails for good", "review-comments-refused:500", "nested -")]
    [InlineData("A: the list is denied in its midst", "review-comments-refused@2x99", "nested -")]
    [InlineData(
        "B: REST has nothing left, and GraphQL too little",
        "graphql/shared-budget:4975@1 graphql/window-resets-early@8 rest/rate-limited-403:660@1",
        "listed -"
    )]
    [InlineData("C: nesting is too heavy", Hostile, "listed listed")]
    [InlineData("A after C: no list is to be had", Hostile + " issue-comments-refused", "listed nested")]
    [InlineData("A and C", Hostile + " review-comments-refused", "nested listed")]
    public async Task Every_plan_stores_the_same_rows(string what, string rules, string plans)
    {
        // Where pages are too heavy nothing waits, and on a quicker clock a busy machine's answers would be slow ones.
        await using var bench = await SetUpAsync(
            rules,
            rules.Contains(Hostile, StringComparison.Ordinal) ? TimeProvider.System : new AcceleratedTime(30)
        );

        var run = await bench.SyncAsync(Hello);

        Assert.True(run.State == RunState.Completed, $"{what}: {run.Error}{string.Join("; ", run.Gaps)}");
        Assert.Equal(plans, await bench.TextAsync(Plans));
        Assert.Equal(rules.Length > 0, bench.GitHub.Counters.Faults > 0);
        Assert.Empty(bench.GitHub.EarlyRequests);
        bench.GitHub.Reset();
        await AssertWholeAsync(bench, await undisturbed.BenchAsync(), what);
    }

    [Theory]
    [InlineData("from the first request on", "rest/rate-limited-403:3600@1")]
    [InlineData("after a page", "rest/last-page:3600@1")]
    public async Task Without_a_REST_budget_a_run_misses_only_people_whom_REST_alone_lists(string what, string rules)
    {
        await using var bench = await SetUpAsync(rules, new AcceleratedTime(30));

        var run = await bench.SyncAsync(Hello);

        // Only REST lists who pushed and did nothing else.
        var gap = Assert.Single(run.Gaps);
        Assert.Equal((RunState.Incomplete, "Contributors"), (run.State, gap.Entity));
        Assert.Contains("people with commits are not listed", gap.Cause, StringComparison.Ordinal);
        Assert.Equal("nested -", await bench.TextAsync(Plans));
        Assert.True(bench.GitHub.Counters.Faults > 0, what);
        Assert.Empty(bench.GitHub.EarlyRequests);
        bench.GitHub.Reset();
        // A process that knows of no limit lists them.
        await using var later = await bench.ReopenAsync();
        Assert.Equal(RunState.Completed, (await later.SyncAsync(Hello)).State);
        await AssertWholeAsync(bench, await undisturbed.BenchAsync(), what);
    }

    [Fact]
    public async Task With_many_comments_per_item_comments_are_read_from_the_list_from_the_first_page_on()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { Shape = Talkative });
        var run = await bench.SyncAsync(Hello);
        Assert.True(run.State == RunState.Completed, run.Error);
        Assert.Equal("listed listed", await bench.TextAsync(Plans));
        Assert.DoesNotContain("OverflowComments", bench.GitHub.Requests.Select(request => request.Operation));
        await AssertAsync("A", "review-comments-refused issue-comments-refused", "nested nested", bench);
        await AssertAsync("B", "issue-comments-refused", "listed nested", bench);
    }

    [Fact]
    public async Task A_list_that_works_again_brings_the_comments_that_its_failure_left_out()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 60 });
        bench.GitHub.Faults.Add(FaultRule.Parse("review-comments-refused"));
        Assert.Equal(RunState.Completed, (await bench.SyncAsync(Hello)).State);

        // While it is refused, what moved is read with its pull request, and nothing else again.
        var pull = bench.GitHub.Repositories[0].PullRequests.All[1];
        bench.GitHub.Changes.AddReviewComment(Hello, pull.Number, "again");
        bench.GitHub.Reset();
        bench.GitHub.Faults.Add(FaultRule.Parse("review-comments-refused"));
        Assert.Equal(RunState.Completed, (await bench.SyncAsync(Hello)).State);
        Assert.DoesNotContain("OverflowReviewThreads", bench.GitHub.Requests.Select(request => request.Operation));
        Assert.Equal(1, await bench.CountAsync("SELECT count(*) FROM comments WHERE body = 'again'"));

        // An edit does not move the pull request: only the list shows it.
        bench.GitHub.Changes.EditBody(pull.ReviewComments[0], "edited");
        bench.GitHub.Reset();
        Assert.Equal(RunState.Completed, (await bench.SyncAsync(Hello)).State);
        Assert.Equal("listed -", await bench.TextAsync(Plans));
        Assert.Equal(1, await bench.CountAsync("SELECT count(*) FROM comments WHERE body = 'edited'"));
        await AssertWholeAsync(bench);
    }

    [Fact]
    public async Task A_sync_without_changes_costs_one_point_and_three_requests_also_when_all_comments_are_listed()
    {
        await using var bench = await ListedAsync();
        bench.GitHub.Reset();
        Assert.Equal(RunState.Completed, (await bench.SyncAsync(Hello)).State);
        var counters = bench.GitHub.Counters;
        Assert.Equal((1, 1, 2), (counters.GraphQL, counters.Points, counters.NotModified));
        Assert.Equal((3, 0), (counters.Requests, counters.RestCharged));

        // An edit does not move the issue, but shows in the list.
        var issue = bench.GitHub.Repositories[0].Issues.All.First(item => item.Comments.Count > 0);
        bench.GitHub.Changes.EditBody(issue.Comments[0], "edited");
        bench.GitHub.Changes.AddComment(Hello, issue.Number, "added");
        bench.GitHub.Reset();
        Assert.Equal(RunState.Completed, (await bench.SyncAsync(Hello)).State);
        Assert.Equal(2, await bench.CountAsync("SELECT count(*) FROM comments WHERE body IN ('edited', 'added')"));
        await AssertWholeAsync(bench);
    }

    [Fact]
    public async Task A_backfill_in_phases_lists_no_comment_twice()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 500 });
        bench.GitHub.Faults.Add(FaultRule.Parse(Hostile));
        foreach (var days in (int?[])[30, 90, null])
        {
            var run = await bench.SyncAsync(Hello, days is { } back ? DateTimeOffset.UtcNow.AddDays(-back) : null);
            Assert.True(run.State == RunState.Completed, $"{run.Error}{string.Join("; ", run.Gaps)}");
        }

        Assert.Equal("listed listed", await bench.TextAsync(Plans));
        var listed = bench.GitHub.Requests.Count(request => Lists(request, ListsIssueComments));
        var pages = (bench.GitHub.Repositories[0].IssueComments.All.Count + 99) / 100;
        // A page more for each end of a phase, and one that looks for what came meanwhile.
        Assert.InRange(listed, pages, pages + 8);
        bench.GitHub.Reset();
        await AssertWholeAsync(bench);
    }

    [Fact]
    public async Task A_list_that_ends_early_is_resumed_where_it_ended()
    {
        await using var bench = await Bench.SetUpAsync(
            postgres,
            new SimulatorOptions { PullRequests = 150, MostListedComments = 200 }
        );
        bench.GitHub.Faults.Add(FaultRule.Parse(Hostile));
        var run = await bench.SyncAsync(Hello);
        Assert.True(run.State == RunState.Completed, run.Error);
        Assert.Equal("listed listed", await bench.TextAsync(Plans));
        Assert.True(bench.GitHub.Repositories[0].IssueComments.All.Count > 400);
        bench.GitHub.Reset();
        await AssertWholeAsync(bench);
    }

    [Fact]
    public async Task Content_that_Include_leaves_out_is_fetched_later_also_when_all_comments_are_listed()
    {
        await using var bench = await ListedAsync();
        foreach (
            var include in (SyncContent[])
                [
                    SyncContent.Issues | SyncContent.Comments,
                    SyncContent.PullRequests | SyncContent.Issues,
                    SyncContent.Comments,
                    SyncContent.All,
                ]
        )
        {
            var repository = bench.GitHub.Repositories[0];
            bench.GitHub.Changes.AddComment(Hello, repository.Issues.All[1].Number, $"on an issue before {include}");
            bench.GitHub.Changes.AddComment(
                Hello,
                repository.PullRequests.All[1].Number,
                $"on a pull request before {include}"
            );
            bench.GitHub.Changes.AddIssue(Hello, $"before {include}");
            bench.GitHub.Reset();
            var run = await bench.SyncAsync(Hello, include: include);
            Assert.True(run.State == RunState.Completed, $"{include}: {run.Error}{string.Join("; ", run.Gaps)}");
        }

        await AssertWholeAsync(bench);
    }

    [Fact]
    public async Task A_run_after_a_kill_continues_with_the_same_plan()
    {
        await using var bench = await Bench.SetUpAsync(
            postgres,
            new SimulatorOptions { PullRequests = 300, Latency = TimeSpan.FromMilliseconds(40) }
        );
        const string Sync = $"Start-RepoSync {Hello} -Track | Wait-RepoSync";
        bench.GitHub.Faults.Add(FaultRule.Parse(Hostile));
        using (var host = bench.Host(Sync))
        {
            while (bench.GitHub.Requests.Count(request => Lists(request, ListsIssueComments)) < 3)
            {
                Assert.False(host.HasExited, host.Errors);
                await Task.Delay(1, TestContext.Current.CancellationToken);
            }

            host.Kill();
            Assert.NotEqual(0, await host.WaitAsync());
        }

        Assert.Equal("listed listed", await bench.TextAsync(Plans));
        Assert.True(
            await bench.CountAsync("SELECT count(*) FROM comments WHERE comment_type = 'issue_comment'")
                < bench.GitHub.Repositories[0].IssueComments.All.Count
        );
        bench.GitHub.Reset();
        using (var host = bench.Host(Sync))
        {
            Assert.True(await host.WaitAsync() == 0, $"{host.Errors}{host.Output}");
        }

        // From the page where it was, not from the first.
        var since = bench.GitHub.Requests.First(request => Lists(request, ListsIssueComments));
        Assert.Contains("since=", since.Path, StringComparison.Ordinal);
        await AssertWholeAsync(bench);
    }

    [Theory]
    [InlineData("a page takes five seconds at half its first size", "slow-by-size:40", "listed listed", 300, 0)]
    [InlineData("a page takes eight seconds at any size", "", "listed listed", 60, 8)]
    [InlineData("a page is quick", "", "listed -", 300, 0)]
    public async Task Pages_that_come_slowly_and_steadily_change_the_plan(
        string what,
        string rules,
        string plans,
        int pullRequests,
        int latency
    )
    {
        await using var bench = await Bench.SetUpAsync(
            postgres,
            new SimulatorOptions
            {
                PullRequests = pullRequests,
                Latency = TimeSpan.FromSeconds(latency),
                Time = rules.Length > 0 || latency > 0 ? new AcceleratedTime(30) : TimeProvider.System,
            }
        );
        FaultSchedule.Parse(rules).AddTo(bench.GitHub.Faults);

        var run = await bench.SyncAsync(Hello);

        Assert.True(run.State == RunState.Completed, $"{what}: {run.Error}{string.Join("; ", run.Gaps)}");
        Assert.Equal(plans, await bench.TextAsync(Plans));
        bench.GitHub.Reset();
        await AssertWholeAsync(bench, what);
    }

    private static bool Lists(RequestRecord request, string list) =>
        request.Path.Split('?')[0].EndsWith(list, StringComparison.Ordinal);

    private async Task<Bench> SetUpAsync(string rules, TimeProvider time)
    {
        var bench = await Bench.SetUpAsync(postgres, Undisturbed.Options with { Time = time });
        FaultSchedule.Parse(rules).AddTo(bench.GitHub.Faults);
        return bench;
    }

    // A repository whose comments are all listed, read to its end.
    private async Task<Bench> ListedAsync()
    {
        var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 150 });
        bench.GitHub.Faults.Add(FaultRule.Parse(Hostile));
        Assert.Equal(RunState.Completed, (await bench.SyncAsync(Hello)).State);
        Assert.Equal("listed listed", await bench.TextAsync(Plans));
        return bench;
    }

    private async Task AssertWholeAsync(Bench bench, string told = "")
    {
        await using var usual = await bench.BesideAsync(postgres);
        Assert.Equal(RunState.Completed, (await usual.SyncAsync(Hello)).State);
        await AssertWholeAsync(bench, usual, told);
    }

    private static async Task AssertWholeAsync(Bench bench, Bench usual, string told)
    {
        await StoredRows.AssertEqualAsync(usual, bench, told);
        Assert.Equal(0, await bench.CountAsync("SELECT count(*) FROM backfill.held_comment"));
    }

    // The same repository by another plan.
    private async Task AssertAsync(string plan, string rules, string plans, Bench expected)
    {
        await using var other = await expected.BesideAsync(postgres);
        expected.GitHub.Reset();
        FaultSchedule.Parse(rules).AddTo(expected.GitHub.Faults);
        var run = await other.SyncAsync(Hello);
        Assert.True(run.State == RunState.Completed, $"{plan}: {run.Error}");
        Assert.Equal(plans, await other.TextAsync(Plans));
        await StoredRows.AssertEqualAsync(expected, other, plan);
    }

    /// <summary>An undisturbed run, made once. Every simulator with its options serves the same repository.</summary>
    public sealed class Undisturbed(TestPostgres postgres) : SharedBench
    {
        internal static SimulatorOptions Options { get; } =
            new() { PullRequests = 150, Until = new DateTimeOffset(2026, 3, 2, 0, 0, 0, TimeSpan.Zero) };

        private protected override async Task<Bench> MakeAsync()
        {
            var bench = await Bench.SetUpAsync(postgres, Options);
            Assert.Equal(RunState.Completed, (await bench.SyncAsync(Hello)).State);
            return bench;
        }
    }
}
