using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Backfill.Integration.Tests.Inngest;

/// <summary>An event as the stand-in stored it.</summary>
/// <param name="InternalId">What the run API knows it by.</param>
/// <param name="Id">The sender's own id, by which a repetition is known.</param>
/// <param name="Seed">The header that a resend repeats.</param>
internal sealed record StoredEvent(string InternalId, string? Id, string Name, JsonObject Data, string? Seed);

/// <summary>A function's run, which the test's worker moves.</summary>
internal sealed class FakeRun(string id, string eventId)
{
    public string Id { get; } = id;

    public string EventId { get; } = eventId;

    /// <summary>Gets the word in the event's list of runs. Only with <see cref="HasEnded"/> it is the run's own.</summary>
    public string Status { get; private set; } = "Scheduled";

    public bool HasEnded { get; private set; }

    public JsonNode? Output { get; private set; }

    /// <summary>Begins the run, or ends it.</summary>
    public void Is(string status, JsonNode? output = null) =>
        (Output, Status, HasEnded) = (
            output,
            status,
            status is "Completed" or "Failed" or "Cancelled" or "Skipped" or "Overflowed"
        );

    /// <summary>What the list says while the run goes on: <c>Completed</c> once a step has ended, <c>Failed</c> between two tries.</summary>
    public void Pauses(string status) => (Status, HasEnded) = (status, false);

    public void Fail(string message) =>
        Is(
            "Failed",
            new JsonObject
            {
                ["name"] = "Error",
                ["message"] = message,
                ["stack"] = "Error: at worker",
            }
        );
}

/// <summary>What the stand-in answers instead.</summary>
internal sealed record FakeAnswer(int Status, string Body, params (string Name, string Value)[] Headers);

/// <summary>
/// Inngest's event API, its run API and the Supabase functions on loopback, in the shapes and with the habits that the protocol
/// page names: keys, ids and their seeds, repetitions that start nothing, answers that stay the same for a while, an empty list
/// for an event that is not known, errors that are answered 200, and runs whose listed status is theirs only at their end. A worker that the test writes does what functions would.
/// </summary>
internal sealed partial class FakeInngest : IAsyncDisposable
{
    public const string EventKey = "event-key-0123456789abcdef";
    public const string SigningKey = "signkey-test-0123456789abcdef";
    public const string ServiceKey = "service-role-key-0123456789";
    public const string App = "contributor-info";

    // The vector of the protocol page.
    private const string Bearer = "signkey-test-55c53f5d490297900cefa825d0c8e8e9532ee8a118abe7d8570762cd38be9818";

    private readonly WebApplication application;
    private readonly TimeProvider time;
    private readonly ConcurrentDictionary<string, string> idsBySeed = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> idsSeen = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (DateTimeOffset Until, string Body)> cache = new(
        StringComparer.Ordinal
    );
    private int last;

    private FakeInngest(WebApplication application, TimeProvider time)
    {
        this.application = application;
        this.time = time;
        application.Run(AnswerAsync);
    }

    public Uri Url { get; private set; } = new("http://localhost/");

    /// <summary>Keys that events may be sent with; without one every key is taken, as by a dev server.</summary>
    public ICollection<string> EventKeys { get; } = [EventKey];

    /// <summary>What the run API lets in; without one everybody, as a dev server does.</summary>
    public ICollection<string> Bearers { get; } = [Bearer];

    /// <summary>A server of one's own that was started without event keys.</summary>
    public bool LacksEventKeys { get; set; }

    /// <summary>True when the run API reads another environment than the events go to.</summary>
    public bool HidesEvents { get; set; }

    /// <summary>Events that the app's functions are triggered by.</summary>
    public IReadOnlyList<string> Triggers { get; set; } =
    [
        "capture/repository.sync.graphql",
        "github/repository.sync",
        "embeddings/compute.requested",
        "workspace.metrics.aggregate",
    ];

    /// <summary>Options of the function that an event triggers, as its configuration has them.</summary>
    public Dictionary<string, JsonObject> Options { get; } = new(StringComparer.Ordinal);

