using System.Diagnostics;
using Backfill.Integration.Tests.Embedding;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Postgres;

/// <summary>Listing, measuring and untracking repositories, the try of Connect-Backfill, and what the Tab key gets.</summary>
public sealed class RepositoryListTests(TestPostgres postgres)
{
    private static readonly SimulatorOptions Two = new()
    {
        PullRequests = 12,
        Repositories = ["octo/hello", "octo/world"],
    };

    [Fact]
    public async Task A_repository_is_listed_with_its_last_sync_its_rows_and_its_proof()
    {
        await using var bench = await Bench.SetUpAsync(postgres, Two);
        var run = await bench.SyncAsync("octo/hello");
        await bench.RegisterAsync("octo/world", "Team A's");

        var all = await ListAsync(bench, withUntracked: false);

        Assert.Equal(["octo/hello", "octo/world"], all.Select(one => one.Repository));
        Assert.Equal(RunState.Completed, all[0].LastSync);
        Assert.Equal(run.FinishedAt, all[0].LastCompletedAt);
        Assert.Equal(100, all[0].Proof);
        Assert.Equal(
            1 + run.Counts.Where(count => count.Entity != "Contributors").Sum(count => count.Stored),
            all[0].Rows
        );
        Assert.Null(all[1].LastSync);
        Assert.Equal(["Team A's"], all[1].Workspaces);

        await bench.ExecuteAsync("DELETE FROM backfill.row_proof WHERE entity = 'p'");
        Assert.Equal(all[0].Rows - 12, (await ListAsync(bench, withUntracked: false))[0].ProvenRows);
    }

    [Fact]
    public async Task A_repository_that_is_not_tracked_any_more_keeps_its_rows_until_they_are_removed()
    {
        await using var bench = await Bench.SetUpAsync(postgres, Two);
        await bench.SyncAsync("octo/hello");
        await bench.SyncAsync("octo/world");
        await bench.EmbedAsync("octo/hello");
        var rows = await bench.CountAsync("SELECT count(*) FROM pull_requests");

        var kept = await UnregisterAsync(bench, removeRows: false);
        Assert.Equal((RunState.Completed, 0), (kept.State, kept.RowsRemoved));
        Assert.Equal(["octo/world"], (await ListAsync(bench, withUntracked: false)).Select(one => one.Repository));
        Assert.Equal(2, (await ListAsync(bench, withUntracked: true)).Count);
        Assert.Equal(rows, await bench.CountAsync("SELECT count(*) FROM pull_requests"));
        await bench.RegisterAsync("octo/hello", null);
        Assert.Equal(2, (await ListAsync(bench, withUntracked: false)).Count);

        var planned = await UnregisterAsync(bench, removeRows: true, plan: true);
        Assert.Equal((RunState.Planned, kept.RowsKept), (planned.State, planned.RowsRemoved));
        var removed = await UnregisterAsync(bench, removeRows: true);
        Assert.Equal(kept.RowsKept, removed.RowsRemoved);
        Assert.Equal(rows / 2, await bench.CountAsync("SELECT count(*) FROM pull_requests"));
        Assert.Equal(0, await bench.CountAsync("SELECT count(*) FROM repositories WHERE full_name = 'octo/hello'"));
        foreach (
            var table in (string[])
                ["sync_window", "sync_list", "sync_audit", "sync_gap", "child_count", "tombstone", "embedding_state"]
        )
        {
            var left = await bench.CountAsync(
                $"SELECT count(*) FROM backfill.{table} WHERE repository_id = '{removed.RepositoryId}'"
            );
            Assert.True(left == 0, table);
        }

        // What belongs to the other repository is as it was, and the removed one can be copied again.
        Assert.DoesNotContain(
            await bench.CheckAsync("octo/world"),
            check => check is { Status: CheckStatus.Failed, Category: "Fields" or "Counts" }
        );
        Assert.Equal(RunState.Completed, (await bench.SyncAsync("octo/hello")).State);
    }

    [Fact]
    public async Task A_measurement_has_the_numbers_of_the_dry_run_and_what_they_assume()
    {
        await using var bench = await Bench.SetUpAsync(postgres, Two);
        var output = new CollectedOutput();
        await bench.Engine.MeasureAsync(
            bench.Settings with
            {
                EmbeddingProvider = "OpenAI",
            },
            new MeasureRequest(
                [.. new[] { "octo/hello", "octo/none", "octo/world" }.Select(RepositoryName.Parse)],
                Since: null
            ),
            output,
            TestContext.Current.CancellationToken
        );

        var measured = output.Results.Cast<BackfillMeasurement>().ToArray();
        Assert.Equal(["octo/hello", "octo/none", "octo/world"], measured.Select(one => one.Repository));
        Assert.Equal([RunState.Planned, RunState.Failed, RunState.Planned], measured.Select(one => one.State));
        Assert.Equal("RepositoryNotFound", Assert.Single(output.Errors).ErrorId);
        Assert.True(measured[0] is { Items: > 12, Points: > 0, Tokens: > 0, Cost: > 0, StoredItems: 0 });
        Assert.Equal(measured[0].Items, measured[0].GitHubItems);
        Assert.Equal("OpenAI/text-embedding-3-small", measured[0].Basis!.Model);
        Assert.Equal(0.02m, measured[0].Basis!.DollarsPerMillionTokens);
        Assert.Equal(5000, measured[0].Basis!.PointsPerHour);
        Assert.Equal(0, await bench.CountAsync("SELECT count(*) FROM repositories"));
    }

