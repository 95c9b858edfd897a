using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Backfill.Integration.Tests.Worker.Executor;

/// <summary>An answer of a worker. The status is 0 where none came, or where it is not an SDK's.</summary>
internal sealed record CallAnswer(int Status, JsonNode? Body, string Text, bool IsFinal, TimeSpan? RetryAfter);

/// <summary>Makes calls with the headers and the signature of the real server.</summary>
internal sealed class WorkerCalls(ExecutorOptions options) : IDisposable
{
    /// <summary>The trace of every call.</summary>
    public const string Trace = "0af7651916cd43dd8448eb211c80319c";

    private readonly HttpClient http = new(
        new SocketsHttpHandler { AllowAutoRedirect = false, ActivityHeadersPropagator = null }
    )
    {
        Timeout = TimeSpan.FromMinutes(5),
    };

    public void Dispose() => http.Dispose();

    // The server calls a worker on this machine by the name localhost, whatever was registered.
    public Uri Address(string registered, string stepId)
    {
        var address = new UriBuilder(registered.Replace("stepId=step", $"stepId={stepId}", StringComparison.Ordinal));
        if (options.Worker() is { } other)
        {
            (address.Host, address.Port) = (other.Host, other.Port);
        }

        address.Host = address.Host == "127.0.0.1" ? "localhost" : address.Host;
        return address.Uri;
    }

    public async Task<CallAnswer> SendAsync(Uri address, byte[] body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.ConnectionClose = true;
        request.Headers.TryAddWithoutValidation("User-Agent", "Inngest");
        request.Headers.Add("traceparent", $"00-{Trace}-b7ad6b7169203331-01");
        if (options.Key is { } key)
        {
            request.Headers.TryAddWithoutValidation(
                "X-Inngest-Signature",
                ExecutorOptions.Sign(key, body, options.Time.GetUtcNow().ToUnixTimeSeconds())
            );
        }

        try
        {
            using var response = await http.SendAsync(request, cancellationToken);
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            var retry = response.Headers.TryGetValues("Retry-After", out var after)
                ? TimeSpan.FromSeconds(double.Parse(after.First(), CultureInfo.InvariantCulture))
                : (TimeSpan?)null;
            var final = response.Headers.TryGetValues("X-Inngest-No-Retry", out var values) && values.First() == "true";
            if (!response.Headers.Contains("X-Inngest-Sdk"))
            {
                return new CallAnswer(0, null, $"not an SDK: HTTP {(int)response.StatusCode} {text}", false, null);
            }

            return new CallAnswer((int)response.StatusCode, Parse(text), text, final, retry);
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            return new CallAnswer(0, null, broken.Message, false, null);
        }
    }

    private static JsonNode? Parse(string text)
    {
        try
        {
            return text.Length == 0 ? null : JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return text;
        }
    }
}
