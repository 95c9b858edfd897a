using Backfill.Integration.Tests.Support;

namespace Backfill.Integration.Tests.Inngest;

/// <summary>What <c>Test-BackfillCoverage -Check Settings</c> says of keys, addresses and handlers, without starting anything.</summary>
public sealed class InngestPreflightTests(TestPostgres postgres)
{
    [Fact]
    public async Task Right_settings_pass_and_start_nothing()
    {
        await using var bench = await ConfiguredAsync();

        var checks = await CheckAsync(bench);

        Assert.Equal(
            ["Settings", "InngestEvents", "InngestRuns", "InngestHandlers", "SupabaseFunctions"],
            checks.Select(check => check.Check)
        );
        Assert.All(checks, check => Assert.Equal((check.Check, CheckStatus.Passed), (check.Check, check.Status)));
        Assert.Empty(bench.Inngest.Events);
        Assert.Equal("[]", Assert.Single(bench.Inngest.Posts).Body);
        Assert.DoesNotContain(
            bench.Inngest.Requests,
            request => request.StartsWith("POST", StringComparison.Ordinal) && request != "POST /e/..."
        );
    }

    [Fact]
    public async Task Each_wrong_setting_is_named()
    {
        await using var bench = await ConfiguredAsync();
        bench.Settings = bench.Settings with
        {
            Inngest = bench.Settings.Inngest with
            {
                EventKey = new Secret("another-event-key"),
                SigningKey = new Secret("signkey-test-ffff"),
            },
            SupabaseServiceKey = new Secret("another-service-key"),
        };

        var checks = await CheckAsync(bench);

        Wrong("InngestEvents", "INNGEST_EVENT_KEY");
        Wrong("InngestRuns", "INNGEST_SIGNING_KEY");
        Wrong("SupabaseFunctions", "SUPABASE_SERVICE_ROLE_KEY");
        Assert.Equal(CheckStatus.Skipped, Of("InngestHandlers").Status);
        Assert.All(
            checks,
            check =>
            {
                Assert.DoesNotContain("another", check.Actual);
                Assert.DoesNotContain("signkey", check.Actual);
            }
        );

        void Wrong(string id, string setting)
        {
            Assert.Equal((id, CheckStatus.Failed), (id, Of(id).Status));
            Assert.Contains(setting, Of(id).Advice);
        }

        CoverageCheck Of(string id) => checks.Single(check => check.Check == id);
    }

    [Fact]
    public async Task An_event_without_a_function_and_a_missing_app_are_reported()
    {
        await using var bench = await ConfiguredAsync();
        bench.Inngest.Triggers = ["capture/repository.sync.graphql", "embeddings/compute.requested"];

        var handlers = (await CheckAsync(bench)).Single(check => check.Check == "InngestHandlers");
        Assert.Equal(CheckStatus.Warning, handlers.Status);
        Assert.Contains("none for github/repository.sync, workspace.metrics.aggregate", handlers.Actual);
        Assert.Contains("capture/repository.sync.graphql", handlers.Actual);

        bench.Settings = bench.Settings with { Inngest = bench.Settings.Inngest with { App = "other" } };
        handlers = (await CheckAsync(bench)).Single(check => check.Check == "InngestHandlers");
        Assert.Equal(CheckStatus.Warning, handlers.Status);
        Assert.Contains("no app other", handlers.Actual);
        Assert.Contains("BACKFILL_INNGEST_APP", handlers.Advice);
    }

    [Fact]
    public async Task The_relay_is_checked_when_events_would_go_through_it()
    {
        await using var bench = await ConfiguredAsync();
        bench.Settings = bench.Settings with { Inngest = bench.Settings.Inngest with { EventKey = null } };

        Assert.Equal(CheckStatus.Passed, await SupabaseAsync());
        bench.Inngest.Functions.Clear();
        Assert.Equal(CheckStatus.Warning, await SupabaseAsync());
        bench.Settings = bench.Settings with { EmbeddingProvider = "Supabase" };
        Assert.Equal(CheckStatus.Failed, await SupabaseAsync());
        // Whoever has nothing to do with Inngest does without the relay.
        bench.Settings = bench.Settings with
        {
            EmbeddingProvider = null,
            Inngest = new InngestSettings(),
        };
        Assert.Equal(CheckStatus.Skipped, await SupabaseAsync());

        async Task<CheckStatus> SupabaseAsync() =>
            (await CheckAsync(bench)).Single(check => check.Check == "SupabaseFunctions").Status;
    }

    [Fact]
    public async Task Without_Inngest_nothing_is_asked_and_a_GitHub_App_counts_as_a_token()
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        bench.Settings = bench.Bench.Settings with
        {
            GitHubTokens = [],
            GitHubApiUrl = BackfillSettings.DefaultGitHubApiUrl,
        };

        var checks = await CheckAsync(bench);

        Assert.Equal(CheckStatus.Failed, checks[0].Status);
        Assert.Contains("GITHUB_TOKEN", checks[0].Actual);
        Assert.All(checks.Skip(1), check => Assert.Equal(CheckStatus.Skipped, check.Status));
        Assert.Empty(bench.Inngest.Requests);

        bench.Settings = bench.Settings with { GitHubApp = new GitHubApp("1", new Secret("key"), 2) };
        Assert.Equal(CheckStatus.Passed, (await CheckAsync(bench))[0].Status);
    }

    private async Task<InngestBench> ConfiguredAsync()
    {
        var bench = await InngestBench.SetUpAsync(postgres);
        bench.Settings = bench.Settings with
        {
            SupabaseUrl = bench.Inngest.Url,
            SupabaseServiceKey = new Secret(FakeInngest.ServiceKey),
        };
        return bench;
    }

    private static Task<IReadOnlyList<CoverageCheck>> CheckAsync(InngestBench bench) =>
        bench.Bench.CheckAsync(
            InngestBench.Repository,
            request => request with { Checks = ["Settings"] },
            bench.Settings
        );
}
