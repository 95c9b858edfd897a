namespace Backfill.Core.Inngest;

/// <summary>The Inngest server that the settings name: sends events, looks at runs, and knows the app's functions.</summary>
internal sealed class InngestConnection(BackfillSettings settings, HttpClient http, TimeProvider time)
{
    /// <summary>The time for which a job at Inngest is waited for by default, as in the app's guide.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(15);

    private readonly InngestTransport transport = new(http, time);

    /// <summary>Gets the one way to the server.</summary>
    public InngestTransport Transport => transport;

    /// <summary>Gets the sender of events.</summary>
    /// <exception cref="BackfillException">The settings do not say how to send events.</exception>
    public EventSender Sender => EventSender.For(settings, transport);

    /// <summary>Gets the reader of runs; null where the settings hold no key for it.</summary>
    public RunReader? Reader => settings.Inngest.CanReadRuns ? new RunReader(transport, settings.Inngest) : null;

    /// <summary>Gets the functions of the Supabase project; null where the settings name no project.</summary>
    public SupabaseFunctions? Supabase =>
        settings is { SupabaseUrl: { } project, SupabaseServiceKey: { } key }
            ? new SupabaseFunctions(transport, project, key)
            : null;

    /// <summary>Warns of what an operator should know about an event before it is sent.</summary>
    public async Task NoticeAsync(string eventName, IOperationOutput output, CancellationToken cancellationToken)
    {
        if (await HandlerNotice.WorkerAsync(eventName, Reader, settings.Inngest, cancellationToken) is { } worker)
        {
            await output.InformationAsync(
                $"The worker of the app {worker} handles the event {eventName}.",
                cancellationToken
            );
            return;
        }

        if (await HandlerNotice.OfAsync(eventName, Reader, settings.Inngest, cancellationToken) is { } notice)
        {
            await output.WarningAsync(notice, cancellationToken);
        }
    }
}
