using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Backfill.Simulation.Data;
using Backfill.Simulation.Faults;

namespace Backfill.Integration.Tests.Sync;

/// <summary>
/// GitHub computes one query of an account at a time. A run with tokens of several accounts sends one query of each at once,
/// reads long lanes from both ends, and stores the rows that a run with one token stores. <c>BACKFILL_KILLS=100</c> kills more
/// often here, and <c>BACKFILL_CHAOS_SEEDS=50</c> runs as many schedules of faults.
/// </summary>
public sealed class SeveralAccountsTests(TestPostgres postgres)
{
    private const double Speed = 20;
    private static readonly string[] Three = ["ghp_first0123456789", "ghp_second0123456789", "ghp_third0123456789"];
    private static readonly bool IsFull = Environment.GetEnvironmentVariable("BACKFILL_KILLS") is { Length: > 0 };
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(1);

    [Fact]
    public async Task Three_accounts_have_three_queries_at_once_and_no_account_has_two()
    {
        await using var bench = await SetUpAsync(TimeSpan.FromMilliseconds(100));

        var run = await SyncAsync(bench, Three);

        Assert.Equal((RunState.Completed, ""), (run.State, run.Error ?? ""));
        Assert.Equal(1, bench.GitHub.Requests.Max(request => request.AtOnceOfAccount));
        Assert.Equal(Three.Length, bench.GitHub.Requests.Max(request => request.AtOnce));
        await EqualsUndisturbedAsync(bench);
    }

    [Fact]
    public async Task Two_tokens_of_one_account_have_one_query_at_once()
    {
        await using var bench = await SetUpAsync(TimeSpan.FromMilliseconds(20), Three[..2]);

        var run = await SyncAsync(bench, Three[..2]);

        Assert.Equal((RunState.Completed, ""), (run.State, run.Error ?? ""));
        Assert.Equal(1, bench.GitHub.Requests.Max(request => request.AtOnce));
        await EqualsUndisturbedAsync(bench);
    }

    [Fact]
    public async Task One_token_is_not_asked_for_its_account()
    {
        await using var bench = await SetUpAsync(TimeSpan.Zero);

        await SyncAsync(bench, Three[..1]);
        Assert.DoesNotContain(bench.GitHub.Requests, request => request.Operation == "Viewer");
        Assert.Equal(1, bench.GitHub.Requests.Max(request => request.AtOnce));
    }

    [Fact]
    public async Task A_refused_token_is_a_warning_once_and_the_others_do_its_work()
    {
        await using var bench = await Bench.SetUpAsync(
            postgres,
            new SimulatorOptions
            {
                PullRequests = 200,
                Latency = TimeSpan.FromMilliseconds(20),
                Tokens = Three,
            }
        );
        string[] tokens = [Three[0], "ghp_revoked0123456789", Three[1]];

        var first = await FollowAsync(bench, tokens);
        var second = await FollowAsync(bench, tokens);

        Assert.Equal(RunState.Completed, Assert.IsType<RepoSync>(Assert.Single(first.Results)).State);
        Assert.Empty(first.Errors);
        Assert.StartsWith("octo/hello: GitHub token 2 of 3 is not used", Assert.Single(first.Warnings));
        Assert.Empty(second.Warnings);
        Assert.Equal(2, bench.GitHub.Requests.Max(request => request.AtOnce));
        await EqualsUndisturbedAsync(bench);
    }

    [Fact]
    public async Task A_window_that_does_not_reach_the_beginning_is_extended_from_both_ends()
    {
        await using var bench = await SetUpAsync(TimeSpan.FromMilliseconds(20));

        await SyncAsync(bench, Three, DateTimeOffset.UtcNow.AddDays(-30));
        var run = await SyncAsync(bench, Three);

        Assert.Equal((RunState.Completed, ""), (run.State, run.Error ?? ""));
        await EqualsUndisturbedAsync(bench);
    }

    public static TheoryData<int, int> Tokens =>
        IsFull
            ? new()
            {
                { 3, 3 },
                { 3, 1 },
                { 1, 3 },
            }
            : new() { { 3, 1 }, { 1, 3 } };

    [Theory]
    [MemberData(nameof(Tokens))]
    public async Task A_killed_run_goes_on_with_any_number_of_tokens(int before, int after)
    {
        await using var bench = await SetUpAsync(TimeSpan.FromMilliseconds(40), pullRequests: IsFull ? 900 : 600);
        for (var kill = 1; kill <= (IsFull ? 3 : 2); kill++)
        {
            using var host = bench.Host(
                "Start-RepoSync octo/hello -Track -Full | Wait-RepoSync",
                ("GITHUB_TOKEN", string.Join(',', Three[..before]))
            );
            // Each run stores some pages more than the run before it.
            while (await PagesAsync(bench) < kill * 4)
            {
                Assert.False(host.HasExited, host.Errors);
                await Task.Delay(Look, TestContext.Current.CancellationToken);
            }

            host.Kill();
            await host.WaitAsync();
            await WindowsAreTrueAsync(bench);
        }

        var isApart = await bench.CountAsync(
            "SELECT count(*) FROM backfill.sync_window WHERE ahead_oldest_cursor IS NOT NULL"
        );
        Assert.Equal(before > 1, isApart > 0);
        bench.GitHub.Reset();
        var run = await SyncAsync(bench, Three[..after]);

        Assert.Equal((RunState.Completed, ""), (run.State, run.Error ?? ""));
        Assert.DoesNotContain(bench.GitHub.Requests, request => request.AtOnceOfAccount > 1);
        await WindowsAreTrueAsync(bench);
        await EqualsUndisturbedAsync(bench);
    }

