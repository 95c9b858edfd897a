using System.Text.Json;
using System.Text.RegularExpressions;

namespace Backfill.Core.Inngest;

/// <summary>Asks Inngest's REST API about events and runs, with the signing key or, where that is refused, its fallback.</summary>
internal sealed partial class RunReader(InngestTransport transport, InngestSettings settings)
{
    /// <summary>The setting of the key that reads and never starts anything.</summary>
    public const string KeyName = "INNGEST_SIGNING_KEY";

    private const string AddressName = "INNGEST_API_BASE_URL";

    // Well formed, of the year 1970, and of no event.
    private const string NoEvent = "00000000000000000000000000";

    /// <summary>True for an id that the API takes: a relay may answer with one of its own.</summary>
    public static bool IsEventId(string id) => Ulid().IsMatch(id);

    /// <summary>True when the environment knows the event.</summary>
    public async Task<bool> KnowsEventAsync(string eventId, CancellationToken cancellationToken)
    {
        var answer = await SendAsync(HttpMethod.Get, $"v1/events/{eventId}", cancellationToken);
        return answer.Status != 404 && Good(answer) is not null;
    }

    /// <summary>The runs that an event started; none also for an event that is not known. The server answers the same for 15 seconds.</summary>
    public async Task<IReadOnlyList<FunctionRun>> RunsOfAsync(string eventId, CancellationToken cancellationToken)
    {
        var answer = Good(await SendAsync(HttpMethod.Get, $"v1/events/{eventId}/runs", cancellationToken));
        return Read(
            answer,
            root => root.GetProperty("data").EnumerateArray().Select(Run).ToArray(),
            "the runs of an event"
        );
    }

    /// <summary>One run; null while the server does not find it. The server answers the same for 3 seconds.</summary>
    public async Task<FunctionRun?> RunAsync(string runId, CancellationToken cancellationToken)
    {
        // Servers answer 500 for a run that they do not find: another try would not find it either.
        var answer = await SendAsync(
            HttpMethod.Get,
            $"v1/runs/{Uri.EscapeDataString(runId)}",
            cancellationToken,
            found => found.Status == 500 ? found with { Status = 404 } : found
        );
        return answer.Status == 404 ? null : Read(Good(answer), root => Run(root.GetProperty("data")), "a run");
    }

    /// <summary>Cancels a run; one that has ended meanwhile stays as it is.</summary>
    public async Task CancelAsync(string runId, CancellationToken cancellationToken)
    {
        var answer = await SendAsync(HttpMethod.Delete, $"v1/runs/{Uri.EscapeDataString(runId)}", cancellationToken);
        if (answer.Status is not (404 or 409))
        {
            Good(answer);
        }
    }

    /// <summary>The events that the functions of an app are triggered by; null when the environment has no such app.</summary>
    public Task<IReadOnlyList<string>?> TriggersAsync(string app, CancellationToken cancellationToken) =>
        FunctionsAsync<IReadOnlyList<string>>(
            app,
            functions => functions.SelectMany(FunctionTriggers.Of).Distinct(StringComparer.Ordinal).ToArray(),
            cancellationToken
        );

    /// <summary>Returns the id of the first function of an app that an event triggers; null where there is none.</summary>
    public Task<string?> FunctionOfAsync(string app, string eventName, CancellationToken cancellationToken) =>
        FunctionsAsync<string>(
            app,
            functions =>
                functions
                    .Where(function => FunctionTriggers.Of(function).Contains(eventName, StringComparer.Ordinal))
                    .Select(FunctionTriggers.Slug)
                    .FirstOrDefault()!,
            cancellationToken
        );

    /// <summary>How the app's functions begin for an event.</summary>
    public async Task<EventHandling> HandlingAsync(string eventName, CancellationToken cancellationToken) =>
        await FunctionsAsync(settings.App, functions => EventHandling.Of(eventName, functions), cancellationToken)
        ?? EventHandling.Plain;

