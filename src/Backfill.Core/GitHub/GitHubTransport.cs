using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Polly;
using Polly.Retry;

namespace Backfill.Core.GitHub;

/// <summary>
/// Sends every request of the process to GitHub: chooses a token, passes its gate, sends, judges the response, and sends
/// again where the verdict says so. All retry policy is here.
/// </summary>
internal sealed class GitHubTransport
{
    // GitHub gives up a request after ten seconds, so a much longer silence means that the connection is broken.
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(45);
    private const int MostRedirects = 5;

    private readonly HttpClient http;
    private readonly IWebProxy proxy;
    private readonly TimeProvider time;
    private readonly ResiliencePipeline<Outcome> policy;

    /// <param name="http">Sends the requests.</param>
    /// <param name="gates">The gates of the tokens that share the load.</param>
    /// <param name="time">The clock.</param>
    /// <param name="proxy">The proxy that <paramref name="http"/> uses; null is the proxy of the system.</param>
    public GitHubTransport(HttpClient http, IReadOnlyList<TokenGate> gates, TimeProvider time, IWebProxy? proxy = null)
    {
        this.http = http;
        this.proxy = proxy ?? HttpClient.DefaultProxy;
        this.time = time;
        Gates = new TokenGates(gates);
        policy = new ResiliencePipelineBuilder<Outcome> { TimeProvider = time }
            // The gate waits until the limit ends, so this retry has no pause of its own. A long run meets many limits of an hour.
            .AddRetry(
                new RetryStrategyOptions<Outcome>
                {
                    MaxRetryAttempts = 100,
                    Delay = TimeSpan.Zero,
                    ShouldHandle = outcome =>
                        ValueTask.FromResult(
                            outcome.Outcome.Result?.Verdict is Verdict.Limited { } limited
                                && !outcome.Outcome.Result.GaveUp
                        ),
                }
            )
            .AddRetry(
                new RetryStrategyOptions<Outcome>
                {
                    MaxRetryAttempts = 6,
                    Delay = TimeSpan.FromMilliseconds(500),
                    MaxDelay = TimeSpan.FromSeconds(20),
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    ShouldHandle = outcome =>
                        ValueTask.FromResult(outcome.Outcome.Result?.Verdict is Verdict.Transient),
                }
            )
            // GitHub sometimes sends 401 for a good token. When it keeps refusing one token, the other tokens do the work.
            .AddRetry(
                new RetryStrategyOptions<Outcome>
                {
                    MaxRetryAttempts = gates.Count,
                    Delay = TimeSpan.FromSeconds(1),
                    ShouldHandle = outcome =>
                        ValueTask.FromResult(outcome.Outcome.Result?.Response?.Status == HttpStatusCode.Unauthorized),
                }
            )
            .Build();
    }

    /// <summary>Sends a request, again where that helps, and returns a response that can be used.</summary>
    /// <param name="create">Makes the request. It is called for every attempt.</param>
    /// <param name="resource">The budget that the request is charged to.</param>
    /// <param name="listener">Counts the requests and notes the waits.</param>
    /// <param name="canShrink">True when the caller can ask for fewer items.</param>
    /// <param name="patience">The longest time for which a limit may hold the request back; null waits until the limit ends.</param>
    /// <param name="only">The token to use; null uses the best one.</param>
    /// <exception cref="BackfillException">No retry helped.</exception>
    /// <exception cref="LongWaitException">A limit would hold the request back for longer than <paramref name="patience"/>.</exception>
    /// <exception cref="PageTooHeavyException">The query asks for too many items. Thrown only where the caller can ask for fewer.</exception>
    /// <exception cref="StaleCursorException">GitHub does not accept the cursor of the query any more.</exception>
    public async Task<GitHubResponse> SendAsync(
        Func<HttpRequestMessage> create,
        GitHubResource resource,
        IGitHubListener listener,
        bool canShrink,
        CancellationToken cancellationToken,
        TimeSpan? patience = null,
        TokenGate? only = null
    )
    {
        var outcome = await policy.ExecuteAsync(
            async token =>
            {
                var attempt = await AttemptAsync(create, resource, listener, patience, only, token);
                return attempt.Verdict is Verdict.TooHeavy heavy && !canShrink
                    ? attempt with
                    {
                        Verdict = new Verdict.Transient(heavy.Reason),
                    }
                    : attempt;
            },
            cancellationToken
        );
        return outcome.Verdict switch
        {
            Verdict.Good => outcome.Response!,
            Verdict.Fatal when outcome is { SentToken: false, Response.Status: HttpStatusCode.Unauthorized } =>
                throw MissingSetting.GitHubToken(),
            Verdict.Fatal fatal => throw fatal.Error,
            Verdict.TooHeavy heavy => throw new PageTooHeavyException(heavy.Reason),
            Verdict.StaleCursor stale => throw new StaleCursorException(stale.Path),
            Verdict.Limited limited => throw Unavailable($"GitHub keeps refusing requests: {limited.Reason}."),
            Verdict.Transient broken when outcome.Unreached => throw UnreachableGitHub.Error(
                create,
                proxy,
                broken.Reason
            ),
            Verdict.Transient transient => throw Unavailable($"GitHub sends no usable response: {transient.Reason}."),
            _ => throw new InvalidOperationException($"No such verdict: {outcome.Verdict}."),
        };
    }

    /// <summary>Gets the gates of the tokens.</summary>
    public TokenGates Gates { get; }

    private static BackfillException Unavailable(string message) =>
        new(
            ErrorIds.GitHubUnavailable,
            ErrorKind.Unavailable,
            message,
            "Look at https://www.githubstatus.com and try again later. A sync goes on from the last stored page."
        );

