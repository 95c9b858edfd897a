namespace Backfill;

/// <summary>Where Inngest is and by which keys it is used. Each comes from the environment, by Inngest's own variables.</summary>
public sealed record InngestSettings
{
    /// <summary>Where Inngest's cloud takes events.</summary>
    public static readonly Uri CloudEventUrl = new("https://inn.gs/");

    /// <summary>Where Inngest's cloud tells of runs.</summary>
    public static readonly Uri CloudApiUrl = new("https://api.inngest.com/");

    /// <summary>The app whose functions are looked at where nothing else is set: contributor.info serves all of its functions under this id.</summary>
    public const string DefaultApp = "contributor-info";

    /// <summary>Sends events. It is part of the address that they are sent to, so that no such address is ever shown.</summary>
    public Secret? EventKey { get; init; }

    /// <summary>Reads runs.</summary>
    public Secret? SigningKey { get; init; }

    /// <summary>The other key while keys are being exchanged.</summary>
    public Secret? SigningKeyFallback { get; init; }

    /// <summary>Takes events, with a slash at the end.</summary>
    public Uri EventUrl { get; init; } = CloudEventUrl;

    /// <summary>Tells of runs, with a slash at the end.</summary>
    public Uri ApiUrl { get; init; } = CloudApiUrl;

    /// <summary>A dev server, which asks for no keys.</summary>
    public bool Dev { get; init; }

    /// <summary>The branch environment, or null.</summary>
    public string? Environment { get; init; }

    /// <summary>The id of the app whose functions handle the events.</summary>
    public string App { get; init; } = DefaultApp;

    /// <summary>True when something of it is set: its own endpoints are worth a look then.</summary>
    public bool IsConfigured => Dev || EventKey is not null || SigningKey is not null;

    /// <summary>True when runs can be read: with a signing key, or from a dev server, which asks for none.</summary>
    public bool CanReadRuns => Dev || SigningKey is not null;
}
