using System.Globalization;

namespace Backfill.Core.Embedding;

/// <summary>The counts of a run, to which several batches add at once.</summary>
internal sealed class EmbeddingTally
{
    private readonly Lock door = new();
    private readonly HashSet<ulong> sent = [];
    private long reservedTokens;

    /// <summary>Items whose vector was made and stored.</summary>
    public long Embedded { get; private set; }

    /// <summary>Items that got the vector of an identical text.</summary>
    public long Reused { get; private set; }

    /// <summary>Items that were edited or deleted while they were embedded.</summary>
    public long Superseded { get; private set; }

    /// <summary>Items that this run set aside.</summary>
    public long Quarantined { get; private set; }

    /// <summary>Items left for the next pass, because another batch embeds their text.</summary>
    public long Deferred { get; private set; }

    /// <summary>Tokens that were charged.</summary>
    public long Tokens { get; private set; }

    /// <summary>The newest reason for which an item was set aside.</summary>
    public string? LastRefusal { get; private set; }

    /// <summary>Items that were dealt with.</summary>
    public long Done => Embedded + Reused + Quarantined;

    /// <summary>Begins a pass: what it does not send it leaves for the next.</summary>
    public void BeginPass()
    {
        lock (door)
        {
            sent.Clear();
        }
    }

    /// <summary>Takes the items of a batch whose text no other batch of this pass has taken. The next pass finds the vector of the others' text stored.</summary>
    public List<EmbeddingItem> Claim(IEnumerable<EmbeddingItem> items)
    {
        lock (door)
        {
            var own = new HashSet<ulong>();
            var claimed = new List<EmbeddingItem>();
            foreach (var item in items)
            {
                // Two texts that share 64 bits of SHA-256 only wait for each other.
                var hash = ulong.Parse(
                    item.TextHash.AsSpan(0, 16),
                    NumberStyles.HexNumber,
                    CultureInfo.InvariantCulture
                );
                if (own.Contains(hash) || (sent.Add(hash) && own.Add(hash)))
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