    [Theory]
    [InlineData("Database", "DatabaseUnavailable")]
    [InlineData("GitHubTokens", "GitHubTokenRefused")]
    [InlineData("OpenAIKey", "EmbeddingProviderRefused")]
    public async Task A_setting_that_does_not_work_is_refused_when_it_is_tried(string setting, string errorId)
    {
        await using var bench = await Bench.SetUpAsync(postgres, Two with { Token = "ghp_right0123456789012345" });
        await using var server = new FakeOpenAI();
        var working = bench.Settings with
        {
            GitHubTokens = [new Secret("ghp_right0123456789012345")],
            EmbeddingProvider = "OpenAI",
            OpenAIBaseUrl = server.Address,
            OpenAIKey = new Secret("sk-test"),
        };
        await bench.Engine.TryAsync(working, [setting], new CollectedOutput(), TestContext.Current.CancellationToken);
        server.Fault = _ => OpenAIFault.Error(401, "Incorrect API key provided.", "invalid_api_key");
        var broken = working with
        {
            Database = new Secret("postgresql://nobody@127.0.0.1:1/none"),
            GitHubTokens = [new Secret("ghp_wrong0123456789012345")],
        };

        var error = await Assert.ThrowsAsync<BackfillException>(() =>
            bench.Engine.TryAsync(broken, [setting], new CollectedOutput(), TestContext.Current.CancellationToken)
        );

        Assert.Equal(errorId, error.ErrorId);
    }

    [Fact]
    public async Task Every_kind_of_value_is_completed_in_time_without_a_request_to_GitHub()
    {
        await using var bench = await Bench.SetUpAsync(postgres, Two);
        var run = await bench.SyncAsync("octo/hello");
        await bench.RegisterAsync("octo/world", "Team A's");
        await bench.EmbedAsync("octo/hello");
        await CompleteAsync(bench, CompletionKind.Run, "");
        bench.GitHub.Reset();
        var watch = Stopwatch.StartNew();

        Assert.Equal(["octo/hello"], await CompleteAsync(bench, CompletionKind.Repository, "hel"));
        Assert.Equal(["Team A's"], await CompleteAsync(bench, CompletionKind.Workspace, "team"));
        Assert.Equal([run.Id.ToString()], await CompleteAsync(bench, CompletionKind.Run, run.Id.ToString()[..8]));
        Assert.Contains("PullRequestCount", await CompleteAsync(bench, CompletionKind.Check, "count"));
        Assert.Contains("Counts", await CompleteAsync(bench, CompletionKind.Check, "count"));
        Assert.Contains("text-embedding-3-small", await CompleteAsync(bench, CompletionKind.Model, "text"));
        Assert.Contains("hashed-ngrams-1", await CompleteAsync(bench, CompletionKind.Model, "hash"));
        Assert.Empty(await CompleteAsync(bench, CompletionKind.Batch, ""));

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(8 * 0.3));
        Assert.Empty(bench.GitHub.Requests);
    }

    [Fact]
    public async Task The_checks_come_with_the_sum_of_the_proof()
    {
        await using var bench = await Bench.SetUpAsync(postgres, Two);
        var run = await bench.SyncAsync("octo/hello");
        var rows = 1 + run.Counts.Where(count => count.Entity != "Contributors").Sum(count => count.Stored);
        await bench.CheckAsync("octo/hello");
        await bench.ExecuteAsync("UPDATE issues SET title = 'altered' WHERE number = (SELECT min(number) FROM issues)");
        await bench.CheckAsync("octo/hello");
        await bench.CheckAsync("octo/hello", request => request with { Checks = ["Counts"] });

        Assert.Equal(
            [
                new RepositoryProof("octo/hello", rows, 0, 0, run.FinishedAt),
                new RepositoryProof("octo/hello", rows - 1, 1, 0, run.FinishedAt),
            ],
            bench.Output.Results.OfType<RepositoryProof>()
        );
    }

    private static Task<IReadOnlyList<BackfillRepository>> ListAsync(Bench bench, bool withUntracked) =>
        bench.Engine.FindRepositoriesAsync(
            bench.Settings,
            new RepositoryQuery([], withUntracked),
            TestContext.Current.CancellationToken
        );

    private static Task<UntrackedRepository> UnregisterAsync(Bench bench, bool removeRows, bool plan = false) =>
        bench.Engine.UnregisterAsync(
            bench.Settings,
            new UnregisterRequest(RepositoryName.Parse("octo/hello"), removeRows, plan),
            TestContext.Current.CancellationToken
        );

    private static async Task<IEnumerable<string>> CompleteAsync(Bench bench, CompletionKind kind, string word) =>
        (
            await bench.Engine.CompleteAsync(
                bench.Settings,
                new CompletionRequest(kind, word),
                TestContext.Current.CancellationToken
            )
        ).Select(one => one.Text);
}
