using Backfill.Cmdlets.Tests.Support;

namespace Backfill.Cmdlets.Tests;

/// <summary>A dry run says what it found out, stage by stage, and comes to one total.</summary>
public sealed class DryRunTests : IDisposable
{
    private const string Stages =
        "Wait-RepoSync | Invoke-EmbeddingBackfill | Update-WorkspaceMetrics | Test-BackfillCoverage";

    private readonly Shell shell = new();

    public DryRunTests()
    {
        shell.Engine.Check = request =>
            [
                .. Enumerable
                    .Range(0, 49)
                    .Select(_ =>
                        Samples.Check(request.Repository?.FullName, CheckStatus.Skipped) with
                        {
                            Query = "SELECT 1",
                        }
                    ),
            ];
        shell.Engine.Embed = (request, _, _) =>
            Task.FromResult(
                Samples.Embedding(request.Repositories[0].FullName, request.Plan) with
                {
                    Estimate = request.Plan
                        ? new EmbeddingEstimate(1444, new Dictionary<string, long>(), 500_000, 0.01m, "")
                        {
                            Minutes = 2.5,
                            ByReason = new Dictionary<string, long> { ["planned"] = request.Upstream?.Items ?? 0 },
                        }
                        : null,
                }
            );
    }

    [Fact]
    public void A_dry_run_of_the_whole_pipeline_takes_at_most_twenty_lines()
    {
        Assert.Empty(shell.Run($"Start-RepoSync octo/hello -Track -WhatIf | {Stages} | Out-Default").Errors);

        Assert.Equal(
            [
                "Sync octo/hello: 1744 items to read from the beginning; about 36 requests, 36 points, 36 s.",
                "Embed octo/hello: 1444 items by Lexical/ngrams/384; about 500000 tokens, $0.01, 2.5 min.",
                "Compute the metrics of workspace team: Would compute 5 ranges.",
                "Check octo/hello: 49 checks.",
                "In total: about 36 requests, 36 points, 500000 tokens, $0.01, 3.1 min.",
            ],
            shell.PlanLines
        );
        Assert.InRange(shell.Host.Text.TrimEnd('\n').Split('\n').Length, 5, 20);
    }

