namespace Backfill.Cmdlets.Embedding;

/// <summary>Counts the stored vectors that a request would replace, from its plan.</summary>
internal sealed class VectorLoss : IOperationOutput
{
    /// <summary>Gets the number of vectors that would be replaced, although they fit their text.</summary>
    internal long Vectors { get; private set; }

    /// <summary>Gets the cost of making them again, in US dollars; null when the model has no price.</summary>
    internal decimal? Cost { get; private set; }

    /// <summary>Gets the question to the user.</summary>
    internal string Question(string target)
    {
        var price = Cost is { } cost and > 0 ? $" The new ones cost about ${ScreenText.Of(cost, "0.####")}." : "";
        return $"{PipelineEstimate.Count(Vectors, "stored vector")} of {target} will be replaced. What was paid for {(Vectors == 1 ? "it" : "them")} is lost.{price} Continue?";
    }

    /// <inheritdoc/>
    public ValueTask WriteAsync(object result, CancellationToken cancellationToken)
    {
        if (result is EmbeddingResult { Estimate: { } estimate })
        {
            Vectors += estimate.ByReason.GetValueOrDefault("forced") + estimate.ByReason.GetValueOrDefault("model");
            Cost = estimate.Cost is { } cost ? (Cost ?? 0) + cost : Cost;
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask ErrorAsync(BackfillException error, CancellationToken cancellationToken) => throw error;

    /// <inheritdoc/>
    public ValueTask WarningAsync(string message, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask InformationAsync(string message, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask VerboseAsync(string message, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public void Progress(OperationProgress progress) { }
}
