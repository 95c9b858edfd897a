using System.Collections.Concurrent;
using Backfill.Core.GitHub;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Reading;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Runs;

/// <summary>Runs syncs in this process. Each run has a lease, a heartbeat and a record, so that any process can follow, stop and resume it.</summary>
internal sealed class LocalEngine(TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(20);

    // A secondary limit is usually shorter than this. The wait for the next hour's budget is usually longer.
    private static readonly TimeSpan QuickRestPatience = TimeSpan.FromMinutes(10);

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
            LeaseTime,
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

        var context = new RunContext(run, lease, record, start, github, startedAt, request);
        _ = Task.Run(() => ExecuteAsync(context), CancellationToken.None);
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

    // Never throws. Every end is set in the run and, where the database can be reached, in its record.
    private async Task ExecuteAsync(RunContext context)
    {
        var run = context.Run;
        using var work = CancellationTokenSource.CreateLinkedTokenSource(run.Stopping);
        using var beating = new CancellationTokenSource();
        var activity = Telemetry.BeginRun(run.Id, context.Repository.FullName);
        var heartbeat = BeatAsync(context, work, beating.Token);
        try
        {
            await throttle.EnterAsync(context.Request.ThrottleLimit, work.Token);
            try
            {
                run.MarkRunning();
                await CrawlAsync(context, context.Repository, context.Start.Probe, work.Token);
            }
            finally
            {
                throttle.Leave();
            }
        }
        catch (OperationCanceledException) when (work.IsCancellationRequested)
        {
            run.SetEnd(
                run.IsInterrupted ? RunState.Interrupted : RunState.Stopped,
                [],
                run.IsInterrupted ? RunErrors.ProcessEnded(context.Repository.FullName) : null
            );
        }
        catch (BackfillException error)
        {
            run.SetEnd(RunState.Failed, [], error);
        }
        catch (Exception fault)
        {
            run.SetEnd(RunState.Failed, [], Unexpected(run.Snapshot().Repository, fault));
        }

        await beating.CancelAsync();
        if (await heartbeat is { } lost)
        {
            run.SetEnd(RunState.Failed, [], lost);
        }

        await FinishAsync(context);
        Telemetry.EndRun(activity, run.Snapshot());
    }

    private static async Task CrawlAsync(
        RunContext context,
        StoredRepository repository,
        Probe? probe,
        CancellationToken cancellationToken
    )
    {
        var run = context.Run;
        using var rest = new RestClient(
            context.GitHub.Transport,
            context.GitHub.ApiUrl,
            run.Progress,
            cancellationToken
        );
        using var quickRest = new RestClient(
            context.GitHub.Transport,
            context.GitHub.ApiUrl,
            run.Progress,
            cancellationToken,
            QuickRestPatience
        );
        var include = Widened(context.Request.Include);
        using var plan = new CommentPlan(include, run.Progress);
        var sync = new SyncContext(
            run.Database,
            repository,
            RepositoryName.Parse(repository.FullName),
            run.Id,
            context.StartedAt,
            context.Request.Since,
            include,
            new GraphQLClient(context.GitHub.Transport, context.GitHub.GraphQLUrl, run.Progress),
            rest,
            quickRest,
            new PageWriter(run.Database, repository, run.Id),
            run.Progress,
            plan
        );
        var tables = new SyncTables(run.Database, repository);
        CrawlOutcome outcome;
        try
        {
            outcome = await new Crawl(
                sync,
                tables,
                new AuditTables(run.Database, repository),
                await context.Record.LastCompletedAsync(repository, cancellationToken),
                context.Request
            ).RunAsync(probe, cancellationToken);
        }
        catch (RepositoryMovedException moved)
        {
            // From here on the run reads and stores by the new name. Stored pages stay.
            run.Rename(moved.FullName);
            await CrawlAsync(context, repository with { FullName = moved.FullName }, probe: null, cancellationToken);
            return;
        }

        var complete = outcome.Total == 0;
        run.SetEnd(
            complete ? RunState.Completed : RunState.Incomplete,
            outcome.Gaps,
            complete ? null : Incomplete(repository.FullName, outcome)
        );
    }

    // Returns the error because of which the run may not go on; null when it ended by itself. When the database does not accept
    // a heartbeat, the next one is the next try.
    private async Task<BackfillException?> BeatAsync(
        RunContext context,
        CancellationTokenSource work,
        CancellationToken cancellationToken
    )
    {
        using var timer = new PeriodicTimer(Heartbeat, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                try
                {
                    await context.Lease.RenewAsync(cancellationToken);
                    await AppStateOf(context).BeatAsync(cancellationToken);
                    if (await context.Record.BeatAsync(context.Run.Snapshot(), cancellationToken))
                    {
                        context.Run.Stop();
                    }
                }
                catch (BackfillException error) when (error.ErrorId == ErrorIds.LeaseHeld)
                {
                    await work.CancelAsync();
                    return error;
                }
                catch (BackfillException error)
                {
                    context.Run.Progress.Say($"The heartbeat could not be written: {error.Message}");
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The run has ended.
        }

        return null;
    }

    private async Task FinishAsync(RunContext context)
    {
        var run = context.Run;
        try
        {
            var end = run.Snapshot();
            await AppStateOf(context).FinishAsync(end, CancellationToken.None);
            var finishedAt = await context.Record.FinishAsync(end, run.Error?.ErrorId, CancellationToken.None);
            await context.Lease.ReleaseAsync(CancellationToken.None);
            run.Finish(finishedAt);
        }
        catch (BackfillException error)
        {
            // The stored rows and windows are good. Only the record of the end is missing, and the lease ends by itself.
            run.Progress.Say($"The end of the run could not be recorded: {error.Message}");
            run.Finish(time.GetUtcNow());
        }
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

    private static AppState AppStateOf(RunContext context) =>
        new(context.Run.Database, context.Repository, context.Run.Id);

    private static BackfillException Incomplete(string repository, CrawlOutcome outcome) =>
        new(
            ErrorIds.SyncIncomplete,
            ErrorKind.Data,
            FormattableString.Invariant(
                $"The sync of {repository} has {outcome.Total} gaps, for example: {outcome.Gaps[0]}."
            ),
            $"Run Start-RepoSync {repository} again: it reads only what is missing. The property Gaps of the run and Test-BackfillCoverage list the gaps.",
            repository
        );

    private static BackfillException Unexpected(string repository, Exception fault) =>
        new(
            ErrorIds.SyncFailed,
            ErrorKind.Data,
            $"The sync of {repository} failed because of a fault of the tool: {fault.GetType().Name}: {fault.Message}",
            "Start the sync again: it goes on from the last stored page. If it fails at the same place, report the fault with this message.",
            repository,
            fault
        );

    private sealed record RunContext(
        LocalRun Run,
        Lease Lease,
        RunRecord Record,
        SyncStart Start,
        GitHubAccess GitHub,
        DateTimeOffset StartedAt,
        SyncRequest Request
    )
    {
        public StoredRepository Repository => Start.Repository;
    }
}
