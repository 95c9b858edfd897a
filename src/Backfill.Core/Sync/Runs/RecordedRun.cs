namespace Backfill.Core.Sync.Runs;

/// <summary>A run of another process, as its row in <c>backfill.sync_run</c> shows it.</summary>
internal sealed class RecordedRun(RepoSync run) : IFollowedRun
{
    private RepoSync state = run;

    /// <inheritdoc/>
    public Task Finished { get; } = new TaskCompletionSource().Task;

    /// <inheritdoc/>
    public RepoSync Snapshot() => state;

    /// <summary>Takes the row that was read again.</summary>
    public void Update(RepoSync read) => state = read;
}
