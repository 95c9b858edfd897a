namespace Backfill.Cmdlets.Sync;

/// <summary>The error about a run that is not there.</summary>
internal static class RunErrors
{
    /// <summary>The error for a run or repository that has none.</summary>
    internal static BackfillException NotFound(string message, object subject) =>
        new(
            ErrorIds.RunNotFound,
            ErrorKind.NotFound,
            message,
            "Get-RepoSync without parameters lists the runs that there are.",
            subject
        );
}
