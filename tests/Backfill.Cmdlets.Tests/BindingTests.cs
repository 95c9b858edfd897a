using Backfill.Cmdlets.Pipeline;
using Backfill.Cmdlets.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Backfill.Cmdlets.Tests;

/// <summary>The objects that people have: of gh, of the REST API, of a table. Bound by a real runspace.</summary>
public sealed class BindingTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 3, 31, 12, 0, 0, TimeSpan.Zero);

    private readonly Shell shell = new();

    public BindingTests() => EngineAccess.Clock = new FakeTimeProvider(Now);

    public static TheoryData<string> Objects =>
        [
            // gh repo list --json nameWithOwner,id,name, and --json name,owner; gh search prs --json title,repository.
            "[pscustomobject]@{ nameWithOwner = 'octo/hello'; id = 'R_kgDO'; name = 'hello' }",
            "[pscustomobject]@{ name = 'hello'; owner = [pscustomobject]@{ id = 'U_1'; login = 'octo' } }",
            "[pscustomobject]@{ title = 'A'; repository = [pscustomobject]@{ name = 'hello'; nameWithOwner = 'octo/hello' } }",
            // GET /repos/octo/hello.
            "[pscustomobject]@{ id = 1; name = 'hello'; full_name = 'octo/hello'; owner = [pscustomobject]@{ login = 'octo' } }",
            // Import-Csv.
            "[pscustomobject]@{ Owner = 'octo'; Name = 'hello' }",
            "[pscustomobject]@{ Name = 'other'; Owner = 'else'; Repository = 'octo/hello' }",
            "[pscustomobject]@{ Repository = ''; FullName = 'octo/hello' }",
            "@{ Owner = 'octo'; Name = 'hello' }",
            "[uri]'https://github.com/octo/hello/pulls'",
            "'git@github.com:octo/hello.git'",
            "[pscustomobject]@{ Repositories = @('octo/hello') }",
            "[pscustomobject]@{ Repository = [pscustomobject]@{ full_name = 'octo/hello' } }",
        ];

    [Theory]
    [MemberData(nameof(Objects))]
    public void An_object_that_names_a_repository_is_taken_by_every_stage(string item)
    {
        foreach (
            var command in (string[])
                [
                    "Register-BackfillRepository",
                    "Start-RepoSync",
                    "Wait-RepoSync",
                    "Invoke-EmbeddingBackfill",
                    "Update-WorkspaceMetrics",
                    "Test-BackfillCoverage",
                    "Get-RepoSync",
                    "Stop-RepoSync",
                    "Find-SimilarItem -Text x",
                ]
        )
        {
            shell.Engine.Requests.Clear();
            var outcome = shell.Run($"{item} | {command} -ErrorVariable +seen");

            Assert.Empty(outcome.ErrorIds.Except(["RunNotFound"]));
            var request = Assert.Single(shell.Engine.Requests);
            Assert.Contains("octo/hello", Names(request));
        }
    }

    [Theory]
    [InlineData("[pscustomobject]@{ Foo = 1; State = 'open' }", "PSCustomObject")]
    [InlineData("[pscustomobject]@{ Name = 'octo/hello' }", "PSCustomObject")]
    [InlineData("[pscustomobject]@{ Owner = 'octo' }", "PSCustomObject")]
    [InlineData("@{ Foo = 1 }", "Hashtable")]
    public void An_object_without_a_name_is_an_error_that_says_which_property_is_wanted(string item, string type)
    {
        foreach (var script in (string[])[$"{item} | Start-RepoSync", $"Start-RepoSync ({item})"])
        {
            var outcome = shell.Run(script);

            Assert.Equal(["RepositoryNameMalformed"], outcome.ErrorIds);
            Assert.Equal(
                $"An object names no repository: it is a {type} without a repository.",
                outcome.Errors[0].ErrorDetails.Message
            );
            Assert.Contains("nameWithOwner", outcome.Errors[0].ErrorDetails.RecommendedAction);
            Assert.Equal(RunState.Failed, outcome.One<RepoSync>().State);
            Assert.Empty(shell.Engine.Requests);
        }
    }

    [Fact]
    public void An_object_without_a_name_fails_the_proof()
    {
        var outcome = shell.Run(
            "[pscustomobject]@{ Foo = 1 } | Start-RepoSync | Wait-RepoSync | Invoke-EmbeddingBackfill | Update-WorkspaceMetrics | Test-BackfillCoverage"
        );

        Assert.Equal(["RepositoryNameMalformed", "CoverageCheckFailed"], outcome.ErrorIds);
        Assert.Equal(CheckStatus.Failed, outcome.One<CoverageCheck>().Status);
    }

    [Fact]
    public void A_table_gives_each_repository_its_own_range_and_content()
    {
        var outcome = shell.Run(
            """
            [pscustomobject]@{ Repository = 'octo/a'; TimeRange = '30d'; Since = ''; Include = 'PullRequests' },
            [pscustomobject]@{ Repository = 'octo/b'; TimeRange = ''; Since = '2026-01-02T00:00:00Z'; Include = 'Issues, Comments' },
            [pscustomobject]@{ Repository = 'octo/c'; TimeRange = ''; Since = ''; Include = '' } | Start-RepoSync
            """
        );

        Assert.Empty(outcome.Errors);
        Assert.Equal(
            [
                ("octo/a", Now.AddDays(-30), SyncContent.PullRequests),
                (
                    "octo/b",
                    new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero),
                    SyncContent.Issues | SyncContent.Comments
                ),
                ("octo/c", (DateTimeOffset?)null, SyncContent.All),
            ],
            shell.Engine.Asked<SyncRequest>().Select(one => (one.Repository.FullName, one.Since, one.Include))
        );
    }

    [Theory]
    [InlineData("-Full", null)]
    [InlineData("-TimeRange 7d", "2026-03-24T12:00:00Z")]
    [InlineData("-Since 2026-03-30T00:00:00Z", "2026-03-30T00:00:00Z")]
    public void A_range_parameter_beats_the_range_of_a_table_row(string range, string? since)
    {
        var outcome = shell.Run(
            $"[pscustomobject]@{{ Repository = 'octo/a'; TimeRange = '30d'; Since = '2026-01-01' }} | Start-RepoSync {range}"
        );

        Assert.Empty(outcome.Errors);
        Assert.Equal(
            since is null ? null : DateTimeOffset.Parse(since, System.Globalization.CultureInfo.InvariantCulture),
            Assert.Single(shell.Engine.Asked<SyncRequest>()).Since
        );
    }

    [Theory]
    [InlineData("soon", "", "TimeRangeMalformed")]
    [InlineData("30d", "2026-01-01", "ParameterConflict")]
    [InlineData("", "2027-01-01", "TimeRangeMalformed")]
    public void A_bad_range_in_a_row_fails_only_that_row(string range, string since, string errorId)
    {
        var outcome = shell.Run(
            $"[pscustomobject]@{{ Repository = 'octo/a'; TimeRange = '{range}'; Since = '{since}' }}, [pscustomobject]@{{ Repository = 'octo/b'; TimeRange = ''; Since = '' }} | Start-RepoSync"
        );

        Assert.Equal([errorId], outcome.ErrorIds);
        Assert.Equal(
            [("octo/a", RunState.Failed), ("octo/b", RunState.Running)],
            outcome.Objects.Cast<RepoSync>().Select(run => (run.Repository, run.State))
        );
    }

    [Theory]
    [InlineData("Start-RepoSync octo/a -Include None", "ParameterArgumentTransformationError")]
    [InlineData("Start-RepoSync octo/a -Include 64", "ParameterArgumentTransformationError")]
    [InlineData("Start-RepoSync octo/a -Since 2027-01-01", "TimeRangeMalformed")]
    [InlineData("Start-RepoSync octo/a -TimeRange $null", "TimeRangeMalformed")]
    [InlineData("Start-RepoSync octo/a -TimeRange ''", "TimeRangeMalformed")]
    [InlineData("Start-RepoSync octo/a -Since later", "ParameterArgumentTransformationError")]
    public void A_request_that_would_sync_nothing_or_everything_by_mistake_is_refused(string script, string errorId)
    {
        Assert.Equal([errorId], shell.Run(script).ErrorIds);
        Assert.Empty(shell.Engine.Requests);
    }

    [Fact]
    public void A_table_puts_each_repository_into_its_workspace()
    {
        shell.Run(
            "[pscustomobject]@{ Repository = 'octo/a'; Workspace = 'team' }, [pscustomobject]@{ Repository = 'octo/b'; Workspace = '' } | Register-BackfillRepository"
        );

        Assert.Equal(
            [("octo/a", "team"), ("octo/b", null)],
            shell.Engine.Asked<RegisterRequest>().Select(one => (one.Repository.FullName, one.Workspace))
        );
    }

    [Fact]
    public void An_object_that_names_a_workspace_alone_means_its_repositories()
    {
        var outcome = shell.Run(
            "$teams = [pscustomobject]@{ Workspace = 'team' }; $teams | Update-WorkspaceMetrics; $teams | Invoke-EmbeddingBackfill"
        );

        Assert.Empty(outcome.Errors);
        Assert.Equal(["team"], Assert.Single(shell.Engine.Asked<MetricsRequest>()).Workspaces);
        Assert.Equal(["team"], Assert.Single(shell.Engine.Asked<EmbeddingRequest>()).Workspaces);
    }

    [Fact]
    public void A_row_with_a_repository_and_a_workspace_means_the_repository()
    {
        shell.Run("[pscustomobject]@{ Repository = 'octo/a'; Workspace = 'team' } | Invoke-EmbeddingBackfill");

        var request = Assert.Single(shell.Engine.Asked<EmbeddingRequest>());
        Assert.Equal(("octo/a", 0), (Assert.Single(request.Repositories).FullName, request.Workspaces.Count));
    }

    [Fact]
    public void A_piped_run_is_looked_up_by_its_id()
    {
        var run = Samples.Run("octo/a");
        shell.Engine.Find = _ => [run];

        shell.Run(
            "$run | Get-RepoSync; [pscustomobject]@{ Id = \"$($run.Id)\"; Repository = 'octo/a' } | Get-RepoSync",
            ("run", run)
        );

        Assert.All(shell.Engine.Asked<SyncFilter>(), filter => Assert.Equal([run.Id], filter.RunIds));
        Assert.Equal(2, shell.Engine.Asked<SyncFilter>().Count());
    }

    public void Dispose() => shell.Dispose();

    private static IEnumerable<string> Names(object request) =>
        request switch
        {
            RegisterRequest one => [one.Repository.FullName],
            SyncRequest one => [one.Repository.FullName],
            WaitRequest one => one.Repositories.Select(name => name.FullName),
            EmbeddingRequest one => one.Repositories.Select(name => name.FullName),
            MetricsRequest one => one.Repositories.Select(name => name.FullName),
            CoverageRequest one => [one.Repository!.FullName],
            SyncFilter one => one.Repositories.Select(name => name.FullName),
            SimilarityRequest one => one.Repositories.Select(name => name.FullName),
            _ => [],
        };
}
