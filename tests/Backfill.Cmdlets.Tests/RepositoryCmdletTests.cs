using Backfill.Cmdlets.Tests.Support;

namespace Backfill.Cmdlets.Tests;

/// <summary>The cmdlets that list, measure and stop tracking repositories, and the wildcards of every stage.</summary>
public sealed class RepositoryCmdletTests : IDisposable
{
    private readonly Shell shell = new();

    public RepositoryCmdletTests()
    {
        shell.Engine.Names[CompletionKind.Repository] = ["octo/hello", "octo/world", "other/hello"];
        shell.Engine.Names[CompletionKind.Workspace] = ["Maintainers", "Mobile team", "Team A's"];
    }

    [Fact]
    public void A_wildcard_stands_for_the_tracked_repositories_that_match()
    {
        var outcome = shell.Run("Start-RepoSync 'octo/*' | Out-Null");

        Assert.Empty(outcome.Errors);
        Assert.Equal(
            ["octo/hello", "octo/world"],
            shell.Engine.Asked<SyncRequest>().Select(request => request.Repository.FullName)
        );
    }

    [Theory]
    [InlineData("Start-RepoSync -All")]
    [InlineData("Test-BackfillCoverage -All")]
    [InlineData("Update-WorkspaceMetrics -All")]
    [InlineData("Invoke-EmbeddingBackfill '*'")]
    [InlineData("Measure-Backfill -All")]
    [InlineData("'*' | Start-RepoSync")]
    public void All_means_every_tracked_repository(string script)
    {
        shell.Run($"$null = {script}");

        var asked = shell
            .Engine.Asked<SyncRequest>()
            .Select(one => one.Repository.FullName)
            .Concat(shell.Engine.Asked<CoverageRequest>().Select(one => one.Repository!.FullName))
            .Concat(
                shell.Engine.Asked<MetricsRequest>().SelectMany(one => one.Repositories.Select(name => name.FullName))
            )
            .Concat(
                shell.Engine.Asked<EmbeddingRequest>().SelectMany(one => one.Repositories.Select(name => name.FullName))
            )
            .Concat(
                shell.Engine.Asked<MeasureRequest>().SelectMany(one => one.Repositories.Select(name => name.FullName))
            );
        Assert.Equal(["octo/hello", "octo/world", "other/hello"], asked);
    }

    [Fact]
    public void All_awaits_every_unfinished_run()
    {
        var run = Samples.Run("octo/hello");
        shell.Engine.Find = filter => filter.States.Contains(RunState.Running) ? [run] : [];

        Assert.Empty(shell.Run("Wait-RepoSync -All").Errors);

        Assert.Equal([run.Id], Assert.Single(shell.Engine.Asked<WaitRequest>()).RunIds);
    }

    [Fact]
    public void Workspaces_are_found_by_a_wildcard()
    {
        shell.Run(
            "$null = Update-WorkspaceMetrics -Workspace 'M*', \"Team A's\"; $null = Invoke-EmbeddingBackfill -Workspace '*team*'"
        );

        Assert.Equal(
            ["Maintainers", "Mobile team", "Team A's"],
            Assert.Single(shell.Engine.Asked<MetricsRequest>()).Workspaces
        );
        Assert.Equal(["Mobile team", "Team A's"], Assert.Single(shell.Engine.Asked<EmbeddingRequest>()).Workspaces);
    }

    [Theory]
    [InlineData("Start-RepoSync 'none/*'", "RepositoryNotTracked")]
    [InlineData("Get-RepoSync 'none/*'", "RepositoryNotTracked")]
    [InlineData("Update-WorkspaceMetrics -Workspace 'X*'", "WorkspaceNotFound")]
    public void A_wildcard_that_matches_nothing_is_an_error(string script, string errorId)
    {
        var outcome = shell.Run(script);

        Assert.Equal([errorId], outcome.ErrorIds);
        Assert.Empty(shell.Engine.Asked<SyncRequest>());
        Assert.Empty(shell.Engine.Asked<MetricsRequest>());
    }

    [Fact]
    public void An_address_with_a_query_is_no_wildcard()
    {
        shell.Run("$null = Start-RepoSync 'https://github.com/octo/hello?tab=readme'");

        Assert.Empty(shell.Engine.Asked<CompletionKind>());
    }

    [Fact]
    public void Repositories_are_listed_by_name_by_wildcard_and_by_workspace()
    {
        shell.Engine.Repositories = query =>
            query.Repositories.Count > 0
                ? [.. query.Repositories.Select(name => Samples.Stored(name.FullName))]
                : [Samples.Stored("octo/hello"), Samples.Stored("octo/world") with { Workspaces = ["other"] }];

        Assert.Equal(2, shell.Run("Get-BackfillRepository").Objects.Count);
        Assert.Equal("octo/world", shell.Run("Get-BackfillRepository '*world'").One<BackfillRepository>().Repository);
        Assert.Equal(
            "octo/hello",
            shell.Run("Get-BackfillRepository -Workspace 't*'").One<BackfillRepository>().Repository
        );
        Assert.Equal(
            "a/b",
            shell
                .Run("[pscustomobject]@{ full_name = 'a/b' } | Get-BackfillRepository")
                .One<BackfillRepository>()
                .Repository
        );
        Assert.Empty(shell.Run("@() | Get-BackfillRepository").Objects);
    }

