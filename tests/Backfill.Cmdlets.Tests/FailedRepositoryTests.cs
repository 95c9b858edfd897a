using Backfill.Cmdlets.Tests.Support;

namespace Backfill.Cmdlets.Tests;

/// <summary>A repository that was named and not proven is a failure, whatever happened to it on the way.</summary>
public sealed class FailedRepositoryTests : IDisposable
{
    private const string Stages =
        "Wait-RepoSync | Invoke-EmbeddingBackfill | Update-WorkspaceMetrics | Test-BackfillCoverage";

    private readonly Shell shell = new();

    public FailedRepositoryTests()
    {
        shell.Engine.Start = (request, _, _) =>
            request.Repository.Name == "none" && !request.Plan
                ? throw NotFound(request.Repository.FullName)
                : Task.FromResult(Samples.Run(request.Repository.FullName, request.Plan));
        shell.Engine.Wait = async (request, output, token) =>
        {
            foreach (var id in request.RunIds)
            {
                await output.WriteAsync(Samples.Run("octo/hello", state: RunState.Completed) with { Id = id }, token);
            }
        };
        shell.Engine.Embed = (request, _, _) =>
            request.Repositories.FirstOrDefault(name => name.Name == "none") is { } unknown && !request.Plan
                ? throw NotTracked(unknown.FullName)
                : Task.FromResult(Samples.Embedding(request.Repositories[0].FullName, request.Plan));
        shell.Engine.Check = request =>
            [
                Samples.Check(
                    request.Repository?.FullName,
                    request.EarlierError is null ? CheckStatus.Passed : CheckStatus.Failed
                ) with
                {
                    Actual = request.EarlierError,
                },
            ];
    }

    [Theory]
    [InlineData("octo/none")]
    [InlineData("octo/hello, octo/none")]
    [InlineData("octo/none, octo/hello")]
    public void A_repository_that_GitHub_does_not_have_reaches_the_proof_and_fails_it(string names)
    {
        var outcome = shell.Run($"Start-RepoSync {names} -Track | {Stages}");

        Assert.Equal(["RepositoryNotFound", "CoverageCheckFailed"], outcome.ErrorIds);
        var failed = Assert.Single(outcome.Objects.Cast<CoverageCheck>(), check => check.Status == CheckStatus.Failed);
        Assert.Equal("octo/none", failed.Repository);
        Assert.Equal("GitHub has no octo/none.", failed.Actual);
        Assert.Equal(names.Split(", ").Length, outcome.Objects.Count);
    }

    [Theory]
    [InlineData("'a/b,c/d'")]
    [InlineData("'a/b/c'")]
    [InlineData("octo/hello, 'a b'")]
    public void A_malformed_name_reaches_the_proof_and_fails_it(string names)
    {
        var outcome = shell.Run($"Start-RepoSync {names} | {Stages}");

        Assert.Equal(["RepositoryNameMalformed", "CoverageCheckFailed"], outcome.ErrorIds);
        var failed = Assert.Single(outcome.Objects.Cast<CoverageCheck>(), check => check.Status == CheckStatus.Failed);
        Assert.Equal((CoverageCheck.OfRepository, names.Split(", ")[^1].Trim('\'')), (failed.Check, failed.Repository));
        Assert.Contains("is not a repository name", failed.Actual);
    }

    [Theory]
    [InlineData("Register-BackfillRepository a/b/c", typeof(TrackedRepository))]
    [InlineData("Start-RepoSync a/b/c", typeof(RepoSync))]
    [InlineData("Wait-RepoSync a/b/c", typeof(RepoSync))]
    [InlineData("Invoke-EmbeddingBackfill a/b/c", typeof(EmbeddingResult))]
    [InlineData("Update-WorkspaceMetrics a/b/c", typeof(WorkspaceMetrics))]
    [InlineData("Test-BackfillCoverage a/b/c", typeof(CoverageCheck))]
    public void Every_stage_passes_on_a_name_that_it_cannot_read(string command, Type written)
    {
        var outcome = shell.Run(command);

        Assert.Equal(["RepositoryNameMalformed"], outcome.ErrorIds);
        Assert.IsType(written, Assert.Single(outcome.Objects));
        Assert.Contains(
            "Failed",
            shell.RunForObject($"{command} 2>$null | ForEach-Object {{ \"$($_.State)$($_.Status)\" }}").ToString()
        );
    }

