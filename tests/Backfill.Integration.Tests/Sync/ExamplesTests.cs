using Backfill.Core.Coverage;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Sync;

/// <summary>The scripts of the documentation, run as they stand.</summary>
public sealed class ExamplesTests(TestPostgres postgres)
{
    [Fact]
    public async Task APhasedBackfillReadsNoHistoryTwice()
    {
        await using var bench = await Bench.SetUpWithoutSchemaAsync(postgres, new SimulatorOptions());

        using var host = bench.Host(Example("phased.ps1"));

        Assert.True(await host.WaitAsync() == 0, host.Errors + host.Output);
        Assert.Equal(300, await bench.CountAsync("SELECT count(*) FROM pull_requests WHERE embedding IS NOT NULL"));
        Assert.Equal(3, await bench.CountAsync("SELECT count(*) FROM backfill.sync_run WHERE state = 'Completed'"));
        // A pull request is added once and not met again: what the phases added is what there is.
        Assert.Equal(
            300,
            await bench.CountAsync(
                "SELECT sum((c ->> 'Added')::int) FROM backfill.sync_run, jsonb_array_elements(counts) c WHERE c ->> 'Entity' = 'PullRequests'"
            )
        );
    }

    [Fact]
    public async Task AScheduledTaskReportsEveryCheckAndEndsWithTheirOutcome()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 12 });
        var report = Path.GetTempFileName();

        using (var host = bench.Host([.. Example("scheduled-task.ps1"), "-Report", report]))
        {
            Assert.True(await host.WaitAsync() == 0, host.Errors + host.Output);
            Assert.Contains($"{CheckDefinition.All.Count} checks, 0 failed", host.Output);
        }

        Assert.Equal(
            CheckDefinition.All.Count,
            (await File.ReadAllLinesAsync(report, TestContext.Current.CancellationToken)).Length
        );
        await bench.ExecuteAsync("UPDATE issues SET author_id = NULL");
        using (var host = bench.Host(Example("scheduled-task.ps1")))
        {
            Assert.Equal(1, await host.WaitAsync());
            Assert.Contains($"{CheckDefinition.All.Count} checks, 1 failed", host.Output);
        }

        using (
            var host = bench.Host(
                Example("scheduled-task.ps1"),
                ("BACKFILL_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
            )
        )
        {
            Assert.Equal(2, await host.WaitAsync());
            Assert.Contains("cannot be reached", host.Errors);
        }

        File.Delete(report);
    }

    [Fact]
    public async Task ARunbookPlansThenActs()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 12 });

        using (var plan = bench.Host([.. Example("runbook.ps1"), "-WhatIf"]))
        {
            Assert.True(await plan.WaitAsync() == 0, plan.Errors + plan.Output);
            Assert.Contains("Planned", plan.Output);
        }

        Assert.Equal(0, await bench.CountAsync("SELECT count(*) FROM repositories"));
        using (var host = bench.Host([.. Example("runbook.ps1"), "-Confirm:$false"]))
        {
            Assert.True(await host.WaitAsync() == 0, host.Errors + host.Output);
        }

        Assert.Equal(12, await bench.CountAsync("SELECT count(*) FROM pull_requests WHERE embedding IS NOT NULL"));
    }

    private static string[] Example(string name) =>
        ["-File", Path.Combine(Checkout.Root, "docs", "examples", name), "octo/hello"];
}
