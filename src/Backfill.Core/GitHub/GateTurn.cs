namespace Backfill.Core.GitHub;

/// <summary>Lets one request through at a time.</summary>
internal sealed class GateTurn : IDisposable
{
    private readonly SemaphoreSlim free = new(1);
    private int requests;

    /// <summary>Gets the number of requests that have the turn or wait for it.</summary>
    public int Requests => Volatile.Read(ref requests);

    /// <summary>Counts a request that will wait for the turn.</summary>
    public void Join() => Interlocked.Increment(ref requests);

    /// <summary>Waits for the turn. A request that is cancelled meanwhile does not count any more.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            await free.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Interlocked.Decrement(ref requests);
            throw;
        }
    }

    /// <summary>Gives the turn back.</summary>
    public void Leave()
    {
        Interlocked.Decrement(ref requests);
        free.Release();
    }

    /// <inheritdoc/>
    public void Dispose() => free.Dispose();
}
