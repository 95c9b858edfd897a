using Backfill.Core.Coverage;

namespace Backfill.Core.Tests.Coverage;

/// <summary>How a verdict becomes the result that a user sees.</summary>
public sealed class CheckTests
{
    private static readonly Verdict Failure = Verdict.None(3, "rows");

    [Fact]
    public void Every_check_has_an_id_of_its_own() =>
        Assert.Equal(Checklist.All.Count, Checklist.All.DistinctBy(check => check.Id).Count());

    [Theory]
    [InlineData(PipelineStage.Sync, false, "Run Start-RepoSync octo/hello | Wait-RepoSync.")]
    [InlineData(PipelineStage.Embed, false, "Run Invoke-EmbeddingBackfill octo/hello.")]
    [InlineData(PipelineStage.Metrics, false, "Run Update-WorkspaceMetrics octo/hello.")]
    [InlineData(
        PipelineStage.Sync,
        true,
        "Run Test-BackfillCoverage octo/hello -Repair. It reads the repository again, which costs as much as the first sync."
    )]
    public void A_failed_check_advises_the_command_of_its_repair(PipelineStage repair, bool rereads, string advice) =>
        Assert.Equal(advice, (Of(repair) with { Rereads = rereads }).Result("octo/hello", Failure).Advice);

    [Fact]
    public void A_verdict_gives_its_own_advice_and_can_rule_the_repair_out()
    {
        var verdict = Verdict.None(3, "rows", "Delete them.") with { CanRepair = false };
        var result = Of(PipelineStage.Sync).Result("octo/hello", verdict);

        Assert.Equal("Delete them.", result.Advice);
        Assert.Null(result.Repair);
        Assert.Equal((CheckStatus.Failed, "none", "3 rows"), (result.Status, result.Expected, result.Actual));
    }

    [Fact]
    public void A_check_that_passed_or_was_skipped_advises_no_repair()
    {
        Assert.Null(Of(PipelineStage.Sync).Result("octo/hello", Verdict.None(0, "rows", "Delete them.")).Advice);
        Assert.Null(Of(PipelineStage.Sync).Result("octo/hello", Verdict.Skip("No table.")).Advice);
    }

    private static Check Of(PipelineStage? repair) =>
        new("Rows", "Quality", Query: null, repair, (_, _) => Task.FromResult(Failure));
}
