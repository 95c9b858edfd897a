using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Backfill.Simulation.Server;

/// <summary>
/// Writes JSON as GitHub does: text unescaped where it may be, and half an emoji as the escape that it is
/// (<c>\ud83d</c>), where System.Text.Json would put a replacement character.
/// </summary>
internal static class JsonBody
{
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    public static byte[] Of(object? value)
    {
        var buffer = new ArrayBufferWriter<byte>(4 * 1024);
        using (var writer = Writer(buffer))
        {
            Write(writer, value);
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static Utf8JsonWriter Writer(IBufferWriter<byte> buffer) => new(buffer, Options);

    /// <summary>A time in GitHub's form.</summary>
    public static string Text(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static void Write(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case string text:
                Write(writer, text);
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case int number:
                writer.WriteNumberValue(number);
                break;
            case long number:
                writer.WriteNumberValue(number);
                break;
            case DateTimeOffset time:
                writer.WriteStringValue(Text(time));
                break;
            case RawJson raw:
                writer.WriteRawValue(raw.Utf8, skipInputValidation: true);
                break;
            case IReadOnlyDictionary<string, object?> members:
                writer.WriteStartObject();
                foreach (var (name, member) in members)
                {
                    writer.WritePropertyName(name);
                    Write(writer, member);
                }

                writer.WriteEndObject();
                break;
            case IEnumerable items:
                writer.WriteStartArray();
                foreach (var item in items)
                {
                    Write(writer, item);
                }

                writer.WriteEndArray();
                break;
            default:
                throw new InvalidOperationException($"No JSON for {value.GetType()}.");
        }
    }

    private static void Write(Utf8JsonWriter writer, string text)
    {
        if (IsWhole(text))
        {
            writer.WriteStringValue(text);
            return;
        }

        var raw = new StringBuilder(text.Length + 16).Append('"');
        var from = 0;
        for (var at = 0; at < text.Length; at++)
        {
            if (char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]))
            {
                at++;
            }
            else if (char.IsSurrogate(text[at]))
            {
                Escape(raw, text[from..at]).Append(CultureInfo.InvariantCulture, $"\\u{(int)text[at]:x4}");
                from = at + 1;
            }
        }

        Escape(raw, text[from..]).Append('"');
        writer.WriteRawValue(raw.ToString(), skipInputValidation: true);
    }

    private static StringBuilder Escape(StringBuilder raw, string whole) =>
        raw.Append(JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(whole));

    private static bool IsWhole(string text)
    {
        var at = text.AsSpan().IndexOfAnyInRange('\ud800', '\udfff');
        for (; at >= 0 && at < text.Length; at++)
        {
            if (!char.IsSurrogate(text[at]))
            {
                continue;
            }

            if (!char.IsHighSurrogate(text[at]) || at + 1 >= text.Length || !char.IsLowSurrogate(text[at + 1]))
            {
                return false;
            }

            at++;
        }

        return true;
    }
}
