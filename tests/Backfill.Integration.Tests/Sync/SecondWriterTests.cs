using Backfill.Core.Postgres;
using Backfill.Core.Sync.Writing;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Npgsql;

namespace Backfill.Integration.Tests.Sync;

/// <summary>Another program writes to the app's tables between two runs: what the tool does about it when it reads the repository again.</summary>
public sealed class SecondWriterTests(TestPostgres postgres, SecondWriterTests.Synced synced)
    : IClassFixture<SecondWriterTests.Synced>
{
    private const string Hello = "octo/hello";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>What the other program did, and which rows the tool repaired; everything is as before then.</summary>
    public static TheoryData<string, string, string> Writes =>
        new()
        {
            {
                "merged pull requests stored as closed",
                "UPDATE pull_requests SET state = 'closed', merged = false WHERE state = 'merged'",
                "PullRequests SELECT count(*) FROM pull_requests WHERE state = 'merged'"
            },
            {
                "merged without a date",
                "UPDATE pull_requests SET merged_at = NULL WHERE state = 'merged'",
                "PullRequests SELECT count(*) FROM pull_requests WHERE state = 'merged'"
            },
            {
                "bodies wiped",
                "UPDATE issues SET body = NULL",
                "Issues SELECT count(*) FROM issues WHERE body IS NOT NULL"
            },
            { "authors lost", "UPDATE pull_requests SET author_id = NULL", "PullRequests SELECT 12" },
            {
                "issues of the future",
                "UPDATE issues SET title = 'x', updated_at = now() + interval '2 days'",
                "Issues SELECT 8"
            },
            { "pull requests taken for issues", "UPDATE issues SET is_pull_request = true", "Issues SELECT 8" },
            {
                "pull requests of no repository",
                "UPDATE pull_requests SET repository_id = NULL",
                "PullRequests SELECT 12"
            },
            {
                "numbers as ids of pull requests",
                "UPDATE pull_requests SET github_id = number",
                "PullRequests SELECT 12"
            },
            { "numbers as ids of issues", "UPDATE issues SET github_id = number", "Issues SELECT 8" },
            {
                "the number as a discussion's id",
                "UPDATE discussions SET github_id = number, author_id = NULL",
                "Discussions SELECT 1"
            },
            {
                "a discussion under its old node id",
                "WITH moved AS (UPDATE discussions SET id = 'MDEwOkRpc2N1c3Npb24x' RETURNING id) UPDATE discussion_comments SET discussion_id = (SELECT id FROM moved)",
                "Discussions SELECT 1"
            },
            {
                "comments without their writers",
                "UPDATE comments SET commenter_id = NULL WHERE comment_type = 'issue_comment'",
                "IssueComments SELECT count(*) FROM comments WHERE comment_type = 'issue_comment'"
            },
            {
                "issue comments taken for review comments",
                "UPDATE comments SET comment_type = 'review_comment' WHERE comment_type = 'issue_comment'",
                "IssueComments SELECT count(*) FROM comments WHERE comment_type = 'issue_comment'"
            },
            {
                "review comments taken for issue comments",
                "UPDATE comments SET comment_type = 'issue_comment' WHERE comment_type = 'review_comment'",
                "ReviewComments SELECT count(*) FROM comments WHERE comment_type = 'review_comment'"
            },
            {
                "bots marked human",
                "UPDATE contributors SET is_bot = false",
                "Contributors SELECT count(*) FROM contributors WHERE is_bot"
            },
        };

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task A_row_that_was_stored_wrongly_is_corrected_and_counted(
        string what,
        string statement,
        string repaired
    )
    {
        await using var bench = await SyncedAsync();
        var before = await StoredRows.DigestAsync(bench);
        var entity = repaired.Split(' ')[0];
        var expected = await bench.CountAsync(repaired[(entity.Length + 1)..]);
        await bench.ExecuteAsync(statement);
        Assert.NotEqual(before, await StoredRows.DigestAsync(bench));

        var run = await ReadAgainAsync(bench);

        Assert.True(run.State == RunState.Completed, $"{what}: {run.Error} {string.Join("; ", run.Gaps)}");
        Assert.Equal(before, await StoredRows.DigestAsync(bench));
        Assert.True(expected > 0, what);
        Assert.Equal(expected, run.Counts.Single(count => count.Entity == entity).Repaired);
    }

    [Fact]
    public async Task A_bot_that_two_pages_correct_at_once_is_counted_once()
    {
        await using var bench = await SyncedAsync();
        var token = TestContext.Current.CancellationToken;
        var bot = new AccountRow(4711, "helper-bot", "User", null, null, null);
        await bench.ExecuteAsync(
            "INSERT INTO contributors (github_id, username, is_bot) VALUES (4711, 'helper-bot', false)"
        );
        await using var database = new Database(bench.ConnectionString, TimeProvider.System);
        var repository = await RepositoryDirectory.RequireAsync(database, RepositoryName.Parse(Hello), token);
        var run = Guid.CreateVersion7();
        await Lease.AcquireAsync(
            database,
            PageWriter.LeaseOf(repository),
            Owner.Current,
            TimeSpan.FromHours(1),
            run,
            token
        );
        var page = new PageRows();
        page.Accounts.Take(bot);

        // The other page, before its commit.
        await using var other = new NpgsqlConnection(bench.ConnectionString);
        await other.OpenAsync(token);
        await using var transaction = await other.BeginTransactionAsync(token);
        await using var repair = new NpgsqlCommand(
            "UPDATE contributors SET is_bot = true WHERE github_id = 4711",
            other
        );
        await repair.ExecuteNonQueryAsync(token);
        var writing = new PageWriter(database, repository, run).WriteAsync(page, token);
        while (
            await bench.CountAsync(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            ) == 0
        )
        {
            Assert.False(writing.IsCompleted, "the page did not wait for the other one");
        }

        await transaction.CommitAsync(token);

        Assert.Equal(0, Assert.Single(await writing).Repaired);
        Assert.Equal(1, await bench.CountAsync("SELECT count(*) FROM contributors WHERE github_id = 4711 AND is_bot"));
    }

    [Fact]
    public async Task A_run_that_finds_everything_as_it_left_it_corrects_nothing()
    {
        await using var bench = await SyncedAsync();

        var run = await ReadAgainAsync(bench);

        Assert.All(run.Counts, count => Assert.Equal(0, count.Repaired));
    }

    [Fact]
    public async Task A_renamed_user_gets_the_new_name_and_keeps_its_row()
    {
        await using var bench = await SyncedAsync();
        var (id, name) = await SomebodyAsync(bench);
        await bench.ExecuteAsync(
            $"UPDATE contributors SET username = 'name-before', first_seen_at = '2011-01-01Z', company = 'Kept' WHERE id = '{id}'"
        );

        await ReadAgainAsync(bench);

        Assert.Equal(
            $"{name} 2011 Kept",
            await bench.TextAsync(
                $"SELECT username || ' ' || extract(year FROM first_seen_at AT TIME ZONE 'UTC') || ' ' || company FROM contributors WHERE id = '{id}'"
            )
        );
    }

    [Fact]
    public async Task A_login_moves_to_its_present_holder_and_its_former_holder_gets_another_name()
    {
        await using var bench = await SyncedAsync();
        var (id, name) = await SomebodyAsync(bench);
        await bench.ExecuteAsync(
            $"UPDATE contributors SET username = 'name-before' WHERE id = '{id}'; INSERT INTO contributors (github_id, username) VALUES (987654321, '{name}')"
        );

        var run = await ReadAgainAsync(bench);

        Assert.Equal(RunState.Completed, run.State);
        Assert.Equal(name, await bench.TextAsync($"SELECT username FROM contributors WHERE id = '{id}'"));
        Assert.Equal(
            $"{name}~987654321",
            await bench.TextAsync("SELECT username FROM contributors WHERE github_id = 987654321")
        );
    }

    [Fact]
    public async Task Two_pages_that_move_one_login_at_once_rename_its_former_holder_once()
    {
        await using var bench = await Bench.SetUpAsync(postgres, Small);
        await bench.ExecuteAsync("INSERT INTO contributors (github_id, username) VALUES (987654321, 'moved')");
        await using var first = new NpgsqlConnection(bench.ConnectionString);
        await using var second = new NpgsqlConnection(bench.ConnectionString);
        await first.OpenAsync(Token);
        await second.OpenAsync(Token);
        await using var page = await first.BeginTransactionAsync(Token);
        await FreeAsync(first);

        var waiting = FreeAsync(second);
        while (await bench.CountAsync("SELECT count(*) FROM pg_locks WHERE NOT granted") == 0)
        {
            Assert.False(waiting.IsCompleted);
            await Task.Delay(TimeSpan.FromMilliseconds(10), Token);
        }

        await page.CommitAsync(Token);
        await waiting;
        Assert.Equal("moved~987654321", await bench.TextAsync("SELECT username FROM contributors"));

        static async Task FreeAsync(NpgsqlConnection connection)
        {
            await using var command = new NpgsqlCommand(
                SqlText.Read("Sync/Writing/Sql/free-usernames.sql"),
                connection
            );
            command.Parameters.AddWithValue("github_id", new[] { 1L });
            command.Parameters.AddWithValue("username", new[] { "moved" });
            await command.ExecuteNonQueryAsync(Token);
        }
    }

    [Fact]
    public async Task Another_writer_that_takes_a_login_at_the_same_moment_only_delays_the_page()
    {
        await using var bench = await SyncedAsync();
        var (id, name) = await SomebodyAsync(bench);
        await bench.ExecuteAsync($"UPDATE contributors SET username = 'name-before' WHERE id = '{id}'");
        await bench.ForgetWindowsAsync();
        await using var other = new NpgsqlConnection(bench.ConnectionString);
        await other.OpenAsync(TestContext.Current.CancellationToken);
        await using var transaction = await other.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var take = new NpgsqlCommand(
            $"INSERT INTO contributors (github_id, username) VALUES (987654321, '{name}')",
            other
        );
        await take.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        var run = await bench.StartAsync(Hello);
        while (
            await bench.CountAsync(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            ) == 0
        )
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken);
        }

        await transaction.CommitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(RunState.Completed, (await bench.WaitAsync(bench.Engine, run.Id)).Run.State);
        Assert.Equal(name, await bench.TextAsync($"SELECT username FROM contributors WHERE id = '{id}'"));
    }

    [Fact]
    public async Task A_row_with_the_right_number_and_another_id_gives_the_number_up_and_nothing_is_deleted()
    {
        await using var bench = await SyncedAsync();
        var number = await bench.CountAsync("SELECT min(number) FROM pull_requests");
        await bench.ExecuteAsync(
            $"UPDATE pull_requests SET number = -1000 WHERE number = {number}; INSERT INTO pull_requests (github_id, number, title, state, repository_id, head_branch, repository_full_name, created_at, updated_at) SELECT 77, {number}, 'Stored by hand', 'open', id, 'b', full_name, now(), now() FROM repositories"
        );

        await ReadAgainAsync(bench);

        Assert.Equal(
            1,
            await bench.CountAsync($"SELECT count(*) FROM pull_requests WHERE number = {number} AND github_id <> 77")
        );
        Assert.Equal(-number, await bench.CountAsync("SELECT number FROM pull_requests WHERE github_id = 77"));
    }

    [Fact]
    public async Task A_deferred_key_that_a_trigger_breaks_is_named_and_nothing_is_stored()
    {
        await using var bench = await AppSchema.BenchAsync(postgres, Small);
        await bench.InitializeAsync();
        await bench.ExecuteAsync(
            """
            CREATE FUNCTION break_author() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN NEW.author_id := gen_random_uuid(); RETURN NEW; END $$;
            CREATE TRIGGER break_author BEFORE INSERT ON issues FOR EACH ROW EXECUTE FUNCTION break_author();
            """
        );

        var run = await bench.SyncAsync(Hello);

        Assert.Equal(RunState.Failed, run.State);
        Assert.Contains("issues_author_id_fkey", run.Error);
        Assert.Equal(0, await bench.CountAsync("SELECT count(*) FROM issues"));
    }

    [Fact]
    public async Task Triggers_of_the_app_count_each_pull_request_once_and_set_the_time_that_delays_its_own_sync()
    {
        await using var bench = await SyncedAsync();
        Assert.Equal(12, await bench.CountAsync("SELECT pull_request_count FROM repositories"));
        var clock = await bench.TextAsync("SELECT last_updated_at::text FROM repositories");

        await ReadAgainAsync(bench);

        Assert.Equal(12, await bench.CountAsync("SELECT pull_request_count FROM repositories"));
        // The app takes this for the time of the last sync, and does not sync by itself for the next hours.
        Assert.Equal(1, await bench.CountAsync($"SELECT count(*) FROM repositories WHERE last_updated_at > '{clock}'"));
        // GitHub's own clock is never touched by a write.
        Assert.Equal(0, await bench.CountAsync("SELECT count(*) FROM pull_requests WHERE updated_at > last_synced_at"));
    }

    private static readonly SimulatorOptions Small = new() { PullRequests = 12 };

    private async Task<Bench> SyncedAsync() => await (await synced.BenchAsync()).CopyAsync(postgres);

    // As a first run, or a repair, would.
    private static async Task<RepoSync> ReadAgainAsync(Bench bench)
    {
        await bench.ForgetWindowsAsync();
        return await bench.SyncAsync(Hello);
    }

    private static async Task<(string Id, string Name)> SomebodyAsync(Bench bench)
    {
        var text = await bench.TextAsync(
            "SELECT c.id || ' ' || c.username FROM contributors c JOIN pull_requests p ON p.author_id = c.id WHERE NOT c.is_bot ORDER BY p.number LIMIT 1"
        );
        return (text.Split(' ')[0], text.Split(' ')[1]);
    }

    /// <summary>A repository synced once beside the app's tables, for each test to copy.</summary>
    public sealed class Synced(TestPostgres postgres) : SharedBench
    {
        private protected override async Task<Bench> MakeAsync()
        {
            var bench = await AppSchema.BenchAsync(postgres, Small);
            await bench.InitializeAsync();
            Assert.Equal(RunState.Completed, (await bench.SyncAsync(Hello)).State);
            await bench.RestAsync();
            return bench;
        }
    }
}
