namespace Backfill.Cmdlets.Pipeline;

/// <summary>
/// Keeps the newest report of each activity and gives them out at most five times a second, so that an engine that
/// reports every page costs the pipeline nothing.
/// </summary>
/// <param name="clock">Tells how long ago the last reports were shown.</param>
internal sealed class ProgressBoard(TimeProvider clock)
{
    /// <summary>The shortest time between two reports of one activity.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly Lock sync = new();
    private readonly SortedDictionary<int, OperationProgress> unseen = [];
    private readonly SortedDictionary<int, OperationProgress> open = [];
    private long? shownAt;

    /// <summary>Replaces what is known of an activity; from any thread.</summary>
    internal void Report(OperationProgress progress)
    {
        lock (sync)
        {
            unseen[progress.Id] = progress;
        }
    }

    /// <summary>The reports that are new, parents first; none while the last ones are too fresh.</summary>
    internal IReadOnlyList<OperationProgress> Due()
    {
        lock (sync)
        {
            if (unseen.Count == 0 || (shownAt is { } last && clock.GetElapsedTime(last) < Interval))
            {
                return [];
            }

            shownAt = clock.GetTimestamp();
            return Take();
        }
    }

    /// <summary>The closing report of every activity that has none yet.</summary>
    internal IReadOnlyList<OperationProgress> Close()
    {
        lock (sync)
        {
            var completed = Take().Where(progress => progress.Completed).ToList();
            completed.AddRange(open.Values.Select(progress => progress with { Completed = true }));
            open.Clear();
            return completed;
        }
    }

    private OperationProgress[] Take()
    {
        var taken = unseen.Values.OrderBy(progress => progress.ParentId is not null).ToArray();
        unseen.Clear();
        foreach (var progress in taken)
        {
            if (progress.Completed)
            {
                open.Remove(progress.Id);
            }
            else
            {
                open[progress.Id] = progress;
            }
        }

        return taken;
    }
}
