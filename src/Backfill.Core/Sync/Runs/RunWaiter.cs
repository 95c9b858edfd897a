using Backfill.Core.Postgres;

namespace Backfill.Core.Sync.Runs;

/// <summary>Waits for runs. Shows their progress, and writes each run to the output when it ends.</summary>
/// <param name="follow">Begins to follow a run at Inngest.</param>
/// <param name="finishLocally">Starts a run of this process that reads what a run at Inngest left.</param>
internal sealed class RunWaiter(
    LocalEngine local,
    Database database,
    TimeProvider time,
    Func<RepoSync, CancellationToken, IFollowedRun> follow,
    Func<RepoSync, CancellationToken, Task<LocalRun>> finishLocally
)
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(250);

    private readonly RunRecord record = new(database);

    /// <summary>Waits until every run has ended, or the time of the <see cref="WaitRequest"/> is over.</summary>
    public async Task WaitAsync(WaitRequest request, IOperationOutput output, CancellationToken cancellationToken)
    {
        using var following = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var atInngest = new List<IFollowedRun>();
        try
        {
            var pending = new List<Waited>();
            foreach (var run in await FindAsync(request, output, cancellationToken))
            {
                var followed = run;
                if (
                    run.Snapshot() is { Engine: nameof(EngineKind.Inngest), EventId: not null } there
                    && !HasEnded(there)
                )
                {
                    followed = follow(there, following.Token);
                    atInngest.Add(followed);
                }

                pending.Add(new Waited(followed, time.GetUtcNow() + (request.Timeout ?? followed.Patience)));
            }

            await WaitAsync(pending, request, output, cancellationToken);
        }
        finally
        {
            await following.CancelAsync();
            await Task.WhenAll(atInngest.Select(run => run.Finished));
        }
    }

    private async Task WaitAsync(
        List<Waited> pending,
        WaitRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        var looked = DateTimeOffset.MinValue;
        while (pending.Count > 0)
        {
            if (time.GetUtcNow() - looked >= request.PollInterval)
            {
                await ReadRecordsAsync(pending.Select(waited => waited.Run), cancellationToken);
                looked = time.GetUtcNow();
            }

            foreach (var waited in pending.ToArray())
            {
                // Reads Finished first. A snapshot that is taken after the end is the last one.
                var isFinished = waited.Run.Finished.IsCompleted;
                var run = waited.Run.Snapshot();
                var hasEnded = isFinished || HasEnded(run);
                await ShowAsync(waited, run, output, cancellationToken);
                if (!hasEnded && !(time.GetUtcNow() >= waited.Deadline))
                {
                    continue;
                }

                pending.Remove(waited);
                if (await FinishLocallyAsync(waited.Run, run, request, hasEnded, output, cancellationToken) is { } here)
                {
                    pending.Add(new Waited(here, Deadline: null));
                }
                else if (hasEnded)
                {
                    await WriteEndAsync(waited.Run, run, output, cancellationToken);
                }
                else
                {
                    await WriteTimeoutAsync(waited.Run, run, request, output, cancellationToken);
                }
            }

            if (pending.Count > 0)
            {
                Task[] ends =
                [
                    .. pending.Where(waited => waited.Run is not RecordedRun).Select(one => one.Run.Finished),
                ];
                await Task.WhenAny([
                    .. ends,
                    Task.Delay(ends.Length > 0 ? ProgressInterval : request.PollInterval, time, cancellationToken),
                ]);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    private async Task ReadRecordsAsync(IEnumerable<IFollowedRun> runs, CancellationToken cancellationToken)
    {
        var recorded = runs.OfType<RecordedRun>().ToDictionary(run => run.Snapshot().Id);
        if (recorded.Count > 0)
        {
            var filter = new SyncFilter([.. recorded.Keys], [], [], false);
            foreach (var run in await record.FindAsync(filter, cancellationToken))
            {
                recorded[run.Id].Update(run);
            }
        }
    }

    // Returns the run of this process that goes on, or null where the run at Inngest is written as it is.
    private async Task<LocalRun?> FinishLocallyAsync(
        IFollowedRun followed,
        RepoSync run,
        WaitRequest request,
        bool hasEnded,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        if (!request.FallbackToLocal || run.Engine != nameof(EngineKind.Inngest) || run.State == RunState.Completed)
        {
            return null;
        }

        await output.WarningAsync(
            hasEnded
                ? $"{run.Repository}: the run at Inngest ended and is not complete. A run of this process finishes it. {(followed.Error ?? RunErrors.Of(run)).Message}"
                : $"{run.Repository}: the run at Inngest did not end in time. A run of this process finishes it. The run at Inngest may still be running.",
            cancellationToken
        );
        try
        {
            return await finishLocally(run, cancellationToken);
        }
        catch (BackfillException error)
        {
            await output.ErrorAsync(error, cancellationToken);
            return null;
        }
    }

    private static bool HasEnded(RepoSync run) => run.FinishedAt is not null || run.State == RunState.Interrupted;

    private async Task<IReadOnlyCollection<IFollowedRun>> FindAsync(
        WaitRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        var found = new Dictionary<Guid, IFollowedRun>();
        foreach (var run in request.RunIds.Select(local.Find).OfType<LocalRun>())
        {
            found[run.Id] = run;
        }

        var foreign = request.RunIds.Where(id => !found.ContainsKey(id)).ToArray();
        if (foreign.Length > 0)
        {
            foreach (var run in await record.FindAsync(new SyncFilter(foreign, [], [], false), cancellationToken))
            {
                found[run.Id] = new RecordedRun(run);
            }
        }

        foreach (var missing in foreign.Where(id => !found.ContainsKey(id)))
        {
            await output.ErrorAsync(NotFound($"There is no run {missing}.", missing), cancellationToken);
        }

        foreach (var repository in request.Repositories)
        {
            var newest = new SyncFilter([], [repository], [], false) { First = 1 };
            var runs = await record.FindAsync(newest, cancellationToken);
            if (runs.Count == 0)
            {
                var error = NotFound($"{repository} has no run.", repository.FullName);
                await output.ErrorAsync(error, cancellationToken);
                await output.WriteAsync(
                    new RepoSync
                    {
                        Repository = repository.FullName,
                        State = RunState.Failed,
                        Error = error.Message,
                    },
                    cancellationToken
                );
            }
            else
            {
                found[runs[0].Id] = local.Find(runs[0].Id) ?? (IFollowedRun)new RecordedRun(runs[0]);
            }
        }

        return found.Values;
    }

    private static async Task ShowAsync(
        Waited waited,
        RepoSync run,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        foreach (var warning in waited.Run.TakeWarnings())
        {
            await output.WarningAsync($"{run.Repository}: {warning}", cancellationToken);
        }

        foreach (var note in waited.Run.TakeNotes())
        {
            await output.VerboseAsync($"{run.Repository}: {note}", cancellationToken);
        }

        output.Progress(RunProgress.Of(run, waited.Activity, waited.Run.WaitsFor) with { Completed = HasEnded(run) });
    }

    private static async Task WriteEndAsync(
        IFollowedRun followed,
        RepoSync run,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        if (followed.FormerName is { } former)
        {
            await output.WarningAsync(RepositoryDirectory.Moved(former, run.Repository), cancellationToken);
        }

        await output.WriteAsync(run, cancellationToken);
        if (run.State != RunState.Completed)
        {
            await output.ErrorAsync(followed.Error ?? RunErrors.Of(run), cancellationToken);
        }
    }

    private static async Task WriteTimeoutAsync(
        IFollowedRun followed,
        RepoSync run,
        WaitRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        var (message, action) = followed.DescribeUnfinished((request.Timeout ?? followed.Patience)!.Value);
        await output.WriteAsync(run, cancellationToken);
        await output.ErrorAsync(
            new BackfillException(ErrorIds.WaitTimedOut, ErrorKind.Timeout, message, action, run.Repository),
            cancellationToken
        );
    }

    private static BackfillException NotFound(string message, object subject) =>
        new(
            ErrorIds.RunNotFound,
            ErrorKind.NotFound,
            message,
            "Get-RepoSync lists the runs of this database. Start-RepoSync starts one.",
            subject
        );

    // Deadline is when the waiting ends, even if the run has not ended; null waits until the run ends.
    private sealed record Waited(IFollowedRun Run, DateTimeOffset? Deadline)
    {
        public int Activity { get; } = ActivityIds.Next();
    }
}
