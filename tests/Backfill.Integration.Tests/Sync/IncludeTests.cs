using Backfill.Integration.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Sync;

/// <summary>What <c>-Include</c> and <c>-Since</c> leave out is fetched later, and nothing is read twice.</summary>
public sealed class IncludeTests(TestPostgres postgres)
{
    private const string Hello = "octo/hello";

    private const string Stored = """
        SELECT concat_ws(' ',
          CASE WHEN EXISTS (SELECT FROM pull_requests) THEN 'PullRequests' END,
          CASE WHEN EXISTS (SELECT FROM issues) THEN 'Issues' END,
          CASE WHEN EXISTS (SELECT FROM discussions) THEN 'Discussions' END,
          CASE WHEN EXISTS (SELECT FROM reviews) THEN 'Reviews' END,
          CASE WHEN EXISTS (SELECT FROM comments) OR EXISTS (SELECT FROM discussion_comments) THEN 'Comments' END,
          CASE WHEN EXISTS (SELECT FROM contributors WHERE followers > 0) THEN 'Contributors' END)
        """;

    private static readonly string[] PageOperations = ["PullRequests", "Issues", "Discussions"];

    [Theory]
    [InlineData(SyncContent.PullRequests, "PullRequests")]
    [InlineData(SyncContent.Issues, "Issues")]
    [InlineData(SyncContent.Discussions, "Discussions")]
    [InlineData(SyncContent.Reviews, "PullRequests Reviews")]
    [InlineData(SyncContent.Issues | SyncContent.Comments, "Issues Comments")]
    [InlineData(SyncContent.Comments, "PullRequests Issues Discussions Comments")]
    [InlineData(SyncContent.PullRequests | SyncContent.Contributors, "PullRequests Contributors")]
    public async Task Only_what_is_included_is_stored_and_the_rest_is_fetched_without_reading_pages_again(
        SyncContent include,
        string stored
    )
    {
        await using var bench = await Bench.SetUpAsync(
            postgres,
            new SimulatorOptions { PullRequests = 40, Discussions = 6 }
        );

        var part = await bench.SyncAsync(Hello, include: include);
        Assert.True(part.State == RunState.Completed, part.Error);
        Assert.Equal(stored, await bench.TextAsync(Stored));
        var read = bench.GitHub.Requests.Select(request => request.Operation).Intersect(PageOperations).ToList();

        bench.GitHub.Reset();
        var whole = await bench.SyncAsync(Hello);
        Assert.True(whole.State == RunState.Completed, whole.Error);
        Assert.Empty(bench.GitHub.Requests.Select(request => request.Operation).Intersect(read));

        await using var full = await bench.BesideAsync(postgres);
        Assert.Equal(RunState.Completed, (await full.SyncAsync(Hello)).State);
        await StoredRows.AssertEqualAsync(full, bench);
    }

    [Fact]
    public async Task A_backfill_in_phases_reads_no_page_of_history_twice()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 120 });
        var counts = new List<EntityCount>();
        foreach (var days in (int?[])[30, 90, null])
        {
            var run = await bench.SyncAsync(Hello, days is { } back ? DateTimeOffset.UtcNow.AddDays(-back) : null);
            Assert.True(run.State == RunState.Completed, run.Error);
            counts.AddRange(run.Counts.Where(count => PageOperations.Contains(count.Entity, StringComparer.Ordinal)));
        }

        // A row that a page brings again counts as updated.
        Assert.Equal(0, counts.Sum(count => count.Updated));
        var pulls = counts.Where(count => count.Entity == "PullRequests").ToList();
        Assert.InRange(pulls[0].Added, 1, 119);
        Assert.Equal(120, pulls.Sum(count => count.Added));
        await using var full = await bench.BesideAsync(postgres);
        await full.SyncAsync(Hello);
        await StoredRows.AssertEqualAsync(full, bench);
    }
}
