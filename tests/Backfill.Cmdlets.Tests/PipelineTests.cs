using Backfill.Cmdlets.Pipeline;
using Backfill.Cmdlets.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Backfill.Cmdlets.Tests;

public sealed class PipelineTests : IDisposable
{
    private const string WholePipeline =
        "Start-RepoSync octo/hello | Wait-RepoSync | Invoke-EmbeddingBackfill | Update-WorkspaceMetrics | Test-BackfillCoverage";

    private readonly Shell shell = new();

    [Fact]
    public void Runs_are_waited_for_side_by_side_and_the_first_to_finish_is_embedded_while_the_others_go_on()
    {
        var started = new List<RepoSync>();
        shell.Engine.Start = (request, _, _) =>
        {
            started.Add(Samples.Run(request.Repository.FullName));
            return Task.FromResult(started[^1]);
        };
        var embedded = new TaskCompletionSource();
        shell.Engine.Embed = (request, _, _) =>
        {
            embedded.TrySetResult();
            return Task.FromResult(Samples.Embedding(request.Repositories[0].FullName));
        };
        shell.Engine.Wait = async (request, output, token) =>
        {
            Assert.Equal(started.Select(run => run.Id), request.RunIds);
            await output.WriteAsync(Samples.Finished(started[2], RunState.Completed), token);
            await embedded.Task.WaitAsync(TimeSpan.FromSeconds(20), token);
            await output.WriteAsync(Samples.Finished(started[0], RunState.Completed), token);
            await output.WriteAsync(Samples.Finished(started[1], RunState.Completed), token);
        };

        var outcome = shell.Run(
            "'octo/a', 'octo/b', 'octo/c' | Start-RepoSync | Wait-RepoSync | Invoke-EmbeddingBackfill"
        );

        Assert.Empty(outcome.Errors);
        Assert.Equal(
            ["octo/c", "octo/a", "octo/b"],
            outcome.Objects.Cast<EmbeddingResult>().Select(one => one.Repository)
        );
        Assert.Single(shell.Engine.Asked<WaitRequest>());
    }

    [Fact]
    public void Every_stage_passes_on_the_id_of_the_repository_because_its_name_can_change()
    {
        var run = Samples.Run("octo/hello") with { RepositoryId = Guid.NewGuid() };
        shell.Engine.Start = (_, _, _) => Task.FromResult(run);
        shell.Engine.Wait = async (_, output, token) =>
            await output.WriteAsync(Samples.Finished(run, RunState.Completed), token);

        shell.Run("Start-RepoSync octo/hello | Wait-RepoSync | Invoke-EmbeddingBackfill");
        shell.Run("Start-RepoSync octo/hello | Wait-RepoSync | Test-BackfillCoverage");
        shell.Run("Start-RepoSync octo/hello | Wait-RepoSync | Update-WorkspaceMetrics");

        Guid?[] expected = [run.RepositoryId];
        Assert.Equal(expected, shell.Engine.Asked<EmbeddingRequest>().Single().Repositories.Select(name => name.Id));
        Assert.Equal(run.RepositoryId, shell.Engine.Asked<CoverageRequest>().Single().Repository?.Id);
        Assert.Equal(expected, shell.Engine.Asked<MetricsRequest>().Single().Repositories.Select(name => name.Id));
    }

    [Fact]
    public void A_typed_name_has_no_id()
    {
        shell.Run("Invoke-EmbeddingBackfill octo/hello");

        Assert.Null(shell.Engine.Asked<EmbeddingRequest>().Single().Repositories.Single().Id);
    }

    [Fact]
    public void An_incomplete_run_is_passed_on_and_is_an_error()
    {
        FinishEveryRun(RunState.Failed);

        var outcome = shell.Run("Start-RepoSync octo/hello | Wait-RepoSync | Invoke-EmbeddingBackfill");

        Assert.Equal(["SyncFailed"], outcome.ErrorIds);
        Assert.Equal(RunState.Failed, Assert.IsType<RepoSync>(outcome.Errors[0].TargetObject).State);
        Assert.NotEmpty(outcome.Errors[0].ErrorDetails.RecommendedAction);
        outcome.One<EmbeddingResult>();
    }

