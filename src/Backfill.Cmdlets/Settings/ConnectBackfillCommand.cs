using System.Management.Automation;
using System.Security;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Settings;

/// <summary>Sets the database, the GitHub tokens and the embedding provider for the session.</summary>
/// <remarks>
/// <para>Every other cmdlet uses these settings, unless its own parameters say otherwise. A setting that was not set here comes from the environment. The settings are kept in memory, for all runspaces of the process. A further call changes the settings that it names and keeps the rest, but a new database drops the role of the one before it, and a new REST address drops the GraphQL address. Without parameters the cmdlet forgets everything that was set, and only the environment counts.</para>
/// <para>The cmdlet does not connect to anything. It writes the settings in force, with every secret masked.</para>
/// </remarks>
/// <example>
/// <code>Connect-Backfill -Database (Read-Host 'Connection string' -AsSecureString) -GitHubToken (Get-Secret GitHub)</code>
/// <para>Sets a database and a GitHub token without either of them appearing on the screen or in the history.</para>
/// </example>
/// <example>
/// <code>Connect-Backfill -Local -EmbeddingProvider Lexical</code>
/// <para>Works with the private PostgreSQL and embeds offline. The GitHub token comes from GITHUB_TOKEN.</para>
/// </example>
/// <example>
/// <code>Connect-Backfill -OpenAIKey (Get-Secret OpenAI)</code>
/// <para>Adds a key to what was set before.</para>
/// </example>
[Cmdlet(VerbsCommunications.Connect, "Backfill", DefaultParameterSetName = "Database")]
[OutputType(typeof(BackfillContext))]
public sealed class ConnectBackfillCommand : BackfillCommand
{
    /// <summary>The database's connection string, as a postgres:// URI or in Npgsql's form (Host=...;Username=...). A SecureString is best, because a text stays in the history. A PSCredential with the connection string as its password works too.</summary>
    [Parameter(ParameterSetName = "Database", Position = 0)]
    [Secret]
    public SecureString? Database { get; set; }

    /// <summary>The role that the login acts as, such as Supabase's service_role, which cannot log in. The tool switches to the role at the beginning of each transaction, so this also works with a pooler. By default the login acts as itself. For a database from the environment, BACKFILL_DATABASE_ROLE names the role.</summary>
    [Parameter(ParameterSetName = "Database")]
    [ValidateNotNullOrEmpty]
    public string? DatabaseRole { get; set; }

    /// <summary>Use the private PostgreSQL of the tool. It is started when it is not running.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Local")]
    public SwitchParameter Local { get; set; }

    /// <summary>The folder of the private PostgreSQL. The default is the platform's usual folder for data.</summary>
    [Parameter(ParameterSetName = "Local")]
    [ValidateNotNullOrEmpty]
    public string? LocalFolder { get; set; }

    /// <summary>GitHub tokens as SecureString, PSCredential or text. Several tokens share the load.</summary>
    [Parameter]
    [Secret]
    public SecureString[] GitHubToken { get; set; } = [];

    /// <summary>The REST address of a GitHub Enterprise Server, for example https://github.example.com/api/v3.</summary>
    [Parameter]
    [WebAddress]
    public Uri? GitHubApiUrl { get; set; }

    /// <summary>The GraphQL address. By default it is derived from the REST address.</summary>
    [Parameter]
    [WebAddress]
    public Uri? GitHubGraphQLUrl { get; set; }

    /// <summary>The provider of the embeddings: OpenAI (and every server that speaks its API), Azure, Ollama, Supabase (the project's own Edge Function), Onnx (a model on this machine, from a folder), or Lexical, which works offline and knows words but no meaning.</summary>
    [Parameter]
    [ValidateSet("OpenAI", "Azure", "Ollama", "Supabase", "Onnx", "Lexical")]
    public string? EmbeddingProvider { get; set; }

    /// <summary>The provider's model. The default is the provider's own default.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? EmbeddingModel { get; set; }

    /// <summary>The key of the OpenAI-compatible provider, as SecureString, PSCredential or text.</summary>
    [Parameter]
    [Secret]
    public SecureString? OpenAIKey { get; set; }

    /// <summary>The base address of the OpenAI-compatible provider, for example https://api.openai.com/v1.</summary>
    [Parameter]
    [WebAddress]
    public Uri? OpenAIBaseUrl { get; set; }

    /// <summary>Stores the settings when they are well-formed.</summary>
    protected override void EndProcessing()
    {
        var described = Run(
            null,
            async (engine, settings, output, token) =>
                await output.WriteAsync(await engine.DescribeAsync(settings, token), token)
        );
        if (described)
        {
            Session.Connected = Layer();
        }
    }

    private protected override BackfillSettings Resolve() =>
        SettingsResolution.Resolve(null, Layer(), Environment.GetEnvironmentVariable);

    // The settings of this call win over those of an earlier call.
    private BackfillSettings Layer()
    {
        var kept = Session.Connected is { } connected && NamesSomething ? connected : new BackfillSettings();
        var layer = WithAddresses(WithPlace(kept));
        return layer with
        {
            GitHubTokens = SecretAttribute.Read(GitHubToken) is { Count: > 0 } tokens ? tokens : kept.GitHubTokens,
            EmbeddingProvider = EmbeddingProvider ?? kept.EmbeddingProvider,
            EmbeddingModel = EmbeddingModel ?? kept.EmbeddingModel,
            OpenAIKey = SecretAttribute.Read(OpenAIKey) ?? kept.OpenAIKey,
            OpenAIBaseUrl = OpenAIBaseUrl ?? kept.OpenAIBaseUrl,
        };
    }

    private bool NamesSomething => MyInvocation.BoundParameters.Keys.Any(name => !CommonParameters.Contains(name));

    // A connection string replaces the private server and the other way round. A role belongs to the database that it was given with.
    private BackfillSettings WithPlace(BackfillSettings kept)
    {
        if (Local)
        {
            return kept with
            {
                Local = true,
                LocalFolder = LocalFolder ?? kept.LocalFolder,
                Database = null,
                DatabaseRole = null,
            };
        }

        return SecretAttribute.Read(Database) is { } database
            ? kept with
            {
                Local = false,
                LocalFolder = null,
                Database = database,
                DatabaseRole = DatabaseRole,
            }
            : kept with
            {
                DatabaseRole = DatabaseRole ?? kept.DatabaseRole,
            };
    }

    // The source shows whether an address that equals the default was given. The GraphQL address is derived from the REST address.
    private BackfillSettings WithAddresses(BackfillSettings kept)
    {
        var sources = new Dictionary<string, string>(kept.Sources, StringComparer.Ordinal);
        var layer = kept with { Sources = sources };
        if (GitHubApiUrl is not null)
        {
            sources[nameof(BackfillSettings.GitHubApiUrl)] = SettingsResolution.FromConnect;
            sources.Remove(nameof(BackfillSettings.GitHubGraphQLUrl));
            layer = layer with
            {
                GitHubApiUrl = GitHubApiUrl,
                GitHubGraphQLUrl = new BackfillSettings().GitHubGraphQLUrl,
            };
        }

        if (GitHubGraphQLUrl is not null)
        {
            sources[nameof(BackfillSettings.GitHubGraphQLUrl)] = SettingsResolution.FromConnect;
            layer = layer with { GitHubGraphQLUrl = GitHubGraphQLUrl };
        }

        return layer;
    }
}
