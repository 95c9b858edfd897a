namespace Backfill;

public static partial class SettingsResolution
{
    /// <summary>The variables with the key that sends events. The first one that is set wins.</summary>
    public static readonly IReadOnlyList<string> InngestEventKeyVariables =
    [
        "INNGEST_EVENT_KEY",
        "INNGEST_PRODUCTION_EVENT_KEY",
    ];

    private static readonly Uri InngestDevServer = new("http://localhost:8288/");

    // By Inngest's own rules: INNGEST_DEV turns keys off and says where the dev server is; INNGEST_BASE_URL moves both
    // addresses, and the two others one each, which wins.
    private static BackfillSettings WithInngest(
        BackfillSettings settings,
        (string Source, BackfillSettings? Given)[] layers,
        Func<string, string?> environment,
        Dictionary<string, string> sources
    )
    {
        // One server with its keys: what a layer says of it holds as a whole.
        if (
            Array.Find(layers, layer => layer.Given?.Inngest.IsConfigured == true) is
            { Given: { } given, Source: var source }
        )
        {
            sources[nameof(BackfillSettings.Inngest)] = source;
            return settings with { Inngest = given.Inngest };
        }

        var (dev, server) = InngestDev(environment);
        var origin = Origin("INNGEST_BASE_URL") ?? server;
        return settings with
        {
            Inngest = new InngestSettings
            {
                EventKey = Key("InngestEventKey", InngestEventKeyVariables),
                SigningKey = Key("InngestSigningKey", ["INNGEST_SIGNING_KEY"]),
                SigningKeyFallback = Key("InngestSigningKeyFallback", ["INNGEST_SIGNING_KEY_FALLBACK"]),
                EventUrl = Origin("INNGEST_EVENT_API_BASE_URL") ?? origin ?? InngestSettings.CloudEventUrl,
                ApiUrl = Origin("INNGEST_API_BASE_URL") ?? origin ?? InngestSettings.CloudApiUrl,
                Dev = dev,
                Environment = Text("InngestEnvironment", ["INNGEST_ENV"]),
                App = Text("InngestApp", ["BACKFILL_INNGEST_APP"]) ?? InngestSettings.DefaultApp,
            },
        };

        string? Text(string name, IReadOnlyList<string> variables) =>
            First([], _ => null, environment, variables, name, sources);

        Secret? Key(string name, IReadOnlyList<string> variables) =>
            Text(name, variables) is { } key ? new Secret(key) : null;

        Uri? Origin(string variable)
        {
            if (Address(environment, variable) is not { } address)
            {
                return null;
            }

            sources[variable] = variable;
            return WithSlash(address);
        }
    }

    private static (bool Dev, Uri? Server) InngestDev(Func<string, string?> environment)
    {
        const string Variable = "INNGEST_DEV";
        return FirstVariable(environment, [Variable])?.Value.ToUpperInvariant() switch
        {
            null or "0" or "FALSE" => (false, null),
            "1" or "TRUE" => (true, InngestDevServer),
            _ => (true, WithSlash(Address(environment, Variable)!)),
        };
    }
}
