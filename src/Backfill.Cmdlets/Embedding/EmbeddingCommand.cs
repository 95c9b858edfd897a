using System.Management.Automation;
using System.Security;
using Backfill.Cmdlets.Pipeline;
using Backfill.Cmdlets.Settings;

namespace Backfill.Cmdlets.Embedding;

/// <summary>A cmdlet about vectors: the provider that makes them, and the types of items.</summary>
public abstract class EmbeddingCommand : RepositoryCommand
{
    /// <summary>Every repository of the database.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AllSet)]
    public SwitchParameter All { get; set; }

    /// <summary>The provider of the embeddings: OpenAI (and every server that speaks its API), Azure, Ollama, Supabase (the project's own Edge Function), Onnx (a model on this machine, from a folder), or Lexical, which works offline and knows words but no meaning. The default is the provider of Connect-Backfill, or the one that has a key.</summary>
    [Parameter]
    [ValidateSet("OpenAI", "Azure", "Ollama", "Supabase", "Onnx", "Lexical")]
    public string? Provider { get; set; }

    /// <summary>The provider's model: for Azure the name of the deployment, for Onnx the model's folder. The default is the model of Connect-Backfill, or the provider's default.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ModelCompleter))]
    public string? Model { get; set; }

    /// <summary>The key of the OpenAI-compatible provider, as SecureString, PSCredential or text. The default is the key of Connect-Backfill, then OPENAI_API_KEY.</summary>
    [Parameter]
    [Secret]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public SecureString? OpenAIKey { get; set; }

    /// <summary>The key of the Azure OpenAI resource, as SecureString, PSCredential or text. The default is AZURE_OPENAI_API_KEY.</summary>
    [Parameter]
    [Secret]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public SecureString? AzureOpenAIKey { get; set; }

    /// <summary>The service-role key of the Supabase project whose Edge Function embeds, as SecureString, PSCredential or text. The default is SUPABASE_SERVICE_ROLE_KEY.</summary>
    [Parameter]
    [Secret]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public SecureString? SupabaseServiceKey { get; set; }

    /// <summary>The length of the vectors. The default is the length of the column.</summary>
    [Parameter]
    [ValidateRange(1, 16_000)]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public int? Dimensions { get; set; }

    /// <summary>Only items of these types: issue, pull_request, discussion.</summary>
    [Parameter]
    [ValidateSet("issue", "pull_request", "discussion")]
    public string[] ItemType { get; set; } = [];

    private protected string[] ItemTypes =>
        [.. ItemType.Distinct(StringComparer.OrdinalIgnoreCase).Select(type => type.ToLowerInvariant())];

    private protected override BackfillSettings Given =>
        base.Given with
        {
            EmbeddingProvider = Provider,
            EmbeddingModel = Model,
            OpenAIKey = SecretAttribute.Read(OpenAIKey),
            AzureOpenAIKey = SecretAttribute.Read(AzureOpenAIKey),
            SupabaseServiceKey = SecretAttribute.Read(SupabaseServiceKey),
        };
}
