using Backfill.Core.Embedding.Providers;
using Backfill.Core.Postgres;

namespace Backfill.Core.Embedding.Store;

/// <summary>What all parts of one run share.</summary>
/// <param name="Database">The database.</param>
/// <param name="Repositories">The repositories of the request, in the order of the work.</param>
/// <param name="Scope">The types of items that the run embeds, and the model of their vectors.</param>
/// <param name="Request">The request.</param>
/// <param name="Provider">The provider of the vectors.</param>
/// <param name="Prices">The prices of models.</param>
/// <param name="Output">Takes warnings, errors and progress.</param>
/// <param name="Time">The clock.</param>
internal sealed record EmbeddingRun(
    Database Database,
    IReadOnlyList<StoredRepository> Repositories,
    EmbeddingScope Scope,
    EmbeddingRequest Request,
    IEmbeddingProvider Provider,
    EmbeddingPrices Prices,
    IOperationOutput Output,
    TimeProvider Time
)
{
    /// <summary>Gets the counts of the run.</summary>
    public EmbeddingTally Tally { get; } = new();

    /// <summary>Gets the longest time for which a stopped run goes on: for vectors that are paid for, and for batches that the database records.</summary>
    public static TimeSpan StopTime { get; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets the name of the run for messages: the repository, or the number of repositories.</summary>
    public string Subject => Repositories.Count == 1 ? Repositories[0].FullName : Activity;

    /// <summary>Gets the title of the progress.</summary>
    public string Activity =>
        Repositories.Count == 1
            ? $"Embed {Repositories[0].FullName}"
            : FormattableString.Invariant($"Embed {Repositories.Count} repositories");

    /// <summary>Returns the cost in dollars; null where the price is not known.</summary>
    /// <param name="tokens">The tokens that were charged.</param>
    /// <param name="batchTokens">The tokens among them that were charged at the price of the Batch API.</param>
    public decimal? Cost(long tokens, long batchTokens) => Prices.Of(Provider, tokens, batchTokens);

    /// <summary>Reserves tokens within the cost limit.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="batch">Whether they are charged at the price of the Batch API.</param>
    /// <returns>Null when the tokens are reserved; what a message says about the limit when it does not allow them.</returns>
    public string? Reserve(long tokens, bool batch = false)
    {
        var price = Prices.OfMillionTokens(Provider, batch);
        long? most = Request.CostLimit is { } limit && price > 0 ? (long)(limit * 1_000_000m / price.Value) : null;
        return Tally.Reserve(tokens, most)
            ? null
            : FormattableString.Invariant($"the cost limit of {Request.CostLimit} dollars is reached");
    }
}
