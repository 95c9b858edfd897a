using System.Text.Json;
using Backfill.Integration.Tests.Support;

namespace Backfill.Integration.Tests.Metrics;

/// <summary>The numbers of a workspace against numbers worked out by hand from a dozen rows.</summary>
public sealed class WorkspaceMetricsTests(TestPostgres postgres)
{
    [Fact]
    public async Task Every_number_is_what_its_definition_says()
    {
        await using var team = await Team.CreateAsync(postgres);

        var (metrics, errors) = await team.MeasureAsync("30d");

        Assert.Empty(errors);
        var workspace = Assert.Single(metrics);
        Assert.Equal(
            ("Team", RunState.Completed, Team.Now),
            (workspace.Workspace, workspace.State, workspace.CalculatedAt)
        );
        Assert.Equal(["octo/hello", "octo/world"], workspace.Repositories);
        Same(
            new WorkspaceMetricsRange
            {
                Range = "30d",
                // In the range: 1 (open draft), 2 (open), 3 (merged), 4 (closed) and 11 (merged); before it: 5.
                TotalPullRequests = 5,
                MergedPullRequests = 2,
                OpenPullRequests = 2,
                DraftPullRequests = 1,
                // 6 (open), 7 and 8 (closed); before it: 9 and 10.
                TotalIssues = 3,
                ClosedIssues = 2,
                OpenIssues = 1,
                // Merged after 24 h and after 72 h; closed after 12 h and after 36 h.
                AverageMergeHours = 48,
                AverageIssueCloseHours = 24,
                PullRequestVelocity = 2 / 30.0,
                IssueClosureRate = 100.0 * 2 / 3,
                // ada, ben and cid; ada was there before.
                TotalContributors = 3,
                NewContributors = 2,
                TotalStars = 1_200,
                // 5 after 1, 3 after 2, three people after one.
                PullRequestsTrend = 400,
                IssuesTrend = 50,
                ContributorsTrend = 200,
            },
            Assert.Single(workspace.Ranges)
        );
    }

    [Theory]
    [InlineData("7d", 2, 100.0)]
    [InlineData("90d", 6, 100.0)]
    [InlineData("1y", 6, 100.0)]
    [InlineData("all", 7, null)]
    public async Task A_range_reaches_back_as_far_as_it_says(string range, int pullRequests, double? trend)
    {
        await using var team = await Team.CreateAsync(postgres);

        var measured = Assert.Single((await team.MeasureAsync(range)).Metrics.Single().Ranges);

        Assert.Equal((range, (long)pullRequests), (measured.Range, measured.TotalPullRequests));
        Assert.Equal(trend is null, measured.PullRequestsTrend is null);
    }

    [Fact]
    public async Task Many_ranges_at_once_give_the_same_numbers_as_each_alone()
    {
        await using var team = await Team.CreateAsync(postgres);
        // More than are counted at once.
        string[] ranges =
        [
            "7d",
            "14d",
            "60d",
            "90d",
            "1y",
            "all",
            .. Enumerable.Range(1, 30).Select(day => $"{day + 14}d"),
        ];

        var together = Assert.Single((await team.MeasureAsync(ranges)).Metrics).Ranges;

        Assert.Equal(ranges, together.Select(range => range.Range));
        Assert.True(together.Select(range => range.TotalPullRequests).Distinct().Count() > 2);
        foreach (var range in together)
        {
            var (alone, _) = await team.RunAsync(["octo/hello"], [], force: true, ranges: [range.Range]);
            Assert.Equal(
                JsonSerializer.Serialize(Assert.Single(alone.Single().Ranges)),
                JsonSerializer.Serialize(range)
            );
        }
    }

    [Fact]
    public async Task A_range_without_rows_has_no_means_and_no_rates()
    {
        await using var team = await Team.CreateAsync(postgres);
        await team.ExecuteAsync("DELETE FROM pull_requests; DELETE FROM issues");

        var measured = Assert.Single((await team.MeasureAsync("7d")).Metrics.Single().Ranges);

        Same(
            new WorkspaceMetricsRange
            {
                Range = "7d",
                TotalStars = 1_200,
                PullRequestsTrend = 0,
                IssuesTrend = 0,
                ContributorsTrend = 0,
            },
            measured
        );
    }

