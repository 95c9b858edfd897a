namespace Backfill.Core.Sync.Runs;

/// <summary>The error of a run that another process ended otherwise than completed; a run of this process has its own. A run at Inngest is tried again there, or finished here.</summary>
internal static class RunErrors
{
    public static BackfillException Of(RepoSync run) =>
        run.State switch
        {
            RunState.Incomplete => new BackfillException(
                ErrorIds.SyncIncomplete,
                ErrorKind.Data,
                $"The sync of {run.Repository} ended with gaps{(run.Gaps.Count > 0 ? $", for example: {run.Gaps[0]}" : "")}.",
                $"Run {Again(run)} again: it tries only what is missing.",
                run
            ),
            RunState.Stopped => new BackfillException(
                ErrorIds.SyncStopped,
                ErrorKind.Conflict,
                $"The sync of {run.Repository} was stopped; what it had committed stays.",
                $"Run {Again(run)} again: it goes on from there.",
                run
            ),
            RunState.Interrupted when run.Engine == nameof(EngineKind.Inngest) => new BackfillException(
                ErrorIds.SyncInterrupted,
                ErrorKind.Unavailable,
                $"The process that sent the event for {run.Repository} ended before it recorded an answer: whether Inngest accepted the event is not known.",
                $"Run {Again(run)} again.",
                run
            ),
            RunState.Interrupted => new BackfillException(
                ErrorIds.SyncInterrupted,
                ErrorKind.Unavailable,
                $"The process that synced {run.Repository} is gone.",
                $"Run Start-RepoSync {run.Repository} again: it goes on from the last committed page.",
                run
            ),
            _ => new BackfillException(
                ErrorIds.SyncFailed,
                ErrorKind.Data,
                $"The sync of {run.Repository} failed: {run.Error}",
                $"Mend the cause, then run {Again(run)} again: it goes on from what is stored.",
                run
            ),
        };

    /// <summary>The error of a run whose own process ends.</summary>
    public static BackfillException ProcessEnded(string repository) =>
        new(
            ErrorIds.SyncInterrupted,
            ErrorKind.Unavailable,
            "Its process ended before the sync did.",
            $"Run Start-RepoSync {repository} again: it goes on from the last committed page. With -Wait the process stays until the sync has ended.",
            repository
        );

    /// <summary>The error of a sync that was to start while its process ends.</summary>
    public static BackfillException ProcessEnds(string repository) =>
        new(
            ErrorIds.SyncInterrupted,
            ErrorKind.Unavailable,
            $"The sync of {repository} was not started, because this process is ending.",
            $"Run Start-RepoSync {repository} in another process.",
            repository
        );

    private static string Again(RepoSync run) =>
        run.Engine == nameof(EngineKind.Inngest)
            ? $"Start-RepoSync {run.Repository} (here; or with -Engine Inngest)"
            : $"Start-RepoSync {run.Repository}";
}
