using System.Globalization;
using System.Runtime.CompilerServices;
using Backfill.Core.Embedding.Store;

namespace Backfill.Core.Embedding.Run;

/// <summary>What an embedding backfill would do: reads only, and asks no provider.</summary>
internal static class EmbeddingPlan
{
    // A text of the full 2,000 units has about 410 tokens (measured over Markdown); used where nothing is stored to measure.
    private const int UsualTokens = 400;

    // English prose of 2,000 units has about 500; used as the most that an unknown text is reckoned with.
    private const int MostTokens = 500;
    private const int ItemsPerPage = 1000;

    /// <summary>Counts the items and their tokens.</summary>
    /// <returns>The estimate of every repository.</returns>
    public static async Task<IReadOnlyDictionary<Guid, EmbeddingEstimate>> EstimateAsync(
        EmbeddingRun run,
        IReadOnlyList<ItemCounts> counts,
        Action<long> report,
        CancellationToken cancellationToken
    )
    {
        var sent = new Dictionary<Guid, (long Items, long Tokens)>();
        var waiting = new Dictionary<Guid, long>();
        // Half of a hash tells texts apart well enough to count them: identical ones are sent once.
        var seen = new HashSet<ulong>();
        var looked = 0L;
        foreach (var store in run.Scope.Stores)
        {
            await foreach (var page in PagesAsync(store, run.Request.Force, cancellationToken))
            {
                foreach (var item in await store.ReadAsync(page, run.Request.Force, cancellationToken))
                {
                    // An identical text has its vector already, or is in a batch: nothing would be sent.
                    var hash = ulong.Parse(
                        item.TextHash.AsSpan(0, 16),
                        NumberStyles.HexNumber,
                        CultureInfo.InvariantCulture
                    );
                    if (item.InBatch)
                    {
                        waiting[item.RepositoryId] = waiting.GetValueOrDefault(item.RepositoryId) + 1;
                    }
                    else if ((run.Request.Force || !item.HasTwin) && seen.Add(hash))
                    {
                        var (items, tokens) = sent.GetValueOrDefault(item.RepositoryId);
                        sent[item.RepositoryId] = (items + 1, tokens + run.Provider.CountTokens(item.Text));
                    }

                    looked++;
                }

                report(looked);
            }
        }

        return run
            .Repositories.DistinctBy(repository => repository.Id)
            .ToDictionary(
                repository => repository.Id,
                repository =>
                    Estimate(
                        [.. counts.Where(count => count.RepositoryId == repository.Id)],
                        sent.GetValueOrDefault(repository.Id),
                        waiting.GetValueOrDefault(repository.Id),
                        run
                    )
            );
    }

    private static EmbeddingEstimate Estimate(
        ItemCounts[] counts,
        (long Items, long Tokens) sent,
        long waiting,
        EmbeddingRun run
    )
    {
        var (request, provider, prices) = (run.Request, run.Provider, run.Prices);
        var byType = ItemType
            .Named(request.ItemTypes)
            .ToDictionary(
                item => item.Name,
                item =>
                    counts.Where(count => count.Item == item).Sum(count => request.Force ? count.Total : count.Wanting),
                StringComparer.Ordinal
            );
        var byReason = new Dictionary<string, long>(StringComparer.Ordinal)
        {
            ["missing"] = counts.Sum(count => count.Missing),
            ["changed"] = counts.Sum(count => count.Changed),
            ["model"] = counts.Sum(count => count.Other),
        };
        if (request.Force)
        {
            byReason["forced"] = counts.Sum(count => count.Total - count.Wanting);
        }

        var items = byType.Values.Sum();
        var tokens = sent.Tokens;
        var note = items == 0 ? "Every stored item has its vector." : "Items and tokens are exact for what is stored.";
        note +=
            waiting > 0
                ? FormattableString.Invariant(
                    $" {waiting} of the items are in a batch at the provider already and cost nothing more."
                )
                : "";
        var most = tokens;
        if (request.Upstream is { Items: > 0 } upstream)
        {
            // By a sample of the items that are to be read, else by what is stored.
            var mean =
                upstream.Tokens is { } sampled ? (double)sampled / upstream.Items
                : sent.Items > 0 ? (double)tokens / sent.Items
                : UsualTokens;
            items += upstream.Items;
            byReason["planned"] = upstream.Items;
            tokens += (long)Math.Ceiling(mean * upstream.Items);
            most += upstream.Items * MostTokens;
            note += FormattableString.Invariant(
                $" {upstream.Items} items that the planned stages would add are estimated at {mean:0} tokens each."
            );
        }

        if (prices.OfMillionTokens(provider) is > 0)
        {
            note += request.Batch
                ? $" Prices of the Batch API, which takes up to 24 hours, as of {prices.AsOf}."
                : $" Prices as of {prices.AsOf}.";
        }

        var pace = request.Batch ? null : request.TokensPerMinute ?? prices.TokensPerMinute(provider);
        return new EmbeddingEstimate(items, byType, tokens, Cost(tokens), note)
        {
            ByReason = byReason,
            MostCost = Cost(most),
            Minutes = pace is { } perMinute ? tokens / (double)perMinute : null,
        };

        decimal? Cost(long of) => prices.Of(provider, of, request.Batch ? of : 0);
    }

    private static async IAsyncEnumerable<List<ListedItem>> PagesAsync(
        EmbeddingStore store,
        bool force,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        ListedItem? after = null;
        do
        {
            var page = await store.ListAsync(after, force, ItemsPerPage, cancellationToken);
            if (page.Count > 0)
            {
                yield return page;
            }

            after = page.Count == ItemsPerPage ? page[^1] : null;
        } while (after is not null);
    }
}
