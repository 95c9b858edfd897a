using Backfill.Integration.Tests.Coverage;
using Backfill.Integration.Tests.Support;

namespace Backfill.Integration.Tests.Reporting;

/// <summary>The facts of a report, compared with plain counts of the same database.</summary>
public sealed class RepositoryFactsTests(TestPostgres postgres, CompleteRepository complete)
    : IClassFixture<CompleteRepository>
{
    private const string Hello = CompleteRepository.Name;

    [Fact]
    public async Task Rows_vectors_and_runs_are_what_the_tables_have()
    {
        await using var bench = await complete.CopyAsync(postgres);
        await bench.ExecuteAsync(
            "UPDATE pull_requests SET embedding = NULL WHERE number = (SELECT min(number) FROM pull_requests)"
        );
        await bench.ExecuteAsync(
            "UPDATE backfill.embedding_state SET model_key = 'OpenAI/text-embedding-3-small/384' WHERE item_type = 'issue'"
        );

        var facts = await ReadAsync(bench);

        var run = Assert.Single(
            await bench.Engine.FindSyncsAsync(
                bench.Settings,
                new SyncFilter([], [], [], ThisProcess: false),
                TestContext.Current.CancellationToken
            )
        );
        Assert.Equal(Hello, facts.Repository);
        Assert.Equal(
            run.Counts.ToDictionary(count => count.Entity, count => count.Stored),
            facts.Entities.ToDictionary(entity => entity.Entity, entity => entity.Stored)
        );
        Assert.Equal((1, run.Requests, run.Points), (facts.Syncs.Runs, facts.Syncs.Requests, facts.Syncs.Points));
        Assert.Equal(run.StartedAt, facts.Syncs.FirstStartedAt);
        var pulls = facts.Embeddings.Single(type => type.ItemType == "pull_request");
        Assert.Equal((12, 11), (pulls.Items, pulls.Embedded));
        var issues = await bench.CountAsync("SELECT count(*) FROM issues");
        var paid = facts.Models.Single(model => model.Model!.StartsWith("OpenAI", StringComparison.Ordinal));
        Assert.Equal(issues, paid.Vectors);
        Assert.InRange(paid.Tokens, issues, issues * 500);
        Assert.Equal(paid.Tokens * 0.02m / 1_000_000m, paid.Cost);
        Assert.All(facts.Models.Where(model => model != paid), model => Assert.Equal(0, model.Cost));
    }

    [Fact]
    public async Task Weeks_count_each_item_once_and_have_the_median_of_the_merges()
    {
        await using var bench = await complete.CopyAsync(postgres);
        await bench.ExecuteAsync("UPDATE issues SET created_at = now() - interval '3 weeks'");
        await bench.ExecuteAsync(
            "UPDATE pull_requests SET created_at = now() - interval '50 weeks', state = 'open', merged_at = NULL"
        );
        await bench.ExecuteAsync(
            """
            UPDATE pull_requests p SET state = 'merged', merged_at = p.created_at + x.hours * interval '1 hour', created_at = p.created_at
              FROM (SELECT id, row_number() OVER (ORDER BY number) AS hours FROM pull_requests) x
             WHERE x.id = p.id AND x.hours <= 3
            """
        );

        var weeks = (await ReadAsync(bench)).Weeks;

        Assert.Equal(52, weeks.Count);
        Assert.All(weeks, week => Assert.Equal(DayOfWeek.Monday, week.Week.DayOfWeek));
        Assert.InRange(
            DateTime.UtcNow,
            weeks[^1].Week.ToDateTime(default),
            weeks[^1].Week.AddDays(7).ToDateTime(default)
        );
        Assert.Equal(12, weeks.Sum(week => week.PullRequests));
        Assert.Equal(await bench.CountAsync("SELECT count(*) FROM issues"), weeks[^4].Issues);
        Assert.Equal(3, weeks.Sum(week => week.Merged));
        // Three pull requests of one moment, merged after one, two and three hours. The week can end between them.
        Assert.InRange(weeks.First(week => week.MedianMergeHours is not null).MedianMergeHours!.Value, 1, 3);
    }

    [Fact]
    public async Task The_weeks_of_a_repository_that_rests_end_with_its_newest_activity()
    {
        await using var bench = await complete.CopyAsync(postgres);
        await bench.ExecuteAsync(
            "UPDATE pull_requests SET created_at = '2020-03-04', merged_at = NULL, state = 'open'"
        );
        await bench.ExecuteAsync("UPDATE issues SET created_at = '2019-10-01'");

        var weeks = (await ReadAsync(bench)).Weeks;

        Assert.Equal(52, weeks.Count);
        Assert.Equal((new DateOnly(2020, 3, 2), 12), (weeks[^1].Week, weeks[^1].PullRequests));
        Assert.Equal(await bench.CountAsync("SELECT count(*) FROM issues"), weeks.Sum(week => week.Issues));

        await bench.ExecuteAsync(
            "DELETE FROM comments; DELETE FROM reviews; DELETE FROM pull_requests; DELETE FROM issues"
        );
        Assert.Empty((await ReadAsync(bench)).Weeks);
    }

    private static Task<RepositoryFacts> ReadAsync(Bench bench) =>
        bench.Engine.ReadFactsAsync(bench.Settings, RepositoryName.Parse(Hello), TestContext.Current.CancellationToken);
}
