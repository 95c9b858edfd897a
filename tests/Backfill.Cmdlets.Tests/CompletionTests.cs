using System.Diagnostics;
using Backfill.Cmdlets.Tests.Support;

namespace Backfill.Cmdlets.Tests;

public sealed class CompletionTests : IDisposable
{
    private readonly Shell shell = new();

    [Fact]
    public void Repositories_come_from_the_database()
    {
        shell.Engine.Complete = (prefix, _) =>
            Task.FromResult<IReadOnlyList<string>>(prefix == "octo/h" ? ["octo/hello", "octo/here"] : []);

        Assert.Equal(["octo/hello", "octo/here"], Complete("Start-RepoSync octo/h"));
        Assert.Equal(["octo/hello", "octo/here"], Complete("Get-RepoSync -Repository octo/h"));
    }

    [Fact]
    public void A_stored_row_without_a_valid_name_is_not_completed()
    {
        shell.Engine.Complete = (_, _) =>
            Task.FromResult<IReadOnlyList<string>>(["octo/h; exit", "octo/h\e[2J", "octo/hello"]);

        Assert.Equal(["octo/hello"], Complete("Start-RepoSync octo/h"));
    }

    [Fact]
    public void A_database_that_fails_completes_nothing_and_says_nothing()
    {
        shell.Engine.Complete = (_, _) => throw new InvalidOperationException("no database");

        Assert.Empty(Complete("Start-RepoSync octo/h"));
    }

    [Fact]
    public void A_database_that_hangs_is_waited_for_a_second()
    {
        var asked = false;
        shell.Engine.Complete = (_, _) =>
        {
            asked = true;
            return new TaskCompletionSource<IReadOnlyList<string>>().Task;
        };
        Complete("Start-RepoSync -Th"); // the first completion of a process loads and compiles a lot
        var watch = Stopwatch.StartNew();

        Assert.Empty(Complete("Start-RepoSync octo/h"));

        Assert.True(asked);
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(3));
    }

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

    public void Dispose() => shell.Dispose();

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
