using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Polly;
using Polly.Retry;

namespace Backfill.Core.Embedding;

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
}

/// <summary>An answer with its verdict.</summary>
/// <param name="Verdict">What to do.</param>
/// <param name="Reason">The provider's words, cut short, for everything but a good answer.</param>
/// <param name="Body">The body of a good answer.</param>
internal sealed record OpenAIAnswer(OpenAIVerdict Verdict, string Reason, byte[] Body);

/// <summary>
/// The one way to a server with OpenAI's API: sends, judges the answer and sends again where that helps. A limit that
/// one request meets holds back all of them.
/// </summary>
internal sealed class OpenAITransport
{
    private const int ReasonLength = 300;
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    private readonly HttpClient client;
    private readonly Uri endpoint;
    private readonly Secret? key;
    private readonly TimeProvider time;
    private readonly ResiliencePipeline<OpenAIAnswer> policy;
    private long opensAtTicks;

    /// <param name="address">Base address, with a slash at the end.</param>
    /// <param name="key">Sent as bearer; null for a server that asks for none.</param>
    public OpenAITransport(HttpClient client, Uri address, Secret? key, TimeProvider time)
    {
        this.client = client;
        this.key = key;
        this.time = time;
        endpoint = new Uri(address, "embeddings");
        policy = new ResiliencePipelineBuilder<OpenAIAnswer> { TimeProvider = time }
            // The waiting is done before sending, for all requests together; a limit of a minute may come many times.
            .AddRetry(
                Retry(OpenAIVerdict.Limited, attempts: 60, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(2))
            )
            .AddRetry(
                Retry(OpenAIVerdict.Transient, attempts: 6, TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(20))
            )
            .Build();
    }

    /// <summary>The server, without anything secret.</summary>
    public string Host => endpoint.IsDefaultPort ? endpoint.Host : endpoint.Authority;

    /// <summary>Posts a request until there is an answer to use.</summary>
    /// <param name="content">The JSON body.</param>
    /// <param name="judge">Looks at a good answer's body; a reason makes it a fault that is tried again.</param>
    /// <returns>Good, TooLarge or Refused.</returns>
    /// <exception cref="BackfillException">The key is refused, the quota used up, or no retry helped.</exception>
    public async Task<OpenAIAnswer> SendAsync(
        ReadOnlyMemory<byte> content,
        Func<byte[], string?> judge,
        CancellationToken cancellationToken
    )
    {
        var answer = await policy.ExecuteAsync(
            async token => await AttemptAsync(content, judge, token),
            cancellationToken
        );
        return answer.Verdict is OpenAIVerdict.Limited or OpenAIVerdict.Transient
            ? throw new BackfillException(
                ErrorIds.EmbeddingProviderUnavailable,
                ErrorKind.Unavailable,
                $"The embedding provider at {Host} does not answer properly: {answer.Reason}",
                "Look at the provider's status page, or at the server's log, then run the same command again: what is embedded stays.",
                Host
            )
            : answer;
    }

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

