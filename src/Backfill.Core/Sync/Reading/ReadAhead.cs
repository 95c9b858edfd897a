using System.Runtime.CompilerServices;

namespace Backfill.Core.Sync.Reading;

/// <summary>Fetches the next page while the one before it is written: the network and the database work at the same time.</summary>
internal static class ReadAhead
{
    /// <summary>The same pages, each fetched while the caller works on the one before; no more than one is held ready.</summary>
    public static async IAsyncEnumerable<T> OneAheadAsync<T>(
        Func<CancellationToken, IAsyncEnumerable<T>> source,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        using var abandon = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pages = source(abandon.Token).GetAsyncEnumerator(CancellationToken.None);
        var next = pages.MoveNextAsync().AsTask();
        try
        {
            while (await next)
            {
                var page = pages.Current;
                next = pages.MoveNextAsync().AsTask();
                yield return page;
            }
        }
        finally
        {
            // The caller may have stopped in the middle: nothing may go on behind it.
            await abandon.CancelAsync();
            await Task.WhenAny(next);
            await pages.DisposeAsync();
        }
    }
}