    /// <summary>How long a debounce or a batch keeps an event before its runs are listed; null where they stand under another event, or a singleton dropped them.</summary>
    public Func<StoredEvent, TimeSpan?> Keeps { get; set; } = _ => TimeSpan.Zero;

    /// <summary>The functions that the Supabase project has.</summary>
    public ICollection<string> Functions { get; } = ["queue-event", "embed-query"];

    /// <summary>Does what the functions would; it gets the runs that an event started.</summary>
    public Func<StoredEvent, IReadOnlyList<FakeRun>, Task> Worker { get; set; } =
        (_, runs) =>
        {
            foreach (var run in runs)
            {
                run.Is("Completed");
            }

            return Task.CompletedTask;
        };

    /// <summary>How many functions an event starts.</summary>
    public int FunctionsPerEvent { get; set; } = 1;

    /// <summary>Answers that come instead, for requests that the key finds, in their order.</summary>
    public Func<HttpRequest, FakeAnswer?> Fault { get; set; } = _ => null;

    /// <summary>Requests that are dealt with and whose answer is lost on its way.</summary>
    public Func<HttpRequest, bool> Lose { get; set; } = _ => false;

    public ConcurrentQueue<StoredEvent> Events { get; } = new();

    /// <summary>Requests as METHOD and path, keys left out.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Every body that was posted to the event API, with its seed.</summary>
    public ConcurrentQueue<(string Body, string? Seed)> Posts { get; } = new();

    public ConcurrentDictionary<string, IReadOnlyList<FakeRun>> Runs { get; } = new(StringComparer.Ordinal);

    public ConcurrentQueue<Task> Work { get; } = new();

    public BackfillSettings Settings(BackfillSettings settings) =>
        settings with
        {
            Inngest = new InngestSettings
            {
                EventKey = new Secret(EventKey),
                SigningKey = new Secret(SigningKey),
                EventUrl = Url,
                ApiUrl = Url,
            },
        };

