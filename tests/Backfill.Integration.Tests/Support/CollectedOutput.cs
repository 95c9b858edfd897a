using System.Collections.Concurrent;

namespace Backfill.Integration.Tests.Support;

/// <summary>Keeps everything that an operation tells.</summary>
internal sealed class CollectedOutput : IOperationOutput
{
    public ConcurrentQueue<object> Results { get; } = new();

    public ConcurrentQueue<BackfillException> Errors { get; } = new();

    public ConcurrentQueue<string> Warnings { get; } = new();

    public ConcurrentQueue<string> Shown { get; } = new();

    public ConcurrentQueue<OperationProgress> Reports { get; } = new();

    public ValueTask WriteAsync(object result, CancellationToken cancellationToken)
    {
        Results.Enqueue(result);
        return ValueTask.CompletedTask;
    }

    public ValueTask ErrorAsync(BackfillException error, CancellationToken cancellationToken)
    {
        Errors.Enqueue(error);
        return ValueTask.CompletedTask;
    }

    public ValueTask WarningAsync(string message, CancellationToken cancellationToken)
    {
        Warnings.Enqueue(message);
        return ValueTask.CompletedTask;
    }

    public ValueTask InformationAsync(string message, CancellationToken cancellationToken)
    {
        Shown.Enqueue(message);
        return ValueTask.CompletedTask;
    }

    public ValueTask VerboseAsync(string message, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public void Progress(OperationProgress progress) => Reports.Enqueue(progress);
}
