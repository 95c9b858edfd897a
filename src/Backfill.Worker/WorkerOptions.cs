using System.Globalization;

namespace Backfill.Worker;

/// <summary>The settings of the worker. They come from the same environment variables as those of the module, and a few more.</summary>
/// <param name="Settings">The settings of the engine.</param>
internal sealed record WorkerOptions(BackfillSettings Settings)
{
    private const int MostTriggers = 10;

    /// <summary>Gets the id of the app under which the functions are registered. No other app may use it, because a registration replaces all functions of its app.</summary>
    public string App { get; init; } = InngestSettings.WorkerApp;

    /// <summary>Gets the origin at which Inngest reaches the worker. The default is null: the address at which the worker listens.</summary>
    public Uri? ServeOrigin { get; init; }

    /// <summary>Gets the path at which Inngest reaches the functions.</summary>
    public string ServePath { get; init; } = "/api/inngest";

    /// <summary>Gets the events that start a sync.</summary>
    public IReadOnlyList<string> SyncEvents { get; init; } = [InngestEvents.Sync];

    /// <summary>Gets the secret of the GitHub webhook. The default is null: no webhook is served.</summary>
    public Secret? WebhookSecret { get; init; }

    /// <summary>Gets the address of the OpenTelemetry collector. The default is null: nothing is exported.</summary>
    public string? TelemetryEndpoint { get; init; }

    /// <summary>Gets the time that one slice of a run works. The default is 45 seconds, because many proxies end a request after a minute.</summary>
    public TimeSpan SliceLength { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>Gets every secret in force.</summary>
    public IEnumerable<Secret> Secrets =>
        WebhookSecret is { } secret ? Settings.Secrets.Append(secret) : Settings.Secrets;

    /// <summary>Gets the number of tokens. Each slice uses one alone.</summary>
    public int Tokens => Math.Max(1, Settings.GitHubTokens.Count + (Settings.GitHubApp is null ? 0 : 1));

    /// <summary>Reads the settings.</summary>
    /// <exception cref="BackfillException">A setting is missing or cannot be read.</exception>
    public static WorkerOptions Read(Func<string, string?> environment)
    {
        var settings = SettingsResolution.Resolve(null, null, environment);
        if (settings.Inngest is { Dev: false, SigningKey: null })
        {
            throw new BackfillException(
                ErrorIds.MissingSetting,
                ErrorKind.Setting,
                "No Inngest signing key is set, so the worker could not tell the server's calls from those of others.",
                "Put the key into INNGEST_SIGNING_KEY, or name a dev server in INNGEST_DEV.",
                "InngestSigningKey"
            );
        }

        if (settings is { Database: null, Local: false })
        {
            throw MissingSetting.Database();
        }

        string[] events =
        [
            .. (Text(environment, "BACKFILL_WORKER_EVENTS") ?? "")
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Prepend(InngestEvents.Sync)
                .Distinct(StringComparer.Ordinal),
        ];
        if (events.Length > MostTriggers)
        {
            throw Malformed(
                "BACKFILL_WORKER_EVENTS",
                $"names {events.Length - 1} events. Inngest allows {MostTriggers} triggers per function."
            );
        }

        return new WorkerOptions(settings)
        {
            SliceLength = SliceOf(environment),
            App = settings.Sources.ContainsKey("InngestApp") ? settings.Inngest.App : InngestSettings.WorkerApp,
            ServeOrigin = Origin(environment),
            ServePath = Path(environment),
            SyncEvents = events,
            WebhookSecret = Text(environment, "GITHUB_WEBHOOK_SECRET") is { } secret ? new Secret(secret) : null,
            TelemetryEndpoint = Text(environment, "OTEL_EXPORTER_OTLP_ENDPOINT"),
        };
    }

    private static TimeSpan SliceOf(Func<string, string?> environment)
    {
        const string Variable = "BACKFILL_WORKER_SLICE_SECONDS";
        const int Usual = 45;
        const int Most = 3_600;
        return Text(environment, Variable) is not { } text ? TimeSpan.FromSeconds(Usual)
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            && seconds is >= 1 and <= Most
                ? TimeSpan.FromSeconds(seconds)
            : throw Malformed(Variable, $"is not a number of seconds from 1 to {Most}.");
    }

    private static Uri? Origin(Func<string, string?> environment)
    {
        const string Variable = "INNGEST_SERVE_ORIGIN";
        return Text(environment, Variable) is not { } text ? null
            : Uri.TryCreate(text, UriKind.Absolute, out var origin) && origin.Scheme is "http" or "https" ? origin
            : throw Malformed(Variable, "is not a web address.");
    }

    private static string Path(Func<string, string?> environment)
    {
        const string Variable = "INNGEST_SERVE_PATH";
        return Text(environment, Variable) is not { } text ? "/api/inngest"
            : text.StartsWith('/') && text.IndexOfAny(['?', '#', '{', ' ']) < 0 ? text
            : throw Malformed(Variable, "is not the path of a web address.");
    }

    private static string? Text(Func<string, string?> environment, string variable) =>
        environment(variable)?.Trim() is { Length: > 0 } text ? text : null;

    private static BackfillException Malformed(string variable, string what) =>
        new(
            ErrorIds.SettingMalformed,
            ErrorKind.Setting,
            $"{variable} {what}",
            "The documentation of the worker has an example of each setting.",
            variable
        );
}