    [Fact]
    public async Task A_metric_is_stored_once_however_often_it_is_computed()
    {
        await using var team = await Team.CreateAsync(postgres);

        await team.MeasureAsync("30d", "all");
        var first = await team.TextAsync(
            "SELECT string_agg(m::text, '|' ORDER BY time_range) FROM backfill.workspace_metrics m"
        );
        await team.MeasureAsync("30d", "all");

        Assert.Equal(
            first,
            await team.TextAsync(
                "SELECT string_agg(m::text, '|' ORDER BY time_range) FROM backfill.workspace_metrics m"
            )
        );
        Assert.Equal(
            "30d 2026-03-02 5|all 2026-03-02 7",
            await team.TextAsync(
                "SELECT string_agg(concat_ws(' ', time_range, metric_date, metrics ->> 'total_prs'), '|' ORDER BY time_range) FROM backfill.workspace_metrics_history"
            )
        );
        // What the operators' guide reads: two repositories, four people, seven pull requests, five issues.
        Assert.Equal(
            "2 4 7 5",
            await team.TextAsync(
                "SELECT concat_ws(' ', total_repositories, total_contributors, total_pull_requests, total_issues) FROM workspaces WHERE name = 'Team'"
            )
        );
    }

    [Fact]
    public async Task A_workspace_of_many_repositories_is_computed_once_and_a_run_outside_any_workspace_is_passed_on()
    {
        await using var team = await Team.CreateAsync(postgres);
        await team.ExecuteAsync(
            "INSERT INTO repositories (github_id, full_name, owner, name) VALUES (3, 'octo/alone', 'octo', 'alone'), (4, 'octo/lonely', 'octo', 'lonely')"
        );

        var (metrics, errors) = await team.RunAsync(
            ["octo/world", "octo/alone", "OCTO/hello", "octo/world", "octo/lonely"],
            []
        );

        Assert.Empty(errors);
        Assert.Equal(["Team", null], metrics.Select(one => one.Workspace));
        Assert.Equal(["octo/hello", "octo/world"], metrics[0].Repositories);
        Assert.Equal(["octo/alone", "octo/lonely"], metrics[1].Repositories);
        Assert.Equal(RunState.Skipped, metrics[1].State);
        Assert.Contains("Register-BackfillRepository -Workspace", metrics[1].Reason);
    }

    [Fact]
    public async Task A_repository_that_is_not_tracked_is_an_error_that_leaves_the_others_alone()
    {
        await using var team = await Team.CreateAsync(postgres);

        var (metrics, errors) = await team.RunAsync(["octo/nothing", "octo/hello"], []);

        Assert.Equal(ErrorIds.RepositoryNotTracked, Assert.Single(errors).ErrorId);
        Assert.Equal(
            [(RunState.Failed, "octo/nothing"), (RunState.Completed, "octo/hello")],
            metrics.Select(one => (one.State, Assert.Single(one.Repositories)))
        );
        Assert.Equal(errors.Single().Message, metrics[0].Reason);
    }

    [Theory]
    [InlineData("Team")]
    [InlineData("the-team")]
    [InlineData("00000000-0000-0000-0000-000000000001")]
    public async Task A_workspace_can_be_chosen_by_each_of_its_names(string workspace)
    {
        await using var team = await Team.CreateAsync(postgres);

        var (metrics, _) = await team.RunAsync([], [workspace]);

        Assert.Equal("Team", Assert.Single(metrics).Workspace);
    }

    [Fact]
    public async Task An_unknown_workspace_is_an_error_that_names_the_known_ones()
    {
        await using var team = await Team.CreateAsync(postgres);

        var error = await Assert.ThrowsAsync<BackfillException>(() => team.RunAsync([], ["Team", "Tem"]));

        Assert.Equal(ErrorIds.WorkspaceNotFound, error.ErrorId);
        Assert.Contains("'Tem'", error.Message);
        Assert.Contains("Other, Team", error.Action);
        Assert.Equal(0L, await team.CountAsync("SELECT count(*) FROM backfill.workspace_metrics"));
    }

    [Fact]
    public async Task A_plan_names_the_workspaces_and_writes_nothing()
    {
        await using var team = await Team.CreateAsync(postgres);

        var (metrics, _) = await team.RunAsync(["octo/hello", "octo/not-stored-yet"], [], plan: true);

        Assert.Equal(["Team", null], metrics.Select(one => one.Workspace));
        Assert.All(metrics, one => Assert.Equal(RunState.Planned, one.State));
        Assert.Equal(0L, await team.CountAsync("SELECT count(*) FROM backfill.workspace_metrics"));
    }

