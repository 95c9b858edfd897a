namespace Backfill.Core.Embedding;

/// <summary>What an embedding backfill would do: reads only, and asks no provider.</summary>
internal static class EmbeddingPlan
{
    // A text of the full 2,000 units has about 410 tokens (measured over Markdown); used where nothing is stored to measure.
    private const int UsualTokens = 400;
    private const int ItemsAPage = 1000;

    /// <summary>Counts the items and their tokens.</summary>
    /// <param name="counts">Of every store of the scope, in its order.</param>
    public static async Task<EmbeddingEstimate> EstimateAsync(
        EmbeddingScope scope,
        IReadOnlyList<ItemCounts> counts,
        EmbeddingRequest request,
        IEmbeddingProvider provider,
        Action<long> report,
        CancellationToken cancellationToken
    )
    {
        var byType = new Dictionary<string, long>(StringComparer.Ordinal);
        var tokens = 0L;
        var sent = 0L;
        for (var index = 0; index < scope.Stores.Count; index++)
        {
            var (store, count) = (scope.Stores[index], counts[index]);
            byType[store.Column.Item.Name] = request.Force ? count.Total : count.Missing;
            await foreach (var page in PagesAsync(store, request.Force, cancellationToken))
            {
                foreach (var item in await store.ReadAsync(page, request.Force, cancellationToken))
                {
                    // An identical text has its vector already: nothing would be sent.
                    if (request.Force || !item.HasTwin)
                    {
                        tokens += provider.CountTokens(item.Text);
                        sent++;
                    }
                }

                report(sent);
            }
        }

        var items = byType.Values.Sum();
        var note = items == 0 ? "Every stored item has its vector." : "Items and tokens are exact for what is stored.";
        if (request.Upstream is { Items: > 0 } upstream)
        {
            var mean = sent > 0 ? (double)tokens / sent : UsualTokens;
            items += upstream.Items;
            tokens += (long)Math.Ceiling(mean * upstream.Items);
            note += FormattableString.Invariant(
                $" {upstream.Items} items that the planned sync would read are estimated at {mean:0} tokens each."
            );
        }

        return new EmbeddingEstimate(items, byType, tokens, EmbeddingPrices.Of(provider, tokens), note);
    }

    private static async IAsyncEnumerable<List<ListedItem>> PagesAsync(
        EmbeddingStore store,
        bool force,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        ListedItem? after = null;
        do
        {
            var page = await store.ListAsync(after, force, ItemsAPage, cancellationToken);
            if (page.Count > 0)
            {
                yield return page;
            }

            after = page.Count == ItemsAPage ? page[^1] : null;
        } while (after is not null);
    }
}