    [Fact]
    public void An_error_of_a_stage_that_could_not_begin_reaches_the_proof_even_if_the_later_stages_succeed()
    {
        shell.Engine.Start = (request, _, _) =>
            throw new BackfillException(ErrorIds.LeaseHeld, ErrorKind.Conflict, "Another run works.", "Wait.");

        var outcome = shell.Run($"Start-RepoSync octo/hello | {Stages}");

        Assert.Equal(["LeaseHeld", "CoverageCheckFailed"], outcome.ErrorIds);
        Assert.Equal("Another run works.", Assert.Single(shell.Engine.Asked<CoverageRequest>()).EarlierError);
        Assert.False(Assert.Single(shell.Engine.Asked<EmbeddingRequest>()).Plan);
        Assert.Single(outcome.Objects);
    }

    [Fact]
    public void A_piped_run_that_the_database_does_not_know_reaches_the_proof_by_its_repository()
    {
        shell.Engine.Wait = async (request, output, token) =>
        {
            foreach (var id in request.RunIds)
            {
                await output.ErrorAsync(
                    new BackfillException(ErrorIds.RunNotFound, ErrorKind.NotFound, $"No {id}.", "Look.", id),
                    token
                );
            }
        };

        var outcome = shell.Run("$run | Wait-RepoSync | Test-BackfillCoverage", ("run", Samples.Run("octo/hello")));

        Assert.Equal(["RunNotFound", "CoverageCheckFailed"], outcome.ErrorIds);
        Assert.Equal(
            "The database does not know the run of octo/hello.",
            Assert.Single(shell.Engine.Asked<CoverageRequest>()).EarlierError
        );
    }

    [Theory]
    [InlineData("Start-RepoSync octo/hello -Wait")]
    [InlineData("Start-RepoSync octo/hello | Wait-RepoSync")]
    [InlineData("Wait-RepoSync octo/hello")]
    public void A_wait_that_fails_loses_no_repository(string command)
    {
        shell.Engine.Wait = (_, _, _) =>
            throw new BackfillException(ErrorIds.GitHubUnavailable, ErrorKind.Unavailable, "No answer.", "Later.");

        var outcome = shell.Run($"{command} | Test-BackfillCoverage");

        Assert.Equal("GitHubUnavailable", outcome.ErrorIds.First());
        Assert.Equal("octo/hello", Assert.Single(shell.Engine.Asked<CoverageRequest>()).Repository?.FullName);
    }

    [Fact]
    public void A_failed_run_is_judged_once_by_its_record()
    {
        var run = Samples.Finished(Samples.Run("octo/hello"), RunState.Failed);

        shell.Run("$run | Invoke-EmbeddingBackfill | Test-BackfillCoverage", ("run", run));

        Assert.Null(Assert.Single(shell.Engine.Asked<CoverageRequest>()).EarlierError);
    }

    [Fact]
    public void A_failed_embedding_is_passed_on_with_its_error()
    {
        shell.Engine.Embed = (_, _, _) =>
            throw new BackfillException(ErrorIds.EmbeddingModelChanged, ErrorKind.Conflict, "Two models.", "Choose.");

        var outcome = shell.Run(
            "Invoke-EmbeddingBackfill octo/hello | Update-WorkspaceMetrics | Test-BackfillCoverage"
        );

        Assert.Equal(["EmbeddingModelChanged", "CoverageCheckFailed"], outcome.ErrorIds);
        Assert.Equal("Two models.", Assert.Single(shell.Engine.Asked<CoverageRequest>()).EarlierError);
    }