    private async Task<T?> FunctionsAsync<T>(
        string app,
        Func<JsonElement[], T> read,
        CancellationToken cancellationToken
    )
        where T : class
    {
        var answer = await SendAsync(
            HttpMethod.Get,
            $"v1/apps/{Uri.EscapeDataString(app)}/functions",
            cancellationToken
        );
        if (answer.Status == 404)
        {
            return null;
        }

        return Read(
            Good(answer),
            root =>
            {
                // A bare array; where it is empty, or null, nothing was ever synced under this name.
                var functions = root.ValueKind == JsonValueKind.Array ? root.EnumerateArray().ToArray() : [];
                return functions.Length == 0 ? null : read(functions);
            },
            "the functions of an app"
        );
    }

    /// <summary>Shows the key to the API by asking for an event that there is not.</summary>
    /// <exception cref="BackfillException">The key or the address is wrong.</exception>
    public Task ProbeAsync(CancellationToken cancellationToken) => KnowsEventAsync(NoEvent, cancellationToken);

    private async Task<InngestAnswer> SendAsync(
        HttpMethod method,
        string path,
        CancellationToken cancellationToken,
        Func<InngestAnswer, InngestAnswer>? read = null
    )
    {
        var answer = await SendAsync(method, path, settings.SigningKey, read, cancellationToken);
        // While keys are being exchanged either may be the one that the server knows.
        return answer.Status is 401 or 403 && settings.SigningKeyFallback is { } fallback
            ? await SendAsync(method, path, fallback, read, cancellationToken)
            : answer;
    }

    private Task<InngestAnswer> SendAsync(
        HttpMethod method,
        string path,
        Secret? key,
        Func<InngestAnswer, InngestAnswer>? read,
        CancellationToken cancellationToken
    )
    {
        var bearer = key is null ? null : SigningKey.Bearer(key);
        return transport.SendAsync(
            () =>
            {
                var request = new HttpRequestMessage(method, new Uri(settings.ApiUrl, path));
                request.Headers.Authorization = bearer;
                InngestHeaders.Add(request, settings);
                return request;
            },
            cancellationToken,
            answer => read?.Invoke(TrueAnswer(answer)) ?? TrueAnswer(answer)
        );
    }

    // A read that went wrong is answered 200: {"error":"Event not found","data":null,"status":404}.
    private static InngestAnswer TrueAnswer(InngestAnswer answer)
    {
        if (!answer.IsGood || !answer.Body.StartsWith('{'))
        {
            return answer;
        }

        try
        {
            using var document = JsonDocument.Parse(answer.Body);
            return
                document.RootElement.TryGetProperty("error", out var error)
                && error.ValueKind == JsonValueKind.String
                && document.RootElement.TryGetProperty("status", out var status)
                && status.ValueKind == JsonValueKind.Number
                && status.TryGetInt32(out var number)
                && number >= 400
                ? answer with
                {
                    Status = number,
                }
                : answer;
        }
        catch (JsonException)
        {
            // Whoever reads the body says that it cannot be read.
            return answer;
        }
    }

    private InngestAnswer Good(InngestAnswer answer) =>
        answer.IsGood
            ? answer
            : throw InngestErrors.Of(
                answer,
                settings.ApiUrl,
                KeyName,
                settings.Dev ? "INNGEST_DEV" : AddressName,
                settings.SigningKey,
                settings.SigningKeyFallback
            );

    private T Read<T>(InngestAnswer answer, Func<JsonElement, T> read, string what)
    {
        try
        {
            using var document = JsonDocument.Parse(answer.Body);
            return read(document.RootElement);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw InngestErrors.Unreadable(settings.ApiUrl.Authority, what, answer.Body, AddressName);
        }
    }

    private static FunctionRun Run(JsonElement run)
    {
        var status = run.GetProperty("status").GetString() ?? "";
        var said = run.TryGetProperty("output", out var output) ? InngestErrors.Message(output) : null;
        return new FunctionRun(
            run.GetProperty("run_id").GetString()!,
            status,
            said is null ? null : InngestErrors.Words(said),
            HasEnded(run)
        );
    }

    // Go writes a time that is not set as one of the year 1.
    private static bool HasEnded(JsonElement run) =>
        run.TryGetProperty("ended_at", out var ended)
        && ended.ValueKind == JsonValueKind.String
        && ended.TryGetDateTimeOffset(out var at)
        && at.Year > 1;

    // Crockford's base 32.
    [GeneratedRegex(
        "^[0-7][0-9A-HJKMNP-TV-Z]{25}$",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Ulid();
}
