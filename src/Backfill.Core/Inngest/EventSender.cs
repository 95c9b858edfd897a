using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Mime;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Backfill.Core.Inngest;

/// <summary>
/// Sends events: to Inngest's event API with the event key, or where none is at hand through the app's Supabase function
/// <c>queue-event</c>. An event counts as accepted only when the answer names it.
/// </summary>
internal sealed class EventSender
{
    private const string EventKeyName = "INNGEST_EVENT_KEY";
    private const string ServiceKeyName = "SUPABASE_SERVICE_ROLE_KEY";

    // What a dev server that has no keys of its own takes for one.
    private const string AnyKey = "dev";

    private static readonly JsonSerializerOptions Plain = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly InngestTransport transport;
    private readonly InngestSettings inngest;
    private readonly Uri? relay;
    private readonly Secret? serviceKey;

    private EventSender(InngestTransport transport, BackfillSettings settings, bool relayed)
    {
        this.transport = transport;
        inngest = settings.Inngest;
        serviceKey = settings.SupabaseServiceKey;
        relay = relayed ? Relay(settings) : null;
    }

    /// <summary>The way that the settings give.</summary>
    /// <exception cref="BackfillException">They give none.</exception>
    public static EventSender For(BackfillSettings settings, InngestTransport transport) =>
        settings.Inngest.EventKey is not null || settings.Inngest.Dev ? new(transport, settings, relayed: false)
        : settings is { SupabaseUrl: not null, SupabaseServiceKey: not null } ? new(transport, settings, relayed: true)
        : throw MissingSetting.InngestEventKey();

    /// <summary>The address of the function that passes events on.</summary>
    public static Uri Relay(BackfillSettings settings) => new(settings.SupabaseUrl!, "functions/v1/queue-event");

    /// <summary>What would be sent, as it would be, with the keys masked.</summary>
    public string Describe(InngestEvent @event) =>
        relay is null
            ? $"POST {inngest.EventUrl}e/{new Secret("")}{Environment} {@event.Body}"
            : $"POST {relay} X-Idempotency-Key: {@event.Id} {RelayBody(@event)}";

    /// <summary>Sends an event; a try that is repeated is the same event.</summary>
    /// <returns>Inngest's own id of it, by which its runs are found.</returns>
    /// <exception cref="BackfillException">It was not accepted, or nobody knows whether it was.</exception>
    public async Task<string> SendAsync(InngestEvent @event, CancellationToken cancellationToken)
    {
        var answer = await transport.SendAsync(Request(@event), cancellationToken);
        return relay is null ? EventId(answer) : RelayedId(answer);
    }

    /// <summary>Sends several events in one request. Events whose ids were sent before start nothing, so all of them can be sent again.</summary>
    /// <exception cref="BackfillException">Inngest did not accept the events, or the settings only name the Supabase function, which takes one event.</exception>
    public async Task SendAllAsync(IReadOnlyList<InngestEvent> events, CancellationToken cancellationToken)
    {
        if (relay is not null)
        {
            throw MissingSetting.InngestEventKey();
        }

        if (events.Count > 0)
        {
            var body = InngestEvent.BodyOf(events);
            EventId(await transport.SendAsync(() => Post(body), cancellationToken));
        }
    }

    /// <summary>Shows the key to the event API with nothing in hand: a list without an event is answered after the key was checked.</summary>
    /// <exception cref="BackfillException">The key or the address is wrong.</exception>
    public async Task ProbeAsync(CancellationToken cancellationToken)
    {
        var answer = await transport.SendAsync(() => Post("[]"), cancellationToken);
        // What is said of a list without events differs, and none of it is about the key.
        if (!answer.IsGood && answer.Status != 400)
        {
            throw Refusal(answer);
        }
    }

    private string Environment => inngest.Environment is { } name ? $" X-Inngest-Env: {name}" : "";

