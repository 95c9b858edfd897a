using System.Buffers;

namespace Backfill.Core.Embedding.Providers;

/// <summary>
/// Vectors without a model, for offline use: the words of a text and the three-letter pieces of every word, each counted
/// with a sign into one of the dimensions by its hash (the hashing trick of Weinberger et al., 2009), scaled to length 1.
/// Texts that share words and word stems are near each other; it knows nothing of meaning.
/// </summary>
/// <remarks>Counts are whole numbers and the length is summed in order, so that every machine makes the same vectors.</remarks>
/// <param name="dimensions">Length of the vectors.</param>
internal sealed class LexicalProvider(int dimensions) : IEmbeddingProvider
{
    /// <summary>The provider's name in the settings.</summary>
    public const string ProviderName = "Lexical";

    // A whole word says more than each of its pieces.
    private const float WordWeight = 3;
    private const uint FnvOffset = 2166136261;
    private const uint FnvPrime = 16777619;

    /// <inheritdoc/>
    public string Name => ProviderName;

    /// <summary>Changes whenever the vectors of a text would.</summary>
    public string Model => "hashed-ngrams-1";

    /// <inheritdoc/>
    public int? Dimensions => dimensions;

    /// <inheritdoc/>
    public int Concurrency => Math.Min(Environment.ProcessorCount, 4);

    /// <summary>Words of the text. Nothing is sent and nothing charged.</summary>
    public int CountTokens(string text)
    {
        var words = 0;
        var inWord = false;
        foreach (var unit in text)
        {
            var isWord = IsWord(unit);
            words += isWord && !inWord ? 1 : 0;
            inWord = isWord;
        }

        return words;
    }

    /// <inheritdoc/>
    public Task<EmbeddingBatch> EmbedAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        var made = new EmbeddedText[texts.Count];
        var tokens = 0L;
        for (var index = 0; index < made.Length; index++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var vector = new float[dimensions];
            tokens += Embed(texts[index], vector);
            made[index] = Normalise(vector)
                ? new EmbeddedText(vector, null)
                : new EmbeddedText(null, "The text has no letter and no digit.");
        }

        return Task.FromResult(new EmbeddingBatch(made, tokens));
    }

    private static int Embed(string text, Span<float> vector)
    {
        var buffer = ArrayPool<char>.Shared.Rent(text.Length);
        var letters = buffer.AsSpan(0, text.Length);
        _ = text.AsSpan().ToLowerInvariant(letters);
        var words = 0;
        var at = 0;
        while (at < letters.Length)
        {
            if (!IsWord(letters[at]))
            {
                at++;
                continue;
            }

            var start = at;
            while (at < letters.Length && IsWord(letters[at]))
            {
                at++;
            }

            AddWord(letters[start..at], vector);
            words++;
        }

        ArrayPool<char>.Shared.Return(buffer);
        return words;
    }

    private static void AddWord(ReadOnlySpan<char> word, Span<float> vector)
    {
        var hash = FnvOffset;
        // A blank on either side tells the beginning and the end of a word from its middle.
        uint before = ' ';
        uint middle = word[0];
        for (var index = 0; index < word.Length; index++)
        {
            hash = (hash ^ word[index]) * FnvPrime;
            uint after = index + 1 < word.Length ? word[index + 1] : ' ';
            Add(((((before * 65599) + middle) * 65599) + after) ^ 0x9E3779B9, 1, vector);
            before = middle;
            middle = after;
        }

        Add(hash, WordWeight, vector);
    }

    // The finalizer of MurmurHash3: every bit of the hash reaches the place and the sign.
    private static void Add(uint hash, float weight, Span<float> vector)
    {
        hash = (hash ^ (hash >> 16)) * 0x85EBCA6B;
        hash = (hash ^ (hash >> 13)) * 0xC2B2AE35;
        hash ^= hash >> 16;
        var place = (int)(((ulong)(hash & 0x7FFFFFFF) * (uint)vector.Length) >> 31);
        vector[place] += (hash & 0x80000000) == 0 ? weight : -weight;
    }

    private static bool Normalise(Span<float> vector)
    {
        var squares = 0d;
        foreach (var value in vector)
        {
            squares += (double)value * value;
        }

        var length = (float)Math.Sqrt(squares);
        if (length == 0)
        {
            return false;
        }

        foreach (ref var value in vector)
        {
            value /= length;
        }

        return true;
    }

    private static bool IsWord(char unit) => char.IsLetterOrDigit(unit) || char.IsSurrogate(unit);
}
