using System.Text.Json;

namespace Backfill.Core.Inngest;

/// <summary>The events that a function is triggered by, as the API lists functions.</summary>
internal static class FunctionTriggers
{
    /// <summary>Every event under <c>triggers</c>. The open-source server writes a function's configuration as a text of JSON within the JSON, in <c>Config</c>.</summary>
    public static IEnumerable<string> Of(JsonElement function)
    {
        if (function.ValueKind != JsonValueKind.Object)
        {
            yield break;
        }

        foreach (var property in function.EnumerateObject())
        {
            var found =
                Is(property, "triggers") && property.Value.ValueKind == JsonValueKind.Array
                    ? property.Value.EnumerateArray().Select(Event).OfType<string>()
                : Is(property, "config") ? OfConfiguration(property.Value)
                : [];
            foreach (var name in found)
            {
                yield return name;
            }
        }
    }

    /// <summary>Returns a function's configuration, wherever a server puts it; null where the function has its options beside its name. The caller disposes of it.</summary>
    public static JsonDocument? Configuration(JsonElement function)
    {
        var found = function.EnumerateObject().FirstOrDefault(property => Is(property, "config")).Value;
        return found.ValueKind switch
        {
            JsonValueKind.String => JsonDocument.Parse(found.GetString()!),
            JsonValueKind.Object => JsonDocument.Parse(found.GetRawText()),
            _ => null,
        };
    }

    /// <summary>Returns the id that the app gave a function: the slug, or the id where a server has no slug. Null where there is neither.</summary>
    public static string? Slug(JsonElement function) =>
        new[] { "slug", "id" }
            .SelectMany(name => function.EnumerateObject().Where(property => Is(property, name)))
            .Select(property => property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString() : null)
            .FirstOrDefault(text => text is not null);

    private static IEnumerable<string> OfConfiguration(JsonElement configuration)
    {
        if (configuration.ValueKind != JsonValueKind.String)
        {
            return Of(configuration);
        }

        using var inner = JsonDocument.Parse(configuration.GetString()!);
        return Of(inner.RootElement).ToArray();
    }

    private static string? Event(JsonElement trigger) =>
        trigger.ValueKind == JsonValueKind.Object
        && trigger.TryGetProperty("event", out var name)
        && name.ValueKind == JsonValueKind.String
            ? name.GetString()
            : null;

    private static bool Is(JsonProperty property, string name) =>
        property.Name.Equals(name, StringComparison.OrdinalIgnoreCase);
}
