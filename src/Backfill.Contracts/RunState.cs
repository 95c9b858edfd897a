namespace Backfill;

/// <summary>Where a run, or a step of one, stands. Only these states exist: in objects, in <c>backfill.sync_run</c>, in progress and in JSON.</summary>
public enum RunState
{
    /// <summary>A dry run: nothing was or will be done; the object carries an estimate.</summary>
    Planned,

    /// <summary>Accepted, not begun.</summary>
    Queued,

    /// <summary>At work.</summary>
    Running,

    /// <summary>Held back by a rate limit, or by a batch under way at a provider; the object says until when, or which.</summary>
    Waiting,

    /// <summary>Finished, and proven complete for its scope.</summary>
    Completed,

    /// <summary>Finished with gaps, which the object names.</summary>
    Incomplete,

    /// <summary>Ended by an error.</summary>
    Failed,

    /// <summary>Ended because somebody asked for it; what was committed stays.</summary>
    Stopped,

    /// <summary>The owner's heartbeat ended; the next start resumes it.</summary>
    Interrupted,

    /// <summary>Not done because it does not apply, with the reason.</summary>
    Skipped,
}
