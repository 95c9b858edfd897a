using Backfill.Worker.Operations;

namespace Backfill.Worker.Serving;

/// <summary>Registers the functions when the worker starts, and again when the server does not know them any more: a dev server forgets them when it restarts.</summary>
internal sealed class RegistrationLoop(
    Registration registration,
    WorkerOptions options,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<RegistrationLoop> logger
) : BackgroundService
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await ListeningAsync(stoppingToken);
            while (true)
            {
                await RegisterAsync(stoppingToken);
                do
                {
                    await Task.Delay(LookInterval, time, stoppingToken);
                } while (await registration.IsKnownAsync(stoppingToken) != false);
                Log.Forgotten(logger, options.Settings.Inngest.ApiUrl.Authority, options.App);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The worker stops.
        }
    }

    // The address is only known once the server listens.
    private async Task ListeningAsync(CancellationToken cancellationToken)
    {
        var listening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var started = lifetime.ApplicationStarted.Register(listening.SetResult);
        await listening.Task.WaitAsync(cancellationToken);
    }

    private async Task RegisterAsync(CancellationToken cancellationToken)
    {
        var pause = FirstPause;
        while (await registration.RegisterAsync(null, null, cancellationToken) is { Accepted: false } refused)
        {
            Log.NotRegistered(logger, options.Settings.Inngest.ApiUrl.Authority, refused.Message, pause);
            await Task.Delay(pause, time, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }
}
