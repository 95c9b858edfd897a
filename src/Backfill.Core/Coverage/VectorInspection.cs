using Backfill.Core.Embedding.Store;
using Backfill.Core.Postgres;

namespace Backfill.Core.Coverage;

/// <summary>Vectors of one type of items with the same fault.</summary>
/// <param name="Fault">What is wrong with the vectors, for example <c>altered</c>; null where nothing is.</param>
/// <param name="Unproven">The number of vectors among them whose numbers the tool has not recorded.</param>
/// <param name="Numbers">Up to ten numbers of items.</param>
internal sealed record InspectedVectors(
    ItemType Item,
    string? Fault,
    long Vectors,
    long Unproven,
    IReadOnlyList<int> Numbers
);

/// <summary>Finds and removes vectors that cannot be right.</summary>
internal static class VectorInspection
{
    /// <summary>The statement that inspects one type of items.</summary>
    public const string Query = "Coverage/inspect-vectors";

    /// <summary>Returns the vectors of a repository by type of items and fault.</summary>
    public static async Task<List<InspectedVectors>> ReadAsync(
        StoredFacts stored,
        StoredRepository repository,
        CancellationToken cancellationToken
    )
    {
        var found = new List<InspectedVectors>();
        foreach (var item in ItemType.All)
        {
            if (await NamesAsync(stored.Database, item, cancellationToken) is { } names)
            {
                found.AddRange(
                    await stored.RowsAsync(
                        repository,
                        $"{Query} {item.Name}",
                        _ => Task.FromResult(Take(stored.Database, Query, item, names)),
                        row => new InspectedVectors(
                            item,
                            row.TextOrNull("fault"),
                            row.Get<long>("vectors"),
                            row.Get<long>("unproven"),
                            row.Get<int[]>("numbers")
                        ),
                        cancellationToken
                    )
                );
            }
        }

        return found;
    }

    /// <summary>Removes the faulty vectors of a repository.</summary>
    public static async Task ForgetAsync(
        Database database,
        StoredRepository repository,
        CancellationToken cancellationToken
    )
    {
        foreach (var item in ItemType.All)
        {
            if (await NamesAsync(database, item, cancellationToken) is { } names)
            {
                await Take(database, "Coverage/forget-vectors", item, names)
                    .Set("repository_ids", [repository.Id])
                    .ExecuteAsync(cancellationToken);
            }
        }
    }

    private static Statement Take(
        Database database,
        string path,
        ItemType item,
        IReadOnlyDictionary<string, string> names
    ) => database.Statement(path, names).OverWholeTables().Set("item_type", item.Name);

    // Null where the table has no column for vectors.
    private static async Task<IReadOnlyDictionary<string, string>?> NamesAsync(
        Database database,
        ItemType item,
        CancellationToken cancellationToken
    ) =>
        EmbeddingColumn.Find(item, await database.CatalogueAsync(cancellationToken)) is { } column
            ? new Dictionary<string, string>(column.Names(), StringComparer.Ordinal)
            {
                ["faulty_vectors"] = SqlText.Read("Coverage/faulty-vectors.sql"),
            }
            : null;
}
