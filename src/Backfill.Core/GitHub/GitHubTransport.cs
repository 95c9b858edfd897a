using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Polly;
using Polly.Retry;

namespace Backfill.Core.GitHub;

/// <summary>
/// The one way out to GitHub, shared by every run of the process: picks a token, passes its gate, sends, judges the
/// answer, and sends again where the verdict says so. All retry policy is here.
/// </summary>
internal sealed class GitHubTransport
{
    // GitHub itself gives up after ten seconds; a longer silence is a broken connection.
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(45);
    private const int MostRedirects = 5;

    private readonly HttpClient http;
    private readonly IWebProxy proxy;
    private readonly TimeProvider time;
    private readonly IReadOnlyList<TokenGate> gates;
    private readonly ResiliencePipeline<Outcome> policy;

    /// <param name="http">Sends.</param>
    /// <param name="gates">Those of the tokens that share the load.</param>
    /// <param name="time">The clock.</param>
    /// <param name="proxy">The proxy that <paramref name="http"/> uses; null is the system's.</param>
    public GitHubTransport(HttpClient http, IReadOnlyList<TokenGate> gates, TimeProvider time, IWebProxy? proxy = null)
    {
        this.http = http;
        this.proxy = proxy ?? HttpClient.DefaultProxy;
        this.time = time;
        this.gates = gates;
        policy = new ResiliencePipelineBuilder<Outcome> { TimeProvider = time }
            // The gate does the waiting; this only asks again. Every limit of an hour may come a few times.
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
            // GitHub answers a good token with 401 now and then; one that is refused for good leaves the work to the others.
            .AddRetry(
                new RetryStrategyOptions<Outcome>
                {
                    MaxRetryAttempts = gates.Count,
                    Delay = TimeSpan.FromSeconds(1),
                    ShouldHandle = outcome =>
                        ValueTask.FromResult(outcome.Outcome.Result?.Answer?.Status == HttpStatusCode.Unauthorized),
                }
            )
            .Build();
    }

