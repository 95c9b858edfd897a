namespace Backfill.Core.Embedding.Providers;

/// <summary>Chooses the provider by what is set.</summary>
internal static class EmbeddingProviders
{
    /// <summary>Length of the app's vectors, and of ours where the column does not say another.</summary>
    public const int DefaultDimensions = 384;

    /// <summary>The names as the settings write them.</summary>
    public static readonly IReadOnlyList<string> Names =
    [
        OpenAIProvider.ProviderName,
        AzureName,
        OllamaName,
        EdgeFunctionProvider.ProviderName,
        OnnxProvider.ProviderName,
        LexicalProvider.ProviderName,
    ];

    private const string AzureName = "Azure";
    private const string OllamaName = "Ollama";
    private const string OllamaModel = "all-minilm";
    private const int RequestsAtOnce = 16;

    private static readonly Uri OpenAIAddress = new("https://api.openai.com/v1/");
    private static readonly Uri OllamaAddress = new("http://127.0.0.1:11434/v1/");

    /// <summary>The name of the provider that <see cref="Create"/> would make.</summary>
    public static string NameOf(BackfillSettings settings) =>
        settings.EmbeddingProvider
        ?? (
            settings.OpenAIKey is not null || settings.OpenAIBaseUrl is not null ? OpenAIProvider.ProviderName
            : settings.AzureOpenAIKey is not null && settings.AzureOpenAIEndpoint is not null ? AzureName
            : LexicalProvider.ProviderName
        );

    /// <summary>The provider that the settings name; without a name the one for which a key or an address is set, else the offline one.</summary>
    /// <param name="client">Sends the requests; its base address is not used.</param>
    /// <param name="request">Its limits and the length that it asks for.</param>
    /// <param name="columnDimensions">Length that the embedding columns take; null where any length fits.</param>
    /// <param name="time">For the pauses between tries; null is the system's clock.</param>
    /// <param name="known">What the process knows of servers; null where nothing is to be kept.</param>
    /// <exception cref="BackfillException">A key or an address is missing, or there is no such provider.</exception>
    public static IEmbeddingProvider Create(
        BackfillSettings settings,
        HttpClient client,
        EmbeddingRequest request,
        int? columnDimensions,
        TimeProvider? time = null,
        KnownServers? known = null
    )
    {
        var name = NameOf(settings);
        var dimensions = request.Dimensions ?? columnDimensions;
        var clock = time ?? TimeProvider.System;
        var atOnce = request.ThrottleLimit ?? RequestsAtOnce;
        return name.ToUpperInvariant() switch
        {
            "LEXICAL" => new LexicalProvider(dimensions ?? DefaultDimensions),
            "OPENAI" => OpenAI(
                OpenAIProvider.ProviderName,
                ProviderAddress.OpenAI(
                    settings.OpenAIBaseUrl ?? OpenAIAddress,
                    settings.OpenAIKey
                        ?? (IsOpenAI(settings.OpenAIBaseUrl ?? OpenAIAddress) ? throw MissingSetting.OpenAIKey() : null)
                ),
                settings.EmbeddingModel ?? OpenAIProvider.DefaultModel
            ),
            "AZURE" => OpenAI(
                OpenAIProvider.ProviderName,
                ProviderAddress.Azure(
                    settings.AzureOpenAIEndpoint ?? throw MissingSetting.Azure(),
                    settings.AzureOpenAIKey ?? throw MissingSetting.Azure(),
                    settings.EmbeddingModel ?? OpenAIProvider.DefaultModel
                ),
                settings.EmbeddingModel ?? OpenAIProvider.DefaultModel
            ),
            "OLLAMA" => OpenAI(
                OllamaName,
                ProviderAddress.OpenAI(settings.OllamaUrl ?? OllamaAddress, null) with
                {
                    AddressName = "OLLAMA_HOST",
                    BatchApi = null,
                },
                settings.EmbeddingModel ?? OllamaModel
            ),
            "SUPABASE" => new EdgeFunctionProvider(
                Transport(
                    ProviderAddress.EdgeFunction(
                        settings.SupabaseUrl ?? throw MissingSetting.SupabaseFunction(),
                        settings.SupabaseServiceKey ?? throw MissingSetting.SupabaseFunction()
                    )
                ),
                atOnce
            ),
            "ONNX" => OnnxProvider.Open(settings.EmbeddingModel ?? throw MissingSetting.ModelFolder()),
            _ => throw new BackfillException(
                ErrorIds.SettingMalformed,
                ErrorKind.Setting,
                $"There is no embedding provider '{name}'.",
                $"Write one of {string.Join(", ", Names)}. Every server with OpenAI's API is OpenAI, with its base address in OPENAI_BASE_URL.",
                nameof(BackfillSettings.EmbeddingProvider)
            ),
        };

        // A model with one length only is not asked for another, unless the operator wants it so.
        OpenAIProvider OpenAI(string maker, ProviderAddress address, string model)
        {
            var transport = Transport(address);
            var provider = new OpenAIProvider(
                maker,
                transport,
                model,
                OpenAIProvider.TakesDimensions(model) ? dimensions ?? DefaultDimensions : request.Dimensions,
                atOnce,
                (known ?? new KnownServers()).Of(address.Embeddings, model)
            );
            provider.BatchApi = address.BatchApi is { } api ? new OpenAIBatches(provider, transport, api, clock) : null;
            return provider;
        }

        OpenAITransport Transport(ProviderAddress address) =>
            new(
                client,
                address,
                new RequestPacer(request.TokensPerMinute, request.RequestsPerMinute, atOnce, clock),
                clock
            );
    }

    private static bool IsOpenAI(Uri address) =>
        string.Equals(address.Host, OpenAIAddress.Host, StringComparison.OrdinalIgnoreCase);
}
