using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Backfill.Integration.Tests.Support;
using Backfill.Integration.Tests.Worker.Executor;
using Backfill.Simulation;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace Backfill.Integration.Tests.Worker;

/// <summary>Registration, health, schedules, the webhook and traces of a worker.</summary>
public sealed class WorkerOperationsTests(TestPostgres postgres)
{
    private const string HookSecret = "webhook-secret-0123456789";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static SimulatorOptions Small => new() { PullRequests = 5 };

    [Fact]
    public async Task The_worker_registers_its_functions_and_again_when_the_server_forgot_them()
    {
        var time = new AcceleratedTime(40);
        await using var bench = await WorkerBench.SetUpAsync(postgres, Small with { Time = time });
        var first = bench.Inngest.Registrations.First();

        Assert.Equal("backfill", first["appName"]!.GetValue<string>());
        var functions = first["functions"]!.AsArray();
        Assert.Equal(10, functions.Count);
        Assert.All(functions, AssertAccepted);
        Assert.StartsWith("http://127.0.0.1:", first["url"]!.GetValue<string>(), StringComparison.Ordinal);

        bench.Inngest.Forget();
        while (bench.Inngest.Registrations.Count == 1)
        {
            await Task.Delay(10, Token);
        }

        Assert.Equal(first.ToJsonString(), bench.Inngest.Registrations.Last().ToJsonString());
    }

    // What the server refuses without a word which function it was, or takes and then never starts.
    private static void AssertAccepted(JsonNode? function)
    {
        Assert.StartsWith("backfill-", function!["id"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.InRange(function["triggers"]!.AsArray().Count, 1, 10);
        Assert.InRange((function["concurrency"] as JsonArray)?.Count ?? 1, 1, 2);
        Assert.InRange((function["cancel"] as JsonArray)?.Count ?? 1, 1, 5);
        Assert.InRange(function["steps"]!["step"]!["retries"]!["attempts"]!.GetValue<int>(), 1, 20);
        foreach (
            var period in new[]
            {
                function["throttle"]?["period"],
                function["debounce"]?["period"],
                function["debounce"]?["timeout"],
            }.OfType<JsonNode>()
        )
        {
            Assert.InRange(
                RunDriver.Duration(period.GetValue<string>()),
                TimeSpan.FromSeconds(1),
                TimeSpan.FromDays(7)
            );
        }

        Assert.True(function["throttle"] is null || function["throttle"]!["limit"]!.GetValue<int>() >= 1);
        Assert.Null(function["timeouts"]);
    }

    [Fact]
    public async Task A_put_registers_and_passes_on_what_the_server_says()
    {
        await using var bench = await WorkerBench.SetUpAsync(postgres, Small);
        using var http = new HttpClient();

        Assert.Equal(HttpStatusCode.Unauthorized, (await PutAsync(http, bench, key: null)).Status);
        var good = await PutAsync(http, bench, ExecutorOptions.SigningKey);
        Assert.Equal((HttpStatusCode.OK, "Successfully registered"), (good.Status, Text(good.Body, "message")));

        bench.Inngest.RegistrationAnswer = (400, """{"error":"At least one function is invalid"}""");
        var refused = await PutAsync(http, bench, ExecutorOptions.SigningKey);
        Assert.Equal(HttpStatusCode.OK, refused.Status);
        Assert.Contains("At least one function is invalid", Text(refused.Body, "message"));
        Assert.Equal("false", refused.Body!["modified"]!.ToJsonString());
    }

    [Fact]
    public async Task Introspection_needs_a_signature_and_tells_no_key()
    {
        await using var bench = await WorkerBench.SetUpAsync(postgres, Small);
        using var http = new HttpClient();
        var address = new Uri(WorkerBench.OriginOf(bench.Workers[0]), "/api/inngest");

        using var unsigned = await http.GetAsync(address, Token);
        Assert.Equal(HttpStatusCode.Unauthorized, unsigned.StatusCode);

        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.TryAddWithoutValidation(
            "X-Inngest-Signature",
            ExecutorOptions.Sign(ExecutorOptions.SigningKey, [], DateTimeOffset.UtcNow.ToUnixTimeSeconds())
        );
        using var signed = await http.SendAsync(request, Token);
        var text = await signed.Content.ReadAsStringAsync(Token);
        Assert.Equal("10", JsonNode.Parse(text)!["function_count"]!.ToJsonString());
        Assert.DoesNotContain("0123456789abcdef", text);
    }

    [Fact]
    public async Task Health_says_whether_the_database_and_the_registration_are_there()
    {
        await using var bench = await WorkerBench.SetUpAsync(postgres, Small);
        using var http = new HttpClient();
        var origin = WorkerBench.OriginOf(bench.Workers[0]);
        while ((await http.GetAsync(new Uri(origin, "/health/ready"), Token)).StatusCode != HttpStatusCode.OK)
        {
            await Task.Delay(10, Token);
        }

        await bench.Bench.ExecuteAsync("ALTER TABLE repositories RENAME TO away");

        using var ready = await http.GetAsync(new Uri(origin, "/health/ready"), Token);
        using var live = await http.GetAsync(new Uri(origin, "/health/live"), Token);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK), (ready.StatusCode, live.StatusCode));
    }

