using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Polly;
using Polly.Retry;

namespace Backfill.Core.Embedding.Providers;

/// <summary>What one request came to.</summary>
internal enum OpenAIVerdict
{
    /// <summary>An answer to read.</summary>
    Good,

    /// <summary>The request asks for too much at once.</summary>
    TooLarge,

    /// <summary>Something in the request is refused for good.</summary>
    Refused,

    /// <summary>A limit; passes by waiting.</summary>
    Limited,

    /// <summary>A fault that a new try may not meet.</summary>
    Transient,

    /// <summary>An answer that was paid for and cannot be used, several times in a row.</summary>
    Unusable,

    /// <summary>There is no such address or object.</summary>
    Missing,
}

/// <summary>An answer with its verdict.</summary>
/// <param name="Verdict">What to do.</param>
/// <param name="Reason">The provider's words, cut short, for everything but a good answer.</param>
internal sealed record OpenAIAnswer(OpenAIVerdict Verdict, string Reason);

/// <summary>One request.</summary>
/// <param name="Content">Makes the body, anew for every try; null for none.</param>
/// <param name="Tokens">Tokens that the provider will count against the limit of a minute.</param>
internal sealed record OpenAIRequest(HttpMethod Method, Uri Address, Func<HttpContent>? Content = null, long Tokens = 0)
{
    /// <summary>How long an answer may take.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>True where the provider charges for every answer, also for one that cannot be used.</summary>
    public bool IsPaid => Tokens > 0;

    /// <summary>False where the same request twice would do it twice: after a lost answer the caller has to look.</summary>
    public bool IsRepeatable { get; init; } = true;
}

/// <summary>
/// The one way to a server with OpenAI's API: sends, judges the answer and sends again where that helps. A limit that
/// one request meets holds back all of them.
/// </summary>
internal sealed class OpenAITransport
{
    private const int ReasonLength = 300;
    private readonly HttpClient client;
    private readonly ProviderAddress address;
    private readonly RequestPacer pacer;
    private readonly TimeProvider time;
    private readonly ResiliencePipeline<OpenAIAnswer> policy;
    private readonly ResiliencePipeline<OpenAIAnswer> once;

    /// <param name="address">Where to and by which right.</param>
    /// <param name="pacer">When a request may leave.</param>
    public OpenAITransport(HttpClient client, ProviderAddress address, RequestPacer pacer, TimeProvider time)
    {
        this.client = client;
        this.address = address;
        this.pacer = pacer;
        this.time = time;
        // The pacer waits before sending, for all requests together; a limit of a minute may come many times.
        var limited = Retry(
            OpenAIVerdict.Limited,
            attempts: 60,
            TimeSpan.FromMilliseconds(100),
            TimeSpan.FromSeconds(2)
        );
        once = new ResiliencePipelineBuilder<OpenAIAnswer> { TimeProvider = time }
            .AddRetry(limited)
            .Build();
        policy = new ResiliencePipelineBuilder<OpenAIAnswer> { TimeProvider = time }
            .AddRetry(limited)
            .AddRetry(
                Retry(OpenAIVerdict.Transient, attempts: 6, TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(20))
            )
            // Each of these tries costs money.
            .AddRetry(
                Retry(OpenAIVerdict.Unusable, attempts: 2, TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(2))
            )
            .Build();
    }

    /// <summary>The server, without anything secret.</summary>
    public string Host => address.Embeddings.IsDefaultPort ? address.Embeddings.Host : address.Embeddings.Authority;

