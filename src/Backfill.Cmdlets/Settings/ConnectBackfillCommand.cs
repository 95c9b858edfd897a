using System.Management.Automation;
using System.Security;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Settings;

/// <summary>Sets the database, the GitHub tokens and the embedding provider for the session.</summary>
/// <remarks>
/// <para>Every other cmdlet uses what was set here where it is not given a parameter of its own; what is not set here comes from the environment. The settings live in memory, for all runspaces of the process. A further call changes what it names and keeps the rest: a new database drops the role of the one before it, and a new REST address its GraphQL address. Without parameters the cmdlet forgets everything that was set, and only the environment counts.</para>
/// <para>Nothing is connected to yet. The cmdlet writes the settings in force, with every secret masked.</para>
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
    /// <summary>The database's connection string, as a postgres:// URI or in Npgsql's form (Host=...;Username=...). A SecureString is best, since a text stays in the history; a PSCredential with the connection string as its password will do too.</summary>
    [Parameter(ParameterSetName = "Database", Position = 0)]
    [Secret]
    public SecureString? Database { get; set; }

    /// <summary>The role that the login acts as, such as Supabase's service_role, which cannot log in: the tool takes it on at the beginning of each transaction, so that a pooler serves too. Without it the login acts as itself; BACKFILL_DATABASE_ROLE is the role of a database that comes from the environment.</summary>
    [Parameter(ParameterSetName = "Database")]
    [ValidateNotNullOrEmpty]
    public string? DatabaseRole { get; set; }

    /// <summary>Use the private PostgreSQL that the tool runs itself, and start it when it is not running.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Local")]
    public SwitchParameter Local { get; set; }

    /// <summary>The folder of the private PostgreSQL; without it the platform's usual place for data.</summary>
    [Parameter(ParameterSetName = "Local")]
    [ValidateNotNullOrEmpty]
    public string? LocalFolder { get; set; }

    /// <summary>GitHub tokens as SecureString, PSCredential or text; several share the load.</summary>
    [Parameter]
    [Secret]
    public SecureString[] GitHubToken { get; set; } = [];

    /// <summary>The REST address of a GitHub Enterprise Server, for example https://github.example.com/api/v3.</summary>
    [Parameter]
    [WebAddress]
    public Uri? GitHubApiUrl { get; set; }

    /// <summary>The GraphQL address, where it does not follow from the REST address.</summary>
    [Parameter]
    [WebAddress]
    public Uri? GitHubGraphQLUrl { get; set; }

    /// <summary>Who makes the embeddings: OpenAI (and every server that speaks its API), Azure, Ollama, Supabase (the project's own Edge Function), Onnx (a model on this machine, from a folder), or Lexical, which works offline and knows words but no meaning.</summary>
    [Parameter]
    [ValidateSet("OpenAI", "Azure", "Ollama", "Supabase", "Onnx", "Lexical")]
    public string? EmbeddingProvider { get; set; }

    /// <summary>The provider's model; without it the provider's default.</summary>
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

    /// <summary>Takes the settings over once they prove to be readable.</summary>
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

    // What this call names, over what an earlier one set.
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

    // A connection string and the private server exclude each other, and a role is one of the database that it was named with.
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

    // An address that equals the default is told from none by its source. The GraphQL address follows from the REST address.
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
