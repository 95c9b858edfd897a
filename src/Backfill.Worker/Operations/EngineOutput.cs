using System.Collections.Concurrent;

namespace Backfill.Worker.Operations;

/// <summary>Logs what the engine says, and keeps its results and errors for the function.</summary>
internal sealed class EngineOutput(ILogger logger) : IOperationOutput
{
    /// <summary>Gets the results.</summary>
    public ConcurrentQueue<object> Results { get; } = new();

    /// <summary>Gets the errors that did not end the operation.</summary>
    public ConcurrentQueue<BackfillException> Errors { get; } = new();

    /// <inheritdoc/>
    public ValueTask WriteAsync(object result, CancellationToken cancellationToken)
    {
        Results.Enqueue(result);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask ErrorAsync(BackfillException error, CancellationToken cancellationToken)
    {
        Errors.Enqueue(error);
        Log.EngineReports(logger, error.ErrorId, error.Message);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask WarningAsync(string message, CancellationToken cancellationToken)
    {
        Log.EngineWarns(logger, message);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask InformationAsync(string message, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask VerboseAsync(string message, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public void Progress(OperationProgress progress)
    {
        // A service has no screen. Get-RepoSync shows the run.
    }
}
