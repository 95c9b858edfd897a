using Backfill.Core.Postgres;
using Backfill.Core.Sync.Reading;

namespace Backfill.Core.Sync.Runs;

/// <summary>A run of this process, as others look at it while it works.</summary>
internal sealed class LocalRun : IFollowedRun, IDisposable
{
    private readonly Lock sync = new();
    private readonly TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource stop = new();
    private readonly TimeProvider time;
    private RepoSync state;

    public LocalRun(
        SyncStart start,
        DateTimeOffset? since,
        DateTimeOffset startedAt,
        Guid id,
        Database database,
        TimeProvider time
    )
    {
        this.time = time;
        Database = database;
        Id = id;
        Progress = start.Progress;
        state = new RepoSync
        {
            Id = id,
            Repository = start.Repository.FullName,
            RepositoryId = start.Repository.Id,
            State = RunState.Queued,
            From = since,
            StartedAt = startedAt,
        };
        startedTimestamp = time.GetTimestamp();
    }

    private readonly long startedTimestamp;

    public Guid Id { get; }

    /// <summary>Where the run is recorded.</summary>
    public Database Database { get; }

    public SyncProgress Progress { get; }

    /// <summary>Completes when the run has ended and that is recorded; never fails.</summary>
    public Task Finished => finished.Task;

    /// <summary>Why the run ended as it did.</summary>
    public BackfillException? Error { get; private set; }

    /// <inheritdoc/>
    public string? WaitsFor => Progress.WaitsFor?.Reason;

    /// <summary>Cancelled when the run shall end at its next page.</summary>
    public CancellationToken Stopping => stop.Token;

    /// <inheritdoc/>
    public IEnumerable<string> TakeNotes() => Progress.TakeNotes();

    /// <summary>The run as it is now.</summary>
    public RepoSync Snapshot()
    {
        lock (sync)
        {
            var waits = state.FinishedAt is null ? Progress.WaitsFor : null;
            return state with
            {
                State = state.State == RunState.Running && waits is not null ? RunState.Waiting : state.State,
                WaitingUntil = waits?.Until,
                Duration = state.Duration ?? time.GetElapsedTime(startedTimestamp),
                Counts = Progress.Counts,
                Requests = Progress.Requests,
                Points = Progress.Points,
            };
        }
    }

    public void Work()
    {
        lock (sync)
        {
            state = state with { State = RunState.Running };
        }
    }

    /// <summary>The name that the repository had when the run began; null where it has not moved.</summary>
    public string? FormerName { get; private set; }

    /// <summary>The repository is called otherwise at GitHub now.</summary>
    public void Rename(string fullName)
    {
        lock (sync)
        {
            FormerName ??= state.Repository;
            state = state with { Repository = fullName };
        }
    }

    /// <summary>Asks the run to end; what was committed stays.</summary>
    public void Stop()
    {
        lock (sync)
        {
            if (state.FinishedAt is null)
            {
                stop.Cancel();
            }
        }
    }

    /// <summary>Gets whether the run ends because its process does.</summary>
    public bool IsInterrupted { get; private set; }

    /// <summary>Ends the run because its process ends; what was committed stays. A run that was already asked to stop stays a stopped one.</summary>
    public void Interrupt()
    {
        lock (sync)
        {
            IsInterrupted |= !stop.IsCancellationRequested;
        }

        Stop();
    }

    /// <summary>Settles how the run ended, before that is recorded.</summary>
    public void End(RunState end, IReadOnlyList<SyncGap> gaps, BackfillException? error)
    {
        lock (sync)
        {
            Error = error;
            state = state with
            {
                State = end,
                Gaps = gaps,
                Error = error is null || end == RunState.Incomplete ? null : error.Message,
                Duration = time.GetElapsedTime(startedTimestamp),
            };
        }
    }

    /// <summary>The end is recorded: whoever waits goes on.</summary>
    public void Finish(DateTimeOffset finishedAt)
    {
        lock (sync)
        {
            state = state with { FinishedAt = finishedAt };
        }

        finished.TrySetResult();
    }

    /// <inheritdoc/>
    public void Dispose() => stop.Dispose();
}
