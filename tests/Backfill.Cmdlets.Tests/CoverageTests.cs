using Backfill.Cmdlets.Tests.Support;

namespace Backfill.Cmdlets.Tests;

public sealed class CoverageTests : IDisposable
{
    private readonly Shell shell = new();

    [Fact]
    public void A_failed_check_is_an_object_and_an_error_and_a_warning_warns()
    {
        shell.Engine.Check = request =>
            [
                Samples.Check(request.Repository?.FullName, CheckStatus.Failed),
                Samples.Check(request.Repository?.FullName, CheckStatus.Warning),
                Samples.Check(request.Repository?.FullName, CheckStatus.Skipped),
            ];

        var outcome = shell.Run("Test-BackfillCoverage octo/hello");

        Assert.Equal(3, outcome.Objects.Count);
        Assert.Equal(["CoverageCheckFailed"], outcome.ErrorIds);
        Assert.Equal("octo/hello: PullRequestCount is 997, expected 998.", outcome.Errors[0].ErrorDetails.Message);
        Assert.Equal(CheckStatus.Failed, Assert.IsType<CoverageCheck>(outcome.Errors[0].TargetObject).Status);
        Assert.Equal(
            ["octo/hello: PullRequestCount is 997, expected 998. Run Start-RepoSync again."],
            outcome.Warnings
        );
    }

    [Theory]
    [InlineData(CheckStatus.Passed, true)]
    [InlineData(CheckStatus.Warning, true)]
    [InlineData(CheckStatus.Failed, false)]
    public void Quiet_returns_true_or_false_and_writes_nothing_else(CheckStatus status, bool answer)
    {
        shell.Engine.Check = request => [Samples.Check(request.Repository?.FullName, status)];

        var outcome = shell.Run("Test-BackfillCoverage octo/a, octo/b -Quiet");

        Assert.Equal(answer, outcome.One<bool>());
        Assert.Empty(outcome.Errors);
        Assert.Empty(outcome.Warnings);
    }

    [Fact]
    public void A_repository_that_cannot_be_checked_is_not_proven()
    {
        shell.Engine.Check = request =>
            throw new BackfillException(ErrorIds.RepositoryNotTracked, ErrorKind.NotFound, "Unknown.", "Track it.");

        var outcome = shell.Run("Test-BackfillCoverage octo/a -Quiet");

        Assert.False(outcome.One<bool>());
        Assert.Equal(["RepositoryNotTracked"], outcome.ErrorIds);
    }

    [Fact]
    public void A_dry_run_proves_nothing()
    {
        shell.Engine.Check = request => [Samples.Check(request.Repository?.FullName, CheckStatus.Failed)];

        Assert.False(shell.Run("Test-BackfillCoverage octo/a -Quiet -WhatIf").One<bool>());
        Assert.Empty(shell.Run("Test-BackfillCoverage octo/a -WhatIf").Errors);
    }

    [Fact]
    public void A_repository_that_is_piped_twice_is_checked_once()
    {
        shell.Run(
            "$a, $b | Test-BackfillCoverage",
            ("a", Samples.Metrics(false, "octo/a", "octo/b")),
            ("b", Samples.Metrics(false, "octo/b", "OCTO/A"))
        );

        Assert.Equal(
            ["octo/a", "octo/b"],
            shell.Engine.Asked<CoverageRequest>().Select(request => request.Repository?.FullName)
        );
    }

    [Fact]
    public void Repositories_of_one_input_are_read_together()
    {
        shell.Run("Test-BackfillCoverage octo/a, octo/b, octo/c; Test-BackfillCoverage octo/a");

        var groups = shell.Engine.Asked<CoverageRequest>().Select(request => request.Group!).ToArray();
        Assert.All(groups[..3], group => Assert.Same(groups[0], group));
        Assert.Equal(["octo/a", "octo/b", "octo/c"], groups[0].Repositories.Select(name => name.FullName));
        Assert.Equal(["octo/a"], groups[3].Repositories.Select(name => name.FullName));
    }

    [Fact]
    public void After_a_repair_the_others_are_read_again()
    {
        shell.Engine.Check = request =>
            shell.Engine.Asked<RepairRequest>().Any()
                ? [Samples.Check(request.Repository!.FullName, CheckStatus.Passed)]
                : [Failed(request, "IssueCount", PipelineStage.Sync)];

        shell.Run("Test-BackfillCoverage octo/a, octo/b, octo/c -Repair");

        var asked = shell.Engine.Asked<CoverageRequest>().ToArray();
        Assert.Equal(["octo/a", "octo/a", "octo/b", "octo/c"], asked.Select(request => request.Repository!.FullName));
        Assert.Null(asked[1].Group);
        Assert.Equal(["octo/b", "octo/c"], asked[2].Group!.Repositories.Select(name => name.FullName));
        Assert.Same(asked[2].Group, asked[3].Group);
    }

