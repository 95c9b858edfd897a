using System.Text.Json;
using System.Xml.Linq;
using Backfill.Cmdlets.Tests.Support;

namespace Backfill.Cmdlets.Tests;

public sealed class ReportTests : IDisposable
{
    private readonly Shell shell = new();

    public ReportTests() =>
        shell.Engine.Check = request =>
            [
                Samples.Check(request.Repository?.FullName, CheckStatus.Passed),
                Samples.Check(request.Repository?.FullName, CheckStatus.Failed) with
                {
                    Check = "IssueCount",
                    Actual = "a | b\n[c](d) \e[2J",
                },
                Samples.Check(request.Repository?.FullName, CheckStatus.Skipped) with
                {
                    Check = "SyncGaps",
                    Actual = "no sync",
                },
            ];

    [Fact]
    public void Markdown_names_what_failed_and_lets_no_text_from_outside_out_of_its_cell()
    {
        var text = shell.Run("Export-BackfillReport octo/hello").One<string>();

        Assert.Contains("| octo/hello | 25,016 | 99.9 % |", text);
        Assert.Contains(
            "| Failed | IssueCount | a \\| b<br>\\[c\\](d) ␛\\[2J | 998 | Run Start-RepoSync again. |",
            text
        );
        Assert.DoesNotContain("SyncGaps", text);
    }

    [Fact]
    public void JUnit_has_a_suite_for_each_repository_and_a_case_for_each_check()
    {
        var outcome = shell.Run(
            "Test-BackfillCoverage octo/hello, octo/world -ErrorAction SilentlyContinue | Export-BackfillReport -As JUnit"
        );

        var suites = XDocument.Parse(outcome.One<string>()).Root!.Elements("testsuite").ToArray();
        Assert.Equal(["octo/hello", "octo/world"], suites.Select(suite => (string)suite.Attribute("name")!));
        Assert.Equal(
            ("3", "1", "1"),
            (
                (string)suites[0].Attribute("tests")!,
                (string)suites[0].Attribute("failures")!,
                (string)suites[0].Attribute("skipped")!
            )
        );
        Assert.Equal(2, shell.Engine.Asked<CoverageRequest>().Count());
    }

    [Fact]
    public void Json_has_every_property_with_the_names_of_the_states()
    {
        using var json = JsonDocument.Parse(shell.Run("Export-BackfillReport octo/hello -As Json").One<string>());

        var repository = json.RootElement.GetProperty("Repositories")[0];
        Assert.Equal(25_016, repository.GetProperty("Stored").GetProperty("Rows").GetInt64());
        Assert.Equal("Failed", repository.GetProperty("Checks")[1].GetProperty("Status").GetString());
    }

    [Fact]
    public void A_report_is_written_to_a_file_and_the_file_is_returned()
    {
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.md");

        var file = shell.Run($"Export-BackfillReport octo/hello -Path '{path}'").One<FileInfo>();
        Assert.StartsWith("# Backfill", File.ReadAllText(file.FullName), StringComparison.Ordinal);
        File.Delete(path);

        shell.Run($"Export-BackfillReport octo/hello -Path '{path}' -WhatIf");
        Assert.False(File.Exists(path));
        Assert.Equal(
            ["ReportNotWritten"],
            shell.Run("Export-BackfillReport octo/hello -Path /proc/none/x.md").ErrorIds
        );
        Assert.Equal(["NoInput"], shell.Run("@() | Export-BackfillReport").ErrorIds);
    }

    public void Dispose() => shell.Dispose();
}
