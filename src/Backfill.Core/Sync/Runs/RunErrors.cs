using Backfill.Core.Sync.Reading;

namespace Backfill.Core.Sync.Runs;

/// <summary>Makes the errors of runs.</summary>
internal static class RunErrors
{
    /// <summary>Returns the error of a run that did not end as complete, by its record. A run of this process has an error of its own.</summary>
    public static BackfillException Of(RepoSync run) =>
        run.State switch
        {
            RunState.Incomplete => new BackfillException(
                ErrorIds.SyncIncomplete,
                ErrorKind.Data,
                $"The sync of {run.Repository} ended with gaps{(run.Gaps.Count > 0 ? $", for example: {run.Gaps[0]}" : "")}.",
                $"Run {Again(run)} again: it reads only what is missing.",
                run
            ),
            RunState.Stopped => new BackfillException(
                ErrorIds.SyncStopped,
                ErrorKind.Conflict,
                $"The sync of {run.Repository} was stopped. The pages that it had stored stay.",
                $"Run {Again(run)} again: it goes on from the last stored page.",
                run
            ),
            RunState.Interrupted when run.Engine == nameof(EngineKind.Inngest) => new BackfillException(
                ErrorIds.SyncInterrupted,
                ErrorKind.Unavailable,
                $"The process that sent the event for {run.Repository} ended before it recorded Inngest's response, so it is not known whether Inngest accepted the event.",
                $"Run {Again(run)} again.",
                run
            ),
            RunState.Interrupted => new BackfillException(
                ErrorIds.SyncInterrupted,
                ErrorKind.Unavailable,
                $"The process that synced {run.Repository} is gone.",
                $"Run Start-RepoSync {run.Repository} again: it goes on from the last stored page.",
                run
            ),
            _ => new BackfillException(
                ErrorIds.SyncFailed,
                ErrorKind.Data,
                $"The sync of {run.Repository} failed: {run.Error}",
                $"Fix the cause, then run {Again(run)} again: it goes on from the last stored page.",
                run
            ),
        };

    /// <summary>Returns the error of a run whose own process ends.</summary>
    public static BackfillException ProcessEnded(string repository) =>
        new(
            ErrorIds.SyncInterrupted,
            ErrorKind.Unavailable,
            "The process ended before the sync did.",
            $"Run Start-RepoSync {repository} again: it goes on from the last stored page. With -Wait the process stays until the sync has ended.",
            repository
        );

    /// <summary>Returns the error of a sync that cannot start because its process ends.</summary>
    public static BackfillException ProcessEnds(string repository) =>
        new(
            ErrorIds.SyncInterrupted,
            ErrorKind.Unavailable,
            $"The sync of {repository} was not started, because this process is ending.",
            $"Run Start-RepoSync {repository} in another process.",
            repository
        );

    /// <summary>Returns the error of a run that ended with gaps.</summary>
    public static BackfillException Incomplete(string repository, CrawlOutcome outcome) =>
        new(
            ErrorIds.SyncIncomplete,
            ErrorKind.Data,
            $"The sync of {repository} has {PipelineEstimate.Count(outcome.Total, "gap")}{(outcome.Total == 1 ? "" : ", for example")}: {outcome.Gaps[0]}.",
            $"Run Start-RepoSync {repository} again: it reads only what is missing. The property Gaps of the run and Test-BackfillCoverage list the gaps.",
            repository
        );

    /// <summary>Returns the error of a run that ended by a fault of the tool.</summary>
    public static BackfillException Unexpected(string repository, Exception fault) =>
        new(
            ErrorIds.SyncFailed,
            ErrorKind.Data,
            $"The sync of {repository} failed because of a fault of the tool: {fault.GetType().Name}: {fault.Message}",
            "Start the sync again: it goes on from the last stored page. If it fails at the same place, report the fault with this message.",
            repository,
            fault
        );

    private static string Again(RepoSync run) =>
        run.Engine == nameof(EngineKind.Inngest)
            ? $"Start-RepoSync {run.Repository} (in this process, or with -Engine Inngest)"
            : $"Start-RepoSync {run.Repository}";
}