    [Theory]
    [MemberData(nameof(ChaosTests.Seeds), MemberType = typeof(ChaosTests))]
    public async Task A_run_among_faults_stores_the_rows_of_an_undisturbed_run(int seed)
    {
        var schedule = FaultSchedule.Of(seed);
        await using var bench = await Bench.SetUpAsync(
            postgres,
            new SimulatorOptions
            {
                PullRequests = 220,
                Seed = seed,
                Time = new AcceleratedTime(Speed),
            }
        );
        schedule.AddTo(bench.GitHub.Faults);
        var states = new List<string>();
        do
        {
            var run = await SyncAsync(bench, Three);
            states.Add($"{run.State} {run.Error}{string.Join("; ", run.Gaps)}");
        } while (states.Count < 8 && !states[^1].StartsWith("Completed", StringComparison.Ordinal));

        var told = $"seed {seed}: {schedule}\n{string.Join('\n', states)}";
        Assert.True(states[^1].StartsWith("Completed", StringComparison.Ordinal), told);
        Assert.True(bench.GitHub.EarlyRequests.Count == 0, $"{told}\n{string.Join('\n', bench.GitHub.EarlyRequests)}");
        bench.GitHub.Reset();
        Assert.Equal(RunState.Completed, (await SyncAsync(bench, Three)).State);
        await EqualsUndisturbedAsync(bench, told);
    }

    private Task<Bench> SetUpAsync(
        TimeSpan latency,
        IReadOnlyList<string>? ofOneAccount = null,
        int pullRequests = 450
    ) =>
        Bench.SetUpAsync(
            postgres,
            new SimulatorOptions
            {
                PullRequests = pullRequests,
                Issues = 500,
                Latency = latency,
                TokensOfOneAccount = ofOneAccount ?? [],
            }
        );

    private static async Task<RepoSync> SyncAsync(Bench bench, string[] tokens, DateTimeOffset? since = null) =>
        Assert.IsType<RepoSync>(Assert.Single((await FollowAsync(bench, tokens, since)).Results));

    private static async Task<CollectedOutput> FollowAsync(Bench bench, string[] tokens, DateTimeOffset? since = null)
    {
        var run = await bench.Engine.StartSyncAsync(
            bench.Settings with
            {
                GitHubTokens = [.. tokens.Select(token => new Secret(token))],
            },
            new SyncRequest(RepositoryName.Parse("octo/hello"), since, Track: true, ThrottleLimit: 1, Plan: false),
            bench.Output,
            TestContext.Current.CancellationToken
        );
        return await bench.FollowAsync(bench.Engine, run.Id);
    }

    private async Task EqualsUndisturbedAsync(Bench bench, string told = "")
    {
        Assert.Equal(
            0,
            await bench.CountAsync(
                "SELECT count(*) FROM backfill.sync_window WHERE ahead_oldest_cursor IS NOT NULL OR NOT reached_beginning"
            )
        );
        await using var undisturbed = await bench.BesideAsync(postgres);
        Assert.Equal(RunState.Completed, (await SyncAsync(undisturbed, Three[..1])).State);
        await StoredRows.AssertEqualAsync(undisturbed, bench, told);
    }

    private static Task<long> PagesAsync(Bench bench) => bench.CountAsync("SELECT count(*) / 25 FROM pull_requests");

    // Everything that a window claims is stored.
    private static async Task WindowsAreTrueAsync(Bench bench)
    {
        var repository = bench.GitHub.Repositories.Single(one => one.FullName == "octo/hello");
        await IsTrueAsync("pull_requests", repository.PullRequests.All);
        await IsTrueAsync("issues", repository.Issues.All);
        await IsTrueAsync("discussions", repository.Discussions.All);

        async Task IsTrueAsync<T>(string lane, IEnumerable<T> items)
            where T : Item
        {
            var numbers = items.Select(item => (item.Number, item.UpdatedAt)).ToList();
            var values = string.Join(
                ", ",
                numbers.Select(item => FormattableString.Invariant($"({item.Number}, '{item.UpdatedAt:O}')"))
            );
            Assert.Equal(
                "",
                await bench.TextAsync(
                    $"""
                    SELECT coalesce(string_agg(v.number::text, ' '), '')
                      FROM backfill.sync_window w
                      JOIN (VALUES {values}) AS v(number, updated_at)
                        ON v.updated_at::timestamptz < w.newest_at AND w.reached_beginning
                        OR v.updated_at::timestamptz > w.ahead_oldest_at AND v.updated_at::timestamptz < w.ahead_newest_at
                     WHERE w.lane = '{lane}' AND NOT EXISTS (SELECT FROM {lane} t WHERE t.number = v.number)
                    """
                )
            );
        }
    }
}