    [Fact]
    public async Task The_nightly_round_syncs_each_tracked_repository_once()
    {
        string[] repositories = ["octo/hello", "octo/world"];
        await using var bench = await WorkerBench.SetUpAsync(postgres, Small with { Repositories = repositories });

        foreach (var run in bench.Inngest.Tick("backfill-nightly").Concat(bench.Inngest.Tick("backfill-nightly")))
        {
            await bench.Inngest.WaitAsync(run);
            Assert.Equal("""{"sent":2}""", run.Output!.ToJsonString());
        }

        var due = bench.Inngest.Runs.Where(run => run.FunctionId == "backfill-sync-due").ToArray();
        Assert.Equal(2, due.Length);
        foreach (var run in due)
        {
            await bench.Inngest.WaitAsync(run);
            WorkerSyncTests.AssertState(run, "Completed");
        }

        Assert.Equal(repositories, (await bench.RunsAsync()).Select(run => run.Repository).Order());
        bench.AssertNothingViolated();
    }

    [Fact]
    public async Task The_weekly_round_sends_an_event_for_each_repository_whose_checks_fail()
    {
        await using var bench = await WorkerBench.SetUpAsync(postgres, Small);

        await bench.Inngest.WaitAsync(Assert.Single(bench.Inngest.Tick("backfill-weekly")));
        var check = Assert.Single(bench.Inngest.Runs, run => run.FunctionId == "backfill-coverage");
        await bench.Inngest.WaitAsync(check);

        var failed = Assert
            .Single(bench.Inngest.Events, sent => Text(sent.Event, "name") == "backfill/coverage.failed")
            .Event;
        Assert.Equal("octo/hello", Text(failed["data"], "repository"));
        Assert.Contains("PullRequestCount", failed["data"]!["failed"]!.ToJsonString());
        bench.AssertNothingViolated();
    }

    [Fact]
    public async Task Changes_at_GitHub_become_one_sync_of_the_repository()
    {
        await using var bench = await WorkerBench.SetUpAsync(postgres, Small with { Time = new AcceleratedTime(20) });
        using var http = new HttpClient();
        await WorkerSyncTestsRunAsync(bench);

        foreach (var kind in (string[])["issues", "issue_comment", "pull_request", "star", "push"])
        {
            Assert.Equal(HttpStatusCode.OK, await DeliverAsync(http, bench, kind, "octo/hello", HookSecret));
        }

        Assert.Equal(HttpStatusCode.OK, await DeliverAsync(http, bench, "issues", "octo/unknown", HookSecret));
        Assert.NotEqual(HttpStatusCode.OK, await DeliverAsync(http, bench, "issues", "octo/hello", "wrong"));
        Assert.NotEqual(HttpStatusCode.OK, await DeliverAsync(http, bench, "issues", "octo/hello", null));

        Assert.Equal(3, bench.Inngest.Events.Count(sent => Text(sent.Event, "name") == "backfill/repository.changed"));
        while (!bench.Inngest.Runs.Any(run => run.FunctionId == "backfill-sync-changed"))
        {
            await Task.Delay(10, Token);
        }

        var run = Assert.Single(bench.Inngest.Runs, run => run.FunctionId == "backfill-sync-changed");
        await bench.Inngest.WaitAsync(run);
        WorkerSyncTests.AssertState(run, "Completed");
        Assert.InRange(run.Output!["points"]!.GetValue<int>(), 1, 2);
    }

