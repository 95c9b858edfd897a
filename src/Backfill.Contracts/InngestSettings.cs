namespace Backfill;

/// <summary>The addresses and keys of Inngest. Each comes from Inngest's own environment variables.</summary>
public sealed record InngestSettings
{
    /// <summary>The address to which events for Inngest's cloud are sent.</summary>
    public static readonly Uri CloudEventUrl = new("https://inn.gs/");

    /// <summary>The address of the API of Inngest's cloud.</summary>
    public static readonly Uri CloudApiUrl = new("https://api.inngest.com/");

    /// <summary>The default of <see cref="App"/>. contributor.info serves all of its functions under this id.</summary>
    public const string DefaultApp = "contributor-info";

    /// <summary>The id under which the worker of this tool serves its functions, where <see cref="App"/> is not set.</summary>
    public const string WorkerApp = "backfill";

    /// <summary>Gets the key that sends events. It is part of the address to which they are sent, so that address is never shown.</summary>
    public Secret? EventKey { get; init; }

    /// <summary>Gets the key that reads runs.</summary>
    public Secret? SigningKey { get; init; }

    /// <summary>Gets the second signing key, for the time in which keys are rotated.</summary>
    public Secret? SigningKeyFallback { get; init; }

    /// <summary>Gets the address to which events are sent, with a slash at the end.</summary>
    public Uri EventUrl { get; init; } = CloudEventUrl;

    /// <summary>Gets the address of the API, with a slash at the end.</summary>
    public Uri ApiUrl { get; init; } = CloudApiUrl;

    /// <summary>Gets whether Inngest is a dev server, which needs no keys.</summary>
    public bool Dev { get; init; }

    /// <summary>Gets the branch environment, or null.</summary>
    public string? Environment { get; init; }

    /// <summary>Gets the id of the app whose functions handle the events.</summary>
    public string App { get; init; } = DefaultApp;

    /// <summary>Gets whether Inngest is set up: a key is given, or it is a dev server.</summary>
    public bool IsConfigured => Dev || EventKey is not null || SigningKey is not null;

    /// <summary>Gets whether runs can be read: a signing key is given, or Inngest is a dev server.</summary>
    public bool CanReadRuns => Dev || SigningKey is not null;
}
