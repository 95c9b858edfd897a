using System.Security.Cryptography;
using Backfill.Core;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Backfill.Simulation.Faults;

namespace Backfill.Integration.Tests.Sync;

/// <summary>Several tokens share the load, and an App's installation makes its own.</summary>
public sealed class GitHubTokensTests(TestPostgres postgres)
{
    private const long Installation = 4711;

    [Fact]
    public async Task Tokens_of_an_installation_are_created_and_renewed_when_their_hour_ends()
    {
        using var key = RSA.Create(2048);
        var time = new ShiftedTime();
        await using var bench = await Bench.SetUpAsync(
            postgres,
            new SimulatorOptions
            {
                PullRequests = 10,
                App = new SimulatedApp("12", Installation, key.ExportSubjectPublicKeyInfoPem()),
                // Nobody without a token.
                Tokens = ["ghp_another"],
                Time = time,
            }
        );
        var settings = bench.Settings with
        {
            GitHubTokens = [],
            GitHubApp = new GitHubApp(
                "12",
                new Secret(key.ExportRSAPrivateKeyPem().ReplaceLineEndings("\\n")),
                Installation
            ),
        };

        await CompletesAsync(bench, bench.Engine, settings);
        await CompletesAsync(bench, bench.Engine, settings);
        Assert.Equal(1, Minted());

        time.Offset = TimeSpan.FromMinutes(56);
        bench.GitHub.Changes.AddIssue("octo/hello", "After most of an hour");
        await CompletesAsync(bench, bench.Engine, settings);

        Assert.Equal(2, Minted());
        Assert.DoesNotContain(bench.GitHub.Requests, request => request.Status == 401);

        int Minted() =>
            bench.GitHub.Requests.Count(request =>
                request.Path.EndsWith("/access_tokens", StringComparison.Ordinal) && request.Status == 201
            );
    }

    [Fact]
    public async Task Without_any_token_no_run_is_recorded_and_the_setting_is_named()
    {
        await using var bench = await Bench.SetUpAsync(
            postgres,
            new SimulatorOptions { PullRequests = 5, Tokens = ["ghp_another"] }
        );
        var settings = bench.Settings with { GitHubTokens = [] };
        var request = new SyncRequest(
            RepositoryName.Parse("octo/hello"),
            Since: null,
            Track: true,
            ThrottleLimit: 1,
            Plan: false
        );

        var untracked = await Assert.ThrowsAsync<BackfillException>(() => StartAsync());
        await bench.Engine.RegisterAsync(
            bench.Settings with
            {
                GitHubTokens = [new Secret("ghp_another")],
            },
            new RegisterRequest(request.Repository, null, Plan: false),
            bench.Output,
            TestContext.Current.CancellationToken
        );
        var tracked = await Assert.ThrowsAsync<BackfillException>(() => StartAsync());

        Assert.Equal((ErrorIds.MissingSetting, ErrorIds.MissingSetting), (untracked.ErrorId, tracked.ErrorId));
        Assert.Equal("0", await bench.TextAsync("SELECT count(*)::text FROM backfill.sync_run"));

        Task<RepoSync> StartAsync() =>
            bench.Engine.StartSyncAsync(settings, request, bench.Output, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_token_or_key_that_no_server_can_accept_is_refused_before_a_run_is_recorded()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 5 });
        var sent = bench.GitHub.Requests.Count;

        foreach (
            var settings in new[]
            {
                bench.Settings with
                {
                    GitHubTokens = [new Secret("\uFEFFghp_simulated0123456789")],
                },
                bench.Settings with
                {
                    GitHubApp = new GitHubApp("12", new Secret("no key and no file"), Installation),
                },
            }
        )
        {
            var refused = await Assert.ThrowsAsync<BackfillException>(() =>
                bench.Engine.StartSyncAsync(
                    settings,
                    new SyncRequest(
                        RepositoryName.Parse("octo/hello"),
                        Since: null,
                        Track: true,
                        ThrottleLimit: 1,
                        Plan: false
                    ),
                    bench.Output,
                    TestContext.Current.CancellationToken
                )
            );
            Assert.Equal(ErrorIds.SettingMalformed, refused.ErrorId);
            Assert.DoesNotContain("no key and no file", refused.ToString());
        }