    [Fact]
    public async Task The_engine_Inngest_finds_the_worker_says_so_and_waits_for_its_rows()
    {
        await using var bench = await WorkerBench.SetUpAsync(postgres, Small with { Time = new AcceleratedTime(40) });
        var output = new CollectedOutput();

        var started = await bench.StartAtInngestAsync(output);
        Assert.Equal(
            "The worker of the app backfill handles the event github/repository.sync.",
            Assert.Single(output.Shown)
        );
        Assert.Empty(output.Warnings);

        await bench.Bench.Engine.WaitSyncAsync(
            bench.OperatorSettings,
            new WaitRequest([started.Id], [], null, TimeSpan.FromSeconds(5)),
            output,
            Token
        );
        Assert.Empty(output.Errors);
        Assert.Equal(RunState.Completed, Assert.IsType<RepoSync>(Assert.Single(output.Results)).State);
        // The event, and the worker's own run.
        Assert.Equal(["Inngest", "Local"], (await bench.RunsAsync()).Select(run => run.Engine).Order());
        await bench.AssertRowsAsOfLocalRunAsync(postgres);
    }

    [Fact]
    public async Task Traces_go_on_from_the_server_and_name_no_key()
    {
        await using var bench = await WorkerBench.SetUpAsync(postgres, Small);
        var spans = new Spans();
        bench.Workers[0].Services.GetRequiredService<TracerProvider>().AddProcessor(spans);

        await WorkerSyncTestsRunAsync(bench);
        await bench.Inngest.WaitAsync(Assert.Single(bench.Inngest.Tick("backfill-nightly")));

        var slice = spans.All.First(span => span.OperationName == "slice");
        Assert.Equal(WorkerCalls.Trace, slice.TraceId.ToHexString());
        Assert.Equal("octo/hello", slice.GetTagItem("backfill.repository"));
        Assert.Contains(spans.All, span => span.GetTagItem("inngest.function") is "sync-slices");
        Assert.All(
            // The executor is in this process too, and its own traces may name the key.
            spans.All.Where(span => span.Kind == ActivityKind.Client).SelectMany(span => span.TagObjects),
            tag => Assert.DoesNotContain(ExecutorOptions.EventKey, $"{tag.Value}")
        );
    }

    private sealed class Spans : BaseProcessor<Activity>
    {
        public ConcurrentQueue<Activity> All { get; } = new();

        public override void OnEnd(Activity data) => All.Enqueue(data);
    }

    private static async Task WorkerSyncTestsRunAsync(WorkerBench bench) =>
        WorkerSyncTests.AssertState(
            await bench.Inngest.RunAsync(WorkerBench.Sync, new JsonObject { ["repository"] = "octo/hello" }),
            "Completed"
        );

    private static async Task<(HttpStatusCode Status, JsonNode? Body)> PutAsync(
        HttpClient http,
        WorkerBench bench,
        string? key
    )
    {
        var body = """{"url":"http://localhost/api/inngest"}"""u8.ToArray();
        using var request = new HttpRequestMessage(
            HttpMethod.Put,
            new Uri(WorkerBench.OriginOf(bench.Workers[0]), "/api/inngest")
        )
        {
            Content = new ByteArrayContent(body),
        };
        request.Headers.Add("X-Inngest-Server-Kind", "cloud");
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation(
                "X-Inngest-Signature",
                ExecutorOptions.Sign(key, body, DateTimeOffset.UtcNow.ToUnixTimeSeconds())
            );
        }

        using var response = await http.SendAsync(request, Token);
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync(Token)));
    }

    private static async Task<HttpStatusCode> DeliverAsync(
        HttpClient http,
        WorkerBench bench,
        string kind,
        string repository,
        string? secret
    )
    {
        var payload = new JsonObject
        {
            ["action"] = "edited",
            ["repository"] = new JsonObject
            {
                ["id"] = 1,
                ["name"] = repository.Split('/')[1],
                ["full_name"] = repository,
                ["owner"] = new JsonObject { ["login"] = "octo", ["id"] = 2 },
            },
        };
        var body = Encoding.UTF8.GetBytes(payload.ToJsonString());
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            new Uri(WorkerBench.OriginOf(bench.Workers[0]), "/github/webhooks")
        )
        {
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("X-GitHub-Event", kind);
        request.Headers.Add("X-GitHub-Delivery", Guid.NewGuid().ToString());
        if (secret is not null)
        {
            var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body);
            request.Headers.Add("X-Hub-Signature-256", $"sha256={Convert.ToHexStringLower(mac)}");
        }

        using var response = await http.SendAsync(request, Token);
        TestContext.Current.TestOutputHelper?.WriteLine(await response.Content.ReadAsStringAsync(Token));
        return response.StatusCode;
    }

    private static string Text(JsonNode? node, string name) => node?[name]?.GetValue<string>() ?? "";
}
