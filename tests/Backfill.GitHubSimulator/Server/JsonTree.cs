using System.Text;
using System.Text.Json;

namespace Backfill.Simulation.Server;

/// <summary>A value of JSON as it was written: escapes stay what they are, half an emoji too.</summary>
/// <param name="Utf8">The bytes, quotes included.</param>
internal sealed record RawJson(byte[] Utf8)
{
    public string Text => Encoding.UTF8.GetString(Utf8);
}

/// <summary>
/// JSON to be changed: objects are dictionaries, arrays are lists, all else is <see cref="RawJson"/> or null.
/// System.Text.Json's own tree loses halves of surrogate pairs.
/// </summary>
internal static class JsonTree
{
    /// <summary>The members of the object; null where the text is none.</summary>
    public static Dictionary<string, object?>? Parse(byte[] text)
    {
        var reader = new Utf8JsonReader(text);
        return text.Length > 0 && reader.Read() ? Read(ref reader) as Dictionary<string, object?> : null;
    }

    /// <summary>What stands at a path of names and places; null where nothing does.</summary>
    public static object? At(object? from, params ReadOnlySpan<object> path)
    {
        foreach (var part in path)
        {
            from = (from, part) switch
            {
                (Dictionary<string, object?> members, string name) => members.GetValueOrDefault(name),
                (List<object?> items, int place) when place < items.Count => items[place],
                _ => null,
            };
        }

        return from;
    }

    /// <summary>A string without quotes and escapes; null where the value is none.</summary>
    public static string? Text(object? value) =>
        value switch
        {
            string text => text,
            RawJson { Utf8: [(byte)'"', ..] } raw => JsonSerializer.Deserialize<string>(raw.Utf8),
            _ => null,
        };

    public static long? Number(object? value) =>
        value is RawJson raw && long.TryParse(raw.Utf8, out var number) ? number : null;

    /// <summary>Every object in a tree, outer ones first.</summary>
    public static IEnumerable<(Dictionary<string, object?> Members, List<object> Path)> Objects(
        object? from,
        params List<object> path
    )
    {
        if (from is Dictionary<string, object?> members)
        {
            yield return (members, path);
            foreach (var (name, value) in members)
            {
                foreach (var found in Objects(value, [.. path, name]))
                {
                    yield return found;
                }
            }
        }
        else if (from is List<object?> items)
        {
            for (var place = 0; place < items.Count; place++)
            {
                foreach (var found in Objects(items[place], [.. path, place]))
                {
                    yield return found;
                }
            }
        }
    }

    private static object? Read(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var members = new Dictionary<string, object?>(StringComparer.Ordinal);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var name = reader.GetString()!;
                    reader.Read();
                    members[name] = Read(ref reader);
                }

                return members;
            case JsonTokenType.StartArray:
                var items = new List<object?>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    items.Add(Read(ref reader));
                }

                return items;
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.String:
                return new RawJson([(byte)'"', .. reader.ValueSpan, (byte)'"']);
            default:
                return new RawJson(reader.ValueSpan.ToArray());
        }
    }
}
