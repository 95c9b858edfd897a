namespace Backfill;

public static partial class SettingsResolution
{
    private static BackfillSettings WithEmbeddings(
        BackfillSettings settings,
        (string Source, BackfillSettings? Given)[] layers,
        Func<string, string?> environment,
        Dictionary<string, string> sources
    )
    {
        var provider = First(
            layers,
            given => given.EmbeddingProvider,
            environment,
            ["BACKFILL_EMBEDDING_PROVIDER"],
            nameof(BackfillSettings.EmbeddingProvider),
            sources
        );
        var model = First(
            layers,
            given => given.EmbeddingModel,
            environment,
            ["BACKFILL_EMBEDDING_MODEL"],
            nameof(BackfillSettings.EmbeddingModel),
            sources
        );
        var key = First(
            layers,
            given => given.OpenAIKey?.Reveal(),
            environment,
            ["OPENAI_API_KEY"],
            nameof(BackfillSettings.OpenAIKey),
            sources
        );
        var baseUrl = layers.FirstOrDefault(layer => layer.Given?.OpenAIBaseUrl is not null);
        var address = baseUrl.Given?.OpenAIBaseUrl ?? Address(environment, "OPENAI_BASE_URL");
        if (address is not null)
        {
            sources[nameof(BackfillSettings.OpenAIBaseUrl)] = baseUrl.Source ?? "OPENAI_BASE_URL";
        }

        return WithOtherProviders(settings, layers, environment, sources) with
        {
            EmbeddingProvider = provider is null
                ? null
                : Provider(provider, sources[nameof(BackfillSettings.EmbeddingProvider)]),
            EmbeddingModel = model,
            OpenAIKey = key is null ? null : new Secret(key),
            OpenAIBaseUrl = address is null ? null : WithSlash(address),
        };
    }

    private static BackfillSettings WithOtherProviders(
        BackfillSettings settings,
        (string Source, BackfillSettings? Given)[] layers,
        Func<string, string?> environment,
        Dictionary<string, string> sources
    )
    {
        var azureKey = First(
            layers,
            given => given.AzureOpenAIKey?.Reveal(),
            environment,
            ["AZURE_OPENAI_API_KEY"],
            nameof(BackfillSettings.AzureOpenAIKey),
            sources
        );
        var serviceKey = First(
            layers,
            given => given.SupabaseServiceKey?.Reveal(),
            environment,
            ["SUPABASE_SERVICE_ROLE_KEY"],
            nameof(BackfillSettings.SupabaseServiceKey),
            sources
        );
        return settings with
        {
            AzureOpenAIKey = azureKey is null ? null : new Secret(azureKey),
            AzureOpenAIEndpoint = Address(environment, "AZURE_OPENAI_ENDPOINT") is { } azure ? WithSlash(azure) : null,
            OllamaUrl = OllamaAddress(environment),
            SupabaseUrl = SupabaseUrlVariables
                .Select(name => Address(environment, name))
                .FirstOrDefault(url => url is not null)
                is { } project
                ? WithSlash(project)
                : null,
            SupabaseServiceKey = serviceKey is null ? null : new Secret(serviceKey),
            EmbeddingPrices = First(
                layers,
                given => given.EmbeddingPrices,
                environment,
                ["BACKFILL_EMBEDDING_PRICES"],
                nameof(BackfillSettings.EmbeddingPrices),
                sources
            ),
        };
    }

    // Ollama's own variable may lack the scheme and the port, and may be what its server listens on: every address.
    private static Uri? OllamaAddress(Func<string, string?> environment)
    {
        const string Variable = "OLLAMA_HOST";
        const int Port = 11434;
        if (FirstVariable(environment, [Variable]) is not { } found)
        {
            return null;
        }

        var text = found.Value.Contains("://", StringComparison.Ordinal) ? found.Value : $"http://{found.Value}";
        var address = Address(_ => text, Variable)!;
        return new UriBuilder(address)
        {
            Host = address.Host == "0.0.0.0" ? "127.0.0.1" : address.Host,
            Port = text == found.Value || !address.IsDefaultPort ? address.Port : Port,
            Path = "v1/",
        }.Uri;
    }

    private static string Provider(string text, string source) =>
        text.ToUpperInvariant() switch
        {
            "OPENAI" => "OpenAI",
            "AZURE" => "Azure",
            "OLLAMA" => "Ollama",
            "SUPABASE" => "Supabase",
            "ONNX" => "Onnx",
            "LEXICAL" => "Lexical",
            _ => throw Malformed(
                source == FromConnect || source == FromParameter ? "EmbeddingProvider" : source,
                $"names the embedding provider '{text}', which there is not.",
                "Write OpenAI (for everything that speaks its API, with the base address in OPENAI_BASE_URL), Azure, Ollama, Supabase, Onnx or Lexical."
            ),
        };
}
