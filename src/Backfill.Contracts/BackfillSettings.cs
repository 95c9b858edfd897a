namespace Backfill;

/// <summary>The settings in force. A parameter wins over <c>Connect-Backfill</c>, which wins over the environment.</summary>
public sealed record BackfillSettings
{
    /// <summary>The REST address of github.com.</summary>
    public static readonly Uri DefaultGitHubApiUrl = new("https://api.github.com/");

    /// <summary>Gets the connection string of the database, as a <c>postgres://</c> URI or in Npgsql's form. The default is null: no database.</summary>
    public Secret? Database { get; init; }

    /// <summary>Gets the role that the login acts as in every transaction. The default is null: the login itself.</summary>
    public string? DatabaseRole { get; init; }

    /// <summary>Gets whether to use the private server, and to start it when it is not running.</summary>
    public bool Local { get; init; }

    /// <summary>Gets the folder of the private server. The default is null: the platform's usual folder for data.</summary>
    public string? LocalFolder { get; init; }

    /// <summary>Gets the GitHub tokens. They share the load.</summary>
    public IReadOnlyList<Secret> GitHubTokens { get; init; } = [];

    /// <summary>Gets the GitHub App, whose tokens share the load too. The default is null: no App.</summary>
    public GitHubApp? GitHubApp { get; init; }

    /// <summary>Gets the base address of GitHub's REST API, with a slash at the end.</summary>
    public Uri GitHubApiUrl { get; init; } = DefaultGitHubApiUrl;

    /// <summary>Gets the address of GitHub's GraphQL API.</summary>
    public Uri GitHubGraphQLUrl { get; init; } = new("https://api.github.com/graphql");

    /// <summary>Gets the embedding provider: <c>OpenAI</c> (and every server with its API), <c>Azure</c>, <c>Ollama</c>, <c>Supabase</c>, <c>Onnx</c> or <c>Lexical</c>. Null chooses the provider by the settings that are given.</summary>
    public string? EmbeddingProvider { get; init; }

    /// <summary>Gets the embedding model. The default is null: the provider's default.</summary>
    public string? EmbeddingModel { get; init; }

    /// <summary>Gets the key of the OpenAI-compatible provider.</summary>
    public Secret? OpenAIKey { get; init; }

    /// <summary>Gets the base address of the OpenAI-compatible provider, for example <c>https://api.openai.com/v1/</c>.</summary>
    public Uri? OpenAIBaseUrl { get; init; }

    /// <summary>Gets the address of the Azure OpenAI resource, for example <c>https://name.openai.azure.com/</c>.</summary>
    public Uri? AzureOpenAIEndpoint { get; init; }

    /// <summary>Gets the key of the Azure OpenAI resource.</summary>
    public Secret? AzureOpenAIKey { get; init; }

    /// <summary>Gets the address of Ollama's OpenAI-compatible API, for example <c>http://127.0.0.1:11434/v1/</c>.</summary>
    public Uri? OllamaUrl { get; init; }

    /// <summary>Gets the address of the Supabase project whose functions are used, for example <c>https://name.supabase.co/</c>.</summary>
    public Uri? SupabaseUrl { get; init; }

    /// <summary>Gets the service-role key of the Supabase project whose functions are used.</summary>
    public Secret? SupabaseServiceKey { get; init; }

    /// <summary>Gets the settings of Inngest, whose functions do the work of a stage with <c>-Engine Inngest</c>.</summary>
    public InngestSettings Inngest { get; init; } = new();

    /// <summary>Gets the path of a price table, whose prices replace built-in ones.</summary>
    public string? EmbeddingPrices { get; init; }

    /// <summary>Gets every secret in force. No message may contain one of them.</summary>
    public IReadOnlyList<Secret> Secrets => [.. new[]
            {
                Database,
                GitHubApp?.PrivateKey,
                OpenAIKey,
                AzureOpenAIKey,
                SupabaseServiceKey,
                Inngest.SigningKey,
                Inngest.SigningKeyFallback,
                // The event key of a dev server is not secret, and it is often a common word.
                Inngest.Dev
                    ? null
                    : Inngest.EventKey,
            }.Concat(GitHubTokens).OfType<Secret>()];

    /// <summary>Gets where each setting came from, by the name of the setting.</summary>
    public IReadOnlyDictionary<string, string> Sources { get; init; } = new Dictionary<string, string>();
}
