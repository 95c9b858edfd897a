namespace Backfill;

/// <summary>Every setting of a session, as it is in force: parameters beat <c>Connect-Backfill</c>, which beats the environment.</summary>
public sealed record BackfillSettings
{
    /// <summary>GitHub's own REST address.</summary>
    public static readonly Uri DefaultGitHubApiUrl = new("https://api.github.com/");

    /// <summary>The database, as a <c>postgres://</c> URI or in Npgsql's form; null when none was given.</summary>
    public Secret? Database { get; init; }

    /// <summary>Whom the login acts as, in every transaction; null is itself.</summary>
    public string? DatabaseRole { get; init; }

    /// <summary>Use the private server, and start it when it is not running.</summary>
    public bool Local { get; init; }

    /// <summary>The private server's folder; null for the platform's usual place.</summary>
    public string? LocalFolder { get; init; }

    /// <summary>Tokens that share the load.</summary>
    public IReadOnlyList<Secret> GitHubTokens { get; init; } = [];

    /// <summary>An App whose tokens share the load too; null for none.</summary>
    public GitHubApp? GitHubApp { get; init; }

    /// <summary>REST base address, with a slash at the end.</summary>
    public Uri GitHubApiUrl { get; init; } = DefaultGitHubApiUrl;

    /// <summary>GraphQL address.</summary>
    public Uri GitHubGraphQLUrl { get; init; } = new("https://api.github.com/graphql");

    /// <summary><c>OpenAI</c> (and anything with its API), <c>Azure</c>, <c>Ollama</c>, <c>Supabase</c>, <c>Onnx</c> or <c>Lexical</c>; null chooses by what is set.</summary>
    public string? EmbeddingProvider { get; init; }

    /// <summary>The model; null is the provider's default.</summary>
    public string? EmbeddingModel { get; init; }

    /// <summary>Key of the OpenAI-compatible provider.</summary>
    public Secret? OpenAIKey { get; init; }

    /// <summary>Base address of the OpenAI-compatible provider, for example <c>https://api.openai.com/v1/</c>.</summary>
    public Uri? OpenAIBaseUrl { get; init; }

    /// <summary>The Azure OpenAI resource, for example <c>https://name.openai.azure.com/</c>.</summary>
    public Uri? AzureOpenAIEndpoint { get; init; }

    /// <summary>Key of the Azure OpenAI resource.</summary>
    public Secret? AzureOpenAIKey { get; init; }

    /// <summary>Ollama's address with OpenAI's API, for example <c>http://127.0.0.1:11434/v1/</c>.</summary>
    public Uri? OllamaUrl { get; init; }

    /// <summary>The Supabase project, for its functions, for example <c>https://name.supabase.co/</c>.</summary>
    public Uri? SupabaseUrl { get; init; }

    /// <summary>The project's service-role key, for its functions.</summary>
    public Secret? SupabaseServiceKey { get; init; }

    /// <summary>Inngest, whose functions do the work of a stage with <c>-Engine Inngest</c>.</summary>
    public InngestSettings Inngest { get; init; } = new();

    /// <summary>Path of a price table that replaces prices of the built-in one.</summary>
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
                // The event key of a dev server is no secret, and often a word that is in every message.
                Inngest.Dev
                    ? null
                    : Inngest.EventKey,
            }.Concat(GitHubTokens).OfType<Secret>()];

    /// <summary>Each setting by name and where it came from, for <c>Get-BackfillContext</c>.</summary>
    public IReadOnlyDictionary<string, string> Sources { get; init; } = new Dictionary<string, string>();
}
