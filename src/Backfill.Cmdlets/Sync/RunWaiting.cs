using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Sync;

/// <summary>The runs and repositories that a cmdlet waits for at its end. Ctrl+C asks the runs of this process to stop.</summary>
internal sealed class RunWaiting
{
    private readonly Lock collecting = new();
    private readonly List<Guid> runs = [];
    private readonly List<RepositoryName> repositories = [];

    /// <summary>Adds a run.</summary>
    internal void Add(Guid run) => Add(runs, run);

    /// <summary>Adds the newest run of a repository.</summary>
    internal void Add(RepositoryName repository) => Add(repositories, repository);

    /// <summary>Returns the request to wait for all runs, or null when there are none.</summary>
    internal WaitRequest? Request(TimeSpan? timeout, TimeSpan pollInterval) =>
        runs.Count + repositories.Count == 0 ? null : new WaitRequest(runs, repositories, timeout, pollInterval);

    /// <summary>Asks the runs of this process to stop. It returns at once, because the thread that stops the pipeline must not wait.</summary>
    internal void Stop(Func<BackfillSettings> settings)
    {
        lock (collecting)
        {
            if (runs.Count > 0)
            {
                Stop(settings, new SyncFilter([.. runs], [], [], ThisProcess: true));
            }

            if (repositories.Count > 0)
            {
                Stop(settings, new SyncFilter([], [.. repositories], [], ThisProcess: true));
            }
        }
    }

    private static void Stop(Func<BackfillSettings> settings, SyncFilter filter) =>
        _ = Task.Run(
            () => EngineAccess.Engine.StopSyncsAsync(settings(), filter, CancellationToken.None),
            CancellationToken.None
        );

    private void Add<T>(List<T> list, T item)
    {
        lock (collecting)
        {
            if (!list.Contains(item))
            {
                list.Add(item);
            }
        }
    }
}
