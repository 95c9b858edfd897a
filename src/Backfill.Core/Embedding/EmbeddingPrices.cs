namespace Backfill.Core.Embedding;

/// <summary>US dollars for a million tokens, by model. As of May 2026; batch prices are half and are not used here.</summary>
internal static class EmbeddingPrices
{
    /// <summary>The price, or null when none is known: a model of one's own costs what one's own machine costs.</summary>
    public static decimal? OfMillionTokens(IEmbeddingProvider provider) =>
        (provider.Name, provider.Model) switch
        {
            (LexicalProvider.ProviderName, _) => 0m,
            (_, "text-embedding-3-small") => 0.02m,
            (_, "text-embedding-3-large") => 0.13m,
            (_, "text-embedding-ada-002") => 0.10m,
            _ => null,
        };

    /// <summary>What tokens cost; null when the price is not known.</summary>
    public static decimal? Of(IEmbeddingProvider provider, long tokens) =>
        OfMillionTokens(provider) is { } price ? tokens * price / 1_000_000m : null;
}
