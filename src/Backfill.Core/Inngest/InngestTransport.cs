using System.Net.Sockets;
using Polly;
using Polly.Retry;

namespace Backfill.Core.Inngest;

/// <summary>An answer as it came.</summary>
/// <param name="Status">The HTTP status; 0 when none came.</param>
/// <param name="Body">The body; why none came where none did.</param>
/// <param name="RetryAfter">How long the server asked to be left alone.</param>
internal sealed record InngestAnswer(int Status, string Body, TimeSpan? RetryAfter = null)
{
    /// <summary>True for 2xx.</summary>
    public bool IsGood => Status is >= 200 and < 300;

    /// <summary>True when nothing listens there.</summary>
    public bool IsRefusedConnection { get; init; }
}

/// <summary>
/// The one way to Inngest and to the Supabase functions: sends, and sends again where that helps. All retry policy is here. A
/// request is made anew for each try by the caller, with the same body and headers.
/// </summary>
internal sealed class InngestTransport
{
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly HttpClient http;
    private readonly TimeProvider time;
    private readonly ResiliencePipeline<InngestAnswer> policy;

    public InngestTransport(HttpClient http, TimeProvider time)
    {
        this.http = http;
        this.time = time;
        // Five tries from 100 ms on, as Inngest's own SDK does.
        policy = new ResiliencePipelineBuilder<InngestAnswer> { TimeProvider = time }
            .AddRetry(
                new RetryStrategyOptions<InngestAnswer>
                {
                    MaxRetryAttempts = 4,
                    Delay = TimeSpan.FromMilliseconds(100),
                    MaxDelay = TimeSpan.FromSeconds(5),
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    ShouldHandle = outcome =>
                        ValueTask.FromResult(outcome.Outcome.Result?.Status is 0 or 408 or 429 or >= 500),
                    DelayGenerator = outcome =>
                        ValueTask.FromResult(
                            outcome.Outcome.Result?.RetryAfter is { } pause
                                ? (pause < LongestPause ? pause : LongestPause)
                                : (TimeSpan?)null
                        ),
                }
            )
            .Build();
    }

    /// <summary>Sends until there is an answer that another try would not change, or tries are used up. Never throws for an answer.</summary>
    /// <param name="create">Makes the request.</param>
    /// <param name="read">Finds the answer's true status before it is judged; null where the HTTP status is the true one.</param>
    public Task<InngestAnswer> SendAsync(
        Func<HttpRequestMessage> create,
        CancellationToken cancellationToken,
        Func<InngestAnswer, InngestAnswer>? read = null
    ) =>
        policy
            .ExecuteAsync(
                async token =>
                {
                    var answer = await AttemptAsync(create, token);
                    return read?.Invoke(answer) ?? answer;
                },
                cancellationToken
            )
            .AsTask();

    private async Task<InngestAnswer> AttemptAsync(Func<HttpRequestMessage> create, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(AttemptTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var request = create();
            using var response = await http.SendAsync(request, either.Token);
            var pause =
                response.Headers.RetryAfter?.Delta
                ?? (response.Headers.RetryAfter?.Date is { } until ? until - time.GetUtcNow() : null);
            return new InngestAnswer(
                (int)response.StatusCode,
                await response.Content.ReadAsStringAsync(either.Token),
                pause > TimeSpan.Zero ? pause : null
            );
        }
        catch (Exception error)
            when (error is HttpRequestException or IOException or OperationCanceledException
                && !cancellationToken.IsCancellationRequested
            )
        {
            return new InngestAnswer(
                0,
                timeout.IsCancellationRequested
                    ? FormattableString.Invariant($"no answer within {AttemptTimeout.TotalSeconds} seconds")
                    : (error.InnerException ?? error).Message
            )
            {
                IsRefusedConnection =
                    error.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused },
            };
        }
    }
}
