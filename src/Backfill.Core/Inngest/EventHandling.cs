using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Backfill.Core.Inngest;

/// <summary>
/// How an app's functions begin for one event. A debounce runs for the last of several events, a batch is listed under one of
/// its events, and a singleton drops an event while its run is under way: in all three an event's own list of runs stays empty
/// although its work is done.
/// </summary>
/// <param name="Period">How long a function may keep the event before it begins.</param>
/// <param name="Reason">Why an empty list does not say that nothing ran; null where it does.</param>
internal sealed partial record EventHandling(TimeSpan Period, string? Reason)
{
    /// <summary>Every event has its own run at once.</summary>
    public static EventHandling Plain { get; } = new(TimeSpan.Zero, null);

    /// <summary>Reads the configurations of the functions that an event triggers.</summary>
    public static EventHandling Of(string eventName, IEnumerable<JsonElement> functions)
    {
        var handling = Plain;
        foreach (var function in functions)
        {
            if (FunctionTriggers.Of(function).Contains(eventName, StringComparer.Ordinal))
            {
                var one = Of(function);
                handling = new EventHandling(
                    one.Period > handling.Period ? one.Period : handling.Period,
                    handling.Reason ?? one.Reason
                );
            }
        }

        return handling;
    }

    /// <summary>Reads a duration as Inngest writes it, for example <c>1h30m</c> or <c>7d</c>; zero for anything else.</summary>
    public static TimeSpan Duration(string? text) =>
        text is not null && Whole().IsMatch(text)
            ? Part()
                .Matches(text)
                .Aggregate(
                    TimeSpan.Zero,
                    (sum, part) =>
                        sum
                        + double.Parse(part.Groups["number"].ValueSpan, CultureInfo.InvariantCulture)
                            * (
                                part.Groups["unit"].Value switch
                                {
                                    "ms" => TimeSpan.FromMilliseconds(1),
                                    "s" => TimeSpan.FromSeconds(1),
                                    "m" => TimeSpan.FromMinutes(1),
                                    "h" => TimeSpan.FromHours(1),
                                    "d" => TimeSpan.FromDays(1),
                                    _ => TimeSpan.FromDays(7),
                                }
                            )
                )
            : TimeSpan.Zero;

    private static EventHandling Of(JsonElement function)
    {
        using var configuration = FunctionTriggers.Configuration(function);
        var root = configuration?.RootElement ?? function;
        return Option(root, "debounce") is { } debounce ? new(Duration(Text(debounce, "period")), "debounced")
            : Option(root, "batchEvents") is { } batch ? new(Duration(Text(batch, "timeout")), "run in batches")
            : Option(root, "singleton") is { } singleton && Text(singleton, "mode") != "cancel"
                ? new(TimeSpan.Zero, "a singleton")
            : Plain;
    }

    private static JsonElement? Option(JsonElement configuration, string name)
    {
        foreach (var property in configuration.EnumerateObject())
        {
            if (
                property.Name.Equals(name, StringComparison.OrdinalIgnoreCase)
                && property.Value.ValueKind == JsonValueKind.Object
            )
            {
                return property.Value;
            }
        }

        return null;
    }

    private static string? Text(JsonElement option, string name) =>
        option.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    [GeneratedRegex(
        @"^(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+$",
        RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Whole();

    [GeneratedRegex(
        @"(?<number>\d+(?:\.\d+)?)(?<unit>ms|[smhdw])",
        RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Part();
}
