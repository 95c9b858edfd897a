using System.Collections.Concurrent;
using Backfill.Core.GitHub;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Runs;

/// <summary>Runs syncs in this process. Each run has a lease, a heartbeat and a record, so that any process can follow, stop and resume it.</summary>
internal sealed class LocalEngine(TimeProvider time) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<Guid, LocalRun> runs = [];
    private readonly Throttle throttle = new();

    // Set when the process ends. A script goes on for a moment after a signal, and a sync that starts then could not be finished.
    private volatile bool ending;

    /// <summary>Returns runs that this process started, newest first.</summary>
    public IEnumerable<LocalRun> Find(SyncFilter filter) =>
        runs.Values.Where(run => Matches(run.Snapshot(), filter)).OrderByDescending(run => run.Id);

    /// <summary>Returns the run; null when another process has it.</summary>
    public LocalRun? Find(Guid id) => runs.GetValueOrDefault(id);

    /// <summary>Starts a run. The run goes on after the call has returned.</summary>
    /// <exception cref="BackfillException">Another run works on the repository, or the process ends.</exception>
    public async Task<LocalRun> StartAsync(
        Database database,
        SyncStart start,
        GitHubAccess github,
        SyncRequest request,
        CancellationToken cancellationToken
    )
    {
        var repository = start.Repository;
        if (ending)
        {
            throw RunErrors.ProcessEnds(repository.FullName);
        }

        var id = Guid.CreateVersion7(time.GetUtcNow());
        var owner = Owner.Current;
        var lease = await Lease.AcquireAsync(
            database,
            PageWriter.LeaseOf(repository),
            owner,
            RunExecution.LeaseTime,
            id,
            cancellationToken,
            repository.FullName
        );
        var record = new RunRecord(database);
        DateTimeOffset startedAt;
        try
        {
            startedAt = await record.BeginAsync(id, repository, request.Since, owner.ToString(), cancellationToken);
            await new AppState(database, repository, id).BeginAsync(request.Since, cancellationToken);
        }
        catch
        {
            await lease.ReleaseAsync(CancellationToken.None);
            throw;
        }

        var run = new LocalRun(start, request.Since, startedAt, id, database, time);
        runs[id] = run;
        if (ending)
        {
            run.Interrupt();
        }

        var context = new RunContext(run, lease, id, record, start, github, startedAt, request);
        _ = Task.Run(() => new RunExecution(context, time).RunAsync(throttle), CancellationToken.None);
        return run;
    }

    /// <summary>Interrupts every running sync, because the process ends, and waits until the ends are recorded.</summary>
    /// <param name="cancellationToken">Ends the waiting. The next command that writes then records the ends (<see cref="DesertedRuns"/>).</param>
    public async Task<IReadOnlyList<RepoSync>> InterruptAsync(CancellationToken cancellationToken)
    {
        ending = true;
        var atWork = runs.Values.Where(run => !run.Finished.IsCompleted).ToArray();
        foreach (var run in atWork)
        {
            run.Interrupt();
        }

        // The result is the same, whether all ends were recorded in time or not.
        await Task.WhenAny(
            Task.WhenAll(atWork.Select(run => run.Finished)),
            Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken)
        );
        return
        [
            .. atWork
                .Select(run => run.Snapshot())
                .Where(run =>
                    run.State != RunState.Stopped && (run.FinishedAt is null || run.State == RunState.Interrupted)
                ),
        ];
    }

    /// <summary>Stops every run and waits until their ends are recorded.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var run in runs.Values)
        {
            run.Stop();
        }

        await Task.WhenAll(runs.Values.Select(run => run.Finished));
        foreach (var run in runs.Values)
        {
            run.Dispose();
        }
    }

    private static bool Matches(RepoSync run, SyncFilter filter) =>
        (filter.RunIds.Count == 0 || filter.RunIds.Contains(run.Id))
        && (filter.IdParts.Count == 0 || filter.IdParts.Any(part => HasPart(run.Id, part)))
        && (
            filter.Repositories.Count == 0
            || filter.Repositories.Any(name =>
                name.Id == run.RepositoryId || name.FullName.Equals(run.Repository, StringComparison.OrdinalIgnoreCase)
            )
        )
        && (filter.States.Count == 0 || filter.States.Contains(run.State))
        && (filter.Since is null || run.StartedAt >= filter.Since);

    private static bool HasPart(Guid id, string part)
    {
        var text = id.ToString();
        return text.StartsWith(part, StringComparison.OrdinalIgnoreCase)
            || text.EndsWith(part, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Returns what a run copies. Reviews need their pull requests, and comments need their pull requests, issues or discussions.</summary>
    public static SyncContent Widened(SyncContent include)
    {
        const SyncContent Parents = SyncContent.PullRequests | SyncContent.Issues | SyncContent.Discussions;
        if (include.HasFlag(SyncContent.Reviews))
        {
            include |= SyncContent.PullRequests;
        }

        return include.HasFlag(SyncContent.Comments) && (include & Parents) == SyncContent.None
            ? include | Parents
            : include;
    }
}
