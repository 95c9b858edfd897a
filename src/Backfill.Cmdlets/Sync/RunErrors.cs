namespace Backfill.Cmdlets.Sync;

/// <summary>The error about a run that does not exist.</summary>
internal static class RunErrors
{
    /// <summary>Returns the error about a run that does not exist.</summary>
    internal static BackfillException NotFound(string message, object subject) =>
        new(
            ErrorIds.RunNotFound,
            ErrorKind.NotFound,
            message,
            "Get-RepoSync without parameters lists every run.",
            subject
        );
}
