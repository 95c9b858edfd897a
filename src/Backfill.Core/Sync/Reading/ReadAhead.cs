using System.Runtime.CompilerServices;

namespace Backfill.Core.Sync.Reading;

/// <summary>Fetches the next page while the page before it is stored, so that GitHub and the database work at the same time.</summary>
internal static class ReadAhead
{
    /// <summary>Returns the pages of the source. Each page is fetched while the caller works on the page before it. At most one page waits.</summary>
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
            // The caller may stop before the last page. The fetch that is under way must end then.
            await abandon.CancelAsync();
            await Task.WhenAny(next);
            await pages.DisposeAsync();
        }
    }
}