    [Fact]
    public void ErrorAction_Stop_ends_the_pipeline_at_a_failed_run()
    {
        FinishEveryRun(RunState.Failed);

        var outcome = shell.Run(
            "Start-RepoSync octo/a, octo/b | Wait-RepoSync -ErrorAction Stop | Update-WorkspaceMetrics"
        );

        Assert.Equal("SyncFailed", outcome.Thrown?.FullyQualifiedErrorId.Split(',')[0]);
        Assert.Empty(shell.Engine.Asked<MetricsRequest>());
    }

    [Theory]
    [InlineData(
        "Start-RepoSync octo/hello -WhatIf | Wait-RepoSync | Invoke-EmbeddingBackfill | Update-WorkspaceMetrics | Test-BackfillCoverage"
    )]
    [InlineData(
        "Start-RepoSync octo/hello -WhatIf | Wait-RepoSync | Invoke-EmbeddingBackfill -WhatIf | Update-WorkspaceMetrics -WhatIf | Test-BackfillCoverage -WhatIf"
    )]
    [InlineData("$WhatIfPreference = $true; " + WholePipeline)]
    public void A_planned_run_makes_every_later_stage_plan(string script)
    {
        var outcome = shell.Run(script);

        Assert.Empty(outcome.Errors);
        Assert.True(Assert.Single(shell.Engine.Asked<SyncRequest>()).Plan);
        Assert.Empty(shell.Engine.Asked<WaitRequest>());
        var embedding = Assert.Single(shell.Engine.Asked<EmbeddingRequest>());
        Assert.True(embedding.Plan);
        Assert.Equal(1744, embedding.Upstream?.Items);
        Assert.True(Assert.Single(shell.Engine.Asked<MetricsRequest>()).Plan);
        Assert.True(Assert.Single(shell.Engine.Asked<CoverageRequest>()).Plan);
        Assert.Equal(
            [
                "Sync octo/hello: 1744 items to read from the beginning; about 36 requests, 36 points, 36 s.",
                "Embed octo/hello: 1444 items by Lexical/ngrams/384; 500000 tokens, $0.01.",
                "Compute the metrics of workspace team: Would compute 5 ranges.",
                "Check octo/hello: 1 check.",
                "In total: about 36 requests, 36 points, 500000 tokens, $0.01, 36 s.",
            ],
            shell.PlanLines
        );
    }

    [Fact]
    public void The_whole_pipeline_acts_when_nothing_is_planned()
    {
        FinishEveryRun(RunState.Completed);

        var outcome = shell.Run(WholePipeline);

        Assert.Empty(outcome.Errors);
        Assert.True(outcome.One<CoverageCheck>().Passed);
        Assert.False(shell.Engine.Asked<SyncRequest>().Single().Plan);
        Assert.False(shell.Engine.Asked<EmbeddingRequest>().Single().Plan);
        Assert.False(shell.Engine.Asked<MetricsRequest>().Single().Plan);
        Assert.False(shell.Engine.Asked<CoverageRequest>().Single().Plan);
    }

    [Fact]
    public void A_tracked_repository_that_is_only_planned_makes_the_sync_plan()
    {
        var outcome = shell.Run("Register-BackfillRepository octo/hello -WhatIf | Start-RepoSync");

        Assert.Equal(RunState.Planned, outcome.One<RepoSync>().State);
        Assert.True(shell.Engine.Asked<SyncRequest>().Single().Plan);
    }

    [Fact]
    public void A_planned_object_from_another_process_makes_a_stage_plan()
    {
        var outcome = shell.Run(
            "[pscustomobject]@{ Repository = 'octo/hello'; State = 'Planned' } | Wait-RepoSync | Stop-RepoSync | Invoke-EmbeddingBackfill"
        );

        Assert.Equal(RunState.Planned, outcome.One<EmbeddingResult>().State);
        Assert.True(Assert.IsType<EmbeddingRequest>(Assert.Single(shell.Engine.Requests)).Plan);
    }

