namespace Backfill;

/// <summary>The settings in force with masked secrets.</summary>
public sealed record BackfillContext
{
    /// <summary>Gets the host, port, name and user of the database, without a password.</summary>
    public string? Database { get; init; }

    /// <summary>Gets the role that the login acts as; null means the login itself.</summary>
    public string? DatabaseRole { get; init; }

    /// <summary>Gets the data folder of the private server; null when it is not used.</summary>
    public string? LocalServerFolder { get; init; }

    /// <summary>Gets whether the private server is running; null when it is not used.</summary>
    public bool? LocalServerRunning { get; init; }

    /// <summary>Gets the base address of GitHub's REST API.</summary>
    public required Uri GitHubApiUrl { get; init; }

    /// <summary>Gets the address of GitHub's GraphQL API.</summary>
    public required Uri GitHubGraphQLUrl { get; init; }

    /// <summary>Gets the masked GitHub tokens.</summary>
    public IReadOnlyList<string> GitHubTokens
    {
        get;
        init => field = Held.Of(value);
    } = [];

    /// <summary>Gets the embedding provider that would be used.</summary>
    public string? EmbeddingProvider { get; init; }

    /// <summary>Gets the embedding model that is set; null means the provider's default.</summary>
    public string? EmbeddingModel { get; init; }

    /// <summary>Gets the address to which events would be sent, without the key; null when Inngest is not set up.</summary>
    public Uri? InngestEventUrl { get; init; }

    /// <summary>Gets the address where runs would be looked up; null when Inngest is not set up.</summary>
    public Uri? InngestApiUrl { get; init; }

    /// <summary>Gets where each setting came from: a parameter, <c>Connect-Backfill</c> or the name of an environment variable.</summary>
    public IReadOnlyDictionary<string, string> Sources { get; init; } = new Dictionary<string, string>();
}
