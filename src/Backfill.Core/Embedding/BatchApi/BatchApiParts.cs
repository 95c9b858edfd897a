using Backfill.Core.Embedding.Providers;
using Backfill.Core.Embedding.Store;

namespace Backfill.Core.Embedding.BatchApi;

/// <summary>What the parts of a run by the Batch API share.</summary>
/// <param name="Api">The provider's Batch API.</param>
/// <param name="Table">The batches that the database records.</param>
/// <param name="Stores">One store per type, for items of any repository.</param>
/// <param name="Backlog">The items that are not submitted yet.</param>
internal sealed record BatchApiParts(
    OpenAIBatches Api,
    BatchApiTable Table,
    IReadOnlyDictionary<string, EmbeddingStore> Stores,
    BatchApiBacklog Backlog
);
