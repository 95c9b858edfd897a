namespace Backfill.Core.Postgres;

/// <summary>
/// Counts the connections that a database gives this process. A limit of the login, the database or the server shows only
/// when the database refuses a further connection. From then on a caller waits until another caller returns a connection.
/// The limit is forgotten when no connection is in use.
/// </summary>
internal sealed class ConnectionRoom
{
    private readonly Lock gate = new();
    private readonly Queue<TaskCompletionSource> waiting = new();
    private int taken;
    private int most = int.MaxValue;

    /// <summary>Takes a place, when there is one.</summary>
    public async Task EnterAsync(CancellationToken cancellationToken)
    {
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            if (taken < most)
            {
                taken++;
                return;
            }

            waiting.Enqueue(turn);
        }

        await using var canceled = cancellationToken.Register(() => turn.TrySetCanceled(cancellationToken));
        await turn.Task;
    }

    /// <summary>Returns a place. The caller that has waited longest gets it.</summary>
    public void Leave()
    {
        lock (gate)
        {
            while (waiting.TryDequeue(out var next))
            {
                if (next.TrySetResult())
                {
                    return;
                }
            }

            taken--;
            if (taken == 0)
            {
                most = int.MaxValue;
            }
        }
    }

    /// <summary>Gives up the place of a connection that the database refused, and remembers that there are no more than the connections in use.</summary>
    /// <returns>False when no other connection is in use. The place is then still taken.</returns>
    public bool GiveUp()
    {
        lock (gate)
        {
            if (taken == 1)
            {
                return false;
            }

            taken--;
            most = taken;
            return true;
        }
    }
}
