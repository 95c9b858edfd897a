namespace Backfill;

/// <summary>The output of an operation while it works. The cmdlets pass it to PowerShell's streams.</summary>
public interface IOperationOutput
{
    /// <summary>Writes one result.</summary>
    ValueTask WriteAsync(object result, CancellationToken cancellationToken);

    /// <summary>Reports an error that does not end the operation.</summary>
    ValueTask ErrorAsync(BackfillException error, CancellationToken cancellationToken);

    /// <summary>Writes a warning.</summary>
    ValueTask WarningAsync(string message, CancellationToken cancellationToken);

    /// <summary>Shows a line on the screen, such as what a dry run would send.</summary>
    ValueTask InformationAsync(string message, CancellationToken cancellationToken);

    /// <summary>Writes a line for -Verbose.</summary>
    ValueTask VerboseAsync(string message, CancellationToken cancellationToken);

    /// <summary>Replaces the progress of an activity. It never blocks. Only the newest state is shown, at most five times per second.</summary>
    void Progress(OperationProgress progress);
}

/// <summary>The progress of an activity.</summary>
/// <param name="Id">Gets the stable id of the activity, unique in one pipeline.</param>
/// <param name="Activity">Gets the activity, for example <c>Sync octo/hello</c>.</param>
/// <param name="Status">Gets the status, for example <c>pull requests 300 of 998</c>.</param>
/// <param name="PercentComplete">Gets the percentage, from 0 to 100; null when it is not known.</param>
/// <param name="SecondsRemaining">Gets the estimated seconds that remain; null when they are not known.</param>
/// <param name="ParentId">Gets the id of the activity that this one is a part of, or null.</param>
/// <param name="Completed">Gets whether this is the last report of the activity.</param>
public sealed record OperationProgress(
    int Id,
    string Activity,
    string Status,
    int? PercentComplete = null,
    int? SecondsRemaining = null,
    int? ParentId = null,
    bool Completed = false
);
