using Backfill.Core.Embedding.Providers;
using Backfill.Core.Postgres;

namespace Backfill.Core.Embedding.Store;

/// <summary>What a run or a plan works on: the types of items that the database has, and the model that all their vectors shall have.</summary>
/// <param name="Stores">In the order of the work: the types of the repositories of workspaces, then those of the others. Empty only in a plan for a database without the tables.</param>
/// <param name="ModelKey">provider/model/dimensions.</param>
internal sealed record EmbeddingScope(IReadOnlyList<EmbeddingStore> Stores, string ModelKey)
{
    /// <summary>Gets the types whose column takes vectors of another length: they are left out, which does not hold up the others.</summary>
    public IReadOnlyList<EmbeddingStore> Unfit { get; init; } = [];

    /// <summary>Looks at the catalogue and at the recorded models, and asks the provider only where nothing else tells the length of its vectors.</summary>
    /// <exception cref="BackfillException">The tables are missing or unsuitable, or the provider's vectors do not fit.</exception>
    public static async Task<EmbeddingScope> FindAsync(
        Database database,
        EmbeddingTargets targets,
        EmbeddingRequest request,
        IEmbeddingProvider provider,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        var columns = await ColumnsAsync(database, request, cancellationToken);
        int[] widths = [.. columns.Select(column => column.Dimensions).OfType<int>().Distinct()];
        if (columns.Count == 0)
        {
            return new EmbeddingScope([], Key(provider, provider.Dimensions));
        }

        var recorded = await RecordedAsync(database, targets.All, cancellationToken);
        // Where the columns differ, only the provider can say whose length its vectors have.
        var dimensions =
            provider.Dimensions
            ?? (widths.Length == 1 ? widths[0] : RecordedDimensions(provider, recorded))
            ?? (request.Plan && widths.Length > 0 ? widths[0] : null);
        if (dimensions is null && !request.Plan)
        {
            await ProbeAsync(provider, cancellationToken);
            dimensions = provider.Dimensions;
        }

        var fitting = columns.Where(column => Fits(column, dimensions)).ToList();
        if (fitting.Count == 0)
        {
            RequireFit(columns[0], provider, dimensions);
        }

        var key = Key(provider, dimensions);
        if (recorded.FirstOrDefault(model => !model.Own && model.Key != key) is { Key: { } other })
        {
            await output.WarningAsync(
                $"Other repositories of this database have vectors of {other}. They cannot be compared with those of {key}: embed them again with -AllowModelChange.",
                cancellationToken
            );
        }

        return new EmbeddingScope(Stores(fitting), key) { Unfit = Stores(columns.Except(fitting)) };

        IReadOnlyList<EmbeddingStore> Stores(IEnumerable<EmbeddingColumn> of) =>
            [
                .. new[] { targets.InWorkspace, targets.Others }
                    .Where(tier => tier.Count > 0)
                    .SelectMany(tier =>
                        of.Select(column => new EmbeddingStore(database, tier, column, key, request.AllowModelChange))
                    ),
            ];
    }

    /// <summary>Embeds one short text, before anything is begun: a wrong key, model, address or length shows here and costs nothing.</summary>
    /// <returns>Tokens that were charged.</returns>
    /// <exception cref="BackfillException">The provider cannot be used.</exception>
    public static async Task<long> ProbeAsync(IEmbeddingProvider provider, CancellationToken cancellationToken)
    {
        var answer = await provider.EmbedAsync(["[ISSUE] Probe"], cancellationToken);
        return answer.Texts[0].Refusal is { } refusal
            ? throw new BackfillException(
                ErrorIds.EmbeddingProviderRefused,
                ErrorKind.Unavailable,
                $"The embedding provider refuses even a short text: {refusal}",
                "Check the model in BACKFILL_EMBEDDING_MODEL and the address in OPENAI_BASE_URL.",
                provider.Model
            )
            : answer.Tokens;
    }

    /// <summary>Fails when vectors of a length do not go into a column.</summary>
    /// <exception cref="BackfillException">They do not.</exception>
    public static void RequireFit(EmbeddingColumn column, IEmbeddingProvider provider, int? dimensions)
    {
        if (!Fits(column, dimensions))
        {
            throw new BackfillException(
                ErrorIds.EmbeddingDimensionMismatch,
                ErrorKind.Data,
                FormattableString.Invariant(
                    $"The model {provider.Model} makes vectors of {dimensions} numbers; {column.Item.Table}.embedding is {column.SqlType}."
                ),
                "Choose a model that makes vectors of that length in BACKFILL_EMBEDDING_MODEL, or leave the type out with -ItemType.",
                column.Item.Table
            );
        }
    }

