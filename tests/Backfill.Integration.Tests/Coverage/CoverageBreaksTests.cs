using Backfill.Core.Coverage;
using Backfill.Integration.Tests.Support;

namespace Backfill.Integration.Tests.Coverage;

/// <summary>Every line of the checklist against a repository that is complete, and then broken in the way that the line is there to find.</summary>
public sealed class CoverageBreaksTests(TestPostgres postgres, CompleteRepository complete)
    : IClassFixture<CompleteRepository>
{
    private const string Hello = CompleteRepository.Name;

    // What no statement breaks: the first two need another login, the third only reports (all in CoverageTests), and the
    // settings are not in the database (CoverageTests, InngestPreflightTests).
    private static readonly string[] BrokenElsewhere =
    [
        "Rights",
        "RowSecurity",
        "SchemaOptional",
        "Settings",
        "InngestEvents",
        "InngestRuns",
        "InngestHandlers",
        "SupabaseFunctions",
    ];

    [Theory]
    [MemberData(nameof(CoverageBreaks.All), MemberType = typeof(CoverageBreaks))]
    public async Task A_fault_is_found_by_its_check_alone_and_the_check_passes_after_the_repair(
        string statement,
        string found,
        string mended
    )
    {
        await using var bench = await complete.CopyAsync(postgres);
        await bench.ExecuteAsync(statement);

        var failed = (await bench.CheckAsync(Hello))
            .Where(check => !check.Passed && check.Status != CheckStatus.Skipped)
            .ToArray();

        Assert.Equal(found.Split(' '), failed.Select(check => check.Check));
        Assert.All(failed, check => Assert.NotEmpty(check.Advice!));
        Assert.All(
            failed,
            check => Assert.Equal(check.Status == CheckStatus.Failed, check.Severity == CheckSeverity.Error)
        );
        if (mended == "-Repair")
        {
            Assert.NotNull(failed[^1].Repair);
            await RepairAsync(bench);
        }
        else
        {
            // Only an operator can mend it: no stage is run for it, and no command of the tool is advised.
            var operators = failed.Last(check => check.Repair is null);
            if (operators.Check != CoverageCheck.OfRepository)
            {
                Assert.DoesNotMatch(
                    "Start-RepoSync|Invoke-EmbeddingBackfill|Update-WorkspaceMetrics|-Repair",
                    operators.Advice
                );
            }

            if (Array.TrueForAll(failed, check => check.Repair is null))
            {
                bench.GitHub.Reset();
                await RepairAsync(bench, skipGitHub: true);
                Assert.Empty(bench.GitHub.Requests);
            }

            await bench.ExecuteAsync(mended);
        }

        Assert.Empty(bench.Output.Errors);
        Assert.DoesNotContain(
            await bench.CheckAsync(Hello),
            check => check.Status is CheckStatus.Failed or CheckStatus.Warning
        );
    }

    // As the cmdlet does: each stage in the order of the pipeline, by what fails after the stage before it.
    private static async Task RepairAsync(Bench bench, bool skipGitHub = false)
    {
        IReadOnlyList<CoverageCheck>? checks = null;
        foreach (var stage in Enum.GetValues<PipelineStage>())
        {
            checks ??= await bench.CheckAsync(Hello, request => request with { SkipGitHub = skipGitHub });
            string[] due =
            [
                .. checks
                    .Where(check => check.Status is CheckStatus.Failed or CheckStatus.Warning)
                    .Where(check => check.Repair == stage)
                    .Select(check => check.Check),
            ];
            if (due.Length > 0)
            {
                await bench.Engine.RepairCoverageAsync(
                    bench.Settings,
                    new RepairRequest(RepositoryName.Parse(Hello), stage, due),
                    bench.Output,
                    TestContext.Current.CancellationToken
                );
                // Only a stage that ran can change what the checks find.
                checks = null;
            }
        }
    }

    [Fact]
    public void Every_check_has_a_fault_here_and_an_explanation_in_the_docs()
    {
        var broken = CoverageBreaks.All.SelectMany(row => row.Data.Item2.Split(' ')).Concat(BrokenElsewhere);
        Assert.Equal(Checklist.All.Select(check => check.Id).Order(), broken.Distinct().Order());

        var sections = File.ReadLines(Path.Combine(Checkout.Root, "docs/coverage.md"))
            .Where(line => line.StartsWith("### ", StringComparison.Ordinal))
            .Select(line => line[4..]);
        Assert.Equal(Checklist.All.Select(check => check.Id), sections);
    }
}
