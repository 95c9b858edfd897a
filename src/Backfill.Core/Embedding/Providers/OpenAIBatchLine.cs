using System.Buffers;
using System.Text.Json;

namespace Backfill.Core.Embedding.Providers;

/// <summary>
/// What a batch says of one text: a line of its output or of its errors. The text's hash is its <c>custom_id</c>, so that
/// any process knows what an answer belongs to.
/// </summary>
/// <param name="TextHash">Which text; null for a line that cannot be read.</param>
/// <param name="Made">The vector, or why this text has none; null for a text that should be tried again.</param>
/// <param name="Tokens">What was charged.</param>
internal sealed record OpenAIBatchLine(string? TextHash, EmbeddedText? Made, long Tokens)
{
    /// <summary>Gets whether the provider answered, and charged for it, without a vector.</summary>
    public bool IsEmpty { get; init; }

    /// <summary>The path that the requests of a batch name, wherever the server is.</summary>
    public const string Endpoint = "/v1/embeddings";

    private const int ReasonLength = 300;

    /// <summary>Writes the request of a text, with a line feed.</summary>
    public static void Write(IBufferWriter<byte> target, OpenAIProvider provider, string textHash, string text)
    {
        using (var json = new Utf8JsonWriter(target, OpenAIProvider.Plain))
        {
            json.WriteStartObject();
            json.WriteString("custom_id", textHash);
            json.WriteString("method", "POST");
            json.WriteString("url", Endpoint);
            json.WritePropertyName("body");
            provider.WriteRequest(json, text);
            json.WriteEndObject();
        }

        target.Write("\n"u8);
    }

    /// <summary>Reads a line of the output or of the errors.</summary>
    /// <param name="dimensions">The length that a vector must have.</param>
    public static OpenAIBatchLine Read(string line, int dimensions)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            var hash = root.GetProperty("custom_id").GetString();
            if (Object(root, "response") is not { } response)
            {
                // Expired, cancelled or lost: nothing was charged, and the text is not to blame.
                return new OpenAIBatchLine(hash, null, 0);
            }

            var status = response.GetProperty("status_code").GetInt32();
            var body = response.GetProperty("body");
            if (status == 200)
            {
                return Answer(hash, body, dimensions);
            }

            var isRefused = status is 400 or 413 or 422;
            return new OpenAIBatchLine(hash, isRefused ? new EmbeddedText(null, Reason(status, body)) : null, 0);
        }
        catch (Exception error)
            when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return new OpenAIBatchLine(null, null, 0);
        }
    }

    private static OpenAIBatchLine Answer(string? hash, JsonElement body, int dimensions)
    {
        var vectors = OpenAIVectors.Read(body, 1, out _);
        if (vectors is null)
        {
            return new OpenAIBatchLine(hash, null, 0);
        }

        if (vectors.Values[0] is not { } vector)
        {
            return new OpenAIBatchLine(hash, null, vectors.Tokens ?? 0) { IsEmpty = true };
        }

        return new OpenAIBatchLine(
            hash,
            vector.Length == dimensions
                ? EmbeddedText.Checked(vector)
                : new EmbeddedText(
                    null,
                    FormattableString.Invariant(
                        $"The answer has {vector.Length} numbers where {dimensions} are wanted."
                    )
                ),
            vectors.Tokens ?? 0
        );
    }

    private static string Reason(int status, JsonElement body)
    {
        // vLLM has no object around the message.
        var message =
            (Object(body, "error") ?? body) is { ValueKind: JsonValueKind.Object } error
            && error.TryGetProperty("message", out var words)
            && words.ValueKind == JsonValueKind.String
                ? words.GetString()!.ReplaceLineEndings(" ")
                : "without an explanation.";
        var reason = FormattableString.Invariant($"{status} {message}");
        return reason.Length > ReasonLength ? reason[..ReasonLength] : reason;
    }

    private static JsonElement? Object(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object
        && element.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.Object
            ? value
            : null;
}
