using Backfill.Core.Postgres;
using Backfill.Core.Sync.Reading;

namespace Backfill.Core.Sync.Runs;

/// <summary>The state of a run of this process. The run changes it, and commands read it.</summary>
internal sealed class LocalRun : IFollowedRun, IDisposable
{
    private readonly Lock sync = new();
    private readonly TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource stop = new();
    private readonly TimeProvider time;
    private RepoSync state;
    private DateTimeOffset? restsUntil;

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

    /// <summary>Gets the database in which the run is recorded.</summary>
    public Database Database { get; }

    public SyncProgress Progress { get; }

    /// <summary>Completes when the run has ended and its end is recorded. Never fails.</summary>
    public Task Finished => finished.Task;

    /// <summary>Gets the error with which the run ended; null without an error.</summary>
    public BackfillException? Error { get; private set; }

    /// <inheritdoc/>
    public string? WaitsFor => Progress.WaitsFor?.Reason;

    /// <summary>Gets the token that is cancelled when the run has to end.</summary>
    public CancellationToken Stopping => stop.Token;

    /// <inheritdoc/>
    public IEnumerable<string> TakeNotes() => Progress.TakeNotes();

    /// <inheritdoc/>
    public IEnumerable<string> TakeWarnings() => Progress.TakeWarnings();

    /// <summary>Returns the run as it is now.</summary>
    public RepoSync Snapshot()
    {
        lock (sync)
        {
            var waits = state.FinishedAt is null ? restsUntil ?? Progress.WaitsFor?.Until : null;
            return state with
            {
                State = state.State == RunState.Running && waits is not null ? RunState.Waiting : state.State,
                WaitingUntil = waits,
                Duration = state.Duration ?? time.GetElapsedTime(startedTimestamp),
                Counts = Progress.Counts,
                Requests = Progress.Requests,
                Points = Progress.Points,
            };
        }
    }

    public void MarkRunning()
    {
        lock (sync)
        {
            state = state with { State = RunState.Running };
        }
    }

    /// <summary>Gets the name that the repository had when the run began; null where the repository was not renamed.</summary>
    public string? FormerName { get; private set; }

    /// <summary>Sets the name that the repository has at GitHub now.</summary>
    public void Rename(string fullName)
    {
        lock (sync)
        {
            FormerName ??= state.Repository;
            state = state with { Repository = fullName };
        }
    }

    /// <summary>Asks the run to end. Stored pages stay.</summary>
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

    /// <summary>Gets whether the run ends because its process ends.</summary>
    public bool IsInterrupted { get; private set; }

    /// <summary>Asks the run to end, because its process ends. Stored pages stay. A run that was already asked to stop ends as stopped.</summary>
    public void Interrupt()
    {
        lock (sync)
        {
            IsInterrupted |= !stop.IsCancellationRequested;
        }

        Stop();
    }

    /// <summary>Sets that the run rests until its next slice.</summary>
    /// <param name="until">The end of the limit that the run waits for; null where the next slice can begin at once.</param>
    public void Rest(DateTimeOffset? until)
    {
        lock (sync)
        {
            Progress.Waiting(null, "");
            restsUntil = until;
            // An error that can get better ended the slice, and not the run.
            state = state with
            {
                State = RunState.Running,
                Error = null,
                Duration = time.GetElapsedTime(startedTimestamp),
            };
        }
    }

    /// <summary>Sets how the run ended, before the end is recorded.</summary>
    public void SetEnd(RunState end, IReadOnlyList<SyncGap> gaps, BackfillException? error)
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

    /// <summary>Sets the recorded time of the end, and completes <see cref="Finished"/>.</summary>
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