    [Fact]
    public async Task Recent_unchanged_metrics_are_returned_as_stored_unless_forced()
    {
        await using var team = await Team.CreateAsync(postgres);
        var first = (await team.MeasureAsync("7d", "all")).Metrics.Single();
        await team.ExecuteAsync(
            "INSERT INTO issues (github_id, number, title, state, repository_id, created_at, updated_at) SELECT 99, 99, 'I', 'open', id, '2026-03-01Z', '2026-03-01Z' FROM repositories WHERE github_id = 1"
        );

        // Six minutes later the numbers of 7d are too old, those of all are not.
        team.Clock.Advance(TimeSpan.FromMinutes(6));
        var second = (await team.MeasureAsync("7d", "all")).Metrics.Single();
        Assert.Equal([3L, 5L], second.Ranges.Select(range => range.TotalIssues - (range.Range == "7d" ? -1 : 0)));
        Assert.Equal(first.CalculatedAt, second.CalculatedAt);
        Assert.Contains("1 of 2 ranges", second.Reason);
        Same(first.Ranges[1], second.Ranges[1]);

        var forced = (await team.RunAsync(["octo/hello"], [], force: true, ranges: ["all"])).Metrics.Single();
        Assert.Equal(6, Assert.Single(forced.Ranges).TotalIssues);
        Assert.Null(forced.Reason);

        // A sync, or another repository in the workspace, makes everything due.
        await team.ExecuteAsync("UPDATE repositories SET last_synced_at = now() WHERE github_id = 1");
        Assert.Null((await team.MeasureAsync("all")).Metrics.Single().Reason);
        await team.ExecuteAsync(
            "INSERT INTO workspace_repositories (workspace_id, repository_id) VALUES ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-0000000000a9')"
        );
        Assert.Null((await team.MeasureAsync("all")).Metrics.Single().Reason);
    }

    [Fact]
    public async Task Only_a_repository_that_was_synced_is_read_again_while_its_ranges_are_young()
    {
        await using var team = await Team.CreateAsync(postgres);
        await team.MeasureAsync("7d", "all");
        await team.PullAsync(21, "a1", "c4", days: 1, "merged", hours: 2);
        await team.PullAsync(22, "a2", "c4", days: 1, "open");
        await team.ExecuteAsync("UPDATE repositories SET last_synced_at = now() WHERE github_id = 1");
        team.Clock.Advance(TimeSpan.FromMinutes(4));

        Assert.Equal(3, await PullRequestsOfWeekAsync(force: false));
        Assert.Equal(4, await PullRequestsOfWeekAsync(force: true));

        // No result counts rows that were read longer ago than its lifetime.
        await team.PullAsync(23, "a2", "c4", days: 1, "open");
        await team.ExecuteAsync("UPDATE repositories SET last_synced_at = now() WHERE github_id = 1");
        team.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(5, await PullRequestsOfWeekAsync(force: false));

        async Task<long> PullRequestsOfWeekAsync(bool force) =>
            Assert
                .Single((await team.RunAsync(["octo/hello"], [], force: force, ranges: ["7d"])).Metrics.Single().Ranges)
                .TotalPullRequests;
    }

    [Fact]
    public async Task What_was_stored_gives_the_numbers_of_the_rows_at_a_later_moment()
    {
        await using var team = await Team.CreateAsync(postgres);
        string[] ranges = ["7d", "30d", "all"];
        await team.ExecuteAsync(
            "INSERT INTO reviews (github_id, pull_request_id, repository_id, author_id, state, submitted_at) SELECT number, id, repository_id, '00000000-0000-0000-0000-0000000000c4', 'APPROVED', created_at + interval '90 minutes' FROM pull_requests WHERE number < 5"
        );
        await team.MeasureAsync(ranges);
        // Pull request 4 leaves the range of 30 days, and the period before 7 days gets others.
        team.Clock.Advance(TimeSpan.FromHours(25));
        await team.ExecuteAsync(
            "UPDATE backfill.repository_activity SET read_at = read_at + interval '25 hours'; UPDATE repositories SET last_synced_at = now() WHERE github_id = 1"
        );

        var stored = (await team.RunAsync(["octo/hello"], [], ranges: ranges)).Metrics.Single().Ranges;
        var read = (await team.RunAsync(["octo/hello"], [], force: true, ranges: ranges)).Metrics.Single().Ranges;

        Assert.Equal(JsonSerializer.Serialize(read), JsonSerializer.Serialize(stored));
        Assert.Equal((4, 1.5), (stored[1].TotalPullRequests, stored[1].AverageFirstReviewHours));
    }

    [Fact]
    public async Task A_repository_that_left_the_workspace_leaves_nothing_there()
    {
        await using var team = await Team.CreateAsync(postgres);
        await team.MeasureAsync("all");
        await team.ExecuteAsync(
            "DELETE FROM workspace_repositories WHERE repository_id = '00000000-0000-0000-0000-0000000000a2'"
        );

        await team.MeasureAsync("all");

        Assert.Equal(
            "octo/hello",
            await team.TextAsync(
                "SELECT string_agg(full_name, ', ') FROM backfill.repository_activity JOIN repositories r ON r.id = repository_id"
            )
        );
    }

