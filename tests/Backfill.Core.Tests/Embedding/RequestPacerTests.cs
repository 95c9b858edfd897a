using Backfill.Core.Embedding.Providers;
using Microsoft.Extensions.Time.Testing;

namespace Backfill.Core.Tests.Embedding;

public sealed class RequestPacerTests
{
    private static readonly PaceHints Silent = new(null, null, null, null, null);

    private readonly FakeTimeProvider time = new();

    [Fact]
    public async Task Concurrent_requests_grow_by_one_per_clean_round_and_are_halved_by_an_overload()
    {
        var pacer = new RequestPacer(null, null, 16, time);
        Assert.Equal(4, pacer.AtOnce);
        for (var answer = 0; answer < 4 + 5 + 6; answer++)
        {
            pacer.Leave(await EnterAsync(pacer), isOverload: false, Silent);
        }

        Assert.Equal(7, pacer.AtOnce);
        var both = (await EnterAsync(pacer), await EnterAsync(pacer));
        pacer.Leave(both.Item1, isOverload: true, Silent);
        pacer.Leave(both.Item2, isOverload: true, Silent);

        // One overload, though two requests met it.
        Assert.Equal(3, pacer.AtOnce);
    }

    [Fact]
    public async Task Concurrent_requests_never_fall_below_one_or_rise_above_the_limit()
    {
        var pacer = new RequestPacer(null, null, 5, time);
        for (var answer = 0; answer < 50; answer++)
        {
            pacer.Leave(await EnterAsync(pacer), isOverload: false, Silent);
        }

        Assert.Equal(5, pacer.AtOnce);
        for (var answer = 0; answer < 6; answer++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            pacer.Leave(await EnterAsync(pacer), isOverload: true, Silent);
        }

        Assert.Equal(1, pacer.AtOnce);
    }

    [Fact]
    public async Task Requests_wait_in_order_and_leave_the_queue_on_cancellation()
    {
        var pacer = new RequestPacer(null, null, 1, time);
        var first = await EnterAsync(pacer);
        using var cancelled = new CancellationTokenSource();
        var second = pacer.EnterAsync(1, cancelled.Token);
        var third = EnterAsync(pacer);
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.False(third.IsCompleted);
        pacer.Leave(first, isOverload: false, Silent);
        await third;
    }

    [Fact]
    public async Task A_retry_after_header_delays_every_request()
    {
        var pacer = new RequestPacer(null, null, 4, time);
        var limited = Silent with { RetryAfter = TimeSpan.FromSeconds(30) };
        pacer.Leave(await EnterAsync(pacer), isOverload: true, limited);

        var next = EnterAsync(pacer);
        time.Advance(TimeSpan.FromSeconds(29));
        await Task.Yield();
        Assert.False(next.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(2));
        await next;
    }

    [Fact]
    public async Task Requests_a_minute_are_kept_as_tokens_are()
    {
        var pacer = new RequestPacer(null, 60, 4, time);
        time.Advance(TimeSpan.FromSeconds(1.1));
        await EnterAsync(pacer);

        var second = EnterAsync(pacer);
        Assert.False(second.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1.1));
        await second;
    }

    private static Task<RequestPacer.Permit> EnterAsync(RequestPacer pacer) =>
        pacer.EnterAsync(1, TestContext.Current.CancellationToken);
}
