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
internal sealed class VectorInspection(Database database, StoredRepository repository)
{
    /// <summary>The statement that inspects one type of items.</summary>
    public const string Query = "Coverage/inspect-vectors";

    /// <summary>Returns the vectors of each type of items by fault.</summary>
    public async Task<List<InspectedVectors>> ReadAsync(CancellationToken cancellationToken)
    {
        var found = new List<InspectedVectors>();
        foreach (var (item, statement) in await StatementsAsync(Query, cancellationToken))
        {
            found.AddRange(
                await statement.RowsAsync(
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

        return found;
    }

    /// <summary>Removes the faulty vectors.</summary>
    public async Task ForgetAsync(CancellationToken cancellationToken)
    {
        foreach (var (_, statement) in await StatementsAsync("Coverage/forget-vectors", cancellationToken))
        {
            await statement.ExecuteAsync(cancellationToken);
        }
    }

    private async Task<List<(ItemType Item, Statement Statement)>> StatementsAsync(
        string path,
        CancellationToken cancellationToken
    )
    {
        var catalogue = await database.CatalogueAsync(cancellationToken);
        var statements = new List<(ItemType, Statement)>();
        foreach (var item in ItemType.All)
        {
            if (EmbeddingColumn.Find(item, catalogue) is { } column)
            {
                var names = new Dictionary<string, string>(column.Names(), StringComparer.Ordinal)
                {
                    ["faulty_vectors"] = SqlText.Read("Coverage/faulty-vectors.sql"),
                };
                statements.Add(
                    (
                        item,
                        database
                            .Statement(path, names)
                            .OverWholeTables()
                            .Set("repository_id", repository.Id)
                            .Set("item_type", item.Name)
                    )
                );
            }
        }

        return statements;
    }
}
