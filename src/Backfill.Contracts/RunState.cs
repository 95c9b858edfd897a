namespace Backfill;

/// <summary>The state of a run or of a result. Objects, <c>backfill.sync_run</c>, progress and JSON use the same states.</summary>
public enum RunState
{
    /// <summary>A dry run. Nothing was done, and the object has an estimate.</summary>
    Planned,

    /// <summary>Accepted, but not started.</summary>
    Queued,

    /// <summary>Running.</summary>
    Running,

    /// <summary>Waiting for a rate limit or for a batch at a provider. The object says until when, or for which batch.</summary>
    Waiting,

    /// <summary>Finished, and checked to be complete for its scope.</summary>
    Completed,

    /// <summary>Finished with gaps, which the object names.</summary>
    Incomplete,

    /// <summary>Ended by an error.</summary>
    Failed,

    /// <summary>Stopped by a user. Committed work stays.</summary>
    Stopped,

    /// <summary>The process of the run has ended. The next start resumes the run.</summary>
    Interrupted,

    /// <summary>Not done, because it does not apply. The object has the reason.</summary>
    Skipped,
}
