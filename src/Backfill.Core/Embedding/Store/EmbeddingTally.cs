namespace Backfill.Core.Embedding.Store;

/// <summary>What became of the items of one repository.</summary>
internal sealed class RepositoryTally
{
    /// <summary>Items whose vector was made and stored.</summary>
    public long Embedded { get; set; }

    /// <summary>Items that got the vector of an identical text.</summary>
    public long Reused { get; set; }

    /// <summary>Items that were edited or deleted while they were embedded.</summary>
    public long Superseded { get; set; }

    /// <summary>Items that this run set aside.</summary>
    public long Quarantined { get; set; }

    /// <summary>Embedded items of whose text only the beginning was embedded.</summary>
    public long Shortened { get; set; }

    /// <summary>Tokens that were charged.</summary>
    public double Tokens { get; set; }

    /// <summary>Those of them that came by the Batch API, for its price.</summary>
    public long BatchTokens { get; set; }

    /// <summary>Items that were dealt with.</summary>
    public long Done => Embedded + Reused + Quarantined;
}

/// <summary>The counts of a run, to which several batches add at once.</summary>
internal sealed class EmbeddingTally
{
    private readonly Lock door = new();
    private readonly Dictionary<Guid, RepositoryTally> repositories = [];
    private long reservedTokens;

    /// <summary>All repositories together; its tokens also hold those of the probe.</summary>
    public RepositoryTally Total { get; } = new();

    /// <summary>Tokens that were charged.</summary>
    public long Tokens => (long)Math.Round(Total.Tokens);

    /// <summary>Tokens that were charged for no item: those of the probe.</summary>
    public long Shared { get; private set; }

    /// <summary>Texts that the provider was asked for, refused ones too.</summary>
    public long Tried { get; private set; }

    /// <summary>The newest reason for which an item was set aside.</summary>
    public string? LastRefusal { get; private set; }

    /// <summary>The counts of one repository.</summary>
    public RepositoryTally Of(Guid repositoryId)
    {
        lock (door)
        {
            return repositories.TryGetValue(repositoryId, out var tally)
                ? tally
                : repositories[repositoryId] = new RepositoryTally();
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

    /// <summary>Replaces reserved tokens by the charged ones, which the items' repositories share by the length of their texts.</summary>
    public void Spend(long reserved, long charged, IReadOnlyList<EmbeddingItem> items)
    {
        lock (door)
        {
            reservedTokens -= reserved;
            Total.Tokens += charged;
            Shared += items.Count == 0 ? charged : 0;
            Tried += items.Count;
            var all = (double)items.Sum(item => item.Text.Length);
            foreach (var item in items)
            {
                Of(item.RepositoryId).Tokens += charged * item.Text.Length / all;
            }
        }
    }

    /// <summary>Adds what a text of a batch was charged.</summary>
    public void SpendInBatch(Guid repositoryId, long charged)
    {
        lock (door)
        {
            Tried++;
            foreach (var counts in (RepositoryTally[])[Total, Of(repositoryId)])
            {
                counts.Tokens += charged;
                counts.BatchTokens += charged;
            }
        }
    }

    /// <summary>Adds one to what <paramref name="count"/> names, for each item.</summary>
    public void Add(IEnumerable<EmbeddingItem> items, Action<RepositoryTally> count)
    {
        lock (door)
        {
            foreach (var item in items)
            {
                count(Total);
                count(Of(item.RepositoryId));
            }
        }
    }

    /// <summary>Keeps the reason of a refusal.</summary>
    public void Refuse(string reason)
    {
        lock (door)
        {
            LastRefusal = reason;
        }
    }
}
