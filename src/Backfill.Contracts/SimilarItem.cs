namespace Backfill;

/// <summary>An item near to a text or to another item.</summary>
public sealed record SimilarItem
{
    /// <summary><c>owner/name</c>.</summary>
    public required string Repository { get; init; }

    /// <summary><c>issue</c>, <c>pull_request</c> or <c>discussion</c>.</summary>
    public required string ItemType { get; init; }

    /// <summary>GitHub's number.</summary>
    public int Number { get; init; }

    /// <summary>Its title.</summary>
    public required string Title { get; init; }

    /// <summary>One minus the cosine of both vectors: 0 for the same direction, 1 for nothing in common, 2 for the opposite.</summary>
    public double Distance { get; init; }

    /// <summary>The cosine of both vectors.</summary>
    public double Similarity => 1 - Distance;
}

/// <summary>A look for neighbours. Either a text or an item.</summary>
/// <param name="Repositories">Where to look; an item is one of the first.</param>
/// <param name="All">Look in every repository of the database.</param>
/// <param name="ItemTypes">What to look for; empty is all.</param>
/// <param name="Text">The text.</param>
/// <param name="Item">The number of an item.</param>
/// <param name="First">How many neighbours.</param>
/// <param name="Dimensions">Length of the text's vector; null is that of the column.</param>
public sealed record SimilarityRequest(
    IReadOnlyList<RepositoryName> Repositories,
    bool All,
    IReadOnlyList<string> ItemTypes,
    string? Text,
    int? Item,
    int First,
    int? Dimensions
);