    /// <summary>Posts texts to be embedded until there is an answer to use.</summary>
    /// <param name="content">Makes the JSON body when a try may leave.</param>
    /// <param name="tokens">Tokens that the provider will count.</param>
    /// <param name="judge">Looks at a good answer's body; a reason makes it a fault that is tried again.</param>
    /// <returns>Good, TooLarge, Refused or Unusable.</returns>
    /// <exception cref="BackfillException">The key is refused, the quota used up, or no retry helped.</exception>
    public async Task<OpenAIAnswer> SendAsync(
        Func<ReadOnlyMemory<byte>> content,
        long tokens,
        Func<byte[], string?> judge,
        CancellationToken cancellationToken
    )
    {
        var answer = await SendAsync(
            new OpenAIRequest(HttpMethod.Post, address.Embeddings, () => Json(content()), tokens),
            async (body, token) =>
            {
                using var bytes = new MemoryStream();
                await body.CopyToAsync(bytes, token);
                return judge(bytes.ToArray());
            },
            cancellationToken
        );
        return answer.Verdict == OpenAIVerdict.Missing
            ? throw Refused(
                answer.Reason,
                $"Check the model in BACKFILL_EMBEDDING_MODEL and the address in {address.AddressName}; docs/embedding.md has the form of each."
            )
            : answer;
    }

    /// <summary>Sends any request until there is an answer to use.</summary>
    /// <param name="read">Reads a good answer's body; a reason makes it a fault that is tried again.</param>
    /// <returns>Good, TooLarge, Refused or Missing; Unusable only for a request that is paid for, Transient only for one that is not repeatable.</returns>
    /// <exception cref="BackfillException">The key is refused, the quota used up, or no retry helped.</exception>
    public async Task<OpenAIAnswer> SendAsync(
        OpenAIRequest request,
        Func<Stream, CancellationToken, Task<string?>> read,
        CancellationToken cancellationToken
    )
    {
        var answer = await (request.IsRepeatable ? policy : once).ExecuteAsync(
            async token => await AttemptAsync(request, read, token),
            cancellationToken
        );
        return
            answer.Verdict is OpenAIVerdict.Limited
            || (answer.Verdict is OpenAIVerdict.Transient && request.IsRepeatable)
            ? throw Unavailable(answer.Reason)
            : answer;
    }

    /// <summary>The error of a server that does not answer properly.</summary>
    public BackfillException Unavailable(string reason) =>
        new(
            ErrorIds.EmbeddingProviderUnavailable,
            ErrorKind.Unavailable,
            $"The embedding provider at {Host} does not answer properly: {reason}",
            "Look at the provider's status page, or at the server's log, then run the same command again: what is embedded stays.",
            Host
        );

    /// <summary>The error of a server that says no.</summary>
    public BackfillException Refused(string reason, string action) =>
        new(
            ErrorIds.EmbeddingProviderRefused,
            ErrorKind.Access,
            $"The embedding provider at {Host} refuses: {reason}",
            action,
            Host
        );

