using System.Text.Json;

namespace Backfill.Core.Embedding.Providers;

/// <summary>
/// What tokens cost and how many a minute a new account may use, by model, from a dated table (<c>prices.json</c>). A table of
/// the user's own, in the same form, replaces the models and the date that it names.
/// </summary>
internal sealed class EmbeddingPrices
{
    private const string BuiltIn = "Embedding/Providers/prices.json";
    private static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
    };

    private readonly Dictionary<string, ModelPrice> models;
    private readonly string[] free;

    private EmbeddingPrices(PriceTable table)
    {
        models = new Dictionary<string, ModelPrice>(table.Models ?? [], StringComparer.OrdinalIgnoreCase);
        free = table.Free ?? [];
        AsOf = table.AsOf ?? "";
    }

    /// <summary>The table that the tool brings.</summary>
    public static EmbeddingPrices Default { get; } = new(ReadBuiltIn());

    /// <summary>When its prices were looked up.</summary>
    public string AsOf { get; private init; }

    /// <summary>The tool's table, with what a file of the user says instead.</summary>
    /// <param name="path">Null for the tool's alone.</param>
    /// <exception cref="BackfillException">The file cannot be read.</exception>
    public static EmbeddingPrices Load(string? path)
    {
        if (path is null)
        {
            return Default;
        }

        try
        {
            var own = JsonSerializer.Deserialize<PriceTable>(File.ReadAllBytes(path), Form) ?? new PriceTable();
            return new EmbeddingPrices(
                new PriceTable
                {
                    AsOf = own.AsOf ?? $"the table in {Path.GetFileName(path)}",
                    Free = own.Free ?? Default.free,
                    Models = Default
                        .models.Where(model => own.Models?.ContainsKey(model.Key) != true)
                        .Concat(own.Models ?? [])
                        .ToDictionary(),
                }
            );
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new BackfillException(
                ErrorIds.SettingMalformed,
                ErrorKind.Setting,
                $"The price table '{path}' cannot be read: {error.Message}",
                "Write it as docs/embedding.md shows, or unset BACKFILL_EMBEDDING_PRICES.",
                nameof(BackfillSettings.EmbeddingPrices),
                error
            );
        }
    }

    /// <summary>Gets the models that have a price.</summary>
    public IReadOnlyCollection<string> Models => models.Keys;

    /// <summary>US dollars for a million tokens; null when no price is known.</summary>
    /// <param name="batch">By the Batch API; where the table has no price for that, the full one.</param>
    public decimal? OfMillionTokens(IEmbeddingProvider provider, bool batch = false) =>
        OfMillionTokens(provider.Name, provider.Model, batch);

    /// <summary>US dollars for a million tokens of the model of a stored vector; null when no price is known.</summary>
    /// <param name="modelKey">As the database records it: provider/model/dimensions.</param>
    public decimal? OfMillionTokens(string modelKey)
    {
        // The name of a model can have a slash too.
        var parts = modelKey.Split('/');
        return parts.Length < 3 ? null : OfMillionTokens(parts[0], string.Join('/', parts[1..^1]), batch: false);
    }

    private decimal? OfMillionTokens(string provider, string modelName, bool batch) =>
        models.TryGetValue(modelName, out var model)
            ? (batch ? model.DollarsPerMillionBatchTokens : null) ?? model.DollarsPerMillionTokens
        : free.Contains(provider, StringComparer.OrdinalIgnoreCase) ? 0m
        : null;

    /// <summary>What tokens cost; null when the price is not known.</summary>
    /// <param name="tokens">All of them.</param>
    /// <param name="batchTokens">Those of them that came by the Batch API.</param>
    public decimal? Of(IEmbeddingProvider provider, long tokens, long batchTokens = 0) =>
        OfMillionTokens(provider) is { } price
            ? (((tokens - batchTokens) * price) + (batchTokens * OfMillionTokens(provider, batch: true)!.Value))
                / 1_000_000m
            : null;

    /// <summary>Tokens a minute that the smallest paid account may use; null when not known.</summary>
    public int? TokensPerMinute(IEmbeddingProvider provider) =>
        models.TryGetValue(provider.Model, out var model) ? model.TokensPerMinute : null;

    private static PriceTable ReadBuiltIn()
    {
        using var stream = typeof(EmbeddingPrices).Assembly.GetManifestResourceStream(BuiltIn)!;
        return JsonSerializer.Deserialize<PriceTable>(stream, Form)!;
    }

    private sealed record PriceTable
    {
        public string? AsOf { get; init; }

        public string[]? Free { get; init; }

        public Dictionary<string, ModelPrice>? Models { get; init; }
    }

    private sealed record ModelPrice(
        decimal DollarsPerMillionTokens,
        decimal? DollarsPerMillionBatchTokens,
        int? TokensPerMinute
    );
}
