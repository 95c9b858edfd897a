namespace Backfill.Core.Sync.Runs;

/// <summary>Limits how many runs of a process work at once. Each run has the limit that it was started with.</summary>
internal sealed class Throttle
{
    private readonly Lock sync = new();
    private readonly LinkedList<(int Limit, TaskCompletionSource Turn)> waiting = new();
    private int working;

    /// <summary>Waits until fewer than <paramref name="limit"/> runs work.</summary>
    public async Task EnterAsync(int limit, CancellationToken cancellationToken)
    {
        LinkedListNode<(int Limit, TaskCompletionSource Turn)> place;
        lock (sync)
        {
            if (working < limit)
            {
                working++;
                return;
            }

            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            place = waiting.AddLast((limit, turn));
        }

        await using var cancelled = cancellationToken.Register(() =>
        {
            lock (sync)
            {
                if (place.List is not null)
                {
                    waiting.Remove(place);
                    place.Value.Turn.SetCanceled(cancellationToken);
                }
            }
        });
        await place.Value.Turn.Task;
    }

    /// <summary>Gives the place to the run that has waited longest, among the runs whose limit allows it.</summary>
    public void Leave()
    {
        lock (sync)
        {
            working--;
            for (var place = waiting.First; place is not null; place = place.Next)
            {
                if (working < place.Value.Limit)
                {
                    working++;
                    waiting.Remove(place);
                    place.Value.Turn.SetResult();
                    return;
                }
            }
        }
    }
}