    /// <summary>A JSON body.</summary>
    public static HttpContent Json(ReadOnlyMemory<byte> content) =>
        new ReadOnlyMemoryContent(content) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };

    private static RetryStrategyOptions<OpenAIAnswer> Retry(
        OpenAIVerdict verdict,
        int attempts,
        TimeSpan delay,
        TimeSpan most
    ) =>
        new()
        {
            MaxRetryAttempts = attempts,
            Delay = delay,
            MaxDelay = most,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            ShouldHandle = outcome => ValueTask.FromResult(outcome.Outcome.Result?.Verdict == verdict),
        };

    private const string Server = "Embeddings";

    private async Task<OpenAIAnswer> AttemptAsync(
        OpenAIRequest wanted,
        Func<Stream, CancellationToken, Task<string?>> read,
        CancellationToken cancellationToken
    )
    {
        var permit = await pacer.EnterAsync(wanted.Tokens, cancellationToken);
        var overloaded = false;
        PaceHints? hints = null;
        var activity = Telemetry.BeginRequest(Server);
        (int? Status, long? Bytes, string? RequestId) answered = default;
        using var timeout = new CancellationTokenSource(wanted.Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(wanted.Method, wanted.Address)
            {
                Content = wanted.Content?.Invoke(),
            };
            address.Authorize(request);
            using var response = await client.SendAsync(
                request,
                HttpCompletionOption.ResponseHeadersRead,
                either.Token
            );
            // The response is disposed before the request is counted.
            answered = (
                (int)response.StatusCode,
                response.Content.Headers.ContentLength,
                response.Headers.TryGetValues("x-request-id", out var ids) ? ids.First() : null
            );
            overloaded = response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable;
            hints = PaceHeaders.Read(response.Headers, time.GetUtcNow());
            if (!response.IsSuccessStatusCode)
            {
                return Judge(response.StatusCode, await response.Content.ReadAsByteArrayAsync(either.Token));
            }

            await using var body = await response.Content.ReadAsStreamAsync(either.Token);
            return await read(body, either.Token) is { } fault
                ? new OpenAIAnswer(wanted.IsPaid ? OpenAIVerdict.Unusable : OpenAIVerdict.Transient, fault)
                : new OpenAIAnswer(OpenAIVerdict.Good, "");
        }
        catch (Exception error)
            when (error is HttpRequestException or IOException or OperationCanceledException
                && !cancellationToken.IsCancellationRequested
            )
        {
            return new OpenAIAnswer(
                OpenAIVerdict.Transient,
                timeout.IsCancellationRequested
                    ? FormattableString.Invariant($"no answer within {wanted.Patience.TotalSeconds} seconds.")
                    : error.InnerException?.Message ?? error.Message
            );
        }
        finally
        {
            Telemetry.EndRequest(
                activity,
                Server,
                answered.Status,
                answered.Bytes,
                answered.RequestId,
                tokens: wanted.Tokens
            );
            pacer.Leave(permit, overloaded, hints);
        }
    }

    private OpenAIAnswer Judge(HttpStatusCode status, byte[] body)
    {
        var (code, message) = Error(body);
        var reason = FormattableString.Invariant($"{(int)status} {message}");
        // A used-up quota comes as 429 too, and waiting does not help.
        if (code is "insufficient_quota" or "billing_hard_limit_reached")
        {
            throw Refused(
                $"the quota is used up: {reason}",
                "Add credit or raise the limit in the provider's billing settings."
            );
        }

        return (int)status switch
        {
            401 or 403 => throw Refused(
                reason,
                $"Check the key in {address.KeyName} and that it may use the model; docs/embedding.md tells where to make one."
            ),
            404 => new OpenAIAnswer(OpenAIVerdict.Missing, reason),
            429 => new OpenAIAnswer(OpenAIVerdict.Limited, reason),
            413 => new OpenAIAnswer(OpenAIVerdict.TooLarge, reason),
            400 when code == "max_tokens_per_request" => new OpenAIAnswer(OpenAIVerdict.TooLarge, reason),
            // llama.cpp answers 500 to an input that is too long, and some gateways to an encoding that they do not know.
            >= 500 when InputLimit.IsNamedIn(message) || ServerTraits.NamesEncoding(message) => new OpenAIAnswer(
                OpenAIVerdict.Refused,
                reason
            ),
            408 or 409 or >= 500 => new OpenAIAnswer(OpenAIVerdict.Transient, reason),
            _ => new OpenAIAnswer(OpenAIVerdict.Refused, reason),
        };
    }

    // A provider may repeat the key it was given: it is taken out before the words are shown.
    private (string? Code, string Message) Error(byte[] body)
    {
        const string Nothing = "without an explanation.";
        string? code = null;
        string? message = null;
        try
        {
            using var document = JsonDocument.Parse(body);
            var error = document.RootElement;
            error =
                error.ValueKind == JsonValueKind.Object && error.TryGetProperty("error", out var inner) ? inner : error;
            code = Text(error, "code") ?? Text(error, "type");
            message =
                Text(error, "message")
                ?? (error.ValueKind == JsonValueKind.String ? error.GetString() : null)
                // FastAPI: a text, or a list of what is wrong with which field.
                ?? (
                    error.ValueKind == JsonValueKind.Object && error.TryGetProperty("detail", out var detail)
                        ? detail.ToString()
                        : null
                );
        }
        catch (JsonException)
        {
            // TEI answers in plain text to a field that it cannot read; a page of HTML says nothing.
            message = Encoding.UTF8.GetString(body).Trim();
            message = message.StartsWith('<') ? null : message;
        }

        message = string.IsNullOrEmpty(message) ? Nothing : message.ReplaceLineEndings(" ");
        message = address.Mask(message);
        return (code, message.Length > ReasonLength ? message[..ReasonLength] : message);
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object
        && element.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
