using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.ML.Tokenizers;

namespace Backfill.Core.Embedding.Providers;

/// <summary>
/// Any server with OpenAI's embeddings API. Packs a batch into requests within the documented limits, and finds the text
/// that a server refuses by halving, so that its neighbours are embedded all the same.
/// </summary>
/// <param name="name">The provider's name in the record of who made a vector: Azure's models are OpenAI's.</param>
/// <param name="transport">Sends the requests.</param>
/// <param name="model">The model.</param>
/// <param name="dimensions">The length to ask for; null where the model has only one, which the first answer tells.</param>
/// <param name="concurrency">Batches at once.</param>
/// <param name="server">What is known of the server.</param>
internal sealed class OpenAIProvider(
    string name,
    OpenAITransport transport,
    string model,
    int? dimensions,
    int concurrency,
    ServerTraits server
) : IEmbeddingProvider
{
    /// <summary>The provider's name in the settings.</summary>
    public const string ProviderName = "OpenAI";

    /// <summary>The model that the app uses.</summary>
    public const string DefaultModel = "text-embedding-3-small";

    /// <summary>The number of texts of one request that may stay without a vector. More are the provider's fault, not the texts'.</summary>
    public const int MostLeftOut = 10;

    // In a row, of all batches together: answers that lack more vectors than that, or requests that brought none in any of
    // their tries.
    private const int MostPoor = 5;

    /// <summary>As few bytes as JSON allows.</summary>
    public static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly Lazy<TiktokenTokenizer> Tokenizer = new(() =>
        TiktokenTokenizer.CreateForEncoding("cl100k_base")
    );

    private readonly bool asksForDimensions = dimensions is not null;
    private BackfillException? givenUp;
    private int fruitless;
    private int poor;
    private volatile bool isFruitful;

    /// <inheritdoc/>
    public OpenAIBatches? BatchApi { get; set; }

    /// <summary>What is known of the server.</summary>
    public ServerTraits Server => server;

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

    /// <summary>Returns the beginning of a text that has no more tokens than given.</summary>
    public static string Beginning(string text, int tokens)
    {
        var length = Tokenizer.Value.GetIndexByTokenCount(text, tokens, out _, out _);
        // Half of a surrogate pair is no character, and no UTF-8 either.
        return text[..(length > 0 && char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
    }

    /// <inheritdoc/>
    public Task<EmbeddingBatch> EmbedAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken) =>
        new OpenAIExchange(this, transport, server, texts).RunAsync(cancellationToken);

    /// <summary>Takes a vector, whose length decides where the model alone knows it.</summary>
    /// <exception cref="BackfillException">It has another length than those before.</exception>
    public EmbeddedText Accept(float[] vector)
    {
        Dimensions ??= vector.Length;
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

        isFruitful = true;
        Volatile.Write(ref fruitless, 0);
        return EmbeddedText.Checked(vector);
    }

    /// <summary>Counts a request that brought no vector in any of its tries.</summary>
    /// <returns>True when that is no fault of its texts: the server never gave a vector, or gives none any more.</returns>
    public bool IsFruitless() => Interlocked.Increment(ref fruitless) >= MostPoor || !isFruitful;

    /// <summary>Counts an answer by the vectors that it lacks.</summary>
    /// <returns>True when the provider answers so always.</returns>
    public bool IsPoor(int missing)
    {
        if (missing > MostLeftOut)
        {
            return Interlocked.Increment(ref poor) >= MostPoor;
        }

        Volatile.Write(ref poor, 0);
        return false;
    }

    /// <summary>Remembers that the provider does not do its work, so that the batches beside this one send no more either.</summary>
    /// <returns>The error.</returns>
    public BackfillException GiveUp(string reason)
    {
        Interlocked.CompareExchange(ref givenUp, transport.Unavailable(reason), null);
        return givenUp;
    }

    /// <summary>Fails when another batch gave the provider up.</summary>
    /// <exception cref="BackfillException">It did.</exception>
    public void RequireHope()
    {
        if (givenUp is { } error)
        {
            throw error;
        }
    }

    /// <summary>Returns a text as it is sent: its beginning where the server takes no more.</summary>
    public string Sent(string text) =>
        CountTokens(text) > server.TokensAnInput ? Beginning(text, server.TokensAnInput) : text;

    /// <summary>The body of a request for one text, as a line of a batch holds it.</summary>
    public void WriteRequest(Utf8JsonWriter json, string text) =>
        WriteRequest(json, server.MayTakeBase64, () => json.WriteStringValue(Sent(text)));

    /// <summary>Returns the body of a request for several texts.</summary>
    public ReadOnlyMemory<byte> Request(IEnumerable<string> texts, bool asksForBase64)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, Plain);
        WriteRequest(
            json,
            asksForBase64,
            () =>
            {
                json.WriteStartArray();
                foreach (var text in texts)
                {
                    json.WriteStringValue(text);
                }

                json.WriteEndArray();
            }
        );
        json.Flush();
        return buffer.WrittenMemory;
    }

    private void WriteRequest(Utf8JsonWriter json, bool asksForBase64, Action writeInput)
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
}
