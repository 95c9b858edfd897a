using System.Numerics.Tensors;

namespace Backfill.Core.Embedding.Providers;

/// <summary>Makes vectors of texts. Every instance belongs to one model, whose vectors can be compared with each other and with no others.</summary>
internal interface IEmbeddingProvider
{
    /// <summary>The provider's name as the settings write it: for example <c>OpenAI</c>.</summary>
    string Name { get; }

    /// <summary>The model, as the provider names it.</summary>
    string Model { get; }

    /// <summary>Length of the vectors; null until the first answer where only the provider knows it.</summary>
    int? Dimensions { get; }

    /// <summary>How many batches at once make sense.</summary>
    int Concurrency { get; }

    /// <summary>Tokens of a text as the provider counts and charges them.</summary>
    int CountTokens(string text);

    /// <summary>Gets the provider's Batch API; null for a provider that has none.</summary>
    OpenAIBatches? BatchApi => null;

    /// <summary>Makes the vectors of a batch of any size, in the order of the texts. A text that cannot be embedded gets a reason and does not disturb its neighbours.</summary>
    /// <exception cref="BackfillException">The provider refuses the caller, or does not answer properly after every retry, and no text has a vector; otherwise the failure comes with the vectors.</exception>
    Task<EmbeddingBatch> EmbedAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken);
}

/// <summary>The answer to a batch.</summary>
/// <param name="Texts">One entry a text, in the order of the texts.</param>
/// <param name="Tokens">Tokens that were charged.</param>
internal sealed record EmbeddingBatch(IReadOnlyList<EmbeddedText> Texts, long Tokens)
{
    /// <summary>Gets what ended the batch before every text had its answer; null when each has one. At least one text has a vector then: it was paid for, so store it before the failure is thrown.</summary>
    public Exception? Failure { get; init; }
}

/// <summary>What became of one text: a vector, a reason, or neither where the batch ended before its turn.</summary>
/// <param name="Vector">Finite numbers, not all zero.</param>
/// <param name="Refusal">Why there is no vector; without any secret.</param>
internal sealed record EmbeddedText(float[]? Vector, string? Refusal)
{
    private const double LengthTolerance = 1e-3;

    /// <summary>Gets the text of a batch that ended before its turn.</summary>
    public static EmbeddedText Unanswered { get; } = new(null, null);

    /// <summary>Gets whether only the beginning of the text was sent, because the server takes no more.</summary>
    public bool IsShortened { get; init; }

    /// <summary>A provider's vector after a look at it: finite, not all zero, and of length 1, so that every measure of distance says the same.</summary>
    public static EmbeddedText Checked(float[] vector)
    {
        if (!Array.TrueForAll(vector, float.IsFinite))
        {
            return new EmbeddedText(null, "The vector holds numbers that are not finite.");
        }

        var length = TensorPrimitives.Norm<float>(vector);
        if (length == 0)
        {
            return new EmbeddedText(null, "The vector is all zero.");
        }

        if (Math.Abs(length - 1) > LengthTolerance)
        {
            TensorPrimitives.Divide(vector, length, vector);
        }

        return new EmbeddedText(vector, null);
    }
}
