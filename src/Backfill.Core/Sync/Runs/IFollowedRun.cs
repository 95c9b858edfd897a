namespace Backfill.Core.Sync.Runs;

/// <summary>A run that a command waits for: of this process, of another process, or at Inngest.</summary>
internal interface IFollowedRun
{
    /// <summary>Returns the run as it is now, or as it was last seen.</summary>
    RepoSync Snapshot();

    /// <summary>Completes when nothing more can be learned about the run. Never fails.</summary>
    Task Finished { get; }

    /// <summary>Why the run did not end complete; null where only its record tells.</summary>
    BackfillException? Error => null;

    /// <summary>The name that the repository had when the run began; null where the repository was not renamed.</summary>
    string? FormerName => null;

    /// <summary>Why a rate limit holds the run back; null while none does.</summary>
    string? WaitsFor => null;

    /// <summary>How long a command waits that names no time; null without an end.</summary>
    TimeSpan? Patience => null;

    /// <summary>Returns the steps that were noted since the last call.</summary>
    IEnumerable<string> TakeNotes() => [];

    /// <summary>Returns what is known of the run when the time for waiting is over.</summary>
    (string Message, string Action) DescribeUnfinished(TimeSpan timeout)
    {
        var repository = Snapshot().Repository;
        return (
            $"The sync of {repository} did not end within {timeout}; it goes on.",
            $"Wait on with Wait-RepoSync {repository}, or end it with Stop-RepoSync {repository}."
        );
    }
}
