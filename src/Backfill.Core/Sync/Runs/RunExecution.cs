using Backfill.Core.GitHub;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Reading;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Runs;

/// <summary>Works on one run of this process: the crawl, the heartbeat, and the record of the end.</summary>
internal sealed class RunExecution(RunContext context, TimeProvider time)
{
    /// <summary>The time for which the lease of a run lasts without a heartbeat.</summary>
    public static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    // A secondary limit is usually shorter than this. The wait for the next hour's budget is usually longer.
    private static readonly TimeSpan QuickRestPatience = TimeSpan.FromMinutes(10);

    private AppState AppState => new(context.Run.Database, context.Repository, context.Run.Id);

    /// <summary>Does the whole run. Never throws: every end is set in the run and, where the database can be reached, in its record.</summary>
    /// <param name="throttle">Limits the runs that work at once.</param>
    public async Task RunAsync(Throttle throttle)
    {
        var activity = Telemetry.BeginRun(context.Run.Id, context.Repository.FullName);
        await WorkAsync(throttle);
        await FinishAsync();
        Telemetry.EndRun(activity, context.Run.Snapshot());
    }

    /// <summary>Works until the end of the run, or of its slice. Never throws: every end is set in the run.</summary>
    /// <param name="throttle">Limits the runs that work at once; null does not.</param>
    /// <returns>The end of the slice; null when the run itself has ended.</returns>
    public async Task<SliceEndedException?> WorkAsync(Throttle? throttle)
    {
        var run = context.Run;
        SliceEndedException? slice = null;
        using var work = CancellationTokenSource.CreateLinkedTokenSource(run.Stopping);
        using var beating = new CancellationTokenSource();
        var heartbeat = BeatAsync(work, beating.Token);
        try
        {
            if (throttle is not null)
            {
                await throttle.EnterAsync(context.Request.ThrottleLimit, work.Token);
            }

            try
            {
                run.MarkRunning();
                await CrawlAsync(context.Repository, context.Start.Probe, work.Token);
            }
            finally
            {
                throttle?.Leave();
            }
        }
        catch (SliceEndedException ended)
        {
            slice = ended;
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
            run.SetEnd(RunState.Failed, [], RunErrors.Unexpected(run.Snapshot().Repository, fault));
        }

        await beating.CancelAsync();
        if (await heartbeat is { } lost)
        {
            run.SetEnd(RunState.Failed, [], lost);
            slice = null;
        }

        return slice;
    }

    private async Task CrawlAsync(StoredRepository repository, Probe? probe, CancellationToken cancellationToken)
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
        var include = LocalEngine.Widened(context.Request.Include);
        using var plan = new CommentPlan(include, run.Progress);
        var graphQL = new GraphQLClient(context.GitHub.Transport, context.GitHub.GraphQLUrl, run.Progress);
        var sync = new SyncContext(
            run.Database,
            repository,
            RepositoryName.Parse(repository.FullName),
            run.Id,
            context.StartedAt,
            context.Request.Since,
            include,
            graphQL,
            rest,
            quickRest,
            new PageWriter(run.Database, repository, context.LeaseId),
            run.Progress,
            plan,
            await graphQL.LearnAccountsAsync(run.Progress.Warn, cancellationToken)
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
            await CrawlAsync(repository with { FullName = moved.FullName }, probe: null, cancellationToken);
            return;
        }

        var complete = outcome.Total == 0;
        run.SetEnd(
            complete ? RunState.Completed : RunState.Incomplete,
            outcome.Gaps,
            complete ? null : RunErrors.Incomplete(repository.FullName, outcome)
        );
    }

    // Returns the error because of which the run may not go on; null when it ended by itself. When the database does not accept
    // a heartbeat, the next one is the next try.
    private async Task<BackfillException?> BeatAsync(CancellationTokenSource work, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Heartbeat, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                try
                {
                    await context.Lease.RenewAsync(cancellationToken);
                    await AppState.BeatAsync(cancellationToken);
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

    /// <summary>Records the end of the run, and gives the lease back.</summary>
    public async Task FinishAsync()
    {
        var run = context.Run;
        try
        {
            var end = run.Snapshot();
            await AppState.FinishAsync(end, context.LeaseId, CancellationToken.None);
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
}

/// <summary>What one run works with.</summary>
/// <param name="LeaseId">The id under which the run holds its lease. A slice has another id than its run.</param>
internal sealed record RunContext(
    LocalRun Run,
    Lease Lease,
    Guid LeaseId,
    RunRecord Record,
    SyncStart Start,
    GitHubAccess GitHub,
    DateTimeOffset StartedAt,
    SyncRequest Request
)
{
    public StoredRepository Repository => Start.Repository;
}