    [Fact]
    public void Unregister_asks_and_keeps_the_rows_unless_asked_otherwise()
    {
        shell.Host.Answer = 2; // Yes, Yes to All, No
        Assert.Empty(shell.Run("Unregister-BackfillRepository octo/hello").Objects);
        Assert.Empty(shell.Engine.Asked<UnregisterRequest>());

        shell.Host.Answer = 0;
        shell.Run(
            "Unregister-BackfillRepository octo/hello; Unregister-BackfillRepository octo/hello -RemoveRows -Confirm:$false; Unregister-BackfillRepository octo/hello -WhatIf"
        );

        Assert.Equal(
            [(false, false), (true, false), (false, true)],
            shell.Engine.Asked<UnregisterRequest>().Select(request => (request.RemoveRows, request.Plan))
        );
    }

    [Fact]
    public void Ten_thousand_repositories_are_measured_in_groups_and_summed()
    {
        var outcome = shell.Run(
            "1..10000 | ForEach-Object { \"octo/r$_\" } | Measure-Backfill -TimeRange 90d | Measure-Object Points, Cost -Sum"
        );

        Assert.Empty(outcome.Errors);
        Assert.Equal(500, shell.Engine.Asked<MeasureRequest>().Count());
        Assert.All(shell.Engine.Asked<MeasureRequest>(), request => Assert.NotNull(request.Since));
        Assert.Equal(2, outcome.Objects.Count);
    }

    [Fact]
    public void A_run_is_found_by_the_end_of_its_id()
    {
        var run = Samples.Run("octo/hello");
        var part = run.Id.ToString()[^8..];
        shell.Engine.Find = filter => filter.IdParts.Contains(part) || filter.RunIds.Contains(run.Id) ? [run] : [];
        shell.Engine.Stop = filter => filter.RunIds.Contains(run.Id) ? [run] : [];

        Assert.Equal(run, shell.Run($"Get-RepoSync -Id {part}").One<RepoSync>());
        Assert.Equal(run, shell.Run($"Stop-RepoSync -Id {part}").One<RepoSync>());
        shell.Run($"Wait-RepoSync -Id {part}");
        Assert.Equal([run.Id], Assert.Single(shell.Engine.Asked<WaitRequest>()).RunIds);
        Assert.Equal(["RunNotFound"], shell.Run("Get-RepoSync -Id 00000000").ErrorIds);
        Assert.Equal(["RunNotFound"], shell.Run("Get-RepoSync -Id no-run").ErrorIds);
    }

    [Fact]
    public void A_part_that_two_runs_have_is_an_error_for_those_who_need_one()
    {
        shell.Engine.Find = _ => [Samples.Run("octo/hello"), Samples.Run("octo/world")];

        Assert.Equal(["RunIdAmbiguous"], shell.Run("Stop-RepoSync -Id abcd1234").ErrorIds);
        Assert.Equal(["RunIdAmbiguous"], shell.Run("Wait-RepoSync -Id abcd1234").ErrorIds);
    }

    [Theory]
    [InlineData("-Force", "forced")]
    [InlineData("-AllowModelChange", "model")]
    public void Vectors_that_were_paid_for_are_replaced_after_a_question_only(string parameter, string reason)
    {
        shell.Engine.Embed = (request, _, _) =>
            Task.FromResult(
                Samples.Embedding("octo/hello", request.Plan) with
                {
                    Estimate = request.Plan
                        ? new EmbeddingEstimate(3, new Dictionary<string, long>(), 9, 0.5m, "")
                        {
                            ByReason = new Dictionary<string, long> { [reason] = 3 },
                        }
                        : null,
                }
            );
        shell.Host.Answer = 2; // Yes, Yes to All, No
        Assert.Empty(shell.Run($"Invoke-EmbeddingBackfill octo/hello {parameter}").Objects);
        Assert.DoesNotContain(shell.Engine.Asked<EmbeddingRequest>(), request => !request.Plan);

        Assert.Single(shell.Run($"Invoke-EmbeddingBackfill octo/hello {parameter} -Confirm:$false").Objects);
        Assert.Single(shell.Run("Invoke-EmbeddingBackfill octo/hello").Objects);
        Assert.Equal(2, shell.Engine.Asked<EmbeddingRequest>().Count(request => !request.Plan));
    }

    public void Dispose() => shell.Dispose();
}
