using System.Text.Json;

namespace Backfill.Core.Inngest;

/// <summary>What refusals of Inngest and of the Supabase functions mean, and what to do about them. No message has a key, and no address of the event API.</summary>
internal static class InngestErrors
{
    private const int MostWords = 300;

    /// <summary>The error of an answer that is none to go on with.</summary>
    /// <param name="answer">What came.</param>
    /// <param name="server">Who answered, without a path.</param>
    /// <param name="keyName">The setting of the key that was shown.</param>
    /// <param name="addressName">The setting of the address.</param>
    /// <param name="secrets">Are taken out of the server's own words.</param>
    public static BackfillException Of(
        InngestAnswer answer,
        Uri server,
        string keyName,
        string addressName,
        params IEnumerable<Secret?> secrets
    )
    {
        var host = server.Authority;
        var words = Words(answer.Body, secrets);
        return answer.Status switch
        {
            401 or 403 => KeyRefused(host, keyName, FormattableString.Invariant($"{answer.Status} {words}")),
            // A server of one's own that was started without event keys.
            503 when words.Contains("keys are required", StringComparison.OrdinalIgnoreCase) => KeyRefused(
                host,
                keyName,
                words
            ),
            429 => new BackfillException(
                ErrorIds.InngestRateLimited,
                ErrorKind.Limit,
                $"{host} takes no more requests for now: {words}",
                $"Wait a minute and run the same command again.{NotStarted(keyName)}",
                host
            ),
            0 when answer.IsRefusedConnection && server.IsLoopback => new BackfillException(
                ErrorIds.InngestDevServerNotRunning,
                ErrorKind.Unavailable,
                $"Nothing listens at {host}, where the Inngest dev server should be.",
                $"Start it (npx inngest-cli@latest dev), or correct {addressName}; without INNGEST_DEV and INNGEST_BASE_URL the events go to Inngest's cloud.",
                host
            ),
            0 or 408 or >= 500 => new BackfillException(
                ErrorIds.InngestUnavailable,
                ErrorKind.Unavailable,
                answer.Status == 0
                    ? $"{host} does not answer: {words}"
                    : FormattableString.Invariant($"{host} does not answer properly: {answer.Status} {words}"),
                $"Check {addressName} and the network; status.inngest.com tells of trouble on Inngest's side.",
                host
            ),
            >= 300 and < 400 => new BackfillException(
                ErrorIds.InngestUnavailable,
                ErrorKind.Unavailable,
                FormattableString.Invariant($"{host} sends on to another address ({answer.Status})."),
                $"Put the final address into {addressName}: a key is not carried to another place.",
                host
            ),
            404 => new BackfillException(
                ErrorIds.InngestUnavailable,
                ErrorKind.Unavailable,
                $"{host} does not know what was asked for: {words}",
                $"Check {addressName}: it is the origin alone, such as https://inngest.example.com.",
                host
            ),
            _ => new BackfillException(
                ErrorIds.InngestEventRefused,
                ErrorKind.Input,
                FormattableString.Invariant($"{host} refuses the request: {answer.Status} {words}"),
                "Correct what the message names, most likely -EventName: a name may not be empty or begin with inngest/.",
                host
            ),
        };
    }

    /// <summary>A key was refused.</summary>
    public static BackfillException KeyRefused(string host, string keyName, string words) =>
        new(
            ErrorIds.InngestKeyRefused,
            ErrorKind.Access,
            $"{host} refuses the key: {words}",
            $"Check {keyName}: that it is whole, and of the environment that is meant.{NotStarted(keyName)}",
            host
        );

    /// <summary>What kept an event's runs from being read does not change that Inngest accepted the event.</summary>
    public static BackfillException AfterAcceptance(
        BackfillException error,
        string subject,
        string eventName,
        string eventId
    ) =>
        new(
            error.ErrorId,
            error.Kind,
            $"Inngest accepted the event {eventName} for {subject} ({eventId}), but what became of it cannot be read: {error.Message}",
            $"{error.Action} The work may be under way there.",
            error.Subject,
            error
        );

    /// <summary>True for the errors that Inngest's own answers cause.</summary>
    public static bool IsOfInngest(BackfillException error) =>
        error.ErrorId
            is ErrorIds.InngestKeyRefused
                or ErrorIds.InngestUnavailable
                or ErrorIds.InngestRateLimited
                or ErrorIds.InngestDevServerNotRunning
                or ErrorIds.InngestEventRefused;

    // A refused read says nothing of what was started before.
    private static string NotStarted(string keyName) => keyName == RunReader.KeyName ? "" : " Nothing was started.";

    /// <summary>A good answer that does not say what it has to.</summary>
    public static BackfillException Unreadable(string host, string what, string body, string addressName) =>
        new(
            ErrorIds.InngestUnavailable,
            ErrorKind.Unavailable,
            $"{host} answers with something else than {what}: {Words(body)}",
            $"Check {addressName}: another server may be answering there.",
            host
        );

    /// <summary>The event is stored, and no function began within the grace.</summary>
    public static BackfillException NothingRan(string subject, string eventName, string eventId, string? why) =>
        new(
            ErrorIds.InngestNothingRan,
            ErrorKind.NotFound,
            $"Inngest accepted the event {eventName} for {subject} ({eventId}), but {why ?? "no function ran"}.",
            $"Nothing that is deployed handles it, or a condition, an idempotency key or a rate limit dropped it. {HandlerNotice.Advice}",
            subject
        );

    /// <summary>The environment that the signing key reads does not know the event.</summary>
    public static BackfillException EnvironmentWrong(string subject, string eventId) =>
        new(
            ErrorIds.InngestEnvironmentWrong,
            ErrorKind.NotFound,
            $"Inngest accepted the event for {subject}, but the environment that INNGEST_SIGNING_KEY reads does not know it ({eventId}): what became of it cannot be seen from here.",
            "Give the event key, the signing key and INNGEST_ENV of one environment. The job may run in the other one; an event that is older than Inngest keeps events (24 hours on the free plan) is not known either.",
            subject
        );

    /// <summary>A server's own words, in one line and cut short.</summary>
    public static string Words(string body, params IEnumerable<Secret?> secrets)
    {
        var text = Message(body) ?? body;
        text = secrets
            .OfType<Secret>()
            .Aggregate(
                text.ReplaceLineEndings(" ").Trim(),
                (words, secret) => words.Replace(secret.Reveal(), secret.ToString(), StringComparison.Ordinal)
            );
        return text.Length == 0 ? "without an explanation"
            : text.Length > MostWords ? text[..MostWords]
            : text;
    }

    // {"error":"..."}, {"message":"..."}, {"error":{"message":"..."}}
    private static string? Message(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return Message(document.RootElement);
        }
        catch (JsonException)
        {
            // Plain text, as 401 is.
            return null;
        }
    }

    /// <summary>The message in an error as servers and functions write it.</summary>
    public static string? Message(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.String => element.GetString(),
            JsonValueKind.Object => new[] { "message", "error", "data", "body" }
                .Where(name =>
                    element.TryGetProperty(name, out var inner)
                    && inner.ValueKind is JsonValueKind.String or JsonValueKind.Object
                )
                .Select(name => Message(element.GetProperty(name)))
                .FirstOrDefault(message => !string.IsNullOrEmpty(message)),
            _ => null,
        };
}