    /// <summary>Sends a request until there is an answer to use.</summary>
    /// <param name="create">Makes the request anew for every attempt.</param>
    /// <param name="resource">The budget that it is charged to.</param>
    /// <param name="listener">Hears of cost and waits.</param>
    /// <param name="canShrink">True when the caller can ask for less instead of the same again.</param>
    /// <param name="patience">How long a limit may hold the request back before it is given up; null is as long as it takes.</param>
    /// <exception cref="BackfillException">No retry helped.</exception>
    /// <exception cref="LongWaitException">A limit would hold it back for longer.</exception>
    /// <exception cref="PageTooHeavyException">The query asks for too much at once; only where it can shrink.</exception>
    /// <exception cref="StaleCursorException">The query's cursor is not valid any more.</exception>
    public async Task<GitHubAnswer> SendAsync(
        Func<HttpRequestMessage> create,
        GitHubResource resource,
        IGitHubListener listener,
        bool canShrink,
        CancellationToken cancellationToken,
        TimeSpan? patience = null
    )
    {
        var outcome = await policy.ExecuteAsync(
            async token =>
            {
                var attempt = await AttemptAsync(create, resource, listener, patience, token);
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
            Verdict.Good => outcome.Answer!,
            Verdict.Fatal when outcome is { SentToken: false, Answer.Status: HttpStatusCode.Unauthorized } =>
                throw MissingSetting.GitHubToken(),
            Verdict.Fatal fatal => throw fatal.Error,
            Verdict.TooHeavy heavy => throw new PageTooHeavyException(heavy.Reason),
            Verdict.StaleCursor stale => throw new StaleCursorException(stale.Path),
            Verdict.Limited limited => throw Unavailable($"GitHub goes on refusing requests: {limited.Reason}."),
            Verdict.Transient broken when outcome.Unreached => throw UnreachableGitHub.Error(
                create,
                proxy,
                broken.Reason
            ),
            Verdict.Transient transient => throw Unavailable($"GitHub does not answer properly: {transient.Reason}."),
            _ => throw new InvalidOperationException($"No such verdict: {outcome.Verdict}."),
        };
    }

    /// <summary>What is left of a budget at the token that may send now and has the most; 0 where none may, null where no answer told.</summary>
    public long? Remaining(GitHubResource resource) =>
        gates.Where(gate => gate.OpensAt(resource) <= gate.Now).Select(gate => gate.Remaining(resource)).ToList()
            is { Count: > 0 } open
            ? open.Contains(null)
                ? null
                : open.Max()
            : 0;

    /// <summary>What a budget of the only token is known to be, without asking.</summary>
    public KnownBudget Known(GitHubResource resource) => gates.Single().Known(resource);

    private static BackfillException Unavailable(string message) =>
        new(
            ErrorIds.GitHubUnavailable,
            ErrorKind.Unavailable,
            message,
            "Look at https://www.githubstatus.com, then start again: the run goes on from its last committed page."
        );

    private async Task<Outcome> AttemptAsync(
        Func<HttpRequestMessage> create,
        GitHubResource resource,
        IGitHubListener listener,
        TimeSpan? patience,
        CancellationToken cancellationToken
    )
    {
        var gate = Choose(resource);
        if (gate.OpensAt(resource) is var opensAt && opensAt - gate.Now > patience)
        {
            throw new LongWaitException(resource, opensAt);
        }

        await gate.EnterAsync(resource, listener, cancellationToken);
        try
        {
            listener.Sent(resource);
            var answer = await ReceiveAsync(create, resource, gate, cancellationToken);
            gate.Observe(resource, answer);
            var verdict =
                resource == GitHubResource.GraphQL ? AnswerJudge.OfGraphQL(answer) : AnswerJudge.OfRest(answer);
            if (verdict is Verdict.Limited limit)
            {
                return new Outcome(answer, verdict, GaveUp: !gate.Close(resource, limit));
            }

            if (answer.Status == HttpStatusCode.Unauthorized)
            {
                var sent = await gate.TokenAsync(cancellationToken) is not null;
                gate.Refused();
                return new Outcome(answer, verdict, GaveUp: false, sent);
            }

            gate.Passed();
            return new Outcome(answer, verdict, GaveUp: false);
        }
        catch (Exception error) when (IsBrokenConnection(error) && !cancellationToken.IsCancellationRequested)
        {
            return new Outcome(
                null,
                new Verdict.Transient(
                    error is OperationCanceledException
                        ? $"no answer within {AttemptTimeout.TotalSeconds:0} seconds"
                        : error.InnerException?.Message ?? error.Message
                ),
                GaveUp: false,
                Unreached: IsUnreached(error)
            );
        }
        finally
        {
            gate.Leave(resource);
        }
    }

    // A token that GitHub takes before one that it refused; of these the one that may send soonest; among those that may now,
    // the one with the most left.
    private TokenGate Choose(GitHubResource resource) =>
        gates
            .OrderBy(gate => gate.Refusals)
            .ThenBy(gate => gate.OpensAt(resource) > gate.Now ? gate.OpensAt(resource) : DateTimeOffset.MinValue)
            .ThenByDescending(gate => gate.Remaining(resource) ?? long.MaxValue)
            .First();

    private async Task<GitHubAnswer> ReceiveAsync(
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
            // A token leaves only for the host that it was given for.
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

            return new GitHubAnswer(
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
            using var document = JsonDocument.Parse(body);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            // HTML, a truncated body or nothing at all: the judge sees an element of no kind.
            return default;
        }
    }

    private static bool IsBrokenConnection(Exception error) =>
        error is HttpRequestException or IOException or OperationCanceledException or InvalidDataException;

    // A connection that broke while an answer came shows that GitHub was reached.
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
        GitHubAnswer? Answer,
        Verdict Verdict,
        bool GaveUp,
        bool SentToken = true,
        bool Unreached = false
    );
}
