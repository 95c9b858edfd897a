namespace Backfill.Simulation.Server;

/// <summary>What one token may spend of one resource in an hour, counted from its first request.</summary>
internal sealed class RateBudget(string resource, int limit, TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromHours(1);

    private readonly Lock sync = new();
    private DateTimeOffset resetsAt;
    private int used;

    /// <summary><c>graphql</c> or <c>core</c>, as in the header.</summary>
    public string Resource => resource;

    public int Limit => limit;

    public int Used
    {
        get
        {
            lock (sync)
            {
                Renew();
                return used;
            }
        }
    }

    public int Remaining => Math.Max(0, limit - Used);

    public DateTimeOffset ResetsAt
    {
        get
        {
            lock (sync)
            {
                Renew();
                return resetsAt;
            }
        }
    }

    /// <summary>Takes points; false, and none taken, when nothing is left. The last request may go over.</summary>
    public bool Charge(int points)
    {
        lock (sync)
        {
            Renew();
            if (used >= limit)
            {
                return false;
            }

            used += points;
            return true;
        }
    }

    /// <summary>Gives points back, as for an answer that nothing changed.</summary>
    public void Refund(int points)
    {
        lock (sync)
        {
            used = Math.Max(0, used - points);
        }
    }

    /// <summary>Others spend, or a timeout is fined: taken even where nothing is left.</summary>
    public void Take(int points)
    {
        lock (sync)
        {
            Renew();
            used += points;
        }
    }

    /// <summary>A new hour begins before the old one ended.</summary>
    public void StartOver()
    {
        lock (sync)
        {
            resetsAt = default;
            Renew();
        }
    }

    private void Renew()
    {
        var now = time.GetUtcNow();
        if (now >= resetsAt)
        {
            resetsAt = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds()) + Window;
            used = 0;
        }
    }
}
