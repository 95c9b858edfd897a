using System.Collections.Concurrent;
using System.Management.Automation;
using System.Threading.Channels;

namespace Backfill.Cmdlets.Pipeline;

/// <summary>
/// Passes the output of one operation of the engine to the pipeline's thread, because only that thread may write to
/// PowerShell's streams. The operation waits when the pipeline is slower. The pipeline's thread waits nowhere else.
/// </summary>
/// <param name="command">The cmdlet whose streams are written.</param>
/// <param name="clock">The clock of the progress.</param>
/// <param name="log">The log file of the cmdlet. Everything that is written goes into it as well.</param>
internal sealed class Pump(BackfillCommand command, TimeProvider clock, CommandLog log) : IOperationOutput
{
    private const int Capacity = 128;

    // The time that a cancelled operation has to close its connections. Ctrl+C must return within a second.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    private readonly ProgressBoard progress = new(clock);
    private readonly Channel<Action> writes = Channel.CreateBounded<Action>(
        new BoundedChannelOptions(Capacity) { SingleReader = true }
    );
    private readonly ConcurrentQueue<string> requests = [];
    private Exception? failure;

    /// <summary>Shows a line in the Debug stream. It may be called from any thread, and does not wait.</summary>
    internal void Debug(string line) => requests.Enqueue(line);

    /// <summary>Runs an operation on the thread pool and writes its output in order, until it ends.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="stopping">Cancelled by Ctrl+C or another end of the pipeline.</param>
    /// <returns>The exception of the operation, or null.</returns>
    /// <exception cref="PipelineStoppedException">The pipeline was stopped. An operation that ignores its token is left running.</exception>
    internal Exception? Run(Func<IOperationOutput, CancellationToken, Task> operation, CancellationToken stopping)
    {
        var cancellation = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var work = Task.Run(() => OperateAsync(operation, cancellation.Token), CancellationToken.None);
        var finished = false;
        try
        {
            WriteUntilClosed(stopping);
            WaitShowingProgress(work, stopping);
            Show(progress.Close());
            finished = true;
            return failure;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
        finally
        {
            if (!finished)
            {
                // A pipeline that ends accepts no more records, but its host does.
                foreach (var last in progress.Close())
                {
                    command.Host?.UI?.WriteProgress(0, Record(last));
                }
            }

            LetGo(work, cancellation);
        }
    }

    /// <summary>Waits for a task, up to a time limit.</summary>
    /// <returns>Whether the task ended.</returns>
    /// <exception cref="OperationCanceledException">The pipeline was stopped.</exception>
    internal static bool Wait(Task task, TimeSpan limit, CancellationToken stopping)
    {
#pragma warning disable VSTHRD002 // PowerShell calls a cmdlet synchronously: the one blocking wait of the product. No task here needs this thread.
        return Task.WaitAny([task], (int)limit.TotalMilliseconds, stopping) == 0;
#pragma warning restore VSTHRD002
    }

    /// <inheritdoc/>
    public ValueTask WriteAsync(object result, CancellationToken cancellationToken) =>
        WriteAsync(log.Result(result), () => command.Emit(result), cancellationToken);

    /// <inheritdoc/>
    public ValueTask ErrorAsync(BackfillException error, CancellationToken cancellationToken) =>
        WriteAsync(log.Error(error), () => command.Report(error), cancellationToken);

    /// <inheritdoc/>
    public ValueTask WarningAsync(string message, CancellationToken cancellationToken) =>
        WriteAsync(
            log.Line(LogSeverity.Warning, message),
            () => command.WriteWarning(ScreenText.Of(message)),
            cancellationToken
        );

    /// <inheritdoc/>
    public ValueTask InformationAsync(string message, CancellationToken cancellationToken) =>
        // Write-Host gives the same tag. The host shows such a record without -InformationAction Continue.
        WriteAsync(
            log.Line(LogSeverity.Information, message),
            () => command.WriteInformation(ScreenText.Of(message), ["PSHOST"]),
            cancellationToken
        );

    /// <inheritdoc/>
    public ValueTask VerboseAsync(string message, CancellationToken cancellationToken) =>
        WriteAsync(
            log.Line(LogSeverity.Verbose, message),
            () => command.WriteVerbose(ScreenText.Of(message)),
            cancellationToken
        );

    /// <inheritdoc/>
    public void Progress(OperationProgress progress) => this.progress.Report(progress);

    // The line is written here and not on the pipeline's thread, so that a log has it also when the pipeline has ended.
    private ValueTask WriteAsync(Action? line, Action write, CancellationToken cancellationToken)
    {
        line?.Invoke();
        return writes.Writer.WriteAsync(write, cancellationToken);
    }

    private async Task OperateAsync(
        Func<IOperationOutput, CancellationToken, Task> operation,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await operation(this, cancellationToken);
        }
        catch (Exception exception)
        {
            failure = exception;
        }
        finally
        {
            writes.Writer.TryComplete();
        }
    }

    private void WriteUntilClosed(CancellationToken stopping)
    {
        while (!writes.Reader.Completion.IsCompleted)
        {
            while (writes.Reader.TryRead(out var write))
            {
                write();
                Show(progress.Due());
            }

            WaitShowingProgress(writes.Reader.WaitToReadAsync(CancellationToken.None).AsTask(), stopping);
        }
    }

    private void WaitShowingProgress(Task task, CancellationToken stopping)
    {
        while (!Wait(task, ProgressBoard.Interval, stopping))
        {
            Show(progress.Due());
        }
    }

    private void Show(IReadOnlyList<OperationProgress> reports)
    {
        while (requests.TryDequeue(out var line))
        {
            command.WriteDebug(ScreenText.Of(line));
        }

        foreach (var report in reports)
        {
            command.WriteProgress(Record(report));
        }
    }

    private void LetGo(Task work, CancellationTokenSource cancellation)
    {
        if (work.IsCompleted)
        {
            cancellation.Dispose();
            return;
        }

        writes.Writer.TryComplete(new OperationCanceledException());
        Wait(CancelAsync(work, cancellation), Grace, CancellationToken.None);
    }

    // The task goes on without the cmdlet when the operation ignores its token. It never faults: the exception of the
    // operation is kept, and an exception from a callback of the token no longer matters.
    private static async Task CancelAsync(Task work, CancellationTokenSource cancellation)
    {
        using (cancellation)
        {
            await cancellation.CancelAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await work;
        }
    }

    private static ProgressRecord Record(OperationProgress progress)
    {
        var activity = ScreenText.Of(progress.Activity);
        // PowerShell refuses empty texts. For PowerShell, -1 means "not known".
        return new ProgressRecord(
            progress.Id,
            activity,
            progress.Status.Length == 0 ? activity : ScreenText.Of(progress.Status)
        )
        {
            PercentComplete = progress.PercentComplete is { } percent ? Math.Clamp(percent, 0, 100) : -1,
            SecondsRemaining = progress.SecondsRemaining ?? -1,
            ParentActivityId = progress.ParentId ?? -1,
            RecordType = progress.Completed ? ProgressRecordType.Completed : ProgressRecordType.Processing,
        };
    }
}
