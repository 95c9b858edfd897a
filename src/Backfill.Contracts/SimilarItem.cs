namespace Backfill;

/// <summary>An item that is similar to a text or to another item.</summary>
public sealed record SimilarItem
{
    /// <summary>Gets the repository as <c>owner/name</c>.</summary>
    public required string Repository { get; init; }

    /// <summary>Gets the type: <c>issue</c>, <c>pull_request</c> or <c>discussion</c>.</summary>
    public required string ItemType { get; init; }

    /// <summary>Gets the number of the item at GitHub.</summary>
    public int Number { get; init; }

    /// <summary>Gets the title.</summary>
    public required string Title { get; init; }

    /// <summary>Gets one minus the cosine of both vectors: 0 for the same direction, 1 for nothing in common, 2 for the opposite.</summary>
    public double Distance { get; init; }

    /// <summary>Gets the cosine of both vectors.</summary>
    public double Similarity => 1 - Distance;
}

/// <summary>A search for similar items, by a text or by an item.</summary>
/// <param name="Repositories">The repositories to search. <c>Item</c> belongs to the first one.</param>
/// <param name="All">Whether to search every repository of the database.</param>
/// <param name="ItemTypes">The types of items to find. Empty means all.</param>
/// <param name="Text">The text to compare with, or null.</param>
/// <param name="Item">The number of the item to compare with, or null.</param>
/// <param name="First">The number of results.</param>
/// <param name="Dimensions">The length of the text's vector. Null means the length of the column.</param>
public sealed record SimilarityRequest(
    IReadOnlyList<RepositoryName> Repositories,
    bool All,
    IReadOnlyList<string> ItemTypes,
    string? Text,
    int? Item,
    int First,
    int? Dimensions
);
