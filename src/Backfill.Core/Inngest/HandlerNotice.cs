namespace Backfill.Core.Inngest;

/// <summary>Whether anything handles an event: by the app's functions where they can be read, otherwise by what is known of contributor.info.</summary>
internal static class HandlerNotice
{
    /// <summary>Which events the app is known to handle.</summary>
    public static string Advice { get; } =
        $"contributor.info has handlers for {string.Join(", ", InngestEvents.HandledSyncs)} (the first is the best of them, and copies the newest 100 pull requests alone); give one with -EventName.";

    /// <summary>What an operator should know before an event is sent; null when a handler is known.</summary>
    /// <param name="reader">Null where runs cannot be read.</param>
    public static async Task<string?> OfAsync(
        string eventName,
        RunReader? reader,
        InngestSettings settings,
        CancellationToken cancellationToken
    )
    {
        IReadOnlyList<string>? triggers = null;
        if (reader is not null)
        {
            try
            {
                triggers = await reader.TriggersAsync(settings.App, cancellationToken);
            }
            catch (BackfillException error)
            {
                return $"The functions of the app {settings.App} could not be read: {error.Message} {error.Action}";
            }
        }

        return Of(eventName, triggers, settings.App);
    }

    /// <summary>The same by a list of triggers; null where there is none.</summary>
    public static string? Of(string eventName, IReadOnlyList<string>? triggers, string app)
    {
        if (triggers is not null)
        {
            return triggers.Contains(eventName, StringComparer.Ordinal)
                ? null
                : $"The app {app} has no function for the event {eventName}; it has some for {string.Join(", ", triggers.DefaultIfEmpty("no event"))}.";
        }

        return eventName == InngestEvents.Sync
            ? $"Nothing in contributor.info handles the event {eventName}: it would be accepted, and nothing would run. {Advice}"
            : null;
    }
}
