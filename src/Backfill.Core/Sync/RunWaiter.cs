using Backfill.Core.Inngest;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Remote;

namespace Backfill.Core.Sync;

/// <summary>Waits for runs of this or any process, and for those at Inngest: shows how far they are and hands on each as it ends.</summary>
/// <param name="finishLocally">Starts a run of this process that finishes what another one left.</param>
internal sealed class RunWaiter(
    LocalEngine local,
    InngestEngine inngest,
    Database database,
    TimeProvider time,
    Func<RepoSync, CancellationToken, Task<LocalRun>> finishLocally
)
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(250);

    private readonly Dictionary<Guid, int> activities = [];
    private readonly Dictionary<Guid, InngestRun> followed = [];
    private readonly Dictionary<Guid, DateTimeOffset> deadlines = [];

    /// <summary>Waits until every run has ended, or the time is over; see <see cref="WaitRequest"/>.</summary>
    public async Task WaitAsync(WaitRequest request, IOperationOutput output, CancellationToken cancellationToken)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await FollowAsync(request, output, waiting.Token);
        }
        finally
        {
            await waiting.CancelAsync();
            await Task.WhenAll(followed.Values.Select(run => run.Finished));
        }
    }

    private async Task FollowAsync(WaitRequest request, IOperationOutput output, CancellationToken cancellationToken)
    {
        var pending = await FindAsync(request, output, cancellationToken);
        foreach (var run in pending.Values)
        {
            Begin(run, request, output, cancellationToken);
        }

        var looked = DateTimeOffset.MinValue;
        var record = new RunRecord(database);
        while (pending.Count > 0)
        {
            var foreign = pending.Keys.Where(id => local.Find(id) is null && !followed.ContainsKey(id)).ToArray();
            if (foreign.Length > 0 && time.GetUtcNow() - looked >= request.PollInterval)
            {
                foreach (var run in await record.FindAsync(new SyncFilter(foreign, [], [], false), cancellationToken))
                {
                    pending[run.Id] = run;
                }

                looked = time.GetUtcNow();
            }

            foreach (var id in pending.Keys.ToArray())
            {
                var lost = followed.GetValueOrDefault(id)?.Finished.IsCompleted == true;
                var run = local.Find(id)?.Snapshot() ?? followed.GetValueOrDefault(id)?.Snapshot() ?? pending[id];
                var late = time.GetUtcNow() >= deadlines.GetValueOrDefault(id, DateTimeOffset.MaxValue);
                await ShowAsync(run, output, cancellationToken);
                if (!HasEnded(run) && !lost && !late)
                {
                    continue;
                }

                pending.Remove(id);
                var ended = HasEnded(run) || lost;
                if (await FinishLocallyAsync(run, request, ended, output, cancellationToken) is { } finishing)
                {
                    pending[finishing.Id] = finishing.Snapshot();
                }
                else if (ended)
                {
                    await HandOnAsync(run, output, cancellationToken);
                }
                else
                {
                    await TimeOutAsync(run, request, output, cancellationToken);
                }
            }

            if (pending.Count > 0)
            {
                var ends = pending
                    .Keys.Select(id => local.Find(id)?.Finished ?? followed.GetValueOrDefault(id)?.Finished)
                    .OfType<Task>()
                    .ToArray();
                await Task.WhenAny([
                    .. ends,
                    Task.Delay(ends.Length > 0 ? ProgressInterval : request.PollInterval, time, cancellationToken),
                ]);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    private void Begin(RepoSync run, WaitRequest request, IOperationOutput output, CancellationToken cancellationToken)
    {
        var atInngest = run is { Engine: InngestEngine.Name, EventId: not null } && !HasEnded(run);
        if (atInngest)
        {
            followed[run.Id] = inngest.Follow(database, run, request.PollInterval, output, cancellationToken);
        }

        if ((request.Timeout ?? (atInngest ? InngestConnection.DefaultTimeout : null)) is { } timeout)
        {
            deadlines[run.Id] = time.GetUtcNow() + timeout;
        }
    }

    // The run that goes on here, or null where the one at Inngest is handed on as it is.
    private async Task<LocalRun?> FinishLocallyAsync(
        RepoSync run,
        WaitRequest request,
        bool ended,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        if (!request.FallbackToLocal || run.Engine != InngestEngine.Name || run.State == RunState.Completed)
        {
            return null;
        }

        await output.WarningAsync(
            ended
                ? $"{run.Repository}: the run at Inngest ended without being complete, and is finished here. {(followed.GetValueOrDefault(run.Id)?.Error ?? RunErrors.Of(run)).Message}"
                : $"{run.Repository}: the run at Inngest did not end in time, and is finished here; it may still be at work there as well.",
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

    private async Task<Dictionary<Guid, RepoSync>> FindAsync(
        WaitRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        var record = new RunRecord(database);
        var found = new Dictionary<Guid, RepoSync>();
        foreach (var id in request.RunIds.Where(id => local.Find(id) is not null))
        {
            found[id] = local.Find(id)!.Snapshot();
        }

        var foreign = request.RunIds.Where(id => !found.ContainsKey(id)).ToArray();
        if (foreign.Length > 0)
        {
            foreach (var run in await record.FindAsync(new SyncFilter(foreign, [], [], false), cancellationToken))
            {
                found[run.Id] = run;
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
                found[runs[0].Id] = runs[0];
            }
        }

        return found;
    }

    private async Task ShowAsync(RepoSync run, IOperationOutput output, CancellationToken cancellationToken)
    {
        foreach (var note in local.Find(run.Id)?.Progress.TakeNotes() ?? [])
        {
            await output.VerboseAsync($"{run.Repository}: {note}", cancellationToken);
        }

        if (!activities.TryGetValue(run.Id, out var activity))
        {
            activities[run.Id] = activity = ActivityIds.Next();
        }

        output.Progress(
            RunProgress.Of(run, activity, local.Find(run.Id)?.Progress.WaitsFor?.Reason) with
            {
                Completed = HasEnded(run),
            }
        );
    }

    private async Task HandOnAsync(RepoSync run, IOperationOutput output, CancellationToken cancellationToken)
    {
        if (local.Find(run.Id)?.FormerName is { } former)
        {
            await output.WarningAsync(RepositoryDirectory.Moved(former, run.Repository), cancellationToken);
        }

        await output.WriteAsync(run, cancellationToken);
        if (run.State != RunState.Completed)
        {
            await output.ErrorAsync(
                local.Find(run.Id)?.Error ?? followed.GetValueOrDefault(run.Id)?.Error ?? RunErrors.Of(run),
                cancellationToken
            );
        }
    }

    private async Task TimeOutAsync(
        RepoSync run,
        WaitRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        await output.WriteAsync(run, cancellationToken);
        await output.ErrorAsync(
            new BackfillException(
                ErrorIds.WaitTimedOut,
                ErrorKind.Timeout,
                followed.TryGetValue(run.Id, out var there)
                    ? AtInngest(run, there, request.Timeout ?? InngestConnection.DefaultTimeout)
                    : $"The sync of {run.Repository} did not end within {request.Timeout}; it goes on.",
                $"Wait on with Wait-RepoSync {run.Repository}, or end it with Stop-RepoSync {run.Repository}.{(there is null ? "" : " Wait-RepoSync -FallbackToLocal finishes it here.")}",
                run.Repository
            ),
            cancellationToken
        );
    }

    private static string AtInngest(RepoSync run, InngestRun there, TimeSpan timeout) =>
        there.SeesFunctions
            ? $"The run of {run.Repository} at Inngest did not end within {timeout}; when last seen it was {run.State}, and it may still run ({run.EventId})."
            : $"The rows of {run.Repository} did not become complete within {timeout}. Whether the function at Inngest runs, failed or never began cannot be known without INNGEST_SIGNING_KEY; it may still run ({run.EventId}).";

    private static BackfillException NotFound(string message, object subject) =>
        new(
            ErrorIds.RunNotFound,
            ErrorKind.NotFound,
            message,
            "Get-RepoSync lists the runs that this database knows; Start-RepoSync starts one.",
            subject
        );
}
