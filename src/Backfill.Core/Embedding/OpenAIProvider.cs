using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.ML.Tokenizers;

namespace Backfill.Core.Embedding;

/// <summary>
/// Any server with OpenAI's embeddings API. Packs a batch into requests within the documented limits, and finds the text
/// that a server refuses by halving, so that its neighbours are embedded all the same.
/// </summary>
/// <param name="name">The provider's name in the record of who made a vector: Azure's models are OpenAI's.</param>
/// <param name="transport">Sends the requests.</param>
/// <param name="model">The model.</param>
/// <param name="dimensions">The length to ask for; null where the model has only one, which the first answer tells.</param>
/// <param name="concurrency">Batches at once.</param>
internal sealed class OpenAIProvider(
    string name,
    OpenAITransport transport,
    string model,
    int? dimensions,
    int concurrency
) : IEmbeddingProvider
{
    /// <summary>The provider's name in the settings.</summary>
    public const string ProviderName = "OpenAI";

    /// <summary>The model that the app uses.</summary>
    public const string DefaultModel = "text-embedding-3-small";

    // Far below the 300,000 that a request may have, so that a lost answer costs little and several travel at once.
    private const int TokensARequest = 64_000;

    // OpenAI judges a request's size by a quarter of its UTF-8 bytes and charges real tokens: both are kept.
    private const int BytesAToken = 4;
    private const int InputsARequest = 256;

    /// <summary>As few bytes as JSON allows.</summary>
    public static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly Lazy<TiktokenTokenizer> Tokenizer = new(() =>
        TiktokenTokenizer.CreateForEncoding("cl100k_base")
    );

    private readonly bool asksForDimensions = dimensions is not null;
    private int tokensARequest = TokensARequest;
    private int inputsARequest = InputsARequest;
    private bool asksForBase64 = true;

    /// <summary>The server's Batch API; null where it has none.</summary>
    public OpenAIBatches? Batches { get; init; }

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public string Model => model;

    /// <inheritdoc/>
    public int? Dimensions { get; private set; } = dimensions;

    /// <inheritdoc/>
    public int Concurrency => concurrency;

    /// <summary>True for models whose vectors can be asked for in another length.</summary>
    public static bool TakesDimensions(string model) => model.StartsWith("text-embedding-3-", StringComparison.Ordinal);

    /// <summary>Tokens of OpenAI's embedding models, exactly; for another model a good estimate.</summary>
    public int CountTokens(string text) => CountWords(text);

    /// <summary>Tokens of a text in OpenAI's encoding; what other models make of it lies near.</summary>
    public static int CountWords(string text) => Tokenizer.Value.CountTokens(text);

    /// <inheritdoc/>
    public async Task<EmbeddingBatch> EmbedAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        var made = new EmbeddedText[texts.Count];
        var sizes = texts.Select(text => new TextSize(CountTokens(text), Encoding.UTF8.GetByteCount(text))).ToArray();
        var charged = 0L;
        var start = 0;
        while (start < texts.Count)
        {
            var end = EndOfRequest(sizes, start);
            charged += await EmbedAsync(texts, sizes, start, end, made, cancellationToken);
            start = end;
        }

        return new EmbeddingBatch(made, charged);
    }

    // A text of 2,000 UTF-16 units has at most 6,000 bytes and as many tokens: no single one breaks the limit of 8,191.
    // What is left of the batch is shared evenly by as many requests as it needs: one full and one nearly empty request
    // would take as long.
    private int EndOfRequest(TextSize[] sizes, int start)
    {
        var most = Volatile.Read(ref tokensARequest);
        var left = sizes.AsSpan(start);
        var all = 0L;
        foreach (var size in left)
        {
            all += size.Budget;
        }

        var share = all / (double)Math.Max(1, (all + most - 1) / most);
        var budget = 0L;
        var end = start;
        while (end < sizes.Length && end - start < Volatile.Read(ref inputsARequest))
        {
            budget += sizes[end].Budget;
            if (end > start && (budget > most || budget - (sizes[end].Budget / 2) > share))
            {
                break;
            }

            end++;
        }

        return end;
    }

    private async Task<long> EmbedAsync(
        IReadOnlyList<string> texts,
        TextSize[] sizes,
        int start,
        int end,
        EmbeddedText[] made,
        CancellationToken cancellationToken
    )
    {
        OpenAIVectors? vectors = null;
        var tokens = sizes[start..end].Sum(size => (long)size.Tokens);
        var answer = await transport.SendAsync(
            Request(texts, start, end),
            tokens,
            body =>
            {
                vectors = OpenAIVectors.Read(body, end - start, out var fault);
                return fault;
            },
            cancellationToken
        );
        if (answer.Verdict == OpenAIVerdict.Good)
        {
            Accept(vectors!, start, made);
            return vectors!.Tokens ?? tokens;
        }

        if (asksForBase64 && answer.Reason.Contains("encoding_format", StringComparison.OrdinalIgnoreCase))
        {
            asksForBase64 = false;
            return await EmbedAsync(texts, sizes, start, end, made, cancellationToken);
        }

        if (end - start == 1)
        {
            made[start] = new EmbeddedText(null, answer.Reason);
            return 0;
        }

        var middle = start + ((end - start + 1) / 2);
        if (answer.Verdict == OpenAIVerdict.TooLarge)
        {
            Volatile.Write(ref tokensARequest, Math.Max(1000, Volatile.Read(ref tokensARequest) / 2));
        }

        var charged = await EmbedAsync(texts, sizes, start, middle, made, cancellationToken);
        charged += await EmbedAsync(texts, sizes, middle, end, made, cancellationToken);
        if (made[start..end].All(text => text.Refusal is null))
        {
            // No text was to blame: the server takes fewer at once.
            Volatile.Write(ref inputsARequest, Math.Min(Volatile.Read(ref inputsARequest), middle - start));
        }

        return charged;
    }

    private void Accept(OpenAIVectors vectors, int start, EmbeddedText[] made)
    {
        Dimensions ??= vectors.Values[0].Length;
        for (var index = 0; index < vectors.Values.Count; index++)
        {
            var vector = vectors.Values[index];
            if (vector.Length != Dimensions)
            {
                throw new BackfillException(
                    ErrorIds.EmbeddingDimensionMismatch,
                    ErrorKind.Data,
                    FormattableString.Invariant(
                        $"The embedding provider at {transport.Host} answers with {vector.Length} numbers where {Dimensions} are wanted."
                    ),
                    "Choose a model that makes vectors of the wanted length in BACKFILL_EMBEDDING_MODEL.",
                    model
                );
            }

            made[start + index] = EmbeddedText.Checked(vector);
        }
    }

    /// <summary>The body of a request for one text, as a line of a batch holds it.</summary>
    public void WriteRequest(Utf8JsonWriter json, string text) => WriteRequest(json, () => json.WriteStringValue(text));

    private void WriteRequest(Utf8JsonWriter json, Action writeInput)
    {
        json.WriteStartObject();
        json.WriteString("model", model);
        json.WriteString("encoding_format", asksForBase64 ? "base64" : "float");
        if (asksForDimensions)
        {
            json.WriteNumber("dimensions", Dimensions!.Value);
        }

        json.WritePropertyName("input");
        writeInput();
        json.WriteEndObject();
    }

    private ReadOnlyMemory<byte> Request(IReadOnlyList<string> texts, int start, int end)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, Plain);
        WriteRequest(
            json,
            () =>
            {
                json.WriteStartArray();
                for (var index = start; index < end; index++)
                {
                    json.WriteStringValue(texts[index]);
                }

                json.WriteEndArray();
            }
        );
        json.Flush();
        return buffer.WrittenMemory;
    }

    // The larger of both counts that a request is judged by.
    private sealed record TextSize(int Tokens, int Bytes)
    {
        public int Budget => Math.Max(Tokens, Bytes / BytesAToken);
    }
}
