using System.Collections.Concurrent;
using Backfill.Core.GitHub;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Reading;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Runs;

/// <summary>
/// Does runs in slices. All slices of a run share its row in <c>backfill.sync_run</c>. Each slice holds the repository's lease
/// under an id of its own, so that a slice whose caller gave it up writes nothing once another slice has begun. Between two
/// slices the lease is kept under the id of the run, so that no other run begins.
/// </summary>
internal sealed class RunSlices(TimeProvider time)
{
    // The caller calls again after a moment, but its server may have to try several times.
    private static readonly TimeSpan KeptAfterSlice = TimeSpan.FromMinutes(2);

    // A caller may wait for up to ten minutes before it looks again.
    private static readonly TimeSpan KeptWhileBusy = TimeSpan.FromMinutes(12);
    private static readonly TimeSpan BusyPause = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<Guid, LocalRun> working = [];

    /// <summary>Ends every slice at once, because the process ends. Stored pages stay, and the runs go on with their next slices.</summary>
    public void Interrupt()
    {
        foreach (var run in working.Values)
        {
            run.Interrupt();
        }
    }

    /// <summary>Does the next slice of a run.</summary>
    public async Task<SyncSlice> RunAsync(
        Database database,
        SyncStart start,
        GitHubAccess github,
        SliceRequest request,
        CancellationToken cancellationToken
    )
    {
        var record = new RunRecord(database);
        var sliceId = Guid.NewGuid();
        Lease lease;
        try
        {
            lease = await Lease.TakeOverAsync(
                database,
                PageWriter.LeaseOf(start.Repository),
                RunExecution.LeaseTime,
                request.RunId,
                sliceId,
                start.Repository.FullName,
                cancellationToken
            );
        }
        catch (BackfillException held) when (held.ErrorId == ErrorIds.LeaseHeld)
        {
            return await FindAsync(record, request, cancellationToken) is { FinishedAt: not null } ended
                ? Ended(ended)
                : Busy(start.Repository, request, held);
        }

        try
        {
            return await RunAsync(database, start, github, request, (lease, sliceId), cancellationToken);
        }
        catch
        {
            await lease.ReleaseAsync(CancellationToken.None);
            throw;
        }
    }

    /// <summary>Ends a slice that did nothing, because every token is in use or held back by a limit. The run goes on resting.</summary>
    /// <param name="opensAt">The time at which the first limit ends; null where other slices use the tokens.</param>
    public async Task<SyncSlice> WaitAsync(
        Database database,
        StoredRepository repository,
        SliceRequest request,
        DateTimeOffset? opensAt,
        CancellationToken cancellationToken
    )
    {
        var rests = opensAt is { } until ? until - time.GetUtcNow() + KeptAfterSlice : KeptWhileBusy;
        if (rests > KeptAfterSlice)
        {
            await Lease.KeepAsync(
                database,
                PageWriter.LeaseOf(repository),
                request.RunId,
                RunRecord.RestingOwner,
                rests,
                cancellationToken
            );
            await new AppState(database, repository, request.RunId).RestAsync(cancellationToken);
        }

        var busy = Busy(repository, request, error: null);
        return opensAt is null ? busy : busy with { Next = SliceNext.Wait, ResumesAt = opensAt };
    }

    /// <summary>Returns the end of a slice that did nothing because another run works on the repository or every token is in use.</summary>
    public SyncSlice Busy(StoredRepository repository, SliceRequest request, BackfillException? error) =>
        new(
            SliceNext.Busy,
            new RepoSync
            {
                Id = request.RunId,
                Repository = repository.FullName,
                RepositoryId = repository.Id,
                State = RunState.Queued,
            }
        )
        {
            ResumesAt = time.GetUtcNow() + BusyPause,
            Error = error,
        };

