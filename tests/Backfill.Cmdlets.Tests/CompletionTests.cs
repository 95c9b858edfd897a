using System.Diagnostics;
using Backfill.Cmdlets.Tests.Support;

namespace Backfill.Cmdlets.Tests;

public sealed class CompletionTests : IDisposable
{
    private readonly Shell shell = new();

    [Fact]
    public void Repositories_come_from_the_database()
    {
        shell.Engine.Complete = (request, _) =>
            Values(request is { Kind: CompletionKind.Repository, Word: "octo/h" } ? ["octo/hello", "octo/here"] : []);

        Assert.Equal(["octo/hello", "octo/here"], Complete("Start-RepoSync octo/h"));
        Assert.Equal(["octo/hello", "octo/here"], Complete("Get-RepoSync -Repository octo/h"));
    }

    [Theory]
    [InlineData("Update-WorkspaceMetrics -Workspace ", CompletionKind.Workspace)]
    [InlineData("Invoke-EmbeddingBackfill -Workspace ", CompletionKind.Workspace)]
    [InlineData("Register-BackfillRepository octo/a -Workspace ", CompletionKind.Workspace)]
    [InlineData("Get-BackfillRepository -Workspace ", CompletionKind.Workspace)]
    [InlineData("Get-RepoSync -Id ", CompletionKind.Run)]
    [InlineData("Wait-RepoSync -Id ", CompletionKind.Run)]
    [InlineData("Stop-RepoSync -Id ", CompletionKind.Run)]
    [InlineData("Test-BackfillCoverage octo/a -Check ", CompletionKind.Check)]
    [InlineData("Test-BackfillCoverage octo/a -Exclude ", CompletionKind.Check)]
    [InlineData("Invoke-EmbeddingBackfill octo/a -Model ", CompletionKind.Model)]
    [InlineData("Connect-Backfill -EmbeddingModel ", CompletionKind.Model)]
    [InlineData("Invoke-EmbeddingBackfill -BatchId ", CompletionKind.Batch)]
    public void Every_stored_set_of_values_is_completed(string line, CompletionKind kind)
    {
        shell.Engine.Complete = (request, _) => Values(request.Kind == kind ? ["first", "it's two"] : []);

        Assert.Equal(["first", "'it''s two'"], Complete(line));
    }

    [Fact]
    public void The_id_of_a_run_comes_with_its_state_and_time_as_a_tip()
    {
        shell.Engine.Complete = (_, _) =>
            Task.FromResult<IReadOnlyList<Completion>>([new Completion("0193", "octo/hello Completed, started today")]);

        var outcome = shell.Run("(TabExpansion2 'Get-RepoSync -Id ' 17).CompletionMatches.ToolTip");

        Assert.Equal("octo/hello Completed, started today", outcome.One<string>());
    }

    [Fact]
    public void A_stored_row_without_a_valid_name_is_not_completed()
    {
        shell.Engine.Complete = (_, _) => Values(["octo/h; exit", "octo/h\e[2J", "octo/hello"]);

        Assert.Equal(["octo/hello"], Complete("Start-RepoSync octo/h"));
    }

    [Fact]
    public void A_database_that_fails_completes_nothing_and_says_nothing()
    {
        shell.Engine.Complete = (_, _) => throw new InvalidOperationException("no database");

        Assert.Empty(Complete("Start-RepoSync octo/h"));
    }

    [Fact]
    public void A_database_that_hangs_is_waited_for_less_than_300_milliseconds()
    {
        var asked = false;
        shell.Engine.Complete = (_, _) =>
        {
            asked = true;
            return new TaskCompletionSource<IReadOnlyList<Completion>>().Task;
        };
        Complete("Start-RepoSync octo/h"); // the first completion of a process loads and compiles a lot
        var watch = Stopwatch.StartNew();

        Assert.Empty(Complete("Start-RepoSync octo/h"));

        Assert.True(asked);
        // The limit is 250 ms. A busy machine adds some.
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(0.2), TimeSpan.FromSeconds(0.6));
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void No_parameter_falls_back_to_the_names_of_files(Type cmdlet)
    {
        string[] files = ["LocalFolder", "LogPath", "Path"];
        foreach (var parameter in CmdletParameter.Of(cmdlet).Where(one => one.Property is not null))
        {
            if (parameter.IsSwitch || files.Contains(parameter.Name) || parameter.Name == "InputObject")
            {
                continue;
            }

            Assert.True(
                parameter.IsCompleted,
                $"{CmdletTypes.Name(cmdlet)} -{parameter.Name} completes the names of files. Give it an ArgumentCompleter, for example NothingCompleter."
            );
        }
    }

    public static TheoryData<Type> Cmdlets => [.. CmdletTypes.All];

    [Fact]
    public void Ranges_states_and_item_types_are_completed()
    {
        Assert.Equal(["7d", "30d", "90d", "1y", "all"], Complete("Update-WorkspaceMetrics octo/a -TimeRange "));
        Assert.Equal(["30d"], Complete("Start-RepoSync octo/a -TimeRange 3"));
        Assert.Equal(["Stopped"], Complete("Get-RepoSync -State St"));
        Assert.Equal(["pull_request"], Complete("Invoke-EmbeddingBackfill octo/a -ItemType p"));
    }

    [Fact]
    public void Engines_and_events_that_are_handled_are_completed()
    {
        Assert.Equal(["Inngest"], Complete("Start-RepoSync octo/a -Engine I"));
        Assert.Equal(
            [
                "capture/repository.sync.graphql",
                "capture/repository.sync",
                "capture/repository.sync.enhanced",
                "capture/repository.issues",
                "capture/repository.discussions",
                "capture/repository.comments.all",
            ],
            Complete("Start-RepoSync octo/a -Engine Inngest -EventName ")
        );
        Assert.Equal(
            ["capture/repository.issues"],
            Complete("Start-RepoSync octo/a -Engine Inngest -EventName issues")
        );
    }

    [Fact]
    public void The_events_of_every_stage_are_completed()
    {
        Assert.Equal(["embeddings/compute.requested"], Complete("Invoke-EmbeddingBackfill octo/a -EventName "));
        Assert.Equal(["workspace.metrics.aggregate"], Complete("Update-WorkspaceMetrics octo/a -EventName "));
    }

    public void Dispose() => shell.Dispose();

    private static Task<IReadOnlyList<Completion>> Values(string[] values) =>
        Task.FromResult<IReadOnlyList<Completion>>([.. values.Select(value => new Completion(value, value))]);

    private IEnumerable<string?> Complete(string line)
    {
        var outcome = shell.Run(
            "(TabExpansion2 -inputScript $line -cursorColumn $line.Length).CompletionMatches.ForEach{ $_.CompletionText }",
            ("line", line)
        );
        Assert.Empty(outcome.Errors);
        return outcome.Objects.Select(item => item?.ToString());
    }
}