    [Fact]
    public void Several_repositories_are_added_to_one_total()
    {
        shell.Run($"Start-RepoSync octo/a, octo/b -WhatIf | {Stages}");

        Assert.Equal("In total: about 72 requests, 72 points, 1000000 tokens, $0.02, 6.2 min.", shell.PlanLines.Last());
        Assert.Single(shell.PlanLines, line => line.StartsWith("In total", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(
        "Start-RepoSync octo/a, octo/b -WhatIf",
        "In total: about 72 requests, 72 points, 0 tokens, no cost, 72 s."
    )]
    [InlineData(
        "Start-RepoSync octo/a, octo/b -WhatIf | Wait-RepoSync",
        "In total: about 72 requests, 72 points, 0 tokens, no cost, 72 s."
    )]
    [InlineData(
        "Start-RepoSync octo/a -WhatIf | Wait-RepoSync | Invoke-EmbeddingBackfill",
        "In total: about 36 requests, 36 points, 500000 tokens, $0.01, 3.1 min."
    )]
    [InlineData("Start-RepoSync octo/a -WhatIf", null)]
    [InlineData("Invoke-EmbeddingBackfill octo/a -WhatIf", null)]
    public void The_last_stage_shows_the_total_when_there_is_more_than_one_part(string script, string? total)
    {
        shell.Run(script);

        Assert.Equal(
            total is null ? [] : [total],
            shell.PlanLines.Where(line => line.StartsWith("In total", StringComparison.Ordinal))
        );
    }

    [Fact]
    public void A_dry_run_of_the_later_stages_alone_counts_them_alone()
    {
        shell.Run("Invoke-EmbeddingBackfill octo/a -WhatIf | Update-WorkspaceMetrics | Test-BackfillCoverage");

        Assert.Equal("In total: about 0 requests, 0 points, 500000 tokens, $0.01, 2.5 min.", shell.PlanLines.Last());
    }

    [Fact]
    public void A_repository_of_two_workspaces_is_counted_once()
    {
        shell.Engine.Metrics = request =>
            [
                Samples.Metrics(request.Plan, "octo/a"),
                Samples.Metrics(request.Plan, "octo/a") with
                {
                    Workspace = "other",
                },
            ];

        shell.Run($"Start-RepoSync octo/a -WhatIf | {Stages}");

        Assert.StartsWith("In total: about 36 requests,", shell.PlanLines.Last());
    }

    [Fact]
    public void Items_to_read_are_named_by_their_kind()
    {
        shell.Engine.Start = (request, _, _) =>
            Task.FromResult(
                Samples.Run(request.Repository.FullName, planned: true) with
                {
                    From = request.Since,
                    Counts =
                    [
                        new EntityCount("PullRequests", 0, 0, 0, 998),
                        new EntityCount("Issues", 0, 0, 0, 446),
                        new EntityCount("Discussions", 0, 0, 0, 300),
                    ],
                }
            );

        shell.Run("Start-RepoSync octo/a -WhatIf; Start-RepoSync octo/a -WhatIf -Since 2026-03-01T00:00:00Z");

        Assert.Equal(
            [
                "Sync octo/a: 998 pull requests, 446 issues, 300 discussions to read from the beginning; about 36 requests, 36 points, 36 s.",
                "Sync octo/a: 998 pull requests, 446 issues, 300 discussions to read back to 2026-03-01; about 36 requests, 36 points, 36 s.",
            ],
            shell.PlanLines
        );
    }

    [Fact]
    public void A_planned_sync_says_how_many_of_its_requests_go_to_REST()
    {
        shell.Engine.Start = (request, _, _) =>
            Task.FromResult(
                Samples.Run(request.Repository.FullName, planned: true) with
                {
                    Estimate = new SyncEstimate(0, 36, 30, 0.6, null, "") { RestRequests = 6 },
                }
            );

        shell.Run("Start-RepoSync octo/a -WhatIf");

        Assert.Equal(
            "Sync octo/a: nothing to read; about 36 requests (6 of them to REST), 30 points, 36 s.",
            Assert.Single(shell.PlanLines)
        );
    }

    [Fact]
    public void The_planned_checks_are_one_object_that_lists_them()
    {
        var plan = shell.Run("Test-BackfillCoverage octo/hello -WhatIf").One<CoveragePlan>();

        Assert.Equal(("octo/hello", RunState.Planned, 49), (plan.Repository, plan.State, plan.Checks.Count));
        Assert.All(plan.Checks, check => Assert.Equal("SELECT 1", check.Query));
    }

    [Theory]
    [InlineData("function Sync { [CmdletBinding(SupportsShouldProcess)] param() Start-RepoSync octo/a }; Sync -WhatIf")]
    [InlineData(
        "New-Module { function Sync { [CmdletBinding(SupportsShouldProcess)] param() Start-RepoSync octo/a } } | Import-Module; Sync -WhatIf"
    )]
    [InlineData("$WhatIfPreference = $true; Start-RepoSync octo/a -Confirm")]
    public void The_dry_run_of_a_caller_is_a_dry_run(string script)
    {
        Assert.Empty(shell.Run(script).Errors);

        Assert.True(Assert.Single(shell.Engine.Asked<SyncRequest>()).Plan);
    }

    [Fact]
    public void A_call_inside_a_dry_run_may_act()
    {
        shell.Run("$WhatIfPreference = $true; Start-RepoSync octo/a -WhatIf:$false");

        Assert.False(Assert.Single(shell.Engine.Asked<SyncRequest>()).Plan);
    }

    public void Dispose() => shell.Dispose();
}
