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
    private readonly HttpClient client;
    private readonly ProviderAddress address;
    private readonly RequestPacer pacer;
    private readonly TimeProvider time;
    private readonly ResiliencePipeline<OpenAIAnswer> policy;

    /// <param name="address">Where to and by which right.</param>
    /// <param name="pacer">When a request may leave.</param>
    public OpenAITransport(HttpClient client, ProviderAddress address, RequestPacer pacer, TimeProvider time)
    {
        this.client = client;
        this.address = address;
        this.pacer = pacer;
        this.time = time;
        policy = new ResiliencePipelineBuilder<OpenAIAnswer> { TimeProvider = time }
            // The pacer waits before sending, for all requests together; a limit of a minute may come many times.
            .AddRetry(
                Retry(OpenAIVerdict.Limited, attempts: 60, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(2))
            )
            .AddRetry(
                Retry(OpenAIVerdict.Transient, attempts: 6, TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(20))
            )
            .Build();
    }

    /// <summary>The server, without anything secret.</summary>
    public string Host => address.Embeddings.IsDefaultPort ? address.Embeddings.Host : address.Embeddings.Authority;

    /// <summary>Posts a request until there is an answer to use.</summary>
    /// <param name="content">The JSON body.</param>
    /// <param name="tokens">Tokens that the provider will count.</param>
    /// <param name="judge">Looks at a good answer's body; a reason makes it a fault that is tried again.</param>
    /// <returns>Good, TooLarge or Refused.</returns>
    /// <exception cref="BackfillException">The key is refused, the quota used up, or no retry helped.</exception>
    public async Task<OpenAIAnswer> SendAsync(
        ReadOnlyMemory<byte> content,
        long tokens,
        Func<byte[], string?> judge,
        CancellationToken cancellationToken
    )
    {
        var answer = await policy.ExecuteAsync(
            async token => await AttemptAsync(content, tokens, judge, token),
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
        long tokens,
        Func<byte[], string?> judge,
        CancellationToken cancellationToken
    )
    {
        var permit = await pacer.EnterAsync(tokens, cancellationToken);
        var overloaded = false;
        PaceHints? hints = null;
        using var timeout = new CancellationTokenSource(AttemptTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, address.Embeddings)
            {
                Content = new ReadOnlyMemoryContent(content)
                {
                    Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
                },
            };
            address.Authorize(request);
            using var response = await client.SendAsync(
                request,
                HttpCompletionOption.ResponseHeadersRead,
                either.Token
            );
            overloaded = response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable;
            hints = PaceHeaders.Read(response.Headers, time.GetUtcNow());
            var body = await response.Content.ReadAsByteArrayAsync(either.Token);
            return !response.IsSuccessStatusCode ? Judge(response.StatusCode, body)
                : judge(body) is { } fault ? new OpenAIAnswer(OpenAIVerdict.Transient, fault, [])
                : new OpenAIAnswer(OpenAIVerdict.Good, "", body);
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
        finally
        {
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
            404 => throw Refused(
                reason,
                $"Check the model in BACKFILL_EMBEDDING_MODEL and the address in {address.AddressName}; docs/embedding.md has the form of each."
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
