using System.Management.Automation;
using System.Security;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Settings;

/// <summary>Sets the database, the GitHub tokens and the embedding provider for the session.</summary>
[Cmdlet(VerbsCommunications.Connect, "Backfill", DefaultParameterSetName = "Database")]
[OutputType(typeof(BackfillContext))]
public sealed class ConnectBackfillCommand : BackfillCommand
{
    /// <summary>The database's connection string, as a postgres:// URI or in Npgsql's form (Host=...;Username=...). A SecureString is best, because a text stays in the history. A PSCredential with the connection string as its password works too.</summary>
    [Parameter(ParameterSetName = "Database", Position = 0)]
    [Secret]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public SecureString? Database { get; set; }

    /// <summary>The role that the login acts as, such as Supabase's service_role, which cannot log in. The tool switches to the role at the beginning of each transaction, so this also works with a pooler. By default the login acts as itself. For a database from the environment, BACKFILL_DATABASE_ROLE names the role.</summary>
    [Parameter(ParameterSetName = "Database")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(NothingCompleter))]
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
    [ArgumentCompleter(typeof(NothingCompleter))]
    public SecureString[] GitHubToken { get; set; } = [];

    /// <summary>The REST address of a GitHub Enterprise Server, for example https://github.example.com/api/v3.</summary>
    [Parameter]
    [WebAddress]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public Uri? GitHubApiUrl { get; set; }

    /// <summary>The GraphQL address. By default it is derived from the REST address.</summary>
    [Parameter]
    [WebAddress]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public Uri? GitHubGraphQLUrl { get; set; }

    /// <summary>The provider of the embeddings: OpenAI (and every server that speaks its API), Azure, Ollama, Supabase (the project's own Edge Function), Onnx (a model on this machine, from a folder), or Lexical, which works offline and knows words but no meaning.</summary>
    [Parameter]
    [ValidateSet("OpenAI", "Azure", "Ollama", "Supabase", "Onnx", "Lexical")]
    public string? EmbeddingProvider { get; set; }

    /// <summary>The provider's model. The default is the provider's own default.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ModelCompleter))]
    public string? EmbeddingModel { get; set; }

    /// <summary>The key of the OpenAI-compatible provider, as SecureString, PSCredential or text.</summary>
    [Parameter]
    [Secret]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public SecureString? OpenAIKey { get; set; }

    /// <summary>The base address of the OpenAI-compatible provider, for example https://api.openai.com/v1.</summary>
    [Parameter]
    [WebAddress]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public Uri? OpenAIBaseUrl { get; set; }

    /// <summary>Do not try the settings. Without it, the cmdlet connects to the database that it is given, asks GitHub for the limits of the token, and asks the provider for one vector. When one of them fails, nothing is kept.</summary>
    [Parameter]
    public SwitchParameter SkipTest { get; set; }

    /// <summary>Tries the settings that were given, and keeps them when they work.</summary>
    protected override void EndProcessing()
    {
        string[] tried = [.. SkipTest ? [] : Tried()];
        if (
            tried.Length > 0
            && !Run(null, (engine, settings, output, token) => engine.TryAsync(settings, tried, output, token))
        )
        {
            return;
        }

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

    private protected override BackfillSettings Resolve() => SettingsResolution.Resolve(null, Layer(), ReadVariable);

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

    // Only what this call gives is tried. A private server is not started for it.
    private IEnumerable<string> Tried()
    {
        if (Given(nameof(Database), nameof(DatabaseRole)) && InForce.Database is not null)
        {
            yield return nameof(BackfillSettings.Database);
        }

        if (
            Given(nameof(GitHubToken), nameof(GitHubApiUrl), nameof(GitHubGraphQLUrl))
            && (InForce.GitHubTokens.Count > 0 || InForce.GitHubApp is not null)
        )
        {
            yield return nameof(BackfillSettings.GitHubTokens);
        }

        if (Given(nameof(OpenAIKey), nameof(OpenAIBaseUrl), nameof(EmbeddingModel), nameof(EmbeddingProvider)))
        {
            yield return nameof(BackfillSettings.OpenAIKey);
        }

        bool Given(params string[] names) => names.Any(MyInvocation.BoundParameters.ContainsKey);
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
