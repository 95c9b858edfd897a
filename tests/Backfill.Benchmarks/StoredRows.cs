namespace Backfill.Benchmarks;

/// <summary>Keeps how much the first sync stored; an error ends the measurement.</summary>
internal sealed class StoredRows : IOperationOutput
{
    /// <summary>Rows that syncs added.</summary>
    public long Rows { get; private set; }

    public ValueTask WriteAsync(object result, CancellationToken cancellationToken)
    {
        if (result is RepoSync run)
        {
            Rows += run.Counts.Sum(count => count.Added);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask ErrorAsync(BackfillException error, CancellationToken cancellationToken) => throw error;

    public ValueTask WarningAsync(string message, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask InformationAsync(string message, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask VerboseAsync(string message, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public void Progress(OperationProgress progress)
    {
        // Nobody looks.
    }
}