    private Func<HttpRequestMessage> Request(InngestEvent @event)
    {
        if (relay is null)
        {
            var seed = string.Create(
                CultureInfo.InvariantCulture,
                $"{@event.At.ToUnixTimeMilliseconds()},{Convert.ToBase64String(RandomNumberGenerator.GetBytes(10))}"
            );
            return () =>
            {
                var request = Post(@event.Body);
                request.Headers.Add("x-inngest-event-id-seed", seed);
                return request;
            };
        }

        return () =>
        {
            var request = new HttpRequestMessage(HttpMethod.Post, relay) { Content = Json(RelayBody(@event)) };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", serviceKey!.Reveal());
            request.Headers.Add("X-Idempotency-Key", @event.Id);
            return request;
        };
    }

    private HttpRequestMessage Post(string body)
    {
        var key = inngest.EventKey?.Reveal() ?? AnyKey;
        var request = new HttpRequestMessage(
            HttpMethod.Post,
            new Uri(inngest.EventUrl, $"e/{Uri.EscapeDataString(key)}")
        )
        {
            Content = Json(body),
        };
        InngestHeaders.Add(request, inngest);
        return request;
    }

    private string EventId(InngestAnswer answer)
    {
        if (!answer.IsGood)
        {
            throw Refusal(answer);
        }

        var said = Read(answer.Body);
        // The SDK takes these for failures too, whatever the status line says.
        if (said?["error"]?.GetValueKind() == JsonValueKind.String || Number(said?["status"]) is not (null or 200))
        {
            throw Refusal(answer with { Status = Number(said?["status"]) is { } inner and not 200 ? inner : 400 });
        }

        return said?["ids"] is JsonArray { Count: > 0 } ids && Text(ids[0]) is { Length: > 0 } id
            ? id
            : throw InngestErrors.Unreadable(
                inngest.EventUrl.Authority,
                "the event's id",
                answer.Body,
                "INNGEST_EVENT_API_BASE_URL"
            );
    }

    private string RelayedId(InngestAnswer answer)
    {
        var server = relay!;
        if (answer.Status == 404)
        {
            throw new BackfillException(
                ErrorIds.InngestUnavailable,
                ErrorKind.Unavailable,
                $"The Supabase project at {server.Authority} has no function queue-event.",
                "Deploy it, or give the Inngest event key in INNGEST_EVENT_KEY.",
                server.Authority
            );
        }

        if (!answer.IsGood)
        {
            throw InngestErrors.Of(answer, server, ServiceKeyName, "SUPABASE_URL", serviceKey);
        }

        var said = Read(answer.Body);
        return said?["success"]?.GetValueKind() == JsonValueKind.True && Text(said["eventId"]) is { Length: > 0 } id
            ? id
            : throw InngestErrors.Unreadable(server.Authority, "the event's id", answer.Body, "SUPABASE_URL");
    }

    private BackfillException Refusal(InngestAnswer answer) =>
        InngestErrors.Of(
            answer,
            inngest.EventUrl,
            EventKeyName,
            inngest.Dev ? "INNGEST_DEV" : "INNGEST_EVENT_API_BASE_URL",
            inngest.EventKey
        );

    private static string RelayBody(InngestEvent @event) =>
        new JsonObject { ["eventName"] = @event.Name, ["data"] = @event.Data.DeepClone() }.ToJsonString(Plain);

    private static StringContent Json(string body) => new(body, Encoding.UTF8, MediaTypeNames.Application.Json);

    private static JsonObject? Read(string body)
    {
        try
        {
            return JsonNode.Parse(body) as JsonObject;
        }
        catch (JsonException)
        {
            // Another server's page: the caller says so.
            return null;
        }
    }

    private static string? Text(JsonNode? node) =>
        node?.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : null;

    private static int? Number(JsonNode? node) =>
        node?.GetValueKind() == JsonValueKind.Number && node.AsValue().TryGetValue<int>(out var number) ? number : null;
}
