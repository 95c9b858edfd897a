namespace Backfill.Core.Sync.Runs;

/// <summary>A run that a command waits for: of this process, of another process, or at Inngest.</summary>
internal interface IFollowedRun
{
    /// <summary>Returns the newest known state of the run.</summary>
    RepoSync Snapshot();

    /// <summary>Completes when nothing more can be learned about the run. Never fails.</summary>
    Task Finished { get; }

    /// <summary>Gets why the run did not end as complete; null where only its record says so.</summary>
    BackfillException? Error => null;

    /// <summary>Gets the name that the repository had when the run began; null where the repository was not renamed.</summary>
    string? FormerName => null;

    /// <summary>Gets the limit that holds the run back; null while no limit does.</summary>
    string? WaitsFor => null;

    /// <summary>Gets how long a command waits when the user names no time; null waits until the run ends.</summary>
    TimeSpan? Patience => null;

    /// <summary>Returns the steps that were noted since the last call.</summary>
    IEnumerable<string> TakeNotes() => [];

    /// <summary>Returns the warnings since the last call, and removes them.</summary>
    IEnumerable<string> TakeWarnings() => [];

    /// <summary>Returns a message and an action for a run that has not ended when the time for waiting is over.</summary>
    (string Message, string Action) DescribeUnfinished(TimeSpan timeout)
    {
        var repository = Snapshot().Repository;
        return (
            $"The sync of {repository} did not end within {timeout}; it goes on.",
            $"Wait again with Wait-RepoSync {repository}, or end the run with Stop-RepoSync {repository}."
        );
    }
}
