using System.Buffers.Binary;
using System.Text.Json;

namespace Backfill.Core.Embedding;

/// <summary>An embeddings answer: <c>data[].index</c>, <c>data[].embedding</c> as base64 of little-endian floats or as numbers, and <c>usage</c>.</summary>
/// <param name="Values">The vectors in the order of the inputs, whatever order they came in.</param>
/// <param name="Tokens">Tokens that the provider charged, where it says so.</param>
internal sealed record OpenAIVectors(IReadOnlyList<float[]> Values, long? Tokens)
{
    private const string Unreadable = "the answer is not what the API promises.";

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
            var values = new float[expected][];
            var count = 0;
            foreach (var item in body.GetProperty("data").EnumerateArray())
            {
                var index = item.TryGetProperty("index", out var place) ? place.GetInt32() : count;
                if (index < 0 || index >= expected || values[index] is not null)
                {
                    fault = "the answer names an input that was not sent, or one twice.";
                    return null;
                }

                values[index] = Vector(item.GetProperty("embedding"));
                count++;
            }

            fault =
                count == expected
                    ? null
                    : FormattableString.Invariant($"the answer has {count} vectors for {expected} inputs.");
            return fault is null ? new OpenAIVectors(values, Usage(body)) : null;
        }
        catch (Exception error) when (error is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            fault = Unreadable;
            return null;
        }
    }

    private static float[] Vector(JsonElement embedding)
    {
        if (embedding.ValueKind == JsonValueKind.Array)
        {
            return [.. embedding.EnumerateArray().Select(number => number.GetSingle())];
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

        return vector;
    }

    private static long? Usage(JsonElement answer) =>
        answer.TryGetProperty("usage", out var usage)
        && usage.ValueKind == JsonValueKind.Object
        && usage.TryGetProperty("total_tokens", out var tokens)
        && tokens.TryGetInt64(out var total)
            ? total
            : null;
}
