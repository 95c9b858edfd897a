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
                if (
                    settings.App == InngestSettings.DefaultApp
                    && await reader.TriggersAsync(InngestSettings.WorkerApp, cancellationToken) is { } ofWorker
                )
                {
                    triggers = [.. triggers ?? [], .. ofWorker];
                }
            }
            catch (BackfillException error)
            {
                return $"The functions of the app {settings.App} could not be read: {error.Message} {error.Action}";
            }
        }

        return Of(eventName, triggers, settings.App);
    }

    /// <summary>Returns the app of the worker that handles an event; null where the server knows none.</summary>
    public static async Task<string?> WorkerAsync(
        string eventName,
        RunReader? reader,
        InngestSettings settings,
        CancellationToken cancellationToken
    )
    {
        var app = settings.App == InngestSettings.DefaultApp ? InngestSettings.WorkerApp : settings.App;
        try
        {
            return
                reader is not null
                && await reader.FunctionOfAsync(app, eventName, cancellationToken) is { } function
                && function.StartsWith($"{app}-", StringComparison.Ordinal)
                && IsWorkers(function[(app.Length + 1)..])
                ? app
                : null;
        }
        catch (BackfillException)
        {
            // The notice about the event says that the functions cannot be read.
            return null;
        }
    }

    // The functions of the worker that handle the events of the stages. An app of other functions has other ids.
    private static bool IsWorkers(string function) => function is "sync" or "embeddings" or "metrics";

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
