using Backfill.Core.Embedding.Providers;
using Backfill.Core.Embedding.Store;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Reporting;

/// <summary>Reads what a report says about a repository in addition to its checks and its runs.</summary>
internal static class FactsOfRepository
{
    // Markdown of 2,000 characters has about 410 tokens (measured; see EmbeddingPlan).
    private const double CharactersPerToken = 4.9;

    /// <summary>Reads the facts of a repository.</summary>
    /// <exception cref="BackfillException">The repository is not stored.</exception>
    public static async Task<RepositoryFacts> ReadAsync(
        Database database,
        RepositoryName name,
        EmbeddingPrices prices,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var repository = await RepositoryDirectory.RequireAsync(database, name, cancellationToken);
        var stored = await new SyncTables(database, repository).CountAsync(cancellationToken);
        var vectors = await VectorsAsync(database, repository, cancellationToken);
        return new RepositoryFacts
        {
            Repository = repository.FullName,
            Entities = [.. stored.Select(entity => new EntityRows(entity.Key.Name, entity.Value))],
            Embeddings =
            [
                .. vectors
                    .GroupBy(group => group.Item)
                    .Select(type => new EmbeddedItems(
                        type.Key.Name,
                        type.Sum(group => group.Items),
                        type.Where(group => group.IsEmbedded).Sum(group => group.Items),
                        type.Sum(group => group.Quarantined)
                    )),
            ],
            Models =
            [
                .. vectors
                    .Where(group => group.IsEmbedded)
                    .GroupBy(group => group.Model, StringComparer.Ordinal)
                    .OrderByDescending(model => model.Sum(group => group.Items))
                    .Select(model => ModelOf(model.Key, [.. model], prices)),
            ],
            Weeks = await WeeksAsync(database, repository, now, cancellationToken),
            Syncs = await SyncsAsync(database, repository, cancellationToken),
        };
    }

    private static ModelVectors ModelOf(string? model, IReadOnlyCollection<VectorGroup> groups, EmbeddingPrices prices)
    {
        var tokens = (long)Math.Ceiling(groups.Sum(group => group.Characters) / CharactersPerToken);
        var price = model is null ? null : prices.OfMillionTokens(model);
        return new ModelVectors(model, groups.Sum(group => group.Items), tokens, price * tokens / 1_000_000m);
    }

    private static async Task<List<VectorGroup>> VectorsAsync(
        Database database,
        StoredRepository repository,
        CancellationToken cancellationToken
    )
    {
        var catalogue = await database.CatalogueAsync(cancellationToken);
        var found = new List<VectorGroup>();
        foreach (var item in ItemType.All)
        {
            // An app's table can lack the columns of vectors. A check reports that.
            if (!catalogue.HasColumn(item.Table, "embedding") || !catalogue.HasColumn(item.Table, "body"))
            {
                continue;
            }

            found.AddRange(
                await database
                    .Statement("Reporting/count-model-vectors", Table(item))
                    .OverWholeTables()
                    .Set("repository_id", repository.Id)
                    .Set("item_type", item.Name)
                    .Set("most_characters", EmbeddingText.MaxLength)
                    .RowsAsync(
                        row => new VectorGroup(
                            item,
                            row.Get<bool>("is_embedded"),
                            row.TextOrNull("model_key"),
                            row.Get<long>("items"),
                            row.Get<long>("quarantined"),
                            row.Get<long>("characters")
                        ),
                        cancellationToken
                    )
            );
        }

        return found;
    }

    private static Dictionary<string, string> Table(ItemType item) =>
        new(StringComparer.Ordinal) { ["table"] = item.Table };

    private static async Task<IReadOnlyList<ActivityWeek>> WeeksAsync(
        Database database,
        StoredRepository repository,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var statement = await database.StatementAsync("Reporting/read-weeks", repository, cancellationToken);
        return await statement
            .Set("now", now)
            .RowsAsync(
                row => new ActivityWeek(
                    row.Get<DateOnly>("week"),
                    row.Get<long>("pull_requests"),
                    row.Get<long>("issues"),
                    row.Get<long>("merged"),
                    row.GetOrNull<double>("median_merge_hours")
                ),
                cancellationToken
            );
    }

    private static async Task<SyncTotals> SyncsAsync(
        Database database,
        StoredRepository repository,
        CancellationToken cancellationToken
    )
    {
        var statement = await database.StatementAsync("Reporting/sum-runs", repository, cancellationToken);
        var totals = await statement.RowAsync(
            row => new SyncTotals(
                row.Get<long>("runs"),
                row.Get<long>("requests"),
                row.Get<long>("points"),
                row.GetOrNull<DateTimeOffset>("first_started_at"),
                row.Get<TimeSpan>("duration")
            ),
            cancellationToken
        );
        return totals!;
    }

    private sealed record VectorGroup(
        ItemType Item,
        bool IsEmbedded,
        string? Model,
        long Items,
        long Quarantined,
        long Characters
    );
}
