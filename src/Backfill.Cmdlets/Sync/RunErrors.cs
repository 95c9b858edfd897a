using System.Globalization;

namespace Backfill.Cmdlets.Sync;

/// <summary>The errors about runs that did not end as they should, or are not there.</summary>
internal static class RunErrors
{
    /// <summary>The error of a run that ended otherwise than completed; null for one that is complete or still at work.</summary>
    internal static BackfillException? Of(RepoSync run) =>
        run.State switch
        {
            RunState.Failed => Error(
                ErrorIds.SyncFailed,
                run,
                $"The sync of {run.Repository} failed: {run.Error ?? "the cause was not recorded."}",
                "Remove the cause and start it again with Start-RepoSync; it goes on where it was."
            ),
            RunState.Incomplete => Error(
                ErrorIds.SyncIncomplete,
                run,
                Incomplete(run),
                "Start it again with Start-RepoSync: it tries what is missing once more. The run's Gaps name everything."
            ),
            RunState.Stopped => Error(
                ErrorIds.SyncStopped,
                run,
                $"The sync of {run.Repository} was stopped. What it had stored stays.",
                "Start it again with Start-RepoSync; it goes on where it was."
            ),
            RunState.Interrupted => Error(
                ErrorIds.SyncInterrupted,
                run,
                $"The process that did the sync of {run.Repository} is gone. What it had stored stays.",
                "Start it again with Start-RepoSync; it goes on where it was."
            ),
            _ => null,
        };

    /// <summary>The error for a run or repository that has none.</summary>
    internal static BackfillException NotFound(string message, object subject) =>
        new(
            ErrorIds.RunNotFound,
            ErrorKind.NotFound,
            message,
            "Get-RepoSync without parameters lists the runs that there are.",
            subject
        );

    private static string Incomplete(RepoSync run) =>
        run.Gaps.Count == 0
            ? $"The sync of {run.Repository} is incomplete: {run.Error ?? "its counts differ from GitHub's."}"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"The sync of {run.Repository} is incomplete, with {run.Gaps.Count} gaps. The first is {run.Gaps[0]}"
            );

    private static BackfillException Error(string id, RepoSync run, string message, string action) =>
        new(id, ErrorKind.Data, message, action, run);
}
