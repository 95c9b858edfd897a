namespace Backfill.Core.Embedding;

/// <summary>Chooses the provider by what is set.</summary>
internal static class EmbeddingProviders
{
    /// <summary>Length of the app's vectors, and of ours where the column does not say another.</summary>
    public const int DefaultDimensions = 384;

    private static readonly Uri OpenAIAddress = new("https://api.openai.com/v1/");

    /// <summary>The name of the provider that <see cref="Create"/> would make.</summary>
    public static string NameOf(BackfillSettings settings) =>
        settings.EmbeddingProvider
        ?? (
            settings.OpenAIKey is null && settings.OpenAIBaseUrl is null
                ? LexicalProvider.ProviderName
                : OpenAIProvider.ProviderName
        );

    /// <summary>The provider that the settings name; without a name OpenAI where a key or an address is set, else the offline one.</summary>
    /// <param name="client">Sends the requests; its base address is not used.</param>
    /// <param name="columnDimensions">Length that the embedding columns take; null where any length fits.</param>
    /// <param name="time">For the pauses between tries; null is the system's clock.</param>
    /// <exception cref="BackfillException">OpenAI's own address needs a key and there is none.</exception>
    public static IEmbeddingProvider Create(
        BackfillSettings settings,
        HttpClient client,
        int? columnDimensions,
        TimeProvider? time = null
    )
    {
        var name = NameOf(settings);
        if (string.Equals(name, LexicalProvider.ProviderName, StringComparison.OrdinalIgnoreCase))
        {
            return new LexicalProvider(columnDimensions ?? DefaultDimensions);
        }

        if (!string.Equals(name, OpenAIProvider.ProviderName, StringComparison.OrdinalIgnoreCase))
        {
            throw new BackfillException(
                ErrorIds.SettingMalformed,
                ErrorKind.Setting,
                $"There is no embedding provider '{name}'.",
                "Write OpenAI (for everything that speaks its API, with the base address in OPENAI_BASE_URL) or Lexical.",
                nameof(BackfillSettings.EmbeddingProvider)
            );
        }

        var address = settings.OpenAIBaseUrl ?? OpenAIAddress;
        if (
            settings.OpenAIKey is null
            && string.Equals(address.Host, OpenAIAddress.Host, StringComparison.OrdinalIgnoreCase)
        )
        {
            throw MissingSetting.OpenAIKey();
        }

        var model = settings.EmbeddingModel ?? OpenAIProvider.DefaultModel;
        return new OpenAIProvider(
            new OpenAITransport(client, address, settings.OpenAIKey, time ?? TimeProvider.System),
            model,
            OpenAIProvider.TakesDimensions(model) ? columnDimensions ?? DefaultDimensions : null
        );
    }
}
