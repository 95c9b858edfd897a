using Backfill.Core.Postgres;

namespace Backfill.Core.Sync;

/// <summary>Waits for runs of this or any process: shows how far they are and hands on each as it ends.</summary>
internal sealed class RunWaiter(LocalEngine local, Database database, TimeProvider time)
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(250);

    private readonly Dictionary<Guid, int> activities = [];

    /// <summary>Waits until every run has ended, or the time is over; see <see cref="WaitRequest"/>.</summary>
    public async Task WaitAsync(WaitRequest request, IOperationOutput output, CancellationToken cancellationToken)
    {
        var pending = await FindAsync(request, output, cancellationToken);
        var deadline = request.Timeout is { } timeout ? time.GetUtcNow() + timeout : (DateTimeOffset?)null;
        var looked = DateTimeOffset.MinValue;
        var record = new RunRecord(database);
        while (pending.Count > 0)
        {
            var foreign = pending.Keys.Where(id => local.Find(id) is null).ToArray();
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
                var run = local.Find(id)?.Snapshot() ?? pending[id];
                await ShowAsync(run, output, cancellationToken);
                if (HasEnded(run))
                {
                    pending.Remove(id);
                    await HandOnAsync(run, output, cancellationToken);
                }
            }

            if (pending.Count > 0 && time.GetUtcNow() >= deadline)
            {
                await TimeOutAsync(pending.Values, request.Timeout!.Value, output, cancellationToken);
                return;
            }

            if (pending.Count > 0)
            {
                var ends = pending.Keys.Select(local.Find).OfType<LocalRun>().Select(run => run.Finished);
                await Task.WhenAny([
                    .. ends,
                    Task.Delay(ends.Any() ? ProgressInterval : request.PollInterval, time, cancellationToken),
                ]);
                cancellationToken.ThrowIfCancellationRequested();
            }
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
            var runs = await record.FindAsync(new SyncFilter([], [repository], [], false), cancellationToken);
            if (runs.Count == 0)
            {
                await output.ErrorAsync(NotFound($"{repository} has no run.", repository.FullName), cancellationToken);
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
        await output.WriteAsync(run, cancellationToken);
        if (run.State != RunState.Completed)
        {
            await output.ErrorAsync(local.Find(run.Id)?.Error ?? RunErrors.Of(run), cancellationToken);
        }
    }

    private static async Task TimeOutAsync(
        IEnumerable<RepoSync> runs,
        TimeSpan timeout,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        foreach (var run in runs)
        {
            await output.WriteAsync(run, cancellationToken);
            await output.ErrorAsync(
                new BackfillException(
                    ErrorIds.WaitTimedOut,
                    ErrorKind.Timeout,
                    $"The sync of {run.Repository} did not end within {timeout}; it goes on.",
                    $"Wait on with Get-RepoSync -Id {run.Id} | Wait-RepoSync, or end it with Stop-RepoSync -Id {run.Id}.",
                    run.Repository
                ),
                cancellationToken
            );
        }
    }

    private static BackfillException NotFound(string message, object subject) =>
        new(
            ErrorIds.RunNotFound,
            ErrorKind.NotFound,
            message,
            "Get-RepoSync lists the runs that this database knows; Start-RepoSync starts one.",
            subject
        );
}
