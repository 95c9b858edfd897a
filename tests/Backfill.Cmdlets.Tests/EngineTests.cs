using Backfill.Cmdlets.Tests.Support;

namespace Backfill.Cmdlets.Tests;

public sealed class EngineTests : IDisposable
{
    private readonly Shell shell = new();

    [Fact]
    public void The_engine_the_event_and_the_time_reach_every_stage()
    {
        shell.Run("Start-RepoSync octo/hello -Engine Inngest");
        shell.Run("Start-RepoSync octo/hello -Engine Inngest -EventName capture/repository.issues -Include Issues");
        shell.Run("Wait-RepoSync octo/hello -FallbackToLocal");
        shell.Run("Invoke-EmbeddingBackfill octo/hello -Engine Inngest -Timeout 60 -Force -MaxIterations 2 -Delay 3");
        shell.Run("Update-WorkspaceMetrics octo/hello -Engine Inngest -EventName my/metrics -Timeout 00:01:00");

        Assert.Equal(
            [
                (EngineKind.Inngest, "github/repository.sync", SyncContent.All),
                (EngineKind.Inngest, "capture/repository.issues", SyncContent.Issues),
            ],
            shell.Engine.Asked<SyncRequest>().Select(request => (request.Engine, request.EventName, request.Include))
        );
        Assert.True(Assert.Single(shell.Engine.Asked<WaitRequest>()).FallbackToLocal);
        var embedding = Assert.Single(shell.Engine.Asked<EmbeddingRequest>());
        Assert.Equal(
            (EngineKind.Inngest, "embeddings/compute.requested", TimeSpan.FromMinutes(1), true),
            (embedding.Engine, embedding.EventName, embedding.Timeout, embedding.Force)
        );
        var metrics = Assert.Single(shell.Engine.Asked<MetricsRequest>());
        Assert.Equal(
            (EngineKind.Inngest, "my/metrics", TimeSpan.FromMinutes(1)),
            (metrics.Engine, metrics.EventName, metrics.Timeout)
        );
    }

    [Fact]
    public void Without_the_Engine_parameter_every_stage_runs_locally()
    {
        shell.Run("Start-RepoSync octo/hello | Invoke-EmbeddingBackfill | Update-WorkspaceMetrics");

        Assert.Equal(EngineKind.Local, Assert.Single(shell.Engine.Asked<SyncRequest>()).Engine);
        Assert.Equal(EngineKind.Local, Assert.Single(shell.Engine.Asked<EmbeddingRequest>()).Engine);
        Assert.Equal(EngineKind.Local, Assert.Single(shell.Engine.Asked<MetricsRequest>()).Engine);
    }

    [Theory]
    [InlineData("Start-RepoSync octo/hello -Engine Inngest -Verify", "-Verify")]
    [InlineData("Start-RepoSync octo/hello -Engine Inngest -ThrottleLimit 2", "-ThrottleLimit")]
    [InlineData("Start-RepoSync octo/hello -EventName capture/repository.issues", "-EventName")]
    [InlineData("Invoke-EmbeddingBackfill octo/hello -Engine Inngest -CostLimit 2", "-CostLimit")]
    [InlineData(
        "Invoke-EmbeddingBackfill octo/hello -Engine Inngest -Provider OpenAI -Model m",
        "-Provider and -Model"
    )]
    [InlineData("Invoke-EmbeddingBackfill octo/hello -Timeout 60", "-Timeout")]
    [InlineData("Update-WorkspaceMetrics octo/hello -EventName my/metrics", "-EventName")]
    public void A_parameter_that_the_engine_would_ignore_is_refused(string command, string named)
    {
        var outcome = shell.Run(command);

        Assert.Equal(["ParameterConflict"], outcome.ErrorIds);
        Assert.Contains(named, outcome.Errors[0].Exception.Message);
        Assert.Empty(shell.Engine.Requests);
    }

    [Fact]
    public void A_dry_run_shows_the_event_that_it_would_send()
    {
        shell.Engine.Start = async (request, output, token) =>
        {
            await output.InformationAsync("What if: POST https://inn.gs/e/********", token);
            return Samples.Run(request.Repository.FullName, request.Plan);
        };

        var outcome = shell.Run("Start-RepoSync octo/hello -Engine Inngest -WhatIf");

        Assert.Equal(RunState.Planned, outcome.One<RepoSync>().State);
        Assert.Contains("What if: POST https://inn.gs/e/********", shell.Host.Text);
    }

    public void Dispose() => shell.Dispose();
}