    public static async Task<FakeInngest> StartAsync(TimeProvider? time = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host =>
            host.ShutdownTimeout = TimeSpan.FromSeconds(1)
        );
        var fake = new FakeInngest(builder.Build(), time ?? TimeProvider.System);
        await fake.application.StartAsync(TestContext.Current.CancellationToken);
        var address = fake
            .application.Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses.First();
        fake.Url = new Uri(address + "/");
        return fake;
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Work);
        await application.StopAsync(CancellationToken.None);
        await application.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        var path = context.Request.Path.Value!.Trim('/').Split('/');
        var isEvent = path is ["e", _];
        Requests.Enqueue($"{context.Request.Method} {(isEvent ? "/e/..." : context.Request.Path.Value)}");
        if (isEvent)
        {
            Posts.Enqueue((body, Header(context, "x-inngest-event-id-seed")));
        }

        var answer =
            Fault(context.Request)
            ?? (context.Request.Method, path) switch
            {
                ("POST", ["e", var key]) => Receive(key, body, Header(context, "x-inngest-event-id-seed")),
                (_, ["functions", "v1", var function]) => Function(context, function, body),
                ("GET", ["rest", "v1"]) => IsServiceKey(context)
                    ? new FakeAnswer(200, "{}")
                    : new FakeAnswer(401, """{"message":"Invalid API key"}"""),
                (_, ["v1", ..]) => Api(context, path[1..]),
                _ => new FakeAnswer(404, "404 page not found"),
            };
        if (Lose(context.Request))
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers)
        {
            context.Response.Headers[name] = value;
        }

        await context.Response.WriteAsync(answer.Body);
    }

    private FakeAnswer Receive(string key, string body, string? seed)
    {
        if (LacksEventKeys)
        {
            return Refused(503, "Event keys are required to process events securely");
        }

        if (EventKeys.Count > 0 && !EventKeys.Contains(key))
        {
            return Refused(401, "Event key not found");
        }

        var parsed = JsonNode.Parse(body);
        var events = parsed as JsonArray ?? new JsonArray(parsed!.DeepClone());
        var ids = new List<string>();
        foreach (var (place, given) in events.Index())
        {
            var name = given!["name"]?.GetValue<string>() ?? "";
            if (name.Length == 0 || name.StartsWith("inngest/", StringComparison.Ordinal))
            {
                return new FakeAnswer(
                    400,
                    JsonSerializer.Serialize(
                        new
                        {
                            ids,
                            status = 400,
                            error = name.Length == 0
                                ? "event name is empty"
                                : $"event name is reserved for internal use: {name}",
                        }
                    )
                );
            }

            ids.Add(Store(given["id"]?.GetValue<string>(), name, (JsonObject)given["data"]!.DeepClone(), seed, place));
        }

        // The open-source server answers a list without an event with one empty id.
        return new FakeAnswer(200, JsonSerializer.Serialize(new { ids = ids.DefaultIfEmpty(""), status = 200 }));
    }

    private string Store(string? id, string name, JsonObject data, string? seed, int place)
    {
        var made = $"01KA{Interlocked.Increment(ref last):D22}";
        var internalId = seed is null ? made : idsBySeed.GetOrAdd($"{seed}#{place}", made);
        var stored = new StoredEvent(internalId, id, name, data, seed);
        Events.Enqueue(stored);
        // A repetition is stored under another id, and starts nothing; so does an event that nothing is triggered by.
        if ((id is not null && !idsSeen.TryAdd(id, true)) || !Triggers.Contains(name))
        {
            return internalId;
        }

        var runs = Enumerable
            .Range(0, FunctionsPerEvent)
            .Select(_ => new FakeRun($"01KB{Interlocked.Increment(ref last):D22}", internalId))
            .ToArray();
        switch (Keeps(stored))
        {
            case null:
                break;
            case { Ticks: 0 }:
                Runs[internalId] = runs;
                Work.Enqueue(Task.Run(() => Worker(stored, runs)));
                break;
            case { } kept:
                Work.Enqueue(BeginLaterAsync(kept));
                break;
        }

        return internalId;

        async Task BeginLaterAsync(TimeSpan kept)
        {
            await Task.Delay(kept, time);
            Runs[internalId] = runs;
            await Worker(stored, runs);
        }
    }

    private FakeAnswer Function(HttpContext context, string function, string body)
    {
        if (!Functions.Contains(function))
        {
            return new FakeAnswer(404, """{"code":"NOT_FOUND","message":"Requested function was not found"}""");
        }

        if (context.Request.Method == "OPTIONS")
        {
            return new FakeAnswer(200, "ok");
        }

        if (!IsServiceKey(context))
        {
            return new FakeAnswer(401, """{"code":401,"message":"Invalid JWT"}""");
        }

        var request = JsonNode.Parse(body)!;
        var id = Store(
            Header(context, "X-Idempotency-Key"),
            request["eventName"]!.GetValue<string>(),
            (JsonObject)request["data"]!.DeepClone(),
            null,
            0
        );
        return new FakeAnswer(200, JsonSerializer.Serialize(new { success = true, eventId = id }));
    }

    private FakeAnswer Api(HttpContext context, string[] path)
    {
        var authorization = Header(context, "Authorization");
        if (Bearers.Count > 0 && !Bearers.Any(bearer => authorization == $"Bearer {bearer}"))
        {
            return new FakeAnswer(401, "Authentication failed");
        }

        return (context.Request.Method, path) switch
        {
            ("GET", ["events", var id, ..]) when !Ulid.IsMatch(id) => Wrong(400, "Unable to parse event ID"),
            ("GET", ["events", var id]) => Find(id) is { } stored
                ? Cached(context, TimeSpan.FromSeconds(5), () => Data(Shape(stored)))
                : Wrong(404, "Event not found"),
            ("GET", ["events", var id, "runs"]) => Cached(
                context,
                TimeSpan.FromSeconds(15),
                () => Data(new JsonArray([.. RunsOf(id).Select(run => Shape(run))]))
            ),
            ("GET", ["runs", var id]) => RunOf(id) is { } run
                ? Cached(context, TimeSpan.FromSeconds(3), () => Data(Shape(run, alone: true)))
                : Wrong(500, "Unable to load function run"),
            ("DELETE", ["runs", var id]) => Cancel(id),
            ("GET", ["apps", App, "functions"]) => new FakeAnswer(
                200,
                new JsonArray([
                    .. Triggers.Select(trigger => Function(trigger, Options.GetValueOrDefault(trigger))),
                ]).ToJsonString()
            ),
            ("GET", ["apps", _, "functions"]) => new FakeAnswer(200, "[]"),
            _ => new FakeAnswer(404, "404 page not found"),
        };
    }

    private FakeAnswer Cancel(string id)
    {
        if (RunOf(id) is not { } run)
        {
            return Refused(404, "run not found");
        }

        // One that has ended stays as it is.
        if (!run.HasEnded)
        {
            run.Is("Cancelled");
        }

        return new FakeAnswer(200, "");
    }

    private StoredEvent? Find(string id) => HidesEvents ? null : Events.FirstOrDefault(one => one.InternalId == id);

    private IEnumerable<FakeRun> RunsOf(string id) => HidesEvents ? [] : Runs.GetValueOrDefault(id) ?? [];

    private FakeRun? RunOf(string id) => Runs.Values.SelectMany(runs => runs).FirstOrDefault(run => run.Id == id);

    // The same answer for a while, to each question.
    private FakeAnswer Cached(HttpContext context, TimeSpan lifetime, Func<string> make)
    {
        var now = time.GetUtcNow();
        var kept = cache.GetValueOrDefault(context.Request.Path.Value!);
        if (kept.Body is null || kept.Until <= now)
        {
            kept = (now + lifetime, make());
            cache[context.Request.Path.Value!] = kept;
        }

        return new FakeAnswer(200, kept.Body);
    }

    private string Data(JsonNode data) =>
        new JsonObject
        {
            ["data"] = data,
            ["metadata"] = new JsonObject { ["fetched_at"] = time.GetUtcNow().ToString("O") },
        }.ToJsonString();

    private static JsonObject Shape(StoredEvent stored) =>
        new()
        {
            ["internal_id"] = stored.InternalId,
            ["id"] = stored.Id,
            ["name"] = stored.Name,
            ["data"] = stored.Data.DeepClone(),
        };

    // Asked by itself, a run counts as running until its end, also while it is queued.
    private static JsonObject Shape(FakeRun run, bool alone = false) =>
        new()
        {
            ["run_id"] = run.Id,
            ["function_id"] = "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
            ["event_id"] = run.EventId,
            ["status"] = alone && !run.HasEnded ? "Running" : run.Status,
            ["ended_at"] = run.HasEnded ? "2026-01-01T00:00:00Z" : null,
            ["output"] = run.Output?.DeepClone(),
        };

    private static JsonObject Function(string trigger, JsonObject? options)
    {
        var configuration = options?.DeepClone().AsObject() ?? [];
        configuration["triggers"] = new JsonArray(new JsonObject { ["event"] = trigger });
        return new JsonObject { ["id"] = $"{App}-{trigger.Replace('/', '-')}", ["config"] = configuration };
    }

    private static bool IsServiceKey(HttpContext context) => Header(context, "Authorization") == $"Bearer {ServiceKey}";

    private static string? Header(HttpContext context, string name) =>
        context.Request.Headers.TryGetValue(name, out var value) ? value.ToString() : null;

    private static FakeAnswer Refused(int status, string error) =>
        new(status, JsonSerializer.Serialize(new { error, status }));

    // A read that goes wrong is answered 200: its status stands in the body alone.
    private static FakeAnswer Wrong(int status, string error) =>
        new(
            200,
            JsonSerializer.Serialize(
                new
                {
                    error,
                    data = (object?)null,
                    status,
                }
            )
        );

    [GeneratedRegex("^[0-7][0-9A-HJKMNP-TV-Z]{25}$", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Ulid { get; }
}
