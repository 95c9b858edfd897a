using Backfill.Core.Embedding.Providers;
using Backfill.Core.Embedding.Store;

namespace Backfill.Core.Coverage.Checks;

/// <summary>The checks of the category Embeddings.</summary>
internal static class EmbeddingChecks
{
    /// <summary>The statement that counts the vectors of one type of items.</summary>
    public const string Vectors = "Coverage/count-vectors";

    private const string Category = "Embeddings";

    /// <summary>Gets the check that a repair with another model makes pass.</summary>
    public static Check Model { get; } = Of("EmbeddingModel", ModelVerdict);

    /// <summary>Gets the checks whose repair first removes the faulty vectors.</summary>
    public static IReadOnlyList<string> Removed { get; } = ["EmbeddingLength", "EmbeddingVectors"];

    /// <summary>Gets the checks in their order.</summary>
    public static IReadOnlyList<Check> All { get; } =
    [
        Items("PullRequestEmbeddings", "pull_request"),
        Items("IssueEmbeddings", "issue"),
        Items("DiscussionEmbeddings", "discussion"),
        Of("StaleEmbeddings", (_, vectors) => Verdict.None(vectors.Sum(vector => vector.Stale), "")),
        Model,
        Of("EmbeddingLength", LengthVerdict),
        new(
            "EmbeddingVectors",
            Category,
            VectorInspection.Query,
            PipelineStage.Embed,
            async (facts, token) =>
                VectorVerdict(facts, await VectorInspection.ReadAsync(facts.Stored, facts.Repository, token))
        ),
        Of(
            "EmbeddingDates",
            (facts, vectors) =>
                Verdict.None(
                    vectors.Sum(vector => vector.Misdated),
                    "items with a date and no vector, or a vector and no date",
                    $"Run Invoke-EmbeddingBackfill {facts.FullName}. The app finds such an item neither in its queue nor in a search."
                )
        ),
    ];

    private static Check Of(string id, Func<CoverageFacts, List<VectorFacts>, Verdict> judge) =>
        new(
            id,
            Category,
            Vectors,
            PipelineStage.Embed,
            async (facts, token) => judge(facts, await VectorsAsync(facts, token))
        );

    private static Check Items(string id, string type) =>
        Of(
            id,
            (facts, vectors) =>
            {
                if (vectors.Find(vector => vector.Item.Name == type) is not { } vector)
                {
                    return Verdict.Skip("The table has no column for vectors.");
                }

                var percent = vector.Total == 0 ? 100 : 100.0 * vector.Embedded / vector.Total;
                var quarantined =
                    vector.Quarantined == 0 ? "" : $", {Verdict.Number(vector.Quarantined)} refused by the provider";
                return Verdict.Judge(
                    percent >= facts.Request.MinimumCoverage,
                    Verdict.Percent(facts.Request.MinimumCoverage),
                    $"{Verdict.Percent(percent)} ({Verdict.Number(vector.Embedded)} of {Verdict.Number(vector.Total)}{quarantined})"
                );
            }
        );

    private static Verdict ModelVerdict(CoverageFacts facts, List<VectorFacts> vectors)
    {
        string[] models = [.. vectors.SelectMany(vector => vector.Models).Distinct(StringComparer.Ordinal)];
        var unrecorded = vectors.Sum(vector => vector.Unrecorded);
        var set = facts.Settings.EmbeddingModel is { } model
            ? $"{EmbeddingProviders.NameOf(facts.Settings)}/{model}/"
            : null;
        var hasOther =
            set is not null && Array.Exists(models, one => !one.StartsWith(set, StringComparison.OrdinalIgnoreCase));
        string[] found =
        [
            .. models,
            .. unrecorded > 0 ? [$"{Verdict.Number(unrecorded)} vectors of an unknown model"] : Array.Empty<string>(),
        ];
        return new Verdict(
            models.Length > 1 || hasOther ? CheckStatus.Failed
                : unrecorded > 0 ? CheckStatus.Warning
                : CheckStatus.Passed,
            set is null ? "one model" : $"one model, {set.TrimEnd('/')}",
            string.Join(", ", found.DefaultIfEmpty("none recorded")),
            $"Vectors of different models cannot be compared. Run Invoke-EmbeddingBackfill {facts.FullName} -AllowModelChange."
        );
    }