    [Fact]
    public void A_repository_that_the_user_declines_is_not_changed()
    {
        shell.Host.Answer = 2; // Yes, Yes to All, No

        var outcome = shell.Run(
            "Start-RepoSync octo/hello -Confirm; Invoke-EmbeddingBackfill octo/hello -Confirm; "
                + "Update-WorkspaceMetrics octo/hello -Confirm; Initialize-BackfillDatabase -Local -Confirm; "
                + "Register-BackfillRepository octo/hello -Confirm; Stop-RepoSync octo/hello -Confirm; Stop-BackfillDatabase -Confirm"
        );

        Assert.Empty(outcome.Objects);
        Assert.Empty(shell.Engine.Requests);
    }

    [Theory]
    [InlineData("'octo/hello' | Start-RepoSync")]
    [InlineData("Start-RepoSync https://github.com/octo/hello")]
    [InlineData("Start-RepoSync -Owner octo -Name hello")]
    [InlineData("[pscustomobject]@{ FullName = 'octo/hello' } | Start-RepoSync")]
    [InlineData("[pscustomobject]@{ Repository = 'octo/hello'; Name = 'other' } | Start-RepoSync")]
    [InlineData("$tracked | Start-RepoSync")]
    [InlineData("$run | Start-RepoSync")]
    [InlineData("$embedding | Start-RepoSync")]
    [InlineData("$check | Start-RepoSync")]
    [InlineData("$metrics | Start-RepoSync")]
    public void Every_way_to_name_a_repository_binds(string script)
    {
        shell.Run(
            script,
            ("tracked", Samples.Tracked("octo/hello")),
            ("run", Samples.Run("octo/hello")),
            ("embedding", Samples.Embedding("octo/hello")),
            ("check", Samples.Check("octo/hello", CheckStatus.Passed)),
            ("metrics", Samples.Metrics(false, "octo/hello"))
        );

        var request = Assert.Single(shell.Engine.Asked<SyncRequest>());
        Assert.Equal("octo/hello", request.Repository.FullName);
        Assert.False(request.Plan);
    }

    [Fact]
    public void A_malformed_name_is_a_separate_error()
    {
        var outcome = shell.Run("Start-RepoSync hello, octo/hello");

        Assert.Equal(["RepositoryNameMalformed"], outcome.ErrorIds);
        Assert.Equal("hello", outcome.Errors[0].TargetObject);
        Assert.Equal(
            [("hello", RunState.Failed), ("octo/hello", RunState.Running)],
            outcome.Objects.Cast<RepoSync>().Select(run => (run.Repository, run.State))
        );
    }

    [Fact]
    public void A_range_is_counted_back_from_now()
    {
        EngineAccess.Clock = new FakeTimeProvider(new DateTimeOffset(2026, 3, 31, 12, 0, 0, TimeSpan.Zero));

        var outcome = shell.Run(
            "Start-RepoSync octo/a -TimeRange 90; Start-RepoSync octo/b; Start-RepoSync octo/c -Full; Start-RepoSync octo/d -Since 2025-01-02T00:00:00Z; Start-RepoSync octo/e -TimeRange 1y"
        );

        Assert.Empty(outcome.Errors);
        Assert.Equal(
            [
                new DateTimeOffset(2025, 12, 31, 12, 0, 0, TimeSpan.Zero),
                null,
                null,
                new(2025, 1, 2, 0, 0, 0, TimeSpan.Zero),
                new(2025, 3, 31, 12, 0, 0, TimeSpan.Zero),
            ],
            shell.Engine.Asked<SyncRequest>().Select(request => request.Since)
        );
    }

    [Theory]
    [InlineData("Start-RepoSync octo/a -TimeRange 90 -Full", "ParameterConflict")]
    [InlineData("Start-RepoSync octo/a -TimeRange soon", "TimeRangeMalformed")]
    [InlineData("Update-WorkspaceMetrics octo/a -TimeRange soon", "TimeRangeMalformed")]
    [InlineData("Start-RepoSync octo/a -Local -Database x", "ParameterConflict")]
    public void A_call_with_contradictory_or_unreadable_parameters_is_refused(string script, string errorId)
    {
        var outcome = shell.Run(script);

        Assert.Equal([errorId], outcome.ErrorIds);
        Assert.Empty(shell.Engine.Requests);
    }