    private static bool Fits(EmbeddingColumn column, int? dimensions) =>
        column.Dimensions is not { } wanted || dimensions is not { } made || wanted == made;

    /// <summary>The length that the embedding columns of a database take, that of the first type where they differ; null where any length fits.</summary>
    /// <param name="itemTypes">The types that are asked for; all where there are none.</param>
    public static async Task<int?> ColumnDimensionsAsync(
        Database database,
        IReadOnlyList<string> itemTypes,
        CancellationToken cancellationToken
    )
    {
        var catalogue = await database.CatalogueAsync(cancellationToken);
        return ItemType
            .Named(itemTypes)
            .Select(item => EmbeddingColumn.Find(item, catalogue)?.Dimensions)
            .FirstOrDefault(dimensions => dimensions is not null);
    }

    private static async Task<IReadOnlyList<EmbeddingColumn>> ColumnsAsync(
        Database database,
        EmbeddingRequest request,
        CancellationToken cancellationToken
    )
    {
        var catalogue = await database.CatalogueAsync(cancellationToken);
        var isReady = request.Plan
            ? catalogue.HasTable("backfill.embedding_claim")
            : catalogue.HasColumn("backfill.embedding_state", "vector_digest");
        IReadOnlyList<EmbeddingColumn> columns = isReady
            ?
            [
                .. ItemType
                    .Named(request.ItemTypes)
                    .Select(item => EmbeddingColumn.Find(item, catalogue))
                    .OfType<EmbeddingColumn>(),
            ]
            : [];
        return columns.Count > 0 || request.Plan
            ? columns
            : throw new BackfillException(
                ErrorIds.SchemaMissing,
                ErrorKind.Setting,
                $"{database.Description} lacks the tables or columns that hold embeddings.",
                "Run Initialize-BackfillDatabase against this database first; with -WhatIf it shows what it would create.",
                database.Description
            );
    }

    /// <summary>One store a type that the database has, by its name; for items that are known by their ids, whatever their repositories.</summary>
    public static async Task<IReadOnlyDictionary<string, EmbeddingStore>> StoresByTypeAsync(
        Database database,
        string modelKey,
        bool allowModelChange,
        CancellationToken cancellationToken
    )
    {
        var catalogue = await database.CatalogueAsync(cancellationToken);
        return ItemType
            .All.Select(item => EmbeddingColumn.Find(item, catalogue))
            .OfType<EmbeddingColumn>()
            .ToDictionary(
                column => column.Item.Name,
                column => new EmbeddingStore(database, [], column, modelKey, allowModelChange),
                StringComparer.Ordinal
            );
    }

    /// <summary>The models whose vectors are recorded, those of the given repositories first.</summary>
    public static Task<List<(string Key, bool Own)>> RecordedAsync(
        Database database,
        IReadOnlyList<StoredRepository> repositories,
        CancellationToken cancellationToken
    ) =>
        database
            .Statement("Embedding/Store/Sql/stored-models")
            .Set("repository_ids", [.. repositories.Select(repository => repository.Id)])
            .RowsAsync(row => (row.Get<string>("model_key"), row.Get<bool>("own")), cancellationToken);

    private static int? RecordedDimensions(IEmbeddingProvider provider, List<(string Key, bool Own)> recorded)
    {
        var prefix = $"{provider.Name}/{provider.Model}/";
        var key = recorded.FirstOrDefault(model => model.Key.StartsWith(prefix, StringComparison.Ordinal)).Key;
        return
            key is not null
            && int.TryParse(
                key.AsSpan(prefix.Length),
                System.Globalization.CultureInfo.InvariantCulture,
                out var dimensions
            )
            ? dimensions
            : null;
    }

    /// <summary>provider/model/dimensions.</summary>
    public static string Key(IEmbeddingProvider provider, int? dimensions) =>
        FormattableString.Invariant(
            $"{provider.Name}/{provider.Model}/{dimensions?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "?"}"
        );
}
