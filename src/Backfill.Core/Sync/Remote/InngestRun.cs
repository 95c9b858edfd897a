using Backfill.Core.GitHub;
using Backfill.Core.Inngest;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Runs;

namespace Backfill.Core.Sync.Remote;

/// <summary>
/// Follows a run at Inngest while a command waits for it: asks for the state of its functions, counts its rows, and records
/// its end. Whatever the functions say, the run is completed only when its rows were compared with GitHub.
/// </summary>
internal sealed class InngestRun : IFollowedRun
{
    // The pause between two comparisons with GitHub, where only the rows show the state of the run.
    private static readonly TimeSpan RowsInterval = TimeSpan.FromSeconds(30);

    private readonly Lock sync = new();
    private readonly Database database;
    private readonly GitHubAccess access;
    private readonly RunReader? reader;
    private readonly IOperationOutput output;
    private readonly TimeProvider time;
    private RepoSync state;

    private InngestRun(
        Database database,
        GitHubAccess access,
        RunReader? reader,
        RepoSync run,
        IOperationOutput output,
        TimeProvider time
    )
    {
        this.database = database;
        this.access = access;
        this.reader = reader;
        this.output = output;
        this.time = time;
        state = run;
    }

    /// <summary>Completes when the end of the run is recorded, or when the run cannot be followed any more. Never fails.</summary>
    public Task Finished { get; private set; } = Task.CompletedTask;

    /// <summary>Gets why the run did not end as complete, or cannot be followed.</summary>
    public BackfillException? Error { get; private set; }

    /// <inheritdoc/>
    public TimeSpan? Patience => InngestConnection.DefaultTimeout;

    // True when the state of the functions can be read. Otherwise only the rows show the state of the run.
    private bool CanSeeFunctions => reader is not null && RunReader.IsEventId(state.EventId ?? "");

    /// <summary>Returns the last known state of the run.</summary>
    public RepoSync Snapshot()
    {
        lock (sync)
        {
            return state;
        }
    }

    /// <inheritdoc/>
    public (string Message, string Action) DescribeUnfinished(TimeSpan timeout)
    {
        var run = Snapshot();
        return (
            CanSeeFunctions
                ? $"The run of {run.Repository} at Inngest did not end within {timeout}. Its last known state was {run.State}, and it may still be running ({run.EventId})."
                : $"The rows of {run.Repository} did not become complete within {timeout}. Without INNGEST_SIGNING_KEY it is not known whether the function at Inngest runs, failed or never began. It may still be running ({run.EventId}).",
            $"Wait again with Wait-RepoSync {run.Repository}, or end the run with Stop-RepoSync {run.Repository}. Wait-RepoSync -FallbackToLocal finishes it in this process."
        );
    }

    /// <summary>Begins to follow a run whose event was accepted and that has not ended.</summary>
    /// <param name="reader">Reads the state of functions; null where the settings have no signing key.</param>
    public static InngestRun Follow(
        Database database,
        GitHubAccess access,
        RunReader? reader,
        RepoSync run,
        TimeSpan pollInterval,
        IOperationOutput output,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var followed = new InngestRun(database, access, reader, run, output, time);
        followed.Finished = Task.Run(
            () => followed.FollowAsync(pollInterval, cancellationToken),
            CancellationToken.None
        );
        return followed;
    }

