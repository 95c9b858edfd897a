using System.Numerics.Tensors;
using Backfill.Core.Embedding.Providers;
using Backfill.Core.Embedding.Store;
using Backfill.Core.Postgres;

namespace Backfill.Core.Embedding.Run;

/// <summary>Finds the items whose vectors are nearest to that of a text or of an item, by the cosine.</summary>
internal sealed class SimilarItems(Database database, SimilarityRequest request, EmbeddingTargets targets)
{
    private readonly Guid[] repositoryIds = [.. targets.All.Select(repository => repository.Id)];

    /// <summary>The nearest ones, the nearest first.</summary>
    /// <param name="create">Makes the provider, which only a text needs.</param>
    /// <exception cref="BackfillException">There is no such item with a vector, or the vectors are another model's.</exception>
    public async Task<IReadOnlyList<SimilarItem>> FindAsync(
        Func<IEmbeddingProvider> create,
        CancellationToken cancellationToken
    )
    {
        var catalogue = await database.CatalogueAsync(cancellationToken);
        var columns = ItemType
            .Named(request.ItemTypes)
            .Select(item => EmbeddingColumn.Find(item, catalogue))
            .OfType<EmbeddingColumn>()
            .ToList();
        var query = request.Text is { } text
            ? await OfTextAsync(create(), text, cancellationToken)
            : await OfItemAsync(
                [.. ItemType.All.Select(item => EmbeddingColumn.Find(item, catalogue)).OfType<EmbeddingColumn>()],
                cancellationToken
            );
        var found = new List<SimilarItem>();
        // A column of another length holds another model's vectors, which cannot be compared.
        foreach (
            var column in columns.Where(column => (column.Dimensions ?? query.Vector.Length) == query.Vector.Length)
        )
        {
            found.AddRange(
                column.SqlType.EndsWith("[]", StringComparison.Ordinal)
                    ? await ComparedHereAsync(column, query, cancellationToken)
                    : await ComparedThereAsync(column, query, cancellationToken)
            );
        }

        if (found.Count == 0)
        {
            await RequireModelAsync(query.Model, cancellationToken);
        }

        return [.. found.OrderBy(item => item.Distance).Take(request.First)];
    }

    private static async Task<Query> OfTextAsync(
        IEmbeddingProvider provider,
        string text,
        CancellationToken cancellationToken
    )
    {
        using var session = provider as IDisposable;
        var made = await provider.EmbedAsync([text], cancellationToken);
        return made.Texts[0].Vector is { } vector
            ? new Query(vector, EmbeddingScope.Key(provider, vector.Length), null)
            : throw new BackfillException(
                ErrorIds.EmbeddingProviderRefused,
                ErrorKind.Data,
                $"The embedding provider refuses the text: {made.Texts[0].Refusal}",
                "Write another text.",
                text
            );
    }

    // Issues, pull requests and discussions of a repository share one row of numbers.
    private async Task<Query> OfItemAsync(List<EmbeddingColumn> columns, CancellationToken cancellationToken)
    {
        foreach (var column in columns)
        {
            var found = await Statement("read-vector", column)
                .Set("number", request.Item!.Value)
                .RowAsync(
                    row => new Query(row.Get<float[]>("vector"), row.Get<string>("model"), row.Get<string>("id")),
                    cancellationToken
                );
            if (found is not null)
            {
                return found;
            }
        }

        throw new BackfillException(
            ErrorIds.ItemNotFound,
            ErrorKind.NotFound,
            FormattableString.Invariant(
                $"{string.Join(", ", targets.All.Select(one => one.FullName))} has no item {request.Item} with a vector."
            ),
            "Check the number; Invoke-EmbeddingBackfill gives every stored item its vector.",
            request.Item!.Value
        );
    }

    private Task<List<SimilarItem>> ComparedThereAsync(
        EmbeddingColumn column,
        Query query,
        CancellationToken cancellationToken
    ) =>
        Statement("find-similar", column, query)
            .Set("query", query.Vector)
            .Set("first", request.First)
            .RowsAsync(row => Item(column, row, row.Get<double>("distance")), cancellationToken);

    private Task<List<SimilarItem>> ComparedHereAsync(
        EmbeddingColumn column,
        Query query,
        CancellationToken cancellationToken
    ) =>
        Statement("read-vectors", column, query)
            .ReadAsync(
                async (reader, token) =>
                {
                    // The farthest of the nearest items stands first, to be replaced.
                    var nearest = new PriorityQueue<SimilarItem, double>();
                    while (await reader.ReadAsync(token))
                    {
                        var row = new Row(reader);
                        var vector = row.Get<float[]>("vector");
                        if (vector.Length != query.Vector.Length)
                        {
                            continue;
                        }

                        var distance = 1 - (double)TensorPrimitives.CosineSimilarity<float>(vector, query.Vector);
                        if (nearest.Count < request.First)
                        {
                            nearest.Enqueue(Item(column, row, distance), -distance);
                        }
                        else if (distance < nearest.Peek().Distance)
                        {
                            nearest.EnqueueDequeue(Item(column, row, distance), -distance);
                        }
                    }

                    return nearest.UnorderedItems.Select(entry => entry.Element).ToList();
                },
                cancellationToken
            );

    private async Task RequireModelAsync(string model, CancellationToken cancellationToken)
    {
        var stored = await EmbeddingScope.RecordedAsync(database, targets.All, cancellationToken);
        if (stored.FirstOrDefault(one => one.Own || request.All) is { Key: { } other } && other != model)
        {
            throw new BackfillException(
                ErrorIds.EmbeddingModelChanged,
                ErrorKind.Conflict,
                $"The stored vectors are of {other}, which cannot be compared with one of {model}.",
                "Choose the provider and model that made them, with -Provider and -Model.",
                model
            );
        }
    }

    private Statement Statement(string name, EmbeddingColumn column, Query query) =>
        Statement(name, column).Set("all", request.All).Set("item_id", query.ItemId).Set("model_key", query.Model);

    private Statement Statement(string name, EmbeddingColumn column) =>
        database
            .Statement($"Embedding/Store/Sql/{name}", column.Names())
            .Set("item_type", column.Item.Name)
            .Set("repository_ids", repositoryIds)
            .Set("unrecorded_model", EmbeddingStore.UnrecordedModel);

    private static SimilarItem Item(EmbeddingColumn column, Row row, double distance) =>
        new()
        {
            Repository = row.Get<string>("full_name"),
            ItemType = column.Item.Name,
            Number = row.Get<int>("number"),
            Title = row.Get<string>("title"),
            Distance = distance,
        };

    private sealed record Query(float[] Vector, string Model, string? ItemId);
}
