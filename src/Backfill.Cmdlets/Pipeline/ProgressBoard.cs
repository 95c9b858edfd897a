namespace Backfill.Cmdlets.Pipeline;

/// <summary>
/// Keeps the newest report of each activity and shows them at most five times per second, so the pipeline does not become
/// slow when the engine reports every page.
/// </summary>
/// <param name="clock">Measures the time since the last reports.</param>
internal sealed class ProgressBoard(TimeProvider clock)
{
    /// <summary>The shortest time between two reports of an activity.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly Lock sync = new();
    private readonly SortedDictionary<int, OperationProgress> unseen = [];
    private readonly SortedDictionary<int, OperationProgress> open = [];
    private long? shownAt;

    /// <summary>Replaces the report of an activity. It may be called from any thread.</summary>
    internal void Report(OperationProgress progress)
    {
        lock (sync)
        {
            unseen[progress.Id] = progress;
        }
    }

    /// <summary>Returns the new reports, parents first. It returns none within the shortest time after the last ones.</summary>
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

    /// <summary>Returns the closing reports of the activities that have none yet.</summary>
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