    [Fact]
    public async Task Rows_of_impossible_times_belong_to_the_range_all_or_to_none()
    {
        await using var team = await Team.CreateAsync(postgres);
        await team.ExecuteAsync(
            "UPDATE pull_requests SET created_at = '-infinity' WHERE number = 1; UPDATE pull_requests SET created_at = 'infinity' WHERE number = 2; UPDATE issues SET created_at = '1000-01-01Z' WHERE number = 6"
        );

        var workspace = (await team.MeasureAsync("7d", "all")).Metrics.Single();

        Assert.Equal(
            [(0L, 0L), (5L, 4L)],
            workspace.Ranges.Select(range => (range.TotalPullRequests, range.TotalIssues))
        );
        Assert.Equal(
            "6 5",
            await team.TextAsync(
                "SELECT concat_ws(' ', total_pull_requests, total_issues) FROM workspaces WHERE name = 'Team'"
            )
        );
    }

    [Fact]
    public async Task Stars_are_compared_with_the_day_on_which_the_range_begins()
    {
        await using var team = await Team.CreateAsync(postgres);
        await team.MeasureAsync("all");
        team.Clock.Advance(TimeSpan.FromDays(8));
        await team.ExecuteAsync("UPDATE repositories SET stargazers_count = 1100 WHERE github_id = 1");

        var ranges = (await team.MeasureAsync("7d", "30d", "all")).Metrics.Single().Ranges;

        Assert.Equal([8.0, null, null], ranges.Select(range => range.StarsTrend));
    }

    [Fact]
    public async Task An_empty_workspace_and_many_at_once_are_measured()
    {
        await using var team = await Team.CreateAsync(postgres);
        await team.ExecuteAsync(
            "INSERT INTO workspaces (name, slug) SELECT 'W' || i, 'w' || i FROM generate_series(1, 9) i"
        );

        var (metrics, errors) = await team.RunAsync([], ["Team", .. Enumerable.Range(1, 9).Select(i => $"W{i}")]);

        Assert.Empty(errors);
        Assert.Equal(10, metrics.Count);
        Assert.All(metrics, one => Assert.Equal(RunState.Completed, one.State));
        var empty = Assert.Single(metrics.First(one => one.Workspace == "W3").Ranges);
        Assert.Equal((0, 0, null), (empty.TotalPullRequests, empty.TotalStars, empty.AverageMergeHours));
        Assert.Empty(empty.ActivityTimeline);
        Assert.Equal(10, await team.CountAsync("SELECT count(*) FROM backfill.workspace_metrics"));
    }

    [Fact]
    public async Task The_old_queue_is_worked_off_although_it_allows_one_finished_row_per_range()
    {
        await using var team = await Team.CreateAsync(postgres);
        await team.ExecuteAsync(
            "CREATE TABLE workspace_aggregation_queue (workspace_id uuid, time_range text, status text, started_at timestamptz, completed_at timestamptz, UNIQUE (workspace_id, time_range, status))"
        );
        const string queue =
            "SELECT string_agg(concat_ws(' ', time_range, status, completed_at::date), ', ' ORDER BY time_range, status) FROM workspace_aggregation_queue";
        await team.ExecuteAsync(
            "INSERT INTO workspace_aggregation_queue SELECT '00000000-0000-0000-0000-000000000001', * FROM (VALUES ('7d', 'completed', NULL::timestamptz, '2025-01-01Z'::timestamptz), ('7d', 'pending', NULL, NULL), ('30d', 'completed', NULL, '2025-01-01Z'), ('90d', 'pending', NULL, NULL)) v"
        );

        await team.MeasureAsync("7d", "30d");

        Assert.Equal("30d completed 2025-01-01, 7d completed 2026-03-02, 90d pending", await team.TextAsync(queue));
    }

    // The lists have a test of their own on real data.
    private static void Same(WorkspaceMetricsRange expected, WorkspaceMetricsRange measured) =>
        Assert.Equal(JsonSerializer.Serialize(Numbers(expected)), JsonSerializer.Serialize(Numbers(measured)));

    private static WorkspaceMetricsRange Numbers(WorkspaceMetricsRange range) =>
        range with
        {
            PeriodStart = default,
            PeriodEnd = default,
            CalculatedAt = default,
            Languages = new Dictionary<string, long>(),
            TopContributors = [],
            ActivityTimeline = [],
            RepositoryStatistics = [],
        };
}