    [Fact]
    public void Nothing_to_check_is_an_error()
    {
        var outcome = shell.Run("@() | Test-BackfillCoverage");
        Assert.Equal(["NoInput"], outcome.ErrorIds);
        Assert.False(shell.Run("@() | Test-BackfillCoverage -Quiet").One<bool>());
    }

    [Theory]
    [InlineData("Test-BackfillCoverage -Check Schema, Settings")]
    [InlineData("Test-BackfillCoverage -Check Schema -Exclude Writes")]
    public void The_database_is_checked_without_a_repository(string command)
    {
        var outcome = shell.Run(command);

        Assert.Empty(outcome.Errors);
        Assert.Null(outcome.One<CoverageCheck>().Repository);
        Assert.Null(Assert.Single(shell.Engine.Asked<CoverageRequest>()).Repository);
    }

    [Fact]
    public void A_failed_check_of_the_database_is_an_error_and_is_repaired()
    {
        shell.Engine.Check = request =>
            shell.Engine.Asked<RepairRequest>().Any()
                ? [Samples.Check(null, CheckStatus.Passed)]
                : [Failed(request, "SchemaTables", PipelineStage.Initialize)];

        Assert.StartsWith(
            "The database: SchemaTables is",
            Assert.Single(shell.Run("Test-BackfillCoverage -Check Schema").Errors).ErrorDetails?.Message
        );
        Assert.Empty(shell.Run("Test-BackfillCoverage -Check Schema -Repair").Errors);
        Assert.Null(Assert.Single(shell.Engine.Asked<RepairRequest>()).Repository);
    }

    [Fact]
    public void An_empty_pipeline_is_an_error_also_where_only_the_database_is_asked_for()
    {
        Assert.Equal(["NoInput"], shell.Run("@() | Test-BackfillCoverage -Check Schema").ErrorIds);
        Assert.Empty(shell.Engine.Asked<CoverageRequest>());
    }

    [Fact]
    public void A_piped_repository_is_the_one_that_is_checked()
    {
        shell.Run("'octo/a' | Test-BackfillCoverage -Check Schema");

        Assert.Equal("octo/a", Assert.Single(shell.Engine.Asked<CoverageRequest>()).Repository?.FullName);
    }

    [Fact]
    public void The_totals_of_a_piped_run_are_used_again()
    {
        var run = Samples.Finished(Samples.Run("octo/a"), RunState.Completed);

        shell.Run("$run | Test-BackfillCoverage -MinimumCoverage 95 -SkipGitHub", ("run", run));

        var request = Assert.Single(shell.Engine.Asked<CoverageRequest>());
        Assert.Equal(["PullRequests", "Issues"], request.KnownTotals?.Select(count => count.Entity));
        Assert.Equal(95, request.MinimumCoverage);
        Assert.True(request.SkipGitHub);
    }

    [Fact]
    public void ErrorAction_Stop_ends_at_the_first_failed_check()
    {
        shell.Engine.Check = request => [Samples.Check(request.Repository?.FullName, CheckStatus.Failed)];

        var outcome = shell.Run("Test-BackfillCoverage octo/a, octo/b -ErrorAction Stop");

        Assert.Equal("CoverageCheckFailed", outcome.Thrown?.FullyQualifiedErrorId.Split(',')[0]);
        Assert.Single(shell.Engine.Asked<CoverageRequest>());
    }

    [Fact]
    public void A_warning_counts_as_a_failure_on_request()
    {
        shell.Engine.Check = request => [Samples.Check(request.Repository?.FullName, CheckStatus.Warning)];

        Assert.False(shell.Run("Test-BackfillCoverage octo/a -FailOn Warning -Quiet").One<bool>());
        Assert.Equal(["CoverageCheckFailed"], shell.Run("Test-BackfillCoverage octo/a -FailOn Warning").ErrorIds);
    }

    [Fact]
    public void Checks_are_chosen_and_left_out_by_name()
    {
        shell.Run("Test-BackfillCoverage octo/a -Check Counts, *Embeddings -Exclude SyncGaps");

        var request = Assert.Single(shell.Engine.Asked<CoverageRequest>());
        Assert.Equal(["Counts", "*Embeddings"], request.Checks);
        Assert.Equal(["SyncGaps"], request.Exclude);
    }

