using System.Globalization;
using System.Text.RegularExpressions;
using Backfill.Core.Coverage;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Sync;

/// <summary>The scripts of the documentation, run as they stand by the real PowerShell.</summary>
public sealed class ExamplesTests(TestPostgres postgres)
{
    [Fact]
    public async Task The_script_of_a_backfill_in_phases_reads_no_history_twice()
    {
        await using var bench = await Bench.SetUpWithoutSchemaAsync(postgres, new SimulatorOptions());

        using var host = bench.Script(Example("phased.ps1"));

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
    public async Task A_scheduled_task_reports_every_check_and_ends_with_their_outcome()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 12 });
        var report = Path.GetTempFileName();

        using (var host = bench.Script([.. Example("scheduled-task.ps1"), "-Report", report]))
        {
            Assert.True(await host.WaitAsync() == 0, host.Errors + host.Output);
            Assert.Contains($"{Checklist.All.Count} checks, 0 failed", host.Output);
        }

        Assert.Equal(
            Checklist.All.Count,
            (await File.ReadAllLinesAsync(report, TestContext.Current.CancellationToken)).Length
        );
        await bench.ExecuteAsync("UPDATE issues SET author_id = NULL");
        using (var host = bench.Script(Example("scheduled-task.ps1")))
        {
            Assert.Equal(1, await host.WaitAsync());
            Assert.Contains($"{Checklist.All.Count} checks, 2 failed", host.Output);
        }

        using (
            var host = bench.Script(
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

    [Theory]
    [InlineData("octo/none")]
    [InlineData("octo/none,octo/hello")]
    [InlineData("octo/hello octo/none")]
    [InlineData("octo/hello a/b/c")]
    [InlineData("-Repository octo/hello octo/none")]
    public async Task A_scheduled_task_fails_for_a_repository_that_it_cannot_prove(string names)
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 3 });

        using var host = bench.Script([.. Script("scheduled-task.ps1"), .. names.Split(' ')]);

        Assert.Equal(1, await host.WaitAsync());
        Assert.Contains("checks, 1 failed", host.Output);
        Assert.Equal(names.Contains("hello") ? 3 : 0, await bench.CountAsync("SELECT count(*) FROM pull_requests"));
    }

    [Fact]
    public async Task A_scheduled_task_takes_its_repositories_from_a_file_too()
    {
        await using var bench = await Bench.SetUpAsync(
            postgres,
            new SimulatorOptions { PullRequests = 3, Repositories = ["octo/a", "octo/b", "octo/c"] }
        );
        var list = Path.GetTempFileName();
        await File.WriteAllLinesAsync(
            list,
            ["# the team's", "octo/a", "", "octo/b"],
            TestContext.Current.CancellationToken
        );

        using var host = bench.Script([.. Script("scheduled-task.ps1"), "octo/c", "-RepositoryList", list]);

        Assert.True(await host.WaitAsync() == 0, host.Errors + host.Output);
        Assert.Equal(3, await bench.CountAsync("SELECT count(*) FROM repositories"));
        File.Delete(list);
    }

    [Theory]
    [InlineData("", "No repository was named")]
    [InlineData("-RepositoryList nowhere.txt", "nowhere.txt")]
    [InlineData("octo/hello -Report nowhere/checks.tsv", "nowhere")]
    public async Task A_scheduled_task_that_cannot_do_its_work_says_so_and_ends_with_2(string arguments, string said)
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 3 });

        using var host = bench.Script([
            .. Script("scheduled-task.ps1"),
            .. arguments.Split(' ').Where(one => one.Length > 0),
        ]);

        Assert.Equal(2, await host.WaitAsync());
        Assert.Contains(said, host.Errors);
    }

    [Theory]
    [InlineData("scheduled-task.ps1")]
    [InlineData("phased.ps1")]
    [InlineData("runbook.ps1")]
    public async Task A_missing_setting_ends_a_script_with_2_and_the_recommendation(string script)
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 3 });

        using var host = bench.Script([.. Script(script), "octo/hello"], ("BACKFILL_DATABASE_URL", ""));

        Assert.Equal(2, await host.WaitAsync());
        Assert.Contains("Recommendation: ", host.Errors);
    }

    [Fact]
    public async Task A_runbook_plans_before_it_acts()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 12 });

        using (var plan = bench.Script([.. Example("runbook.ps1"), "-WhatIf"]))
        {
            Assert.True(await plan.WaitAsync() == 0, plan.Errors + plan.Output);
            Assert.Contains("Planned", plan.Output);
        }

        Assert.Equal(0, await bench.CountAsync("SELECT count(*) FROM repositories"));
        using (var host = bench.Script([.. Example("runbook.ps1"), "-Confirm:$false"]))
        {
            Assert.True(await host.WaitAsync() == 0, host.Errors + host.Output);
        }

        Assert.Equal(12, await bench.CountAsync("SELECT count(*) FROM pull_requests WHERE embedding IS NOT NULL"));
    }

    [Theory]
    [InlineData(5_000, 5_000, "")]
    [InlineData(5, 5_000, "GraphQL points")]
    [InlineData(5_000, 5, "REST requests")]
    [InlineData(5, 5, "GraphQL points,REST requests")]
    public async Task A_runbook_compares_both_budgets_with_the_plan(int points, int requests, string tooSmall)
    {
        await using var bench = await Bench.SetUpAsync(
            postgres,
            new SimulatorOptions
            {
                PullRequests = 120,
                PointsPerHour = points,
                RequestsPerHour = requests,
            }
        );

        using var plan = bench.Script([.. Example("runbook.ps1"), "-WhatIf"]);

        Assert.True(await plan.WaitAsync() == 0, plan.Errors + plan.Output);
        foreach (var unit in (string[])["GraphQL points", "REST requests"])
        {
            var isTooSmall = tooSmall.Contains(unit, StringComparison.Ordinal);
            Assert.Equal(
                isTooSmall,
                Regex.IsMatch(plan.Output, $@"needs about \d+ {unit} and\s+the tokens have \d+ left")
            );
        }
    }

    [Fact]
    public async Task A_runbook_reports_the_planned_and_the_spent_budget()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 12 });

        using var host = bench.Script([.. Example("runbook.ps1"), "-Confirm:$false"]);

        Assert.True(await host.WaitAsync() == 0, host.Errors + host.Output);
        var said = Regex.Match(
            host.Output,
            @"octo/hello: about (\d+) requests and (\d+) points were planned; (\d+) requests and (\d+) points were spent\."
        );
        Assert.True(said.Success, host.Output);
        Assert.Equal(
            $"{said.Groups[3]} {said.Groups[4]}",
            await bench.TextAsync("SELECT requests || ' ' || points FROM backfill.sync_run")
        );
        Assert.InRange(
            int.Parse(said.Groups[1].ValueSpan, CultureInfo.InvariantCulture),
            1,
            2 * int.Parse(said.Groups[3].ValueSpan, CultureInfo.InvariantCulture)
        );
    }

    [Fact]
    public async Task A_broken_run_is_continued_and_repaired_after_a_failure()
    {
        await using var bench = await Bench.SetUpAsync(
            postgres,
            new SimulatorOptions { PullRequests = 12, Repositories = ["octo/hello", "octo/world"] }
        );
        await bench.RegisterAsync("octo/world", null);
        await bench.SyncAsync("octo/hello");
        await bench.EmbedAsync("octo/hello");
        await bench.ExecuteAsync("UPDATE issues SET title = 'altered' WHERE number = (SELECT min(number) FROM issues)");
        await bench.ExecuteAsync("UPDATE backfill.sync_run SET state = 'Failed', error = 'disk full'");

        using (var plan = bench.Script([.. Script("recovery.ps1"), "-WhatIf"]))
        {
            Assert.True(await plan.WaitAsync() == 0, plan.Errors + plan.Output);
            Assert.Contains("2 of 2 repositories", plan.Output);
        }

        using var host = bench.Script(Script("recovery.ps1"));

        Assert.True(await host.WaitAsync() == 0, host.Errors + host.Output);
        Assert.Contains("0 failed", host.Output);
        Assert.Equal(0, await bench.CountAsync("SELECT count(*) FROM issues WHERE title = 'altered'"));
        Assert.Equal(0, await bench.CountAsync("SELECT count(*) FROM pull_requests WHERE embedding IS NULL"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_job_of_Azure_Automation_fails_when_a_check_fails(bool passes)
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 3 });
        var script = Path.Combine(Checkout.Root, "docs/examples/azure-automation.ps1");
        // Azure's own cmdlets, and the credentials of the account.
        var stubs =
            "function Get-AutomationPSCredential([string] $Name) { $value = @{ BackfillDatabase = $env:BACKFILL_DATABASE_URL; BackfillGitHub = $env:GITHUB_TOKEN }[$Name]; "
            + "if ($value) { [pscredential]::new('x', (ConvertTo-SecureString $value -AsPlainText)) } }";

        using var host = bench.PowerShell(
            $"{stubs}; & '{script}' -Repository '{(passes ? "octo/hello" : "octo/hello, octo/none")}'"
        );

        Assert.Equal(passes ? 0 : 1, await host.WaitAsync());
        Assert.Contains(passes ? "0 failed" : "1 failed", host.Output);
    }

    [Fact]
    public void Every_script_of_the_examples_can_be_parsed()
    {
        var folder = Path.Combine(Checkout.Root, "docs/examples");
        var scripts = Directory
            .GetFiles(folder, "*.ps1")
            .Select(File.ReadAllText)
            .Concat(ActionScripts(folder))
            .ToArray();

        Assert.Equal(9, scripts.Length);
        foreach (var script in scripts)
        {
            System.Management.Automation.Language.Parser.ParseInput(script, out _, out var errors);
            Assert.True(errors.Length == 0, string.Join("\n", errors.Select(error => error.Message)));
        }
    }

    [Fact]
    public void The_files_for_systemd_and_cron_name_files_that_exist()
    {
        var folder = Path.Combine(Checkout.Root, "docs/examples");
        foreach (var name in (string[])["backfill.service", "backfill.timer", "backfill.crontab"])
        {
            var lines = File.ReadAllLines(Path.Combine(folder, name))
                .Where(line => line.Length > 0 && line[0] != '#')
                .ToArray();
            foreach (var script in lines.SelectMany(line => Regex.Matches(line, @"/opt/backfill/(\S+\.ps1)")))
            {
                Assert.True(File.Exists(Path.Combine(folder, script.Groups[1].Value)), script.Value);
            }

            Assert.All(
                lines,
                line =>
                    Assert.Matches(
                        name.EndsWith("crontab", StringComparison.Ordinal) ? @"^(\S+ ){5}\S" : @"^(\[\w+\]|\w+=.+)$",
                        line
                    )
            );
        }
    }

    // The scripts in a workflow: what follows "run:".
    private static IEnumerable<string> ActionScripts(string folder) =>
        Regex
            .Matches(
                File.ReadAllText(Path.Combine(folder, "github-actions.yml")),
                @"run: (?:\|\n((?:          .*\n?)+)|(.+))"
            )
            .Select(match => match.Groups[1].Value + match.Groups[2].Value);

    private static string[] Example(string name) => [.. Script(name), "octo/hello"];

    private static string[] Script(string name) => ["-File", Path.Combine(Checkout.Root, "docs", "examples", name)];
}