    private static Verdict LengthVerdict(CoverageFacts facts, List<VectorFacts> vectors)
    {
        int[] lengths = [.. vectors.SelectMany(vector => vector.Lengths).Distinct()];
        return Verdict.Judge(
            lengths.Length <= 1 && !lengths.Contains(0),
            "one length",
            string.Join(", ", lengths.Select(length => Verdict.Number(length)).DefaultIfEmpty("no vectors")),
            RemovedAdvice(facts)
        );
    }

    private static Verdict VectorVerdict(CoverageFacts facts, List<InspectedVectors> inspected)
    {
        var unproven = inspected.Sum(vectors => vectors.Unproven);
        string[] faults =
        [
            .. inspected
                .Where(vectors => vectors.Fault is not null)
                .GroupBy(vectors => vectors.Fault!, StringComparer.Ordinal)
                .Select(same =>
                    $"{Verdict.Number(same.Sum(vectors => vectors.Vectors))} {same.Key}: {string.Join(", ", same.SelectMany(vectors => vectors.Numbers).Take(10).Select(number => $"#{Verdict.Number(number)}"))}"
                ),
        ];
        var sound =
            unproven == 0
                ? FieldChecks.AsWritten
                : $"{FieldChecks.AsWritten}; {Verdict.Number(unproven)} not yet proven";
        return Verdict.Judge(
            faults.Length == 0,
            FieldChecks.AsWritten,
            faults.Length == 0 ? sound : string.Join("; ", faults),
            RemovedAdvice(facts)
        );
    }

    private static string RemovedAdvice(CoverageFacts facts) =>
        $"Run Test-BackfillCoverage {facts.FullName} -Repair: it removes these vectors and makes only them again.";

    /// <summary>Returns the vectors of each type of items whose table has a column for vectors.</summary>
    public static async Task<List<VectorFacts>> VectorsAsync(CoverageFacts facts, CancellationToken cancellationToken)
    {
        var catalogue = await facts.Database.CatalogueAsync(cancellationToken);
        var found = new List<VectorFacts>();
        foreach (var item in ItemType.All)
        {
            if (EmbeddingColumn.Find(item, catalogue) is not { } column)
            {
                continue;
            }

            var length = column.SqlType.EndsWith("[]", StringComparison.Ordinal) ? "cardinality" : "vector_dims";
            var names = new Dictionary<string, string>(column.Names(), StringComparer.Ordinal) { ["length"] = length };
            var vectors = await facts.Stored.RowsAsync(
                facts.Repository,
                $"{Vectors} {item.Name}",
                _ =>
                    Task.FromResult(
                        facts.Database.Statement(Vectors, names).OverWholeTables().Set("item_type", item.Name)
                    ),
                row => new VectorFacts(
                    item,
                    row.Get<long>("total"),
                    row.Get<long>("embedded"),
                    row.Get<long>("quarantined"),
                    row.Get<long>("stale"),
                    row.Get<int[]>("lengths"),
                    row.Get<string[]>("models"),
                    row.Get<long>("unrecorded"),
                    row.Get<long>("misdated"),
                    row.Get<long>("altered")
                ),
                cancellationToken
            );
            found.Add(vectors.SingleOrDefault() ?? new VectorFacts(item, 0, 0, 0, 0, [], [], 0, 0, 0));
        }

        return found;
    }
}

/// <summary>The vectors of one type of items. The lengths and models are empty where there are no vectors.</summary>
internal sealed record VectorFacts(
    ItemType Item,
    long Total,
    long Embedded,
    long Quarantined,
    long Stale,
    IReadOnlyList<int> Lengths,
    IReadOnlyList<string> Models,
    long Unrecorded,
    long Misdated,
    long Altered
);
