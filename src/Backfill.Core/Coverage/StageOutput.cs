namespace Backfill.Core.Coverage;

/// <summary>Passes on the messages and errors of a stage that a repair runs or plans, and drops its results.</summary>
internal class StageOutput(IOperationOutput inner) : IOperationOutput
{
    public virtual ValueTask WriteAsync(object result, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask ErrorAsync(BackfillException error, CancellationToken cancellationToken) =>
        inner.ErrorAsync(error, cancellationToken);

    public ValueTask WarningAsync(string message, CancellationToken cancellationToken) =>
        inner.WarningAsync(message, cancellationToken);

    public ValueTask InformationAsync(string message, CancellationToken cancellationToken) =>
        inner.InformationAsync(message, cancellationToken);

    public ValueTask VerboseAsync(string message, CancellationToken cancellationToken) =>
        inner.VerboseAsync(message, cancellationToken);

    public void Progress(OperationProgress progress) => inner.Progress(progress);
}
