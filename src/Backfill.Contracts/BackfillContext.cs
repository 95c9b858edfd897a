namespace Backfill;

/// <summary>The session's settings as they are in force, secrets masked, each with where it came from.</summary>
public sealed record BackfillContext
{
    /// <summary>Host, port, database and user; never a password.</summary>
    public string? Database { get; init; }

    /// <summary>The role that the login acts as; null is itself.</summary>
    public string? DatabaseRole { get; init; }

    /// <summary>For the private server: its data folder.</summary>
    public string? LocalServerFolder { get; init; }

    /// <summary>For the private server: whether it runs.</summary>
    public bool? LocalServerRunning { get; init; }

    /// <summary>REST base address.</summary>
    public required Uri GitHubApiUrl { get; init; }

    /// <summary>GraphQL address.</summary>
    public required Uri GitHubGraphQLUrl { get; init; }

    /// <summary>The tokens, masked.</summary>
    public IReadOnlyList<string> GitHubTokens
    {
        get;
        init => field = Held.Of(value);
    } = [];

    /// <summary>The embedding provider that would be used.</summary>
    public string? EmbeddingProvider { get; init; }

    /// <summary>The embedding model that would be used.</summary>
    public string? EmbeddingModel { get; init; }

    /// <summary>Where events of the Inngest engine would be sent, without the key.</summary>
    public Uri? InngestEventUrl { get; init; }

    /// <summary>Where runs of the Inngest engine would be looked up.</summary>
    public Uri? InngestApiUrl { get; init; }

    /// <summary>Each setting and where it came from: a parameter, <c>Connect-Backfill</c> or the environment variable.</summary>
    public IReadOnlyDictionary<string, string> Sources { get; init; } = new Dictionary<string, string>();
}