    [Fact]
    public void A_repair_runs_each_stage_once_in_the_order_of_the_pipeline_and_checks_again()
    {
        // The sync mends the first two and brings an item back that has no vector.
        var looks = 0;
        shell.Engine.Check = request =>
            looks++ switch
            {
                0 =>
                [
                    Failed(request, "MetricsAge", PipelineStage.Metrics),
                    Failed(request, "IssueCount", PipelineStage.Sync),
                    Failed(request, "NullAuthors", PipelineStage.Sync),
                ],
                1 =>
                [
                    Failed(request, "MetricsAge", PipelineStage.Metrics),
                    Failed(request, "IssueEmbeddings", PipelineStage.Embed),
                ],
                2 => [Failed(request, "MetricsAge", PipelineStage.Metrics), Failed(request, "Duplicates", null)],
                _ => [Samples.Check(request.Repository?.FullName, CheckStatus.Passed)],
            };

        var outcome = shell.Run("Test-BackfillCoverage octo/a -Repair");

        Assert.Empty(outcome.Errors);
        Assert.Equal(
            ["Sync IssueCount NullAuthors", "Embed IssueEmbeddings", "Metrics MetricsAge"],
            shell.Engine.Asked<RepairRequest>().Select(one => $"{one.Stage} {string.Join(' ', one.Checks)}")
        );
    }

    [Fact]
    public void A_dry_run_of_a_repair_says_its_stages_and_their_cost_and_runs_none()
    {
        shell.Engine.Check = request => [Failed(request, "IssueCount", PipelineStage.Sync)];
        shell.Engine.Repair = request =>
            request.Stage == PipelineStage.Sync
                ? new PipelineEstimate(30, 40, 0, null, 0.5)
                : new PipelineEstimate(0, 0, 700, 0.1m, 0.5);

        var outcome = shell.Run("Test-BackfillCoverage octo/a -Repair -WhatIf");

        Assert.Empty(outcome.Errors);
        Assert.Equal(
            ["Sync IssueCount True False", "Embed  True True"],
            shell
                .Engine.Asked<RepairRequest>()
                .Select(one => $"{one.Stage} {string.Join(' ', one.Checks)} {one.Plan} {one.AfterSync}")
        );
        Assert.Equal(
            [
                "Check octo/a: 1 check.",
                "Repair octo/a by Sync, Embed: about 30 requests, 40 points, 700 tokens, $0.1, 60 s.",
                "Sync (about 30 requests, 40 points, 0 tokens, no cost, 30 s) repairs IssueCount: expected 998, found 997.",
                "In total: about 30 requests, 40 points, 700 tokens, $0.1, 60 s.",
            ],
            shell.PlanLines
        );
        var plan = outcome.One<CoveragePlan>();
        Assert.Equal([PipelineStage.Sync, PipelineStage.Embed], plan.Repairs.Select(one => one.Stage));
        Assert.Equal(700, plan.Estimate!.Tokens);
    }

    [Fact]
    public void A_dry_run_of_a_repair_says_that_nothing_fails()
    {
        shell.Engine.Check = request => [Samples.Check(request.Repository?.FullName, CheckStatus.Passed)];

        shell.Run("Test-BackfillCoverage octo/a -Repair -WhatIf");

        Assert.Empty(shell.Engine.Asked<RepairRequest>());
        Assert.Equal("Repair octo/a: no check fails that a stage can repair.", shell.PlanLines.Last());
    }

    [Fact]
    public void A_dry_run_of_a_repair_behind_a_planned_stage_only_lists()
    {
        shell.Engine.Check = request => [Failed(request, "IssueCount", PipelineStage.Sync)];

        shell.Run("Start-RepoSync octo/a -WhatIf | Test-BackfillCoverage -Repair");

        Assert.Empty(shell.Engine.Asked<RepairRequest>());
        Assert.True(Assert.Single(shell.Engine.Asked<CoverageRequest>()).Plan);
    }

    [Fact]
    public void Control_characters_in_a_check_are_marked_in_its_warning_and_its_error()
    {
        shell.Engine.Check = request =>
            [
                Samples.Check(request.Repository?.FullName, CheckStatus.Failed) with
                {
                    Actual = "a\eb",
                },
                Samples.Check(request.Repository?.FullName, CheckStatus.Warning) with
                {
                    Actual = "a\eb",
                },
            ];

        var outcome = shell.Run("Test-BackfillCoverage octo/a");

        Assert.Contains("is a␛b, expected", Assert.Single(outcome.Warnings));
        Assert.Contains("is a␛b, expected", Assert.Single(outcome.Errors).ErrorDetails.Message);
        Assert.All(outcome.Objects, check => Assert.Equal("a\eb", ((CoverageCheck)check!).Actual));
    }

    private static CoverageCheck Failed(CoverageRequest request, string check, PipelineStage? repair) =>
        Samples.Check(request.Repository?.FullName, CheckStatus.Failed) with
        {
            Check = check,
            Repair = repair,
        };

    public void Dispose() => shell.Dispose();
}
