namespace Backfill.Core.Embedding.Store;

/// <summary>Where the items of one type stand in one repository.</summary>
/// <param name="Item">The type.</param>
/// <param name="RepositoryId">The repository.</param>
/// <param name="Total">All items.</param>
/// <param name="Missing">Items without a vector.</param>
/// <param name="Changed">Items with the vector of another text.</param>
/// <param name="Other">Items with the vector of another model.</param>
/// <param name="Unstamped">Items whose vector belongs to their text, though the time beside it says that it may not.</param>
/// <param name="Quarantined">Items whose text the provider refused.</param>
/// <param name="InBatch">Of the items that need a vector, those whose text is in a batch at the provider.</param>
/// <param name="OtherModel">A model that made vectors here and is not the wanted one; null when there is none.</param>
internal sealed record ItemCounts(
    ItemType Item,
    Guid RepositoryId,
    long Total,
    long Missing,
    long Changed,
    long Other,
    long Unstamped,
    long Quarantined,
    long InBatch,
    string? OtherModel
)
{
    /// <summary>Items that need a vector.</summary>
    public long Wanting => Missing + Changed + Other;
}

/// <summary>An item in the order of the work.</summary>
/// <param name="Tries">How often it was edited while it was embedded.</param>
/// <param name="Alone">To be embedded in a request of its own, since requests with it ended processes.</param>
internal sealed record ListedItem(string Id, DateTime UpdatedAt, int Tries = 0, bool Alone = false);

/// <summary>An item with its text as it was read.</summary>
/// <param name="Id">Its id as text.</param>
/// <param name="RepositoryId">Its repository.</param>
/// <param name="Text">What is embedded.</param>
/// <param name="IsShortened">True when that is only the beginning of its text.</param>
/// <param name="TextHash">Of title and body, made by the database in the same read; compared again when the vector is written.</param>
/// <param name="HasTwin">True when an item with this very text has a vector of the wanted model.</param>
/// <param name="Attempts">How often its text was taken, this time included; 0 where another worker has it.</param>
/// <param name="GeneratedAt">When its present vector was written.</param>
/// <param name="InBatch">True when its text is in a batch at the provider.</param>
internal sealed record EmbeddingItem(
    string Id,
    Guid RepositoryId,
    string Text,
    bool IsShortened,
    string TextHash,
    bool HasTwin,
    int Attempts,
    DateTime? GeneratedAt,
    bool InBatch
);
