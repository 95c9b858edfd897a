using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Backfill.Cmdlets.Pipeline;
using Backfill.Cmdlets.Settings;
using Backfill.Integration.Tests.Support;

namespace Backfill.Integration.Tests.Inngest;

/// <summary>The operators' pipeline, by the real cmdlets in a real runspace, for everything that can become of a run at Inngest.</summary>
public sealed class InngestPipelineTests(TestPostgres postgres)
{
    private const string Pipeline =
        "Start-RepoSync bdougie/contributor.info -Engine Inngest | Wait-RepoSync -Timeout 240 -OutVariable runs | Invoke-EmbeddingBackfill -Provider Lexical -OutVariable embedded | Update-WorkspaceMetrics -OutVariable measured | Test-BackfillCoverage";

    public enum Worker
    {
        Completes,
        Fails,
        NeverStarts,
        IsSlow,
        IsCancelled,
        Lies,
    }

    [Theory]
    [InlineData(Worker.Completes, RunState.Completed, null)]
    [InlineData(Worker.Fails, RunState.Failed, ErrorIds.SyncFailed)]
    [InlineData(Worker.NeverStarts, RunState.Failed, ErrorIds.InngestNothingRan)]
    [InlineData(Worker.IsSlow, RunState.Running, ErrorIds.WaitTimedOut)]
    [InlineData(Worker.IsCancelled, RunState.Stopped, ErrorIds.SyncStopped)]
    [InlineData(Worker.Lies, RunState.Incomplete, ErrorIds.SyncIncomplete)]
    public async Task Every_stage_reports_every_end_of_its_run(Worker worker, RunState state, string? errorId)
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        bench.Inngest.Worker = (_, runs) => WorkAsync(bench, runs[0], worker);
        if (worker == Worker.NeverStarts)
        {
            bench.Inngest.Triggers = ["capture/repository.sync.graphql"];
        }

        var (outcome, errors) = await RunAsync(bench, Pipeline);

        var run = Assert.IsType<RepoSync>(Assert.Single(outcome["runs"]));
        Assert.Equal((state, "Inngest"), (run.State, run.Engine));
        var ids = errors.Select(error => error.FullyQualifiedErrorId.Split(',')[0]).ToArray();
        var told = ids.Where(id => id != ErrorIds.CoverageCheckFailed).ToArray();
        Assert.Equal(errorId is null ? [] : [errorId], told);

        // Later stages work on what is there.
        Assert.Equal(
            "bdougie/contributor.info",
            Assert.IsType<EmbeddingResult>(Assert.Single(outcome["embedded"])).Repository
        );
        Assert.Equal(RunState.Completed, Assert.IsType<WorkspaceMetrics>(Assert.Single(outcome["measured"])).State);
        var checks = outcome["output"].Cast<CoverageCheck>().ToDictionary(check => check.Check);
        Assert.Equal(
            worker == Worker.Completes ? CheckStatus.Passed : CheckStatus.Failed,
            checks["PullRequestCount"].Status
        );
        Assert.Equal(
            worker switch
            {
                Worker.Completes => CheckStatus.Passed,
                Worker.IsSlow => CheckStatus.Warning,
                _ => CheckStatus.Failed,
            },
            checks["LastSync"].Status
        );
        if (worker == Worker.Completes)
        {
            Assert.Empty(errors);
            Assert.DoesNotContain(checks.Values, check => check.Status == CheckStatus.Failed);
        }
    }

    [Fact]
    public async Task The_whole_pipeline_plans_and_nothing_is_sent()
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);

        var (outcome, errors) = await RunAsync(
            bench,
            "Start-RepoSync bdougie/contributor.info -Engine Inngest -WhatIf -InformationVariable shown -OutVariable runs | Wait-RepoSync | Invoke-EmbeddingBackfill -Engine Inngest | Update-WorkspaceMetrics -Engine Inngest | Test-BackfillCoverage"
        );

        Assert.Empty(errors);
        Assert.Empty(bench.Inngest.Events);
        Assert.Equal(RunState.Planned, Assert.IsType<RepoSync>(Assert.Single(outcome["runs"])).State);
        var shown = Assert.Single(
            outcome["shown"].Cast<InformationRecord>().Select(record => $"{record.MessageData}"),
            line => line.StartsWith("What if: POST", StringComparison.Ordinal)
        );
        Assert.Contains("e/********", shown);
        Assert.DoesNotContain(FakeInngest.EventKey, shown);
    }

    private static async Task WorkAsync(InngestBench bench, FakeRun run, Worker worker)
    {
        run.Is("Running");
        switch (worker)
        {
            case Worker.Completes:
                await FakeWorker.StoreAsync(bench.Bench, InngestBench.Repository);
                run.Is("Completed");
                break;
            case Worker.Fails:
                run.Fail("column is_tracked does not exist");
                break;
            case Worker.IsCancelled:
                run.Is("Cancelled");
                break;
            case Worker.Lies:
                run.Is("Completed");
                break;
            default:
                break;
        }
    }

    // The session is static: the tests of this class run one after another, and no other class uses the cmdlets.
    private static async Task<(
        IReadOnlyDictionary<string, object[]> Outcome,
        IReadOnlyList<ErrorRecord> Errors
    )> RunAsync(InngestBench bench, string script)
    {
        (EngineAccess.Engine, EngineAccess.Clock, Session.Connected) = (bench.Engine, bench.Time, bench.Settings);
        var state = InitialSessionState.CreateDefault2();
        using var runspace = RunspaceFactory.CreateRunspace(state);
        runspace.Open();
        using var shell = PowerShell.Create(runspace);
        shell.AddScript(
            $"Import-Module -ErrorAction Stop '{Path.Combine(AppContext.BaseDirectory, "Backfill.Cmdlets.dll")}'"
        );
        await shell.InvokeAsync();
        shell.Commands.Clear();
        shell.AddScript(script);
        var output = await shell.InvokeAsync();
        var variables = new Dictionary<string, object[]> { ["output"] = [.. output.Select(one => one.BaseObject)] };
        foreach (var name in new[] { "runs", "embedded", "measured", "shown" })
        {
            var held = runspace.SessionStateProxy.GetVariable(name) as System.Collections.IEnumerable;
            variables[name] =
            [
                .. (held?.Cast<object>() ?? []).Select(one => one is PSObject wrapped ? wrapped.BaseObject : one),
            ];
        }

        return (variables, [.. shell.Streams.Error]);
    }
}
