namespace Backfill.Core.Embedding.Providers;

/// <summary>Where an embedding server is and by which right it is used.</summary>
/// <param name="Embeddings">The address that texts are posted to.</param>
/// <param name="Key">Null for a server that asks for none.</param>
/// <param name="KeyHeader">The header that carries the key; null sends it as bearer.</param>
/// <param name="KeyName">The setting of the key, for messages.</param>
/// <param name="AddressName">The setting of the address, for messages.</param>
internal sealed record ProviderAddress(
    Uri Embeddings,
    Secret? Key,
    string? KeyHeader,
    string KeyName,
    string AddressName
)
{
    /// <summary>Base address of the server's files and batches, with a slash at the end; null where it has no Batch API.</summary>
    public Uri? BatchApi { get; init; }

    // The generally available version that first takes "dimensions" for every deployment.
    private const string AzureVersion = "2024-10-21";

    /// <summary>A server with OpenAI's API.</summary>
    /// <param name="address">Base address, with a slash at the end.</param>
    public static ProviderAddress OpenAI(Uri address, Secret? key) =>
        new(new Uri(address, "embeddings"), key, null, "OPENAI_API_KEY", "OPENAI_BASE_URL") { BatchApi = address };

    /// <summary>Azure OpenAI: a path for each deployment, a version in the query, and a header of its own.</summary>
    /// <param name="endpoint">The resource, for example <c>https://name.openai.azure.com/</c>.</param>
    /// <param name="deployment">The name of the deployment.</param>
    public static ProviderAddress Azure(Uri endpoint, Secret key, string deployment) =>
        new(
            new Uri(
                endpoint,
                $"openai/deployments/{Uri.EscapeDataString(deployment)}/embeddings?api-version={AzureVersion}"
            ),
            key,
            "api-key",
            "AZURE_OPENAI_API_KEY",
            "AZURE_OPENAI_ENDPOINT"
        );

    /// <summary>The app's Edge Function.</summary>
    /// <param name="project">The Supabase project, for example <c>https://name.supabase.co/</c>.</param>
    public static ProviderAddress EdgeFunction(Uri project, Secret key) =>
        new(new Uri(project, "functions/v1/embed-query"), key, null, "SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_URL");

    /// <summary>Adds the key to a request.</summary>
    public void Authorize(HttpRequestMessage request)
    {
        if (Key is null)
        {
            return;
        }

        if (KeyHeader is null)
        {
            request.Headers.Authorization = new System.Net.Http.Headers.AuthenticationHeaderValue(
                "Bearer",
                Key.Reveal()
            );
        }
        else
        {
            request.Headers.Add(KeyHeader, Key.Reveal());
        }
    }

    /// <summary>Takes the key out of what a server says.</summary>
    public string Mask(string message) =>
        Key is null ? message : message.Replace(Key.Reveal(), Key.ToString(), StringComparison.Ordinal);
}