    private async Task FollowAsync(TimeSpan pollInterval, CancellationToken cancellationToken)
    {
        try
        {
            var run = Snapshot();
            var (eventName, include) = await new InngestRecord(database).ReadAsync(run.Id, cancellationToken);
            var repository = await RepositoryDirectory.RequireAsync(
                database,
                RepositoryName.Parse(run.Repository) with
                {
                    Id = run.RepositoryId,
                },
                cancellationToken
            );
            var proof = new RowProof(database, repository, access, run, include);
            await proof.ReadTotalsAsync(cancellationToken);
            if (CanSeeFunctions)
            {
                await FollowFunctionsAsync(eventName, proof, pollInterval, cancellationToken);
            }
            else
            {
                await FollowRowsAsync(proof, FunctionsUnknown(run), cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The command does not wait any more. The run goes on at Inngest.
        }
        catch (BackfillException error)
        {
            Error = error;
        }
        catch (Exception fault)
        {
            Error = new BackfillException(
                ErrorIds.SyncFailed,
                ErrorKind.Data,
                $"The run of {Snapshot().Repository} at Inngest could not be followed because of a fault of the tool: {fault.GetType().Name}: {fault.Message}",
                "The run may go on at Inngest. Wait for it again. If that fails at the same place, report the fault with this message.",
                Snapshot().Repository,
                fault
            );
        }
    }

    private async Task FollowFunctionsAsync(
        string eventName,
        RowProof proof,
        TimeSpan pollInterval,
        CancellationToken cancellationToken
    )
    {
        var (repository, eventId) = (Snapshot().Repository, Snapshot().EventId!);
        var end = await EndOfEventAsync(eventName, proof, pollInterval, cancellationToken);
        switch (end.Outcome)
        {
            case EventOutcome.Unknown:
                throw InngestErrors.EnvironmentWrong(repository, eventId);
            case EventOutcome.NothingRan:
                await EndAsync(
                    RunState.Failed,
                    proof,
                    InngestErrors.NothingRan(repository, eventName, eventId, end.Words),
                    cancellationToken
                );
                break;
            case EventOutcome.Folded:
                await FollowRowsAsync(
                    proof,
                    $"{repository}: Inngest accepted the event {eventName} ({eventId}) and shows no run of it. Its function is {end.Words}, so the run may belong to another event. The command waits until the rows equal GitHub's totals.",
                    cancellationToken
                );
                break;
            case EventOutcome.Failed:
                await EndAsync(RunState.Failed, proof, Failed(repository, eventName, end.Words!), cancellationToken);
                break;
            case EventOutcome.Cancelled:
                await EndAsync(RunState.Stopped, proof, Cancelled(repository, eventName), cancellationToken);
                break;
            default:
                await JudgeAsync(proof, eventName, cancellationToken);
                break;
        }
    }

    private async Task<EventEnd> EndOfEventAsync(
        string eventName,
        RowProof proof,
        TimeSpan pollInterval,
        CancellationToken cancellationToken
    )
    {
        var (repository, eventId) = (Snapshot().Repository, Snapshot().EventId!);
        try
        {
            return await new EventWatch(reader!, time).FollowAsync(
                eventId,
                eventName,
                pollInterval,
                (runs, token) => RecordFunctionsAsync(runs, proof, token),
                cancellationToken
            );
        }
        catch (BackfillException error) when (InngestErrors.IsOfInngest(error))
        {
            throw InngestErrors.AfterAcceptance(error, repository, eventName, eventId);
        }
    }

    private async Task RecordFunctionsAsync(
        IReadOnlyCollection<FunctionRun> runs,
        RowProof proof,
        CancellationToken cancellationToken
    )
    {
        var begun = runs.Any(run => !run.IsQueued);
        await RecordStateAsync(begun ? RunState.Running : RunState.Queued, proof, cancellationToken);
    }

    private string FunctionsUnknown(RepoSync run) =>
        reader is null
            ? $"{run.Repository}: without INNGEST_SIGNING_KEY it is not known whether a function runs, failed or never began. The command waits until the rows equal GitHub's totals."
            : $"{run.Repository}: the event was passed on with an id that Inngest's API does not know ({run.EventId}), so it is not known whether a function runs, failed or never began. The command waits until the rows equal GitHub's totals.";

    // Where the state of the functions cannot be read, only one thing can be known: whether the rows are complete.
    private async Task FollowRowsAsync(RowProof proof, string why, CancellationToken cancellationToken)
    {
        await output.WarningAsync(why, cancellationToken);
        while (true)
        {
            var judged = await proof.JudgeAsync(cancellationToken);
            if (judged.Gaps.Count == 0)
            {
                await EndAsync(RunState.Completed, judged, proof, error: null, cancellationToken);
                return;
            }

            await RecordStateAsync(RunState.Queued, proof, cancellationToken);
            await Task.Delay(RowsInterval, time, cancellationToken);
        }
    }

    private async Task RecordStateAsync(RunState seen, RowProof proof, CancellationToken cancellationToken)
    {
        var counts = await proof.CountAsync(cancellationToken);
        Change(run => run with { State = seen, Counts = counts, Requests = proof.Requests, Points = proof.Points });
        await new RunRecord(database).BeatAsync(Snapshot(), cancellationToken);
    }

    private async Task JudgeAsync(RowProof proof, string eventName, CancellationToken cancellationToken)
    {
        var judged = await proof.JudgeAsync(cancellationToken);
        var complete = judged.Gaps.Count == 0;
        await EndAsync(
            complete ? RunState.Completed : RunState.Incomplete,
            judged,
            proof,
            complete ? null : Incomplete(Snapshot().Repository, eventName, judged.Gaps),
            cancellationToken
        );
    }

    private async Task EndAsync(
        RunState end,
        RowProof proof,
        BackfillException error,
        CancellationToken cancellationToken
    ) =>
        await EndAsync(
            end,
            new RowJudgement(await proof.CountAsync(cancellationToken), []),
            proof,
            error,
            cancellationToken
        );

    private async Task EndAsync(
        RunState end,
        RowJudgement judged,
        RowProof proof,
        BackfillException? error,
        CancellationToken cancellationToken
    )
    {
        var ended = Snapshot() with
        {
            State = end,
            Counts = judged.Counts,
            Gaps = judged.Gaps,
            Requests = proof.Requests,
            Points = proof.Points,
            Error = end is RunState.Completed or RunState.Incomplete ? null : error?.Message,
        };
        var finishedAt = await new RunRecord(database).FinishAsync(ended, error?.ErrorId, cancellationToken);
        Error = error;
        Change(_ => ended with { FinishedAt = finishedAt, Duration = finishedAt - ended.StartedAt });
    }

    private void Change(Func<RepoSync, RepoSync> change)
    {
        lock (sync)
        {
            state = change(state);
        }
    }

    private static BackfillException Failed(string repository, string eventName, string words) =>
        new(
            ErrorIds.SyncFailed,
            ErrorKind.Data,
            $"The function for {eventName} of {repository} failed at Inngest: {words}",
            $"Fix the cause there and start the sync again, or finish it in this process: Start-RepoSync {repository}, or Wait-RepoSync -FallbackToLocal.",
            repository
        );

    private static BackfillException Cancelled(string repository, string eventName) =>
        new(
            ErrorIds.SyncStopped,
            ErrorKind.Conflict,
            $"The function for {eventName} of {repository} was cancelled at Inngest, by a user or by its own time limit. The rows that it had stored stay.",
            $"Start the sync again, or finish it in this process: Start-RepoSync {repository}, or Wait-RepoSync -FallbackToLocal.",
            repository
        );

    private static BackfillException Incomplete(string repository, string eventName, IReadOnlyList<SyncGap> gaps) =>
        new(
            ErrorIds.SyncIncomplete,
            ErrorKind.Data,
            $"Inngest says that the function for {eventName} completed, but rows of {repository} are missing, for example: {gaps[0]}.",
            $"Functions that this one started may still be writing: Test-BackfillCoverage {repository} shows what is missing now. To finish the sync in this process: Start-RepoSync {repository}, or Wait-RepoSync -FallbackToLocal.",
            repository
        );
}
