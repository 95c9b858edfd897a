using System.Runtime.CompilerServices;
using Backfill.Core.Sync;

namespace Backfill.Core.Tests.Sync;

/// <summary>The next page is fetched while the caller writes the one before it.</summary>
public sealed class ReadAheadTests
{
    private int fetched;
    private bool disposed;

    [Fact]
    public async Task Pages_come_in_their_order_and_all_of_them()
    {
        var pages = new List<int>();
        await foreach (var page in ReadAhead.OneAheadAsync(Pages, Token))
        {
            pages.Add(page);
        }

        Assert.Equal([1, 2, 3, 4], pages);
        Assert.True(disposed);
    }

    [Fact]
    public async Task Exactly_one_page_is_fetched_ahead_of_the_caller()
    {
        var ahead = new List<int>();
        await foreach (var page in ReadAhead.OneAheadAsync(Pages, Token))
        {
            ahead.Add(fetched - page);
        }

        Assert.Equal([1, 1, 1, 0], ahead);
    }

    [Fact]
    public async Task A_caller_that_stops_cancels_the_fetch_and_waits_for_its_end()
    {
        await foreach (var page in ReadAhead.OneAheadAsync(HangAfterTheFirst, Token))
        {
            Assert.Equal(1, page);
            break;
        }

        Assert.True(disposed);
    }

    [Fact]
    public async Task A_caller_that_stops_while_a_page_is_ready_ends_the_source()
    {
        await foreach (var page in ReadAhead.OneAheadAsync(Pages, Token))
        {
            Assert.Equal(1, page);
            break;
        }

        Assert.Equal((2, true), (fetched, disposed));
    }

    [Fact]
    public async Task A_failed_fetch_reaches_the_caller_after_the_pages_before_it()
    {
        var pages = new List<int>();

        await Assert.ThrowsAsync<InvalidDataException>(async () =>
        {
            await foreach (var page in ReadAhead.OneAheadAsync(FailAfterTheFirst, Token))
            {
                pages.Add(page);
            }
        });

        Assert.Equal([1], pages);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private async IAsyncEnumerable<int> Pages([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            while (fetched < 4)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return ++fetched;
            }
        }
        finally
        {
            await Task.CompletedTask;
            disposed = true;
        }
    }

    private async IAsyncEnumerable<int> HangAfterTheFirst([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            yield return 1;
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
        finally
        {
            disposed = true;
        }
    }

    private static async IAsyncEnumerable<int> FailAfterTheFirst(
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        yield return 1;
        await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
        throw new InvalidDataException("The page was cut.");
    }
}