    [Fact]
    public void A_batch_continues_without_the_repository_that_is_not_tracked()
    {
        var outcome = shell.Run("'octo/none', 'octo/hello' | Invoke-EmbeddingBackfill -Batch");

        Assert.Equal(["RepositoryNotTracked"], outcome.ErrorIds);
        Assert.Equal(
            [("octo/none", RunState.Failed), ("octo/hello", RunState.Completed)],
            outcome.Objects.Cast<EmbeddingResult>().Select(one => (one.Repository, one.State))
        );
    }

    [Fact]
    public void Metrics_that_cannot_be_computed_lose_no_repository()
    {
        shell.Engine.Metrics = _ =>
            throw new BackfillException(ErrorIds.DatabaseWriteRefused, ErrorKind.Data, "Refused.", "Look.");

        var outcome = shell.Run("'octo/a', 'octo/b' | Update-WorkspaceMetrics | Test-BackfillCoverage");

        Assert.Equal(["DatabaseWriteRefused", "CoverageCheckFailed", "CoverageCheckFailed"], outcome.ErrorIds);
        Assert.Equal(["octo/a", "octo/b"], outcome.Objects.Cast<CoverageCheck>().Select(check => check.Repository));
    }

    [Fact]
    public void A_check_that_ends_with_an_error_is_a_failed_check()
    {
        shell.Engine.Check = _ =>
            throw new BackfillException(ErrorIds.DatabaseWriteRefused, ErrorKind.Data, "Slow.", "Look.");

        var outcome = shell.Run("Test-BackfillCoverage octo/hello");

        Assert.Equal(["DatabaseWriteRefused"], outcome.ErrorIds);
        Assert.Equal(CheckStatus.Failed, outcome.One<CoverageCheck>().Status);
        Assert.False(shell.Run("Test-BackfillCoverage octo/hello -Quiet 2>$null").One<bool>());
    }

    [Fact]
    public void A_dry_run_that_fails_makes_the_later_stages_plan()
    {
        shell.Engine.Start = (_, _, _) =>
            throw new BackfillException(ErrorIds.GitHubUnavailable, ErrorKind.Unavailable, "No answer.", "Later.");

        shell.Run($"Start-RepoSync octo/hello, 'a/b/c' -WhatIf | {Stages}");

        Assert.True(Assert.Single(shell.Engine.Asked<EmbeddingRequest>()).Plan);
        Assert.True(Assert.Single(shell.Engine.Asked<MetricsRequest>()).Plan);
        Assert.True(Assert.Single(shell.Engine.Asked<CoverageRequest>()).Plan);
    }

    [Fact]
    public void ErrorAction_Stop_ends_the_pipeline_at_a_repository_that_cannot_be_synced()
    {
        var outcome = shell.Run($"Start-RepoSync octo/none -ErrorAction Stop | {Stages}");

        Assert.Equal("RepositoryNotFound", outcome.Thrown?.FullyQualifiedErrorId.Split(',')[0]);
        Assert.Empty(outcome.Objects);
    }

    [Fact]
    public void A_secret_in_an_error_is_masked_in_the_object_that_is_passed_on()
    {
        shell.Engine.Start = (_, _, _) => throw new InvalidOperationException("Token ghp_0123456789abcdef is bad.");

        var run = shell.Run("Start-RepoSync octo/hello -GitHubToken ghp_0123456789abcdef").One<RepoSync>();

        Assert.Equal("Token ******** is bad.", run.Error);
    }

    public void Dispose() => shell.Dispose();

    private static BackfillException NotFound(string name) =>
        new(ErrorIds.RepositoryNotFound, ErrorKind.NotFound, $"GitHub has no {name}.", "Check the name.", name);

    private static BackfillException NotTracked(string name) =>
        new(ErrorIds.RepositoryNotTracked, ErrorKind.NotFound, $"{name} is not tracked.", "Track it.", name);
}
