using System.Diagnostics;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Sync;

public sealed class DryRunTests(TestPostgres postgres)
{
    private const string Whole =
        "Start-RepoSync octo/hello -Track -WhatIf | Wait-RepoSync | Invoke-EmbeddingBackfill -WhatIf | Update-WorkspaceMetrics -WhatIf | Test-BackfillCoverage -WhatIf";

    private const string OnlyFirst =
        "Start-RepoSync octo/hello -Track -WhatIf | Wait-RepoSync | Invoke-EmbeddingBackfill | Update-WorkspaceMetrics | Test-BackfillCoverage";

    [Theory]
    [InlineData(Whole, false)]
    [InlineData(OnlyFirst, false)]
    [InlineData(Whole, true)]
    [InlineData(OnlyFirst, true)]
    [InlineData("Initialize-BackfillDatabase -WhatIf", false)]
    [InlineData("Register-BackfillRepository octo/hello -Workspace Demo -WhatIf", true)]
    public async Task A_dry_run_changes_nothing_and_sends_nothing_but_reads(string command, bool synced)
    {
        await using var bench = await Bench.SetUpWithoutSchemaAsync(
            postgres,
            new SimulatorOptions { PullRequests = 40 }
        );
        if (synced)
        {
            await bench.InitializeAsync();
            Assert.Equal(RunState.Completed, (await bench.SyncAsync("octo/hello")).State);
            bench.GitHub.Changes.AddIssue("octo/hello", "New");
        }

        var before = await DumpAsync(bench);
        bench.GitHub.Reset();

        using var host = bench.Host(command);
        Assert.True(await host.WaitAsync() == 0, host.Errors + host.Output);

        Assert.Equal(before, await DumpAsync(bench));
        Assert.DoesNotContain(bench.GitHub.Requests, request => request.Method is not ("GET" or "POST"));
        Assert.All(
            bench.GitHub.Requests,
            request => Assert.True(request.Method == "GET" || request.Operation == "Probe", request.ToString())
        );
        Assert.NotEmpty(host.Output);
    }

    [Fact]
    public async Task A_dry_run_of_the_whole_pipeline_takes_at_most_twenty_lines()
    {
        await using var bench = await Bench.SetUpWithoutSchemaAsync(
            postgres,
            new SimulatorOptions { PullRequests = 40 }
        );

        using var host = bench.Host(OnlyFirst);

        Assert.True(await host.WaitAsync() == 0, host.Errors + host.Output);
        var lines = host.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.InRange(lines.Length, 5, 20);
        Assert.Matches(
            @"^What if: Sync octo/hello: 40 pull requests, \d+ issues, \d+ discussions to read from the beginning; about \d+ requests \(\d+ of them to REST\), \d+ points, \d+ s\.$",
            lines[0]
        );
        Assert.Matches(@"^What if: Embed octo/hello: \d+ items by Lexical/\S+; about \d+ tokens", lines[1]);
        Assert.StartsWith("What if: Compute the metrics of octo/hello:", lines[2]);
        Assert.Matches(@"^What if: Check octo/hello: \d+ checks\.$", lines[3]);
        Assert.Single(lines, line => line.StartsWith("What if: In total: about ", StringComparison.Ordinal));
    }

    private static async Task<string> DumpAsync(Bench bench)
    {
        var connection = new Npgsql.NpgsqlConnectionStringBuilder(bench.ConnectionString);
        var start = new ProcessStartInfo(TestPostgres.Program("pg_dump"))
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        foreach (
            var argument in (string[])
                ["-h", connection.Host!, "-p", $"{connection.Port}", "-U", connection.Username!, connection.Database!]
        )
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var dump = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
        // Newer servers put a key of their own into each dump.
        return string.Join('\n', dump.Split('\n').Where(line => !line.Contains("restrict ", StringComparison.Ordinal)));
    }
}