    [Fact]
    public void Metrics_are_computed_once_for_everything_that_came_in()
    {
        shell.Run("'octo/a', 'octo/b', 'octo/a' | Update-WorkspaceMetrics -TimeRange 30, 90d, 1y, all");

        var request = Assert.Single(shell.Engine.Asked<MetricsRequest>());
        Assert.Equal(["octo/a", "octo/b"], request.Repositories.Select(name => name.FullName));
        Assert.Equal(["30d", "90d", "1y", "all"], request.Ranges.Select(range => range.Text));
    }

    [Fact]
    public void Metrics_of_a_workspace_are_for_all_ranges()
    {
        shell.Run("Update-WorkspaceMetrics -Workspace team");

        var request = Assert.Single(shell.Engine.Asked<MetricsRequest>());
        Assert.Equal(["team"], request.Workspaces);
        Assert.Equal(["7d", "30d", "90d", "1y", "all"], request.Ranges.Select(range => range.Text));
    }

    [Theory]
    [InlineData("90", 90)]
    [InlineData("1.5", 1.5)]
    [InlineData("'00:15:00'", 900)]
    [InlineData("([TimeSpan]::FromMinutes(2))", 120)]
    public void A_duration_is_seconds_or_a_time_span(string value, double seconds)
    {
        shell.Run($"Wait-RepoSync octo/a -Timeout {value} -PollInterval {value}");

        var request = Assert.Single(shell.Engine.Asked<WaitRequest>());
        Assert.Equal(TimeSpan.FromSeconds(seconds), request.Timeout);
        Assert.Equal(TimeSpan.FromSeconds(seconds), request.PollInterval);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("soon")]
    [InlineData("1e300")]
    public void An_invalid_duration_is_refused(string value) =>
        Assert.Equal(
            ["ParameterArgumentTransformationError"],
            shell.Run($"Wait-RepoSync octo/a -Timeout {value}").ErrorIds
        );

    [Fact]
    public void Runs_are_looked_up_and_an_unknown_id_is_an_error()
    {
        var known = Samples.Run("octo/a");
        shell.Engine.Find = _ => [known];

        var outcome = shell.Run($"Get-RepoSync -Id {known.Id}, {Guid.NewGuid()} -ThisProcess");

        Assert.Same(known, outcome.One<RepoSync>());
        Assert.Equal(["RunNotFound"], outcome.ErrorIds);
        Assert.True(Assert.Single(shell.Engine.Asked<SyncFilter>()).ThisProcess);
    }

    [Fact]
    public void A_piped_run_is_stopped_by_its_id()
    {
        var run = Samples.Run("octo/a");
        shell.Engine.Stop = _ => [run];

        var outcome = shell.Run("$run | Stop-RepoSync", ("run", run));

        Assert.Same(run, outcome.One<RepoSync>());
        Assert.Equal([run.Id], Assert.Single(shell.Engine.Asked<SyncFilter>()).RunIds);
    }

    [Fact]
    public void Stopping_a_repository_without_an_active_run_is_an_error() =>
        Assert.Equal(["RunNotFound"], shell.Run("Stop-RepoSync octo/a").ErrorIds);

    [Fact]
    public void Stopping_a_run_that_has_ended_names_its_repository()
    {
        var run = Samples.Run("octo/a", state: RunState.Completed);
        shell.Engine.Find = _ => [run];

        var error = Assert.Single(shell.Run($"Stop-RepoSync -Id {run.Id}").Errors);

        Assert.Equal("octo/a has no running sync.", error.ErrorDetails.Message);
    }

    public void Dispose() => shell.Dispose();

    private void FinishEveryRun(RunState state)
    {
        var started = new Dictionary<Guid, RepoSync>();
        shell.Engine.Start = (request, _, _) =>
        {
            var run = Samples.Run(request.Repository.FullName, request.Plan);
            started[run.Id] = run;
            return Task.FromResult(run);
        };
        shell.Engine.Wait = async (request, output, token) =>
        {
            foreach (var id in request.RunIds)
            {
                var run = Samples.Finished(started[id], state);
                await output.WriteAsync(run, token);
                if (state != RunState.Completed)
                {
                    await output.ErrorAsync(
                        new BackfillException("Sync" + state, ErrorKind.Data, "It ended.", "Start it again.", run),
                        token
                    );
                }
            }
        };
    }
}