        Assert.Equal(sent, bench.GitHub.Requests.Count);
        Assert.Equal("0", await bench.TextAsync("SELECT count(*)::text FROM backfill.sync_run"));
    }

    [Fact]
    public async Task A_wrong_key_is_an_error_that_names_the_setting()
    {
        using var key = RSA.Create(2048);
        using var other = RSA.Create(2048);
        await using var bench = await Bench.SetUpAsync(
            postgres,
            new SimulatorOptions
            {
                PullRequests = 5,
                App = new SimulatedApp("12", Installation, key.ExportSubjectPublicKeyInfoPem()),
            }
        );

        Assert.Equal(ErrorIds.GitHubTokenRefused, await RefusedAsync(other.ExportRSAPrivateKeyPem()));
        Assert.Equal(ErrorIds.SettingMalformed, await RefusedAsync("no key and no file"));

        async Task<string> RefusedAsync(string privateKey)
        {
            var settings = bench.Settings with
            {
                GitHubTokens = [],
                GitHubApp = new GitHubApp("12", new Secret(privateKey), Installation),
            };
            var refused = await Assert.ThrowsAsync<BackfillException>(() =>
                bench.Engine.GetRateLimitsAsync(settings, TestContext.Current.CancellationToken)
            );
            Assert.DoesNotContain("PRIVATE KEY-----", refused.ToString(), StringComparison.Ordinal);
            return refused.ErrorId;
        }
    }

    [Fact]
    public async Task A_token_that_expires_leaves_the_work_to_the_others()
    {
        await using var bench = await Bench.SetUpAsync(
            postgres,
            new SimulatorOptions { PullRequests = 40, Time = new AcceleratedTime(20) }
        );
        bench.GitHub.Faults.Add(FaultRule.Parse("token-expires@4"));
        await using var engine = new BackfillEngine(new AcceleratedTime(20));
        var settings = bench.Settings with { GitHubTokens = [new Secret("ghp_first"), new Secret("ghp_second")] };

        await CompletesAsync(bench, engine, settings);

        Assert.Contains(bench.GitHub.Requests, request => request.Status == 401);
        Assert.Equal(40, await bench.CountAsync("SELECT count(*) FROM pull_requests"));
    }

    [Fact]
    public async Task A_server_without_rate_limits_is_an_answer()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 5 });
        bench.GitHub.Faults.Add(FaultRule.Parse("no-rate-limits"));

        var limits = await bench.Engine.GetRateLimitsAsync(bench.Settings, TestContext.Current.CancellationToken);

        Assert.Equal(["GraphQL", "REST"], limits.Select(limit => limit.Resource));
        Assert.All(limits, limit => Assert.True(limit is { Unlimited: true, Limit: null, Remaining: null }));
    }

    [Fact]
    public async Task The_remaining_budget_is_known_without_a_request_while_a_limit_holds()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 40 });
        var before = await bench.Engine.GetRateLimitsAsync(bench.Settings, TestContext.Current.CancellationToken);
        Assert.All(before, limit => Assert.Null(limit.HeldUntil));
        bench.GitHub.Faults.Add(FaultRule.Parse("rest/secondary-403-retry-after:1800@1"));
        var run = await bench.StartAsync("octo/hello");
        while (!await IsWaitingAsync())
        {
            await Task.Yield();
        }

        var asked = bench.GitHub.Requests.Count;
        var held = await bench.Engine.GetRateLimitsAsync(bench.Settings, TestContext.Current.CancellationToken);

        Assert.Equal(asked, bench.GitHub.Requests.Count);
        Assert.Equal(["GraphQL", "REST"], held.Select(limit => limit.Resource));
        Assert.All(held, limit => Assert.True(limit.HeldUntil > DateTimeOffset.UtcNow.AddMinutes(25)));
        Assert.Equal(5_000, held[0].Limit);
        Assert.InRange(held[0].Remaining!.Value, 4_000, 4_999);

        async Task<bool> IsWaitingAsync() =>
            (
                await bench.Engine.FindSyncsAsync(
                    bench.Settings,
                    new SyncFilter([run.Id], [], [], ThisProcess: true),
                    TestContext.Current.CancellationToken
                )
            )[0].State == RunState.Waiting;
    }

    private static async Task CompletesAsync(Bench bench, BackfillEngine engine, BackfillSettings settings)
    {
        var run = await engine.StartSyncAsync(
            settings,
            new SyncRequest(RepositoryName.Parse("octo/hello"), null, Track: true, ThrottleLimit: 1, Plan: false),
            bench.Output,
            TestContext.Current.CancellationToken
        );
        var (ended, errors) = await bench.WaitAsync(engine, run.Id);
        Assert.Equal((RunState.Completed, ""), (ended.State, string.Join("; ", errors.Select(error => error.Message))));
    }

    private sealed class ShiftedTime : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;
    }
}