    private async Task<OpenAIAnswer> AttemptAsync(
        ReadOnlyMemory<byte> content,
        Func<byte[], string?> judge,
        CancellationToken cancellationToken
    )
    {
        await WaitUntilOpenAsync(cancellationToken);
        using var timeout = new CancellationTokenSource(AttemptTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, endpoint)
            {
                Content = new ReadOnlyMemoryContent(content)
                {
                    Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
                },
            };
            if (key is not null)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key.Reveal());
            }

            using var response = await client.SendAsync(
                request,
                HttpCompletionOption.ResponseHeadersRead,
                either.Token
            );
            var body = await response.Content.ReadAsByteArrayAsync(either.Token);
            var answer = response.IsSuccessStatusCode
                ? judge(body) is { } fault
                    ? new OpenAIAnswer(OpenAIVerdict.Transient, fault, [])
                    : new OpenAIAnswer(OpenAIVerdict.Good, "", body)
                : Judge(response.StatusCode, body);
            if (answer.Verdict is OpenAIVerdict.Limited or OpenAIVerdict.Transient && RetryAfter(response) is { } wait)
            {
                CloseFor(wait);
            }

            return answer;
        }
        catch (Exception error)
            when (error is HttpRequestException or IOException or OperationCanceledException
                && !cancellationToken.IsCancellationRequested
            )
        {
            return new OpenAIAnswer(
                OpenAIVerdict.Transient,
                timeout.IsCancellationRequested
                    ? FormattableString.Invariant($"no answer within {AttemptTimeout.TotalSeconds} seconds.")
                    : error.InnerException?.Message ?? error.Message,
                []
            );
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
                "Check the key in OPENAI_API_KEY and that it may use the model; docs/embedding.md tells where to make one."
            ),
            404 => throw Refused(
                reason,
                "Check the model in BACKFILL_EMBEDDING_MODEL and the address in OPENAI_BASE_URL, which ends in /v1/ for most servers."
            ),
            429 => new OpenAIAnswer(OpenAIVerdict.Limited, reason, []),
            413 => new OpenAIAnswer(OpenAIVerdict.TooLarge, reason, []),
            400 when code == "max_tokens_per_request" => new OpenAIAnswer(OpenAIVerdict.TooLarge, reason, []),
            408 or 409 or >= 500 => new OpenAIAnswer(OpenAIVerdict.Transient, reason, []),
            _ => new OpenAIAnswer(OpenAIVerdict.Refused, reason, []),
        };
    }

    private BackfillException Refused(string reason, string action) =>
        new(
            ErrorIds.EmbeddingProviderRefused,
            ErrorKind.Access,
            $"The embedding provider at {Host} refuses: {reason}",
            action,
            Host
        );

    // A provider may repeat the key it was given: it is taken out before the words are shown.
    private (string? Code, string Message) Error(byte[] body)
    {
        string? code = null;
        string? message = null;
        try
        {
            using var document = JsonDocument.Parse(body);
            var error = document.RootElement;
            error =
                error.ValueKind == JsonValueKind.Object && error.TryGetProperty("error", out var inner) ? inner : error;
            code = Text(error, "code") ?? Text(error, "type");
            message = Text(error, "message") ?? (error.ValueKind == JsonValueKind.String ? error.GetString() : null);
        }
        catch (JsonException)
        {
            message = "without an explanation.";
        }

        message = (message ?? "without an explanation.").ReplaceLineEndings(" ");
        if (key is not null)
        {
            message = message.Replace(key.Reveal(), key.ToString(), StringComparison.Ordinal);
        }

        return (code, message.Length > ReasonLength ? message[..ReasonLength] : message);
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object
        && element.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        if (
            response.Headers.TryGetValues("retry-after-ms", out var values)
            && double.TryParse(values.First(), NumberStyles.Float, CultureInfo.InvariantCulture, out var milliseconds)
            && milliseconds >= 0
        )
        {
            return TimeSpan.FromMilliseconds(Math.Min(milliseconds, LongestWait.TotalMilliseconds));
        }

        return response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta < LongestWait ? delta : LongestWait,
            { Date: { } date } => date - time.GetUtcNow() is var wait && wait < LongestWait ? wait : LongestWait,
            _ => null,
        };
    }

    private void CloseFor(TimeSpan wait)
    {
        var until = (time.GetUtcNow() + wait).UtcTicks;
        var before = Volatile.Read(ref opensAtTicks);
        while (until > before)
        {
            var seen = Interlocked.CompareExchange(ref opensAtTicks, until, before);
            if (seen == before)
            {
                return;
            }

            before = seen;
        }
    }

    private async Task WaitUntilOpenAsync(CancellationToken cancellationToken)
    {
        while (
            new DateTimeOffset(Volatile.Read(ref opensAtTicks), TimeSpan.Zero) - time.GetUtcNow() is var wait
            && wait > TimeSpan.Zero
        )
        {
            await Task.Delay(wait, time, cancellationToken);
        }
    }
}
