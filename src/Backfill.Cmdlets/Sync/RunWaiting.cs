using System.Collections.Concurrent;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Sync;

/// <summary>The runs and repositories that a cmdlet waits for at its end. Ctrl+C ends the wait, and the runs go on. Ctrl+C in a second wait for the same runs asks those of this process to stop.</summary>
internal sealed class RunWaiting
{
    // What an interrupted wait of this process waited for: the id of a run, or the name of a repository.
    private static readonly ConcurrentDictionary<string, bool> Interrupted = new(StringComparer.OrdinalIgnoreCase);

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

    /// <summary>Ends the wait. It returns at once, because the thread that stops the pipeline must not wait.</summary>
    /// <param name="settings">Returns the settings in force. It is called when runs are stopped.</param>
    /// <param name="name">Returns the name of a run for the message.</param>
    /// <returns>What to tell the user, or null when nothing was awaited.</returns>
    internal string? End(Func<BackfillSettings> settings, Func<Guid, string> name)
    {
        lock (collecting)
        {
            if (runs.Count + repositories.Count == 0)
            {
                return null;
            }

            Guid[] againRuns = [.. runs.Where(run => !Interrupted.TryAdd(run.ToString(), true))];
            RepositoryName[] againNames = [.. repositories.Where(one => !Interrupted.TryAdd(one.FullName, true))];
            if (againRuns.Length > 0)
            {
                Stop(settings, new SyncFilter(againRuns, [], [], ThisProcess: true));
            }

            if (againNames.Length > 0)
            {
                Stop(settings, new SyncFilter([], againNames, [], ThisProcess: true));
            }

            var stopped = againRuns.Length + againNames.Length;
            var all = runs.Count + repositories.Count;
            var one =
                runs.Count == 1
                    ? name(runs[0])
                    : repositories.Select(repository => repository.FullName).FirstOrDefault();
            return stopped > 0
                ? $"The second Ctrl+C stops {(all > 1 ? $"{all} syncs" : $"the sync of {one}")}. What is stored stays."
                : $"The wait ended, and {(all > 1 ? $"those of the {all} syncs that are at work go on" : $"the sync of {one} goes on")} as long as this process does. Wait-RepoSync waits again; a second Ctrl+C or Stop-RepoSync stops {(all > 1 ? "them" : "it")}.";
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