    private async Task<SyncSlice> RunAsync(
        Database database,
        SyncStart start,
        GitHubAccess github,
        SliceRequest request,
        (Lease Lease, Guid Id) held,
        CancellationToken cancellationToken
    )
    {
        var record = new RunRecord(database);
        var state = new AppState(database, start.Repository, request.RunId);
        var resumed = await record.ResumeAsync(
            request.RunId,
            start.Repository,
            request.Sync.Since,
            Owner.Current.ToString(),
            cancellationToken
        );
        if (resumed is null)
        {
            await held.Lease.ReleaseAsync(cancellationToken);
            return Ended((await FindAsync(record, request, cancellationToken))!);
        }

        if (resumed.IsNew)
        {
            await state.BeginAsync(request.Sync.Since, cancellationToken);
        }
        else
        {
            await state.ResumeAsync(cancellationToken);
            start.Progress.GoOnFrom((await FindAsync(record, request, cancellationToken))!);
        }

        using var run = new LocalRun(start, request.Sync.Since, resumed.StartedAt, request.RunId, database, time);
        var context = new RunContext(run, held.Lease, held.Id, record, start, github, resumed.StartedAt, request.Sync);
        working[held.Id] = run;
        await using var interrupt = cancellationToken.Register(run.Interrupt);
        if (resumed.IsStopRequested)
        {
            run.Stop();
        }

        try
        {
            var execution = new RunExecution(context, time);
            return await EndAsync(context, execution, await execution.WorkAsync(throttle: null), request);
        }
        finally
        {
            working.TryRemove(held.Id, out _);
        }
    }

    private async Task<SyncSlice> EndAsync(
        RunContext context,
        RunExecution execution,
        SliceEndedException? slice,
        SliceRequest request
    )
    {
        var run = context.Run;
        var end = run.Snapshot().State;
        if (run.Error is { ErrorId: ErrorIds.LeaseHeld } lost)
        {
            return Busy(context.Repository, request, lost);
        }

        if (slice is not null || end == RunState.Interrupted)
        {
            return await RestAsync(
                context,
                new SyncSlice(slice?.ResumesAt is null ? SliceNext.More : SliceNext.Wait, run.Snapshot())
                {
                    ResumesAt = slice?.ResumesAt,
                }
            );
        }

        if (end == RunState.Failed && run.Error is { } error && CanGetBetter(error) && request.RetryAfter is { } pause)
        {
            return await RestAsync(
                context,
                new SyncSlice(SliceNext.Retry, run.Snapshot()) { ResumesAt = time.GetUtcNow() + pause, Error = error }
            );
        }

        await execution.FinishAsync();
        return new SyncSlice(SliceNext.Done, run.Snapshot()) { Error = run.Error };
    }

    // The caller goes on with the run whether its rest was recorded or not. Without the record the lease ends by itself.
    private async Task<SyncSlice> RestAsync(RunContext context, SyncSlice slice)
    {
        var run = context.Run;
        run.Rest(slice.ResumesAt);
        var rests = slice.ResumesAt - time.GetUtcNow() is { Ticks: > 0 } wait ? wait : TimeSpan.Zero;
        try
        {
            await context.Lease.HandOverAsync(
                run.Id,
                RunRecord.RestingOwner,
                rests + KeptAfterSlice,
                CancellationToken.None
            );
            if (rests > KeptAfterSlice)
            {
                await new AppState(run.Database, context.Repository, run.Id).RestAsync(CancellationToken.None);
            }

            // A command that asks the run to stop ends a resting run itself. It may have asked just before the run rested.
            if (
                await context.Record.BeatAsync(run.Snapshot(), CancellationToken.None)
                && (await context.Record.StopRestingAsync([run.Id], CancellationToken.None)).Count > 0
            )
            {
                run.SetEnd(RunState.Stopped, [], error: null);
                return new SyncSlice(SliceNext.Done, run.Snapshot());
            }
        }
        catch (BackfillException error)
        {
            return slice with { Run = run.Snapshot(), Error = slice.Error ?? error };
        }

        return slice with
        {
            Run = run.Snapshot(),
        };
    }

    // A server that does not respond, a limit and a passing conflict can get better. A refused right, a wrong setting and data
    // that cannot be stored cannot.
    private static bool CanGetBetter(BackfillException error) =>
        error.Kind is ErrorKind.Unavailable or ErrorKind.Timeout or ErrorKind.Limit or ErrorKind.Conflict;

    private static SyncSlice Ended(RepoSync run) =>
        new(SliceNext.Done, run) { Error = run.State == RunState.Completed ? null : RunErrors.Of(run) };

    private static async Task<RepoSync?> FindAsync(
        RunRecord record,
        SliceRequest request,
        CancellationToken cancellationToken
    ) =>
        await record.FindAsync(new SyncFilter([request.RunId], [], [], ThisProcess: false), cancellationToken)
            is [var found, ..]
            ? found
            : null;
}
