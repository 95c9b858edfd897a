namespace Backfill.Core.Sync.Reading;

/// <summary>Runs parts of a run that do not wait for each other.</summary>
internal static class SideBySide
{
    /// <summary>Runs all parts at the same time. When one fails, the others are cancelled, and its exception is thrown when all have ended.</summary>
    public static async Task RunAsync(
        IEnumerable<Func<CancellationToken, Task>> pieces,
        CancellationToken cancellationToken
    )
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = pieces.Select(piece => piece(ending.Token)).ToList();
        var all = Task.WhenAll(running);
        while (running.Count > 0)
        {
            var ended = await Task.WhenAny(running);
            running.Remove(ended);
            if (!ended.IsCompletedSuccessfully)
            {
                await ending.CancelAsync();
                break;
            }
        }

        // Throws the exception of the part that failed, and not the cancellation of the others.
        await all;
    }
}
