using System.Globalization;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Npgsql;

namespace Backfill.Integration.Tests.Coverage;

/// <summary>
/// The app writes to the rows of a repository during the whole first sync, as its own jobs do: with old values, with times of
/// its own, and to columns that it does not own. One repair afterwards makes every row what GitHub has.
/// </summary>
public sealed class AppWritersTests(TestPostgres postgres)
{
    private const string Hello = "octo/hello";

    // BACKFILL_WRITERS_SECONDS=60 is the full proof. A first sync of this repository waits for about sixty requests in turn.
    private static readonly TimeSpan Latency =
        TimeSpan.FromSeconds(
            int.Parse(
                Environment.GetEnvironmentVariable("BACKFILL_WRITERS_SECONDS") ?? "2",
                CultureInfo.InvariantCulture
            )
        ) / 60;

    // Each statement writes to one random row. A pull request that changes its repository also locks both repositories, because
    // the app counts there by a trigger.
    private static readonly string[] Writes =
    [
        "UPDATE pull_requests SET state = 'closed', merged = false, merged_at = NULL, updated_at = now() WHERE id = (SELECT id FROM pull_requests WHERE state = 'merged' ORDER BY random() LIMIT 1)",
        "UPDATE pull_requests SET additions = 0, deletions = 0, changed_files = 0, last_synced_at = now() WHERE id = (SELECT id FROM pull_requests ORDER BY random() LIMIT 1)",
        "UPDATE pull_requests SET title = 'wip', body = NULL, author_id = NULL WHERE id = (SELECT id FROM pull_requests ORDER BY random() LIMIT 1)",
        "UPDATE pull_requests SET repository_id = (SELECT id FROM repositories WHERE full_name = 'octo/other') WHERE id = (SELECT id FROM pull_requests ORDER BY random() LIMIT 1)",
        "UPDATE issues SET labels = '[]', assignees = '[]', updated_at = now(), last_synced_at = now() WHERE id = (SELECT id FROM issues ORDER BY random() LIMIT 1)",
        "UPDATE issues SET state = 'open', closed_at = NULL WHERE id = (SELECT id FROM issues ORDER BY random() LIMIT 1)",
        "UPDATE reviews SET state = 'COMMENTED', body = 'overwritten' WHERE id = (SELECT id FROM reviews ORDER BY random() LIMIT 1)",
        "UPDATE comments SET body = left(body, 5), updated_at = now() WHERE id = (SELECT id FROM comments ORDER BY random() LIMIT 1)",
        "UPDATE discussions SET is_answered = NOT is_answered, updated_at = now() WHERE id = (SELECT id FROM discussions ORDER BY random() LIMIT 1)",
        "UPDATE discussion_comments SET body = 'cut' WHERE id = (SELECT id FROM discussion_comments ORDER BY random() LIMIT 1)",
        // Only users have a profile. The tool writes no name for a bot.
        "UPDATE contributors SET display_name = 'swapped', followers = 0 WHERE id = (SELECT c.id FROM contributors c JOIN backfill.actor a USING (github_id) WHERE a.kind = 'User' AND c.username <> 'ghost' ORDER BY random() LIMIT 1)",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_repair_after_a_first_sync_among_writers_makes_every_row_what_GitHub_has()
    {
        await using var prepared = await AppSchema.BenchAsync(
            postgres,
            new SimulatorOptions
            {
                PullRequests = 300,
                Issues = 200,
                Discussions = 40,
                Latency = Latency,
            }
        );
        await prepared.InitializeAsync();
        await prepared.RegisterAsync(Hello, workspace: null);
        await prepared.ExecuteAsync(
            "INSERT INTO repositories (github_id, full_name, owner, name) VALUES (99, 'octo/other', 'octo', 'other')"
        );
        await prepared.RestAsync();
        await using var alone = await prepared.CopyAsync(postgres);
        await using var among = await prepared.CopyAsync(postgres);
        Assert.Equal(RunState.Completed, (await alone.SyncAsync(Hello)).State);

        using var ended = new CancellationTokenSource();
        Task<int>[] writers = [WriteAsync(among, seed: 1, ended.Token), WriteAsync(among, seed: 2, ended.Token)];
        await among.SyncAsync(Hello);
        await ended.CancelAsync();
        var altered = (await Task.WhenAll(writers)).Sum();

        Assert.True(altered > 20, $"The writers altered only {altered} rows.");
        await among.Engine.RepairCoverageAsync(
            among.Settings,
            new RepairRequest(RepositoryName.Parse(Hello), PipelineStage.Sync, ["PullRequestFields"]),
            among.Output,
            Token
        );

        await StoredRows.AssertEqualAsync(alone, among, $"{altered} rows were altered");
        Assert.All(
            await among.CheckAsync(Hello, request => request with { Checks = ["Fields", "Counts"] }),
            check => Assert.True(check.Passed, check.ToString())
        );
    }

    // Returns the number of rows that were altered.
    private static async Task<int> WriteAsync(Bench bench, int seed, CancellationToken ended)
    {
        var random = new Random(seed);
        await using var connection = new NpgsqlConnection(bench.ConnectionString);
        await connection.OpenAsync(Token);
        var altered = 0;
        while (!ended.IsCancellationRequested)
        {
            await using var write = new NpgsqlCommand(Writes[random.Next(Writes.Length)], connection);
            try
            {
                altered += await write.ExecuteNonQueryAsync(Token);
            }
            catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.DeadlockDetected)
            {
                // Of two sessions that wait for each other PostgreSQL ends one statement. The sync repeats its own, the app's
                // is lost.
            }
        }

        return altered;
    }
}
