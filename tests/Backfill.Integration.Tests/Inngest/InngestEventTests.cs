using System.Net;
using System.Net.Sockets;
using Backfill.Integration.Tests.Support;

namespace Backfill.Integration.Tests.Inngest;

/// <summary>How an event is sent, sent again and refused; nothing counts as started that was not accepted, and the key is never shown.</summary>
public sealed class InngestEventTests(TestPostgres postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<int, string, string, string> Refusals =>
        new()
        {
            {
                401,
                """{"error":"Event key not found","status":401}""",
                ErrorIds.InngestKeyRefused,
                "INNGEST_EVENT_KEY"
            },
            { 403, "forbidden", ErrorIds.InngestKeyRefused, "INNGEST_EVENT_KEY" },
            {
                503,
                """{"error":"Event keys are required to process events securely","status":503}""",
                ErrorIds.InngestKeyRefused,
                "INNGEST_EVENT_KEY"
            },
            {
                400,
                """{"ids":[],"status":400,"error":"event name is reserved for internal use"}""",
                ErrorIds.InngestEventRefused,
                "-EventName"
            },
            { 413, "too large", ErrorIds.InngestEventRefused, "-EventName" },
            { 429, """{"error":"rate limited"}""", ErrorIds.InngestRateLimited, "Wait a minute" },
            { 500, "broken", ErrorIds.InngestUnavailable, "INNGEST_EVENT_API_BASE_URL" },
            { 302, "", ErrorIds.InngestUnavailable, "INNGEST_EVENT_API_BASE_URL" },
            { 404, "404 page not found", ErrorIds.InngestUnavailable, "INNGEST_EVENT_API_BASE_URL" },
            // A status line of success is none where the body says otherwise, or nothing.
            {
                200,
                """{"ids":["01"],"status":200,"error":"not stored"}""",
                ErrorIds.InngestEventRefused,
                "-EventName"
            },
            { 200, """{"ids":[],"status":401}""", ErrorIds.InngestKeyRefused, "INNGEST_EVENT_KEY" },
            { 200, """{"ids":[""],"status":200}""", ErrorIds.InngestUnavailable, "INNGEST_EVENT_API_BASE_URL" },
            { 200, "<html>", ErrorIds.InngestUnavailable, "INNGEST_EVENT_API_BASE_URL" },
        };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_refused_event_starts_no_run(int status, string body, string errorId, string action)
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        bench.Inngest.Fault = request =>
            request.Path.Value!.StartsWith("/e/", StringComparison.Ordinal)
                // A server may repeat the path that it was asked for.
                ? new FakeAnswer(status, body.Replace("not found", $"not found: {FakeInngest.EventKey}"))
                : null;

        var error = await Assert.ThrowsAsync<BackfillException>(() => bench.StartAsync());

        Assert.Equal(errorId, error.ErrorId);
        Assert.Contains(action, error.Action);
        Assert.DoesNotContain(FakeInngest.EventKey, error.ToString());
        var recorded = Assert.Single(
            await bench.Engine.FindSyncsAsync(bench.Settings, new SyncFilter([], [], [], false), Token)
        );
        Assert.Equal((RunState.Failed, null), (recorded.State, recorded.EventId));
        Assert.Equal(error.Message, recorded.Error);
        Assert.Empty(bench.Inngest.Events);
    }

    [Fact]
    public async Task A_repeated_try_is_the_same_event_and_starts_one_run()
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        var tries = 0;
        bench.Inngest.Fault = request =>
            request.Path.Value!.StartsWith("/e/", StringComparison.Ordinal) && Interlocked.Increment(ref tries) <= 3
                ? new FakeAnswer(tries == 1 ? 500 : 429, "again", ("Retry-After", "2"))
                : null;

        var started = await bench.StartAsync();

        Assert.Equal(4, bench.Inngest.Posts.Count);
        Assert.Single(bench.Inngest.Posts.Distinct());
        Assert.Matches("^[0-9]{13},[A-Za-z0-9+/]{14}==$", bench.Inngest.Posts.First().Seed);
        Assert.Equal(started.EventId, Assert.Single(bench.Inngest.Events).InternalId);
    }

    [Fact]
    public async Task An_answer_that_is_lost_does_not_start_a_second_run()
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        var lost = 0;
        bench.Inngest.Lose = request =>
            request.Path.Value!.StartsWith("/e/", StringComparison.Ordinal) && Interlocked.Increment(ref lost) == 1;

        var started = await bench.StartAsync();

        Assert.Equal(2, bench.Inngest.Posts.Count);
        // Stored twice under one id, by the seed, and run once, by our own.
        Assert.Equal([started.EventId, started.EventId], bench.Inngest.Events.Select(one => one.InternalId));
        Assert.Single(bench.Inngest.Runs);
    }

    [Fact]
    public async Task An_address_where_nothing_listens_is_named_with_the_dev_server()
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var nowhere = new Uri($"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/");
        free.Stop();
        bench.Settings = bench.Settings with
        {
            Inngest = new InngestSettings
            {
                Dev = true,
                EventUrl = nowhere,
                ApiUrl = nowhere,
            },
        };

        var error = await Assert.ThrowsAsync<BackfillException>(() => bench.StartAsync());

        Assert.Equal(ErrorIds.InngestDevServerNotRunning, error.ErrorId);
        Assert.Contains("npx inngest-cli@latest dev", error.Action);
        Assert.Contains("INNGEST_DEV", error.Action);
    }

    [Fact]
    public async Task A_dev_server_needs_no_keys()
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        bench.Inngest.EventKeys.Clear();
        bench.Inngest.Bearers.Clear();
        bench.Settings = bench.Settings with
        {
            Inngest = bench.Settings.Inngest with { Dev = true, EventKey = null, SigningKey = null },
        };
        bench.Inngest.Worker = (_, runs) =>
        {
            runs[0].Fail("seen without a key");
            return Task.CompletedTask;
        };

        var (run, _) = await bench.WaitAsync(await bench.StartAsync());

        Assert.Contains("seen without a key", run.Error);
    }

    [Fact]
    public async Task The_fallback_key_is_tried_when_the_first_is_refused()
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        await FakeWorker.StoreAsync(bench.Bench, InngestBench.Repository);
        bench.Settings = bench.Settings with
        {
            Inngest = bench.Settings.Inngest with
            {
                SigningKey = new Secret("signkey-test-ffff"),
                SigningKeyFallback = new Secret(FakeInngest.SigningKey),
            },
        };

        var (run, output) = await bench.WaitAsync(await bench.StartAsync());

        Assert.Empty(output.Errors);
        Assert.Equal(RunState.Completed, run.State);
    }

    [Fact]
    public async Task A_refused_signing_key_ends_the_wait_and_not_the_run()
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        bench.Settings = bench.Settings with
        {
            Inngest = bench.Settings.Inngest with { SigningKey = new Secret("signkey-test-ffff") },
        };

        var (run, output) = await bench.WaitAsync(await bench.StartAsync());

        Assert.Null(run.FinishedAt);
        var error = Assert.Single(output.Errors);
        Assert.Equal(ErrorIds.InngestKeyRefused, error.ErrorId);
        Assert.Contains("INNGEST_SIGNING_KEY", error.Action);
        // The event went out by the other key, so that something may run.
        Assert.Contains($"accepted the event github/repository.sync for {InngestBench.Repository}", error.Message);
        Assert.Contains(run.EventId!, error.Message);
        Assert.All(
            [error.Message, error.Action, .. bench.Output.Warnings],
            words => Assert.DoesNotContain("Nothing was started", words)
        );
        Assert.Single(bench.Inngest.Events);
        Assert.Equal("Queued", await bench.Bench.TextAsync("SELECT state FROM backfill.sync_run"));
        Assert.DoesNotContain("signkey", error.ToString());
    }

    [Fact]
    public async Task Without_an_event_key_the_Supabase_function_passes_the_event_on()
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        await FakeWorker.StoreAsync(bench.Bench, InngestBench.Repository);
        bench.Settings = WithRelay(bench);

        var started = await bench.StartAsync();
        var (run, output) = await bench.WaitAsync(started);

        Assert.Empty(output.Errors);
        Assert.Equal(RunState.Completed, run.State);
        var passed = Assert.Single(bench.Inngest.Events);
        Assert.Equal($"backfill-sync-{started.Id:N}", passed.Id);
        Assert.Equal("github/repository.sync", passed.Name);
        Assert.DoesNotContain("POST /e/...", bench.Inngest.Requests);
    }

    [Theory]
    [InlineData(401, """{"message":"Invalid JWT"}""", ErrorIds.InngestKeyRefused, "SUPABASE_SERVICE_ROLE_KEY")]
    [InlineData(404, """{"message":"not found"}""", ErrorIds.InngestUnavailable, "INNGEST_EVENT_KEY")]
    // A 200 has meant nothing there before.
    [InlineData(200, """{"success":false,"error":"no key"}""", ErrorIds.InngestUnavailable, "SUPABASE_URL")]
    [InlineData(200, """{"success":true}""", ErrorIds.InngestUnavailable, "SUPABASE_URL")]
    public async Task A_relay_must_name_the_event_that_it_passed_on(
        int status,
        string body,
        string errorId,
        string action
    )
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        bench.Settings = WithRelay(bench);
        bench.Inngest.Fault = request =>
            request.Path.Value!.StartsWith("/functions/", StringComparison.Ordinal)
                ? new FakeAnswer(status, body)
                : null;

        var error = await Assert.ThrowsAsync<BackfillException>(() => bench.StartAsync());

        Assert.Equal(errorId, error.ErrorId);
        Assert.Contains(action, error.Action);
        Assert.DoesNotContain(FakeInngest.ServiceKey, error.ToString());
    }

    [Fact]
    public async Task Without_any_way_to_send_an_event_the_error_names_every_way()
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        bench.Settings = bench.Settings with { Inngest = new InngestSettings() };

        var error = await Assert.ThrowsAsync<BackfillException>(() => bench.StartAsync());

        Assert.Equal(ErrorIds.MissingSetting, error.ErrorId);
        foreach (
            var name in new[]
            {
                "INNGEST_EVENT_KEY",
                "INNGEST_PRODUCTION_EVENT_KEY",
                "INNGEST_DEV",
                "SUPABASE_SERVICE_ROLE_KEY",
            }
        )
        {
            Assert.Contains(name, error.Action);
        }

        Assert.Equal(0, await bench.Bench.CountAsync("SELECT count(*) FROM backfill.sync_run"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_dry_run_shows_the_event_and_sends_nothing(bool relayed)
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        bench.Settings = relayed ? WithRelay(bench) : bench.Settings;

        var plan = await bench.StartAsync(request => request with { Plan = true });

        Assert.Equal((RunState.Planned, "Inngest"), (plan.State, plan.Engine));
        Assert.Empty(bench.Inngest.Events);
        Assert.DoesNotContain(bench.Inngest.Requests, request => request.StartsWith("POST", StringComparison.Ordinal));
        Assert.Equal(0, await bench.Bench.CountAsync("SELECT count(*) FROM backfill.sync_run"));
        var shown = Assert.Single(bench.Output.Shown);
        Assert.Contains(
            relayed ? $"POST {bench.Inngest.Url}functions/v1/queue-event" : $"POST {bench.Inngest.Url}e/********",
            shown
        );
        Assert.Contains("github/repository.sync", shown);
        Assert.Contains("\"owner\":\"bdougie\"", shown);
        Assert.Contains(shown["What if: ".Length..], plan.Estimate!.Note);
        foreach (var secret in new[] { FakeInngest.EventKey, FakeInngest.ServiceKey, FakeInngest.SigningKey })
        {
            Assert.DoesNotContain(secret, shown);
        }
    }

    [Fact]
    public async Task An_environment_is_named_in_every_request()
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        bench.Settings = bench.Settings with { Inngest = bench.Settings.Inngest with { Environment = "feature-x" } };
        var named = new System.Collections.Concurrent.ConcurrentQueue<string>();
        bench.Inngest.Fault = request =>
        {
            named.Enqueue(request.Headers["X-Inngest-Env"].ToString());
            return null;
        };

        await bench.WaitAsync(await bench.StartAsync(), TimeSpan.FromSeconds(30));

        Assert.True(named.Count > 3);
        Assert.All(named, name => Assert.Equal("feature-x", name));
    }

    private static BackfillSettings WithRelay(InngestBench bench) =>
        bench.Settings with
        {
            Inngest = bench.Settings.Inngest with { EventKey = null },
            SupabaseUrl = bench.Inngest.Url,
            SupabaseServiceKey = new Secret(FakeInngest.ServiceKey),
        };
}
