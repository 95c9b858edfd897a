using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Backfill.Integration.Tests.Worker.Executor;

/// <summary>
/// An Inngest server for tests: takes events and registrations, and runs functions over HTTP by what was seen on the wire of the
/// real server: retries, sleeps, planned steps, invoked functions, concurrency, debounce and cancellation. It checks every
/// answer; <see cref="Violations"/> has what an answer may not do.
/// </summary>
internal sealed class InngestExecutor : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly WebApplication application;
    private readonly RunDriver driver;
    private readonly ConcurrentDictionary<string, bool> idsSeen = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, JsonArray> apps = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> debounced = new(StringComparer.Ordinal);
    private readonly string? bearer;
    private long lastDebounce;

    private InngestExecutor(WebApplication application, ExecutorOptions options)
    {
        this.application = application;
        Options = options;
        driver = new RunDriver(options, Find);
        bearer = options.Key is null ? null : Bearer(options.Key);
        application.Run(AnswerAsync);
    }

    public ExecutorOptions Options { get; }

    public Uri Url { get; private set; } = new("http://localhost/");

    /// <summary>Every event that came, with its internal id.</summary>
    public ConcurrentQueue<(string InternalId, JsonObject Event)> Events { get; } = new();

    public IEnumerable<ExecutorRun> Runs => driver.Runs.Values.OrderBy(run => run.Id, StringComparer.Ordinal);

    public IEnumerable<MadeCall> Calls => driver.Calls;

    /// <inheritdoc cref="RunDriver.IsWaiting"/>
    public bool IsWaiting(ExecutorRun run) => driver.IsWaiting(run);

    public IEnumerable<string> Violations => driver.Violations;

    /// <summary>The registrations that came.</summary>
    public ConcurrentQueue<JsonObject> Registrations { get; } = new();

    /// <summary>Answers registrations with this instead; null takes them.</summary>
    public (int Status, string Body)? RegistrationAnswer { get; set; }

    /// <summary>The environment of a worker or an SDK that uses this server.</summary>
    public IEnumerable<(string Name, string Value)> Environment =>
        Options.Key is { } key
            ?
            [
                ("INNGEST_EVENT_KEY", ExecutorOptions.EventKey),
                ("INNGEST_SIGNING_KEY", key),
                ("INNGEST_BASE_URL", Url.AbsoluteUri),
            ]
            : [("INNGEST_DEV", Url.AbsoluteUri)];

    public static async Task<InngestExecutor> StartAsync(ExecutorOptions? options = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var executor = new InngestExecutor(builder.Build(), options ?? new ExecutorOptions());
        await executor.application.StartAsync(TestContext.Current.CancellationToken);
        var address = executor
            .application.Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses.First();
        executor.Url = new Uri(address + "/");
        return executor;
    }

    /// <summary>Forgets every app, as a dev server does when it restarts.</summary>
    public void Forget() => apps.Clear();

    /// <summary>Takes an event as the event API does, and starts the functions that it triggers.</summary>
    public IReadOnlyList<ExecutorRun> Send(JsonObject sent)
    {
        var @event = sent.DeepClone().AsObject();
        var internalId = NewId();
        var id = @event["id"]?.GetValue<string>();
        @event["id"] = id ?? internalId;
        @event["ts"] ??= Options.Time.GetUtcNow().ToUnixTimeMilliseconds();
        @event["data"] ??= new JsonObject();
        @event["user"] ??= new JsonObject();
        Events.Enqueue((internalId, @event));
        if (id is not null && !idsSeen.TryAdd(id, true))
        {
            return [];
        }

        driver.Arrived(@event);
        var name = @event["name"]!.GetValue<string>();
        return
        [
            .. apps
                .Values.SelectMany(functions => functions)
                .Select(function => function!.AsObject())
                .Where(function => Triggers(function, "event").Contains(name))
                .Select(function => Begin(function, @event, internalId))
                .OfType<ExecutorRun>(),
        ];
    }

    /// <summary>Begins the functions of a schedule now.</summary>
    public IReadOnlyList<ExecutorRun> Tick(string functionId)
    {
        var now = Options.Time.GetUtcNow();
        var function = Find(functionId)!;
        var @event = new JsonObject
        {
            ["name"] = "inngest/scheduled.timer",
            ["id"] = now.ToString("O", CultureInfo.InvariantCulture),
            ["data"] = new JsonObject { ["cron"] = Triggers(function, "cron").Single() },
            ["user"] = new JsonObject(),
            ["ts"] = now.ToUnixTimeMilliseconds(),
        };
        return [driver.Start(NewId(), function, @event, NewId())];
    }

    /// <summary>Sends an event and waits until every run that it started, and every run that those invoked, has ended.</summary>
    public async Task<ExecutorRun> RunAsync(string name, JsonObject data, string? id = null)
    {
        var @event = new JsonObject { ["name"] = name, ["data"] = data };
        if (id is not null)
        {
            @event["id"] = id;
        }

        var run = Assert.Single(Send(@event));
        await WaitAsync(run);
        return run;
    }

    /// <summary>Waits for the end of a run; where it does not come, the failure names the last calls.</summary>
    public async Task WaitAsync(ExecutorRun run)
    {
        try
        {
            await run.Ended.WaitAsync(Patience, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{run.FunctionId} did not end. Its last calls: {string.Join('\n', Calls.TakeLast(20))}");
        }
    }

    /// <summary>Cancels a run, as the API and its dashboard do.</summary>
    public static void Cancel(ExecutorRun run) => run.End("Cancelled", null);

    public async ValueTask DisposeAsync()
    {
        await driver.DisposeAsync();
        await application.StopAsync(CancellationToken.None);
        await application.DisposeAsync();
    }

    private ExecutorRun? Begin(JsonObject function, JsonObject @event, string internalId)
    {
        if (function["debounce"] is not JsonObject debounce)
        {
            return driver.Start(NewId(), function, @event, internalId);
        }

        // Of several events the last one has a run, once none came for a period.
        var key = $"{function["id"]} {RunDriver.Evaluate(debounce["key"]?.GetValue<string>(), @event)}";
        var mine = Interlocked.Increment(ref lastDebounce);
        debounced[key] = mine;
        driver.Later(
            RunDriver.Duration(debounce["period"]!.GetValue<string>()),
            () =>
            {
                if (debounced.TryGetValue(key, out var last) && last == mine)
                {
                    driver.Start(NewId(), function, @event, internalId);
                }
            }
        );
        return null;
    }

    private JsonObject? Find(string functionId) =>
        apps
            .Values.SelectMany(functions => functions)
            .Select(function => function!.AsObject())
            .FirstOrDefault(function => function["id"]!.GetValue<string>() == functionId);

    private static IEnumerable<string> Triggers(JsonObject function, string kind) =>
        (function["triggers"] as JsonArray ?? [])
            .Select(trigger => trigger![kind]?.GetValue<string>())
            .OfType<string>();

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        var path = context.Request.Path.Value!.Trim('/').Split('/');
        var authorized = bearer is null || context.Request.Headers.Authorization == $"Bearer {bearer}";
        var (status, answer) = (context.Request.Method, path) switch
        {
            ("POST", ["e", var key]) => Receive(key, body),
            _ when !authorized => (401, "Authentication failed"),
            ("POST", ["fn", "register"]) => Register(context, body),
            ("GET", ["v0", "runs", var id, "actions"]) => driver.Runs.TryGetValue(id, out var run)
                ? (200, run.Steps.ToJsonString())
                : (404, "{}"),
            ("GET", ["v1", "apps", var app, "functions"]) => (200, Functions(app)),
            ("GET", ["v1", "events", var id]) => Events.Any(one => one.InternalId == id)
                ? (200, Data(new JsonObject { ["internal_id"] = id }))
                : (200, """{"error":"Event not found","data":null,"status":404}"""),
            ("GET", ["v1", "events", var id, "runs"]) => (
                200,
                Data(new JsonArray([.. Runs.Where(run => driver.EventOf(run) == id).Select(Shape)]))
            ),
            ("GET", ["v1", "runs", var id]) => driver.Runs.TryGetValue(id, out var run)
                ? (200, Data(Shape(run)))
                : (200, """{"error":"Unable to load function run","data":null,"status":500}"""),
            ("DELETE", ["v1", "runs", var id]) when driver.Runs.TryGetValue(id, out var run) => Stop(run),
            _ => (404, "404 page not found"),
        };
        context.Response.StatusCode = status;
        await context.Response.WriteAsync(answer);
    }

    private (int Status, string Body) Receive(string key, string body)
    {
        if (Options.Key is not null && key != ExecutorOptions.EventKey)
        {
            return (401, """{"status":401,"message":"","error":"Event key not found"}""");
        }

        var parsed = JsonNode.Parse(body)!;
        var ids = new JsonArray();
        foreach (var one in parsed as JsonArray ?? [parsed.DeepClone()])
        {
            Send(one!.AsObject());
            ids.Add(Events.Last().InternalId);
        }

        return (200, new JsonObject { ["ids"] = ids, ["status"] = 200 }.ToJsonString());
    }

    private (int Status, string Body) Register(HttpContext context, string body)
    {
        var registration = JsonNode.Parse(body)!.AsObject();
        if (RegistrationAnswer is { } other)
        {
            Registrations.Enqueue(registration);
            return other;
        }

        if (context.Request.Headers["X-Inngest-Expected-Server-Kind"].ToString() is "dev" && Options.Key is not null)
        {
            return (400, """{"error":"Expected server kind dev, got cloud"}""");
        }

        apps[registration["appName"]!.GetValue<string>()] = registration["functions"]!.DeepClone().AsArray();
        // A test waits for this, and then sends events at once.
        Registrations.Enqueue(registration);
        return (200, """{"ok":true,"modified":true,"sync_id":"1","app_id":"2"}""");
    }

    private string Functions(string app) =>
        apps.TryGetValue(app, out var functions)
            ? new JsonArray([
                .. functions.Select(function => new JsonObject
                {
                    ["id"] = function!["id"]!.DeepClone(),
                    ["config"] = function.DeepClone(),
                }),
            ]).ToJsonString()
            : "[]";

    private static (int Status, string Body) Stop(ExecutorRun run)
    {
        Cancel(run);
        return (200, "");
    }

    private static JsonNode Shape(ExecutorRun run) =>
        new JsonObject
        {
            ["run_id"] = run.Id,
            ["status"] = run.Status,
            ["ended_at"] = run.HasEnded ? "2026-01-01T00:00:00Z" : null,
            ["output"] = run.Output?.DeepClone(),
        };

    private static string Data(JsonNode data) => new JsonObject { ["data"] = data }.ToJsonString();

    private static string Bearer(string key) =>
        key[..(key.LastIndexOf('-') + 1)]
        + Convert.ToHexStringLower(SHA256.HashData(Convert.FromHexString(key[(key.LastIndexOf('-') + 1)..])));

    private static int last;

    /// <summary>A well-formed ULID; each is later than the one before.</summary>
    internal static string NewId() => $"01KC{Interlocked.Increment(ref last):D22}";
}
