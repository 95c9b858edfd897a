using Backfill.Cmdlets.Tests.Support;

namespace Backfill.Cmdlets.Tests;

/// <summary>One repository that comes in twice is one run, one result and one proof; a list says when it was cut.</summary>
public sealed class RepeatedRepositoryTests : IDisposable
{
    private readonly Shell shell = new();

    [Theory]
    [InlineData("Register-BackfillRepository")]
    [InlineData("Start-RepoSync")]
    [InlineData("Wait-RepoSync")]
    [InlineData("Invoke-EmbeddingBackfill")]
    [InlineData("Invoke-EmbeddingBackfill -Batch")]
    [InlineData("Update-WorkspaceMetrics")]
    [InlineData("Test-BackfillCoverage")]
    public void A_repository_that_comes_in_twice_is_worked_on_once(string command)
    {
        var outcome = shell.Run(
            $"'octo/hello', 'https://github.com/Octo/Hello', [pscustomobject]@{{ FullName = 'octo/hello' }} | {command}"
        );

        Assert.Empty(outcome.Errors);
        var request = Assert.Single(shell.Engine.Requests);
        Assert.Single(
            request switch
            {
                WaitRequest wait => wait.Repositories,
                MetricsRequest metrics => metrics.Repositories,
                _ => [RepositoryName.Parse("octo/hello")],
            }
        );
    }

    [Theory]
    [InlineData("Start-RepoSync 'a/b/c', 'a/b/c'")]
    [InlineData("'a/b/c', 'a/b/c' | Start-RepoSync")]
    public void A_name_that_cannot_be_read_is_one_error(string command) =>
        Assert.Equal(["RepositoryNameMalformed"], shell.Run(command).ErrorIds);

    [Fact]
    public void Another_range_of_the_second_time_is_ignored_with_a_warning()
    {
        var outcome = shell.Run(
            "[pscustomobject]@{ Repository = 'octo/a'; TimeRange = '30d' }, [pscustomobject]@{ Repository = 'octo/a'; TimeRange = '90d' } | Start-RepoSync"
        );

        Assert.Single(shell.Engine.Asked<SyncRequest>());
        Assert.Equal(["octo/a was given before and is synced once. The second range is ignored."], outcome.Warnings);
    }

    [Theory]
    [InlineData("Get-RepoSync", 1000, 1001, true)]
    [InlineData("Get-RepoSync", 1000, 1000, false)]
    [InlineData("Get-RepoSync -First 2", 2, 3, false)]
    public void A_list_that_was_cut_says_so_where_nobody_asked_for_the_limit(
        string command,
        int shown,
        int stored,
        bool warns
    )
    {
        shell.Engine.Find = filter =>
            [.. Enumerable.Range(0, stored).Take(filter.First!.Value).Select(_ => Samples.Run("octo/a"))];

        var outcome = shell.Run($"{command} -Verbose");

        Assert.Equal(shown, outcome.Objects.Count);
        var cut = $"The newest {shown} runs are shown, and there are more.";
        Assert.Equal(warns, outcome.Warnings.Any(warning => warning.StartsWith(cut, StringComparison.Ordinal)));
        Assert.Equal(
            !warns && stored > shown,
            outcome.Verbose.Any(line => line.StartsWith(cut, StringComparison.Ordinal))
        );
    }

    [Fact]
    public void Runs_are_chosen_by_state_and_start()
    {
        shell.Run("Get-RepoSync octo/a -State Failed -Since 2026-03-01T00:00:00Z -First 5");

        var filter = Assert.Single(shell.Engine.Asked<SyncFilter>());
        Assert.Equal([RunState.Failed], filter.States);
        Assert.Equal(new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero), filter.Since);
        Assert.Equal(6, filter.First);
    }

    public void Dispose() => shell.Dispose();
}
