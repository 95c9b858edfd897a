using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Embedding;

/// <summary>The parameters of Invoke-EmbeddingBackfill that exclude each other.</summary>
internal static class EmbeddingParameters
{
    /// <summary>The parameters that an engine at Inngest does not use, because they are decided where its function is deployed.</summary>
    internal static readonly string[] OfTheLocalEngine =
    [
        nameof(EmbeddingCommand.Provider),
        nameof(EmbeddingCommand.Model),
        nameof(EmbeddingCommand.OpenAIKey),
        nameof(EmbeddingCommand.AzureOpenAIKey),
        nameof(EmbeddingCommand.Dimensions),
        nameof(InvokeEmbeddingBackfillCommand.Batch),
        nameof(InvokeEmbeddingBackfillCommand.BatchId),
        nameof(InvokeEmbeddingBackfillCommand.NoWait),
        nameof(InvokeEmbeddingBackfillCommand.BatchSize),
        nameof(InvokeEmbeddingBackfillCommand.TokensPerMinute),
        nameof(InvokeEmbeddingBackfillCommand.RequestsPerMinute),
        nameof(InvokeEmbeddingBackfillCommand.ThrottleLimit),
        nameof(InvokeEmbeddingBackfillCommand.CostLimit),
        nameof(InvokeEmbeddingBackfillCommand.RebuildIndex),
        nameof(InvokeEmbeddingBackfillCommand.AllowModelChange),
    ];

    // The Batch API has its own size and pace, and searches would be slow for a day without indexes.
    private static readonly string[] NotInBatch =
    [
        nameof(InvokeEmbeddingBackfillCommand.BatchSize),
        nameof(InvokeEmbeddingBackfillCommand.Delay),
        nameof(InvokeEmbeddingBackfillCommand.TokensPerMinute),
        nameof(InvokeEmbeddingBackfillCommand.RequestsPerMinute),
        nameof(InvokeEmbeddingBackfillCommand.ThrottleLimit),
        nameof(InvokeEmbeddingBackfillCommand.RebuildIndex),
    ];

    /// <summary>Returns the error about a parameter that cannot be used with the Batch API, or only with it; null when there is none.</summary>
    internal static BackfillException? Conflict(ICollection<string> bound, bool isBatch, bool noWait)
    {
        string[] given = [.. NotInBatch.Where(bound.Contains).Select(name => $"-{name}")];
        return isBatch && given.Length > 0
                ? DatabaseCommand.Exclusive(
                    $"{string.Join(", ", given)} cannot be used with the Batch API.",
                    given.Contains($"-{nameof(InvokeEmbeddingBackfillCommand.RebuildIndex)}")
                        ? "Submit with -Batch -NoWait. Use -RebuildIndex later, in the call without -Batch that stores the results."
                        : "Leave them out. The provider decides about the size and pace of its batches."
                )
            : noWait && !isBatch
                ? DatabaseCommand.Exclusive(
                    "-NoWait is only used with the Batch API.",
                    "Add -Batch, or leave -NoWait out."
                )
            : null;
    }
}
