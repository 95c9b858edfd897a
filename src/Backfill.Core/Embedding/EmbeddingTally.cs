namespace Backfill.Core.Embedding;

/// <summary>The counts of a run, to which several batches add at once.</summary>
internal sealed class EmbeddingTally
{
    private readonly Lock door = new();
    private readonly HashSet<string> inFlight = new(StringComparer.Ordinal);
    private long reservedTokens;

    /// <summary>Items whose vector was made and stored.</summary>
    public long Embedded { get; private set; }

    /// <summary>Items that got the vector of an identical text.</summary>
    public long Reused { get; private set; }

    /// <summary>Items that were edited or deleted while they were embedded.</summary>
    public long Superseded { get; private set; }

    /// <summary>Items that this run set aside.</summary>
    public long Quarantined { get; private set; }

    /// <summary>Items left for the next pass, because their text is being embedded by another batch.</summary>
    public long Deferred { get; private set; }

    /// <summary>Tokens that were charged.</summary>
    public long Tokens { get; private set; }

    /// <summary>The newest reason for which an item was set aside.</summary>
    public string? LastRefusal { get; private set; }

    /// <summary>Items that were dealt with.</summary>
    public long Done => Embedded + Reused + Quarantined;

    /// <summary>Takes the texts that no other batch is embedding just now.</summary>
    public List<EmbeddingItem> Claim(IEnumerable<EmbeddingItem> items)
    {
        lock (door)
        {
            var own = new HashSet<string>(StringComparer.Ordinal);
            var claimed = new List<EmbeddingItem>();
            foreach (var item in items)
            {
                if (own.Contains(item.TextHash) || (inFlight.Add(item.TextHash) && own.Add(item.TextHash)))
                {
                    claimed.Add(item);
                }
                else
                {
                    Deferred++;
                }
            }

            return claimed;
        }
    }

    /// <summary>Gives claimed texts back.</summary>
    public void Release(IEnumerable<EmbeddingItem> items)
    {
        lock (door)
        {
            inFlight.ExceptWith(items.Select(item => item.TextHash));
        }
    }

    /// <summary>Sets tokens aside before they are sent; false when the limit does not allow them.</summary>
    /// <param name="most">Tokens of the whole run; null is no limit.</param>
    public bool Reserve(long tokens, long? most)
    {
        lock (door)
        {
            if (Tokens + reservedTokens + tokens > most)
            {
                return false;
            }

            reservedTokens += tokens;
            return true;
        }
    }

    /// <summary>Replaces reserved tokens by the charged ones.</summary>
    public void Spend(long reserved, long charged)
    {
        lock (door)
        {
            reservedTokens -= reserved;
            Tokens += charged;
        }
    }

    /// <summary>Adds what became of items.</summary>
    public void Add(
        long embedded = 0,
        long reused = 0,
        long superseded = 0,
        long quarantined = 0,
        string? refusal = null
    )
    {
        lock (door)
        {
            Embedded += embedded;
            Reused += reused;
            Superseded += superseded;
            Quarantined += quarantined;
            LastRefusal = refusal ?? LastRefusal;
        }
    }
}