    private async Task<Outcome> AttemptAsync(
        Func<HttpRequestMessage> create,
        GitHubResource resource,
        IGitHubListener listener,
        TimeSpan? patience,
        TokenGate? only,
        CancellationToken cancellationToken
    )
    {
        var (gate, turn) = await Gates.EnterAsync(resource, listener, only, patience, cancellationToken);
        try
        {
            listener.Sent(resource);
            var response = await ReceiveMeasuredAsync(create, resource, gate, cancellationToken);
            gate.Observe(resource, response);
            var verdict =
                resource == GitHubResource.GraphQL ? ResponseJudge.OfGraphQL(response) : ResponseJudge.OfRest(response);
            if (verdict is Verdict.Limited limit)
            {
                return new Outcome(response, verdict, GaveUp: !gate.Close(resource, limit));
            }

            if (response.Status == HttpStatusCode.Unauthorized)
            {
                var sent = await gate.TokenAsync(cancellationToken) is not null;
                gate.Refused();
                return new Outcome(response, verdict, GaveUp: false, sent);
            }

            gate.Passed();
            return new Outcome(response, verdict, GaveUp: false);
        }
        catch (Exception error) when (IsBrokenConnection(error) && !cancellationToken.IsCancellationRequested)
        {
            return new Outcome(
                null,
                new Verdict.Transient(
                    error is OperationCanceledException
                        ? $"no response within {AttemptTimeout.TotalSeconds:0} seconds"
                        : error.InnerException?.Message ?? error.Message
                ),
                GaveUp: false,
                Unreached: IsUnreached(error)
            );
        }
        finally
        {
            turn.Leave();
        }
    }

    private async Task<GitHubResponse> ReceiveMeasuredAsync(
        Func<HttpRequestMessage> create,
        GitHubResource resource,
        TokenGate gate,
        CancellationToken cancellationToken
    )
    {
        var server = resource == GitHubResource.GraphQL ? "GitHub GraphQL" : "GitHub REST";
        var activity = Telemetry.BeginRequest(server);
        GitHubResponse? response = null;
        try
        {
            response = await ReceiveAsync(create, resource, gate, cancellationToken);
            return response;
        }
        finally
        {
            Telemetry.EndRequest(
                activity,
                server,
                (int?)response?.Status,
                response?.Body.LongLength,
                response?.Headers.GetValueOrDefault("x-github-request-id"),
                points: response is null ? null : Cost(response.Json)
            );
        }
    }

    private static long? Cost(JsonElement json) =>
        json.ValueKind == JsonValueKind.Object
        && json.TryGetProperty("data", out var data)
        && data.ValueKind == JsonValueKind.Object
        && data.TryGetProperty("rateLimit", out var limit)
        && limit.ValueKind == JsonValueKind.Object
        && limit.TryGetProperty("cost", out var cost)
        && cost.TryGetInt64(out var points)
            ? points
            : null;

    private async Task<GitHubResponse> ReceiveAsync(
        Func<HttpRequestMessage> create,
        GitHubResource resource,
        TokenGate gate,
        CancellationToken cancellationToken
    )
    {
        using var timeout = new CancellationTokenSource(AttemptTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var token = await gate.TokenAsync(either.Token);
        var started = time.GetTimestamp();
        Uri? redirected = null;
        for (var redirects = 0; ; redirects++)
        {
            using var request = create();
            var home = request.RequestUri!;
            request.RequestUri = redirected ?? home;
            // The token is sent only to the host that the user gave it for, and not to the target of a redirect.
            if (token is not null && request.RequestUri.Host == home.Host && request.RequestUri.Port == home.Port)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Reveal());
            }

            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            var body = await response.Content.ReadAsByteArrayAsync(either.Token);
            if (
                (int)response.StatusCode is 301 or 302 or 307 or 308
                && response.Headers.Location is { } location
                && redirects < MostRedirects
            )
            {
                redirected = new Uri(request.RequestUri, location);
                continue;
            }

            return new GitHubResponse(
                response.StatusCode,
                Headers(response),
                body,
                resource == GitHubResource.GraphQL ? Parse(body) : default,
                response.Headers.Date ?? gate.Now,
                time.GetElapsedTime(started)
            );
        }
    }

    private static Dictionary<string, string> Headers(HttpResponseMessage response)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, values) in response.Headers.Concat(response.Content.Headers))
        {
            headers[name.ToLower(CultureInfo.InvariantCulture)] = string.Join(", ", values);
        }

        return headers;
    }

    private static JsonElement Parse(byte[] body)
    {
        try
        {
            // The document is not disposed: its element keeps the document and the body alive, and the garbage collector frees
            // both. A clone of the element would hold the page a second time.
            return JsonDocument.Parse(body).RootElement;
        }
        catch (JsonException)
        {
            // The body is HTML, truncated or empty. The judge gets an element of the kind Undefined.
            return default;
        }
    }

    private static bool IsBrokenConnection(Exception error) =>
        error is HttpRequestException or IOException or OperationCanceledException or InvalidDataException;

    // A connection that broke in the middle of a response shows that GitHub was reached.
    private static bool IsUnreached(Exception error) =>
        error
            is OperationCanceledException
                or HttpRequestException
                {
                    HttpRequestError: HttpRequestError.ConnectionError
                        or HttpRequestError.NameResolutionError
                        or HttpRequestError.SecureConnectionError
                        or HttpRequestError.ProxyTunnelError
                };

    private sealed record Outcome(
        GitHubResponse? Response,
        Verdict Verdict,
        bool GaveUp,
        bool SentToken = true,
        bool Unreached = false
    );
}
