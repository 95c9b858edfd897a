using System.Buffers.Binary;
using System.Text.Json;

namespace Backfill.Core.Embedding.Providers;

/// <summary>An embeddings answer: <c>data[].index</c>, <c>data[].embedding</c> as base64 of little-endian floats or as numbers, and <c>usage</c>.</summary>
/// <param name="Values">The vectors in the order of the inputs, whatever order they came in; null for an input that has none.</param>
/// <param name="Tokens">Tokens that the provider charged, where it says so.</param>
internal sealed record OpenAIVectors(IReadOnlyList<float[]?> Values, long? Tokens)
{
    private const string Unreadable = "the answer is not what the API promises.";

    /// <summary>Gets the number of vectors that came.</summary>
    public int Count => Values.Count(vector => vector is not null);

    /// <summary>Reads an answer.</summary>
    /// <param name="expected">How many inputs were sent.</param>
    /// <param name="fault">Why the answer cannot be used; null when it can.</param>
    /// <returns>The vectors, or null.</returns>
    public static OpenAIVectors? Read(byte[] body, int expected, out string? fault)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return Read(document.RootElement, expected, out fault);
        }
        catch (JsonException)
        {
            fault = Unreadable;
            return null;
        }
    }

    /// <summary>Reads an answer that stands inside another document.</summary>
    /// <param name="expected">How many inputs were sent.</param>
    /// <param name="fault">Why the answer cannot be used; null when it can.</param>
    /// <returns>The vectors, or null.</returns>
    public static OpenAIVectors? Read(JsonElement body, int expected, out string? fault)
    {
        try
        {
            var values = new float[]?[expected];
            var answered = new bool[expected];
            var (count, named) = (0, true);
            foreach (var item in body.GetProperty("data").EnumerateArray())
            {
                named &= item.TryGetProperty("index", out var place);
                var index = place.ValueKind == JsonValueKind.Undefined ? count : place.GetInt32();
                if (index < 0 || index >= expected || answered[index])
                {
                    fault = "the answer names an input that was not sent, or one twice.";
                    return null;
                }

                values[index] = Vector(item.GetProperty("embedding"));
                answered[index] = true;
                count++;
            }

            // Without an index the place decides, which says nothing where some are missing.
            fault =
                named || count == expected
                    ? null
                    : FormattableString.Invariant(
                        $"the answer has {count} vectors for {expected} inputs, and does not say for which."
                    );
            return fault is null ? new OpenAIVectors(values, Usage(body)) : null;
        }
        catch (Exception error) when (error is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            fault = Unreadable;
            return null;
        }
    }

    // Null where the server answered for an input, but without a vector.
    private static float[]? Vector(JsonElement embedding)
    {
        if (embedding.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (embedding.ValueKind == JsonValueKind.Array)
        {
            return embedding.GetArrayLength() == 0
                ? null
                : [.. embedding.EnumerateArray().Select(number => number.GetSingle())];
        }

        var bytes = embedding.GetBytesFromBase64();
        if (bytes.Length % sizeof(float) != 0)
        {
            throw new FormatException("The bytes are no whole numbers.");
        }

        var vector = new float[bytes.Length / sizeof(float)];
        for (var index = 0; index < vector.Length; index++)
        {
            vector[index] = BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(index * sizeof(float)));
        }

        return vector.Length == 0 ? null : vector;
    }

    private static long? Usage(JsonElement answer) =>
        answer.TryGetProperty("usage", out var usage)
        && usage.ValueKind == JsonValueKind.Object
        && usage.TryGetProperty("total_tokens", out var tokens)
        && tokens.TryGetInt64(out var total)
            ? total
            : null;
}
