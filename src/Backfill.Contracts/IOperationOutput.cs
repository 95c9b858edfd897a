namespace Backfill;

/// <summary>Where an operation tells what it does while it works. The cmdlets' pump hands it to PowerShell's streams.</summary>
public interface IOperationOutput
{
    /// <summary>Hands on one finished result object.</summary>
    ValueTask WriteAsync(object result, CancellationToken cancellationToken);

    /// <summary>Reports an error that does not end the operation.</summary>
    ValueTask ErrorAsync(BackfillException error, CancellationToken cancellationToken);

    /// <summary>Reports something that the operator should know.</summary>
    ValueTask WarningAsync(string message, CancellationToken cancellationToken);

    /// <summary>Shows something on the screen that was asked for, such as what a dry run would send.</summary>
    ValueTask InformationAsync(string message, CancellationToken cancellationToken);

    /// <summary>Reports a step, for whoever asked for details.</summary>
    ValueTask VerboseAsync(string message, CancellationToken cancellationToken);

    /// <summary>Replaces what is shown of an activity. Never blocks; only the newest state is shown, at most five times a second.</summary>
    void Progress(OperationProgress progress);
}

/// <summary>How far an activity is.</summary>
/// <param name="Id">Stable id of the activity on the screen, unique in one pipeline.</param>
/// <param name="Activity">What is being done, for example <c>Sync octo/hello</c>.</param>
/// <param name="Status">What it is at, for example <c>pull requests 300 of 998</c>.</param>
/// <param name="PercentComplete">0 to 100, or null when unknown.</param>
/// <param name="SecondsRemaining">Estimated seconds, or null when unknown.</param>
/// <param name="ParentId">The activity that this one is a part of.</param>
/// <param name="Completed">True for the last report of an activity.</param>
public sealed record OperationProgress(
    int Id,
    string Activity,
    string Status,
    int? PercentComplete = null,
    int? SecondsRemaining = null,
    int? ParentId = null,
    bool Completed = false
);
