using Backfill.Core;
using Backfill.Worker.Serving;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Backfill.Worker.Operations;

/// <summary>Whether the database responds and has the tool's tables.</summary>
internal sealed class DatabaseHealth(BackfillEngine engine, WorkerOptions options) : IHealthCheck
{
    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    )
    {
        try
        {
            await engine.TrackedAsync(options.Settings, Guid.Empty, 1, cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (BackfillException error)
        {
            return HealthCheckResult.Unhealthy(error.ErrorId);
        }
    }
}

/// <summary>Whether Inngest has the functions, and the worker does not stop.</summary>
internal sealed class ServingHealth(Registration registration, StopSignal stop) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    ) =>
        Task.FromResult(
            stop.Soon.IsCancellationRequested ? HealthCheckResult.Unhealthy("The worker stops.")
            : registration.IsRegistered ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("The functions are not registered yet.")
        );
}
