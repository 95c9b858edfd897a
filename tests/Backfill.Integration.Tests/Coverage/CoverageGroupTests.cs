using System.Diagnostics;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Coverage;

/// <summary>Repositories that are checked together: each gets the answers that it gets alone, and the statements are not repeated.</summary>
public sealed class CoverageGroupTests(TestPostgres postgres)
{
    private static readonly string[] Names = ["octo/one", "octo/two", "octo/three"];

    // Each breaks another repository in another way.
    private const string Broken = """
        UPDATE pull_requests SET title = title || '!' WHERE repository_id = (SELECT id FROM repositories WHERE name = 'one');
        UPDATE issues SET embedding = array_fill(0::real, ARRAY[384]) WHERE repository_id = (SELECT id FROM repositories WHERE name = 'one');
        UPDATE pull_requests SET author_id = NULL WHERE repository_id = (SELECT id FROM repositories WHERE name = 'two');
        UPDATE pull_requests SET embedding = NULL WHERE repository_id = (SELECT id FROM repositories WHERE name = 'two');
        DELETE FROM reviews WHERE repository_id = (SELECT id FROM repositories WHERE name = 'two');
        UPDATE issues SET state = 'open', closed_at = now() + interval '2 days' WHERE repository_id = (SELECT id FROM repositories WHERE name = 'three');
        UPDATE contributors SET username = username || '!' WHERE id IN
          (SELECT author_id FROM issues WHERE repository_id = (SELECT id FROM repositories WHERE name = 'three'));
        UPDATE backfill.sync_run SET state = 'Failed', error = 'Broken.' WHERE repository_id = (SELECT id FROM repositories WHERE name = 'three');
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_repository_gets_the_answers_that_it_gets_alone()
    {
        await using var bench = await CompleteAsync();
        await bench.ExecuteAsync(Broken);
        var group = Group([.. Names, "octo/unknown"]);

        foreach (var name in group.Repositories)
        {
            var alone = await CheckAsync(bench, name, group: null);
            var together = await CheckAsync(bench, name, group);

            Assert.Equal(alone, together);
        }

        var proofs = bench.Output.Results.OfType<RepositoryProof>().ToArray();
        Assert.Equal(Names.SelectMany(name => (string[])[name, name]), proofs.Select(proof => proof.Repository));
        Assert.All(proofs.Chunk(2), pair => Assert.Equal(pair[0], pair[1]));
    }

    [Fact]
    public async Task The_faults_of_one_repository_are_not_those_of_another()
    {
        await using var bench = await CompleteAsync();
        await bench.ExecuteAsync(Broken);
        var group = Group(Names);

        var failed = new List<string[]>();
        foreach (var name in group.Repositories)
        {
            var checks = await CheckAsync(bench, name, group);
            failed.Add([.. checks.Where(check => check.Status == CheckStatus.Failed).Select(check => check.Check)]);
        }

        Assert.Contains("PullRequestFields", failed[0]);
        Assert.Contains("EmbeddingVectors", failed[0]);
        Assert.DoesNotContain("NullAuthors", failed[0]);
        Assert.Contains("NullAuthors", failed[1]);
        Assert.Contains("ReviewCount", failed[1]);
        Assert.Contains("PullRequestEmbeddings", failed[1]);
        Assert.DoesNotContain("EmbeddingVectors", failed[1]);
        Assert.Contains("IssueStates", failed[2]);
        Assert.Contains("LastSync", failed[2]);
        Assert.DoesNotContain("ReviewCount", failed[2]);
    }

    [Fact]
    public async Task Three_repositories_take_the_statements_of_one()
    {
        await using var bench = await CompleteAsync();
        var statements = 0;
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.TagObjects.Any(tag => tag.Value as string == bench.DatabaseName))
                {
                    Interlocked.Increment(ref statements);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);

        await CheckAsync(bench, RepositoryName.Parse(Names[0]), group: null);
        var alone = Interlocked.Exchange(ref statements, 0);
        var group = Group(Names);
        foreach (var name in group.Repositories)
        {
            await CheckAsync(bench, name, group);
        }

        Assert.True(alone > 20, $"{alone} statements were counted.");
        Assert.Equal(alone, statements);
    }

    [Fact]
    public async Task A_repository_under_two_names_is_checked_under_both()
    {
        await using var bench = await CompleteAsync();
        await bench.ExecuteAsync(
            "INSERT INTO backfill.repository_name (name, repository_id) SELECT 'octo/former', id FROM repositories WHERE name = 'one'"
        );
        var group = Group(["octo/one", "octo/former"]);

        foreach (var name in group.Repositories)
        {
            Assert.All(
                await CheckAsync(bench, name, group),
                check => Assert.NotEqual(CheckStatus.Failed, check.Status)
            );
        }
    }

    private static CoverageGroup Group(IEnumerable<string> names) => new([.. names.Select(RepositoryName.Parse)]);

    // The engine still asks GitHub for the totals of each repository. A request is not counted as a statement.
    private static Task<IReadOnlyList<CoverageCheck>> CheckAsync(
        Bench bench,
        RepositoryName name,
        CoverageGroup? group
    ) =>
        bench.Engine.CheckCoverageAsync(
            bench.Settings,
            new CoverageRequest(name, 100, SkipGitHub: false, null, Plan: false) { Group = group },
            bench.Output,
            Token
        );

    private async Task<Bench> CompleteAsync()
    {
        var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 8, Repositories = Names });
        foreach (var name in Names)
        {
            await bench.RegisterAsync(name, null);
            Assert.Equal(RunState.Completed, (await bench.SyncAsync(name)).State);
            Assert.Equal(RunState.Completed, (await bench.EmbedAsync(name)).State);
        }

        return bench;
    }
}
