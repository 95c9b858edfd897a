namespace Backfill.Worker.Operations;

/// <summary>
/// The stop of the process. Slices end at their next page border, and what has not ended shortly before the host would abort
/// its requests is cancelled. Stored pages stay either way.
/// </summary>
internal sealed class StopSignal : IDisposable
{
    /// <summary>The time for which the host waits for requests under way.</summary>
    public static readonly TimeSpan HostPatience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(7);

    private readonly CancellationTokenSource now;
    private readonly CancellationTokenRegistration registration;

    /// <summary>Begins to watch the host.</summary>
    public StopSignal(IHostApplicationLifetime lifetime, TimeProvider time, ILogger<StopSignal> logger)
    {
        Soon = lifetime.ApplicationStopping;
        now = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        registration = Soon.Register(() =>
        {
            Log.Stopping(logger);
            now.CancelAfter(Patience);
        });
    }

    /// <summary>Gets the token that ends slices at their next page border.</summary>
    public CancellationToken Soon { get; }

    /// <summary>Gets the token that ends all work at once.</summary>
    public CancellationToken Now => now.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        registration.Dispose();
        now.Dispose();
    }
}
