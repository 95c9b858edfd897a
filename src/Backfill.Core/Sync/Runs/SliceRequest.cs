namespace Backfill.Core.Sync.Runs;

/// <summary>A request to do the next slice of a run.</summary>
/// <param name="RunId">The id of the run. It is the same for all slices, and a slice that is done twice writes the same rows.</param>
/// <param name="Sync">What the run copies. Its repository has to be tracked.</param>
/// <param name="Length">The time after which the slice ends at the next page border.</param>
internal sealed record SliceRequest(Guid RunId, SyncRequest Sync, TimeSpan Length)
{
    /// <summary>Gets the longest time for which a limit may hold the slice back. The default is 5 seconds.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets the time after which the caller tries again after an error that can get better. The default is null: the error ends the run.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Gets the token that ends the slice at its next page border.</summary>
    public CancellationToken Ending { get; init; }
}

/// <summary>What comes after a slice.</summary>
internal enum SliceNext
{
    /// <summary>The next slice can begin at once.</summary>
    More,

    /// <summary>The next slice can begin at <see cref="SyncSlice.ResumesAt"/>, when a limit ends.</summary>
    Wait,

    /// <summary>Another run works on the repository, or every token is in use. Nothing was done.</summary>
    Busy,

    /// <summary>An error that can get better ended the slice. The run goes on with the next one.</summary>
    Retry,

    /// <summary>The run has ended.</summary>
    Done,
}

/// <summary>The end of a slice.</summary>
/// <param name="Next">What comes next.</param>
/// <param name="Run">The run as it is now.</param>
internal sealed record SyncSlice(SliceNext Next, RepoSync Run)
{
    /// <summary>Gets the time at which the next slice can begin; null for now.</summary>
    public DateTimeOffset? ResumesAt { get; init; }

    /// <summary>Gets the error that ended the slice or the run; null without an error.</summary>
    public BackfillException? Error { get; init; }
}
