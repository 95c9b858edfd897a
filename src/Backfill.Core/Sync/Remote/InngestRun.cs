using Backfill.Core.GitHub;
using Backfill.Core.Inngest;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Runs;

namespace Backfill.Core.Sync.Remote;

/// <summary>
/// A run at Inngest, as somebody waits for it: its functions are followed, its rows counted, and its end recorded. Completed is
/// said only of rows that were compared with GitHub, whatever the functions say.
/// </summary>
internal sealed class InngestRun : IFollowedRun
{
    // GitHub is asked at each of these looks where only the rows can tell.
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

    /// <summary>Completes when nothing more can be learned: the run has ended and that is recorded, or it cannot be followed. Never fails.</summary>
    public Task Finished { get; private set; } = Task.CompletedTask;

    /// <summary>Why it did not end complete, or cannot be followed.</summary>
    public BackfillException? Error { get; private set; }

    /// <inheritdoc/>
    public TimeSpan? Patience => InngestConnection.DefaultTimeout;

    // True when the functions are looked at, and not the rows alone.
    private bool SeesFunctions => reader is not null && RunReader.IsEventId(state.EventId ?? "");

    /// <summary>The run as it was last seen.</summary>
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
            SeesFunctions
                ? $"The run of {run.Repository} at Inngest did not end within {timeout}; when last seen it was {run.State}, and it may still run ({run.EventId})."
                : $"The rows of {run.Repository} did not become complete within {timeout}. Whether the function at Inngest runs, failed or never began cannot be known without INNGEST_SIGNING_KEY; it may still run ({run.EventId}).",
            $"Wait on with Wait-RepoSync {run.Repository}, or end it with Stop-RepoSync {run.Repository}. Wait-RepoSync -FallbackToLocal finishes it here."
        );
    }

    /// <summary>Begins to follow a run that was accepted and has not ended.</summary>
    /// <param name="reader">Null where the functions cannot be looked at.</param>
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
            if (SeesFunctions)
            {
                await FollowFunctionsAsync(eventName, proof, pollInterval, cancellationToken);
            }
            else
            {
                await FollowRowsAsync(proof, Unseen(run), cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Nobody waits any more: the run goes on at Inngest.
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
                $"The run of {Snapshot().Repository} at Inngest could not be followed, by a fault of the tool itself: {fault.GetType().Name}: {fault.Message}",
                "The run may go on at Inngest. Wait for it again; if that fails at the same place, report it with this message.",
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
                    $"{repository}: Inngest accepted the event {eventName} ({eventId}) and shows no run of it. Its function is {end.Words}, so the run may stand under another event; the rows alone are watched until they equal GitHub's totals.",
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
                (runs, token) => LookAsync(runs, proof, token),
                cancellationToken
            );
        }
        catch (BackfillException error) when (InngestErrors.IsOfInngest(error))
        {
            throw InngestErrors.AfterAcceptance(error, repository, eventName, eventId);
        }
    }

    private async Task LookAsync(
        IReadOnlyCollection<FunctionRun> runs,
        RowProof proof,
        CancellationToken cancellationToken
    )
    {
        var begun = runs.Any(run => !run.IsQueued);
        await SeeAsync(begun ? RunState.Running : RunState.Queued, proof, cancellationToken);
    }

    private string Unseen(RepoSync run) =>
        reader is null
            ? $"{run.Repository}: without INNGEST_SIGNING_KEY nobody can tell from here whether a function runs, failed or never began; the rows alone are watched until they equal GitHub's totals."
            : $"{run.Repository}: the event was passed on under an id that Inngest's API does not know ({run.EventId}), so that nobody can tell from here whether a function runs, failed or never began; the rows alone are watched until they equal GitHub's totals.";

    // Without a look at the functions there is one thing that can be known: that the rows are complete.
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

            await SeeAsync(RunState.Queued, proof, cancellationToken);
            await Task.Delay(RowsInterval, time, cancellationToken);
        }
    }

    private async Task SeeAsync(RunState seen, RowProof proof, CancellationToken cancellationToken)
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
            $"Mend the cause there and start again, or finish it here: Start-RepoSync {repository}, or Wait-RepoSync -FallbackToLocal.",
            repository
        );

    private static BackfillException Cancelled(string repository, string eventName) =>
        new(
            ErrorIds.SyncStopped,
            ErrorKind.Conflict,
            $"The function for {eventName} of {repository} was cancelled at Inngest, by somebody or by a time limit of its own; what it had stored stays.",
            $"Start it again, or finish it here: Start-RepoSync {repository}, or Wait-RepoSync -FallbackToLocal.",
            repository
        );

    private static BackfillException Incomplete(string repository, string eventName, IReadOnlyList<SyncGap> gaps) =>
        new(
            ErrorIds.SyncIncomplete,
            ErrorKind.Data,
            $"Inngest says that the function for {eventName} completed, but rows of {repository} are missing, for example: {gaps[0]}.",
            $"Functions that this one started may still be writing: Test-BackfillCoverage {repository} shows what is missing now. To finish it here: Start-RepoSync {repository}, or Wait-RepoSync -FallbackToLocal.",
            repository
        );
}
