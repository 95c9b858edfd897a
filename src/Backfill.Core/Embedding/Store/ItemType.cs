using System.Text.RegularExpressions;
using Backfill.Core.Postgres;

namespace Backfill.Core.Embedding.Store;

/// <summary>A kind of items that are embedded, in the order in which they are.</summary>
/// <param name="Name">As requests, the priority view and <c>backfill.embedding_state</c> write it.</param>
/// <param name="Table">The content table.</param>
/// <param name="IdType">The type of its <c>id</c>.</param>
internal sealed record ItemType(string Name, string Table, string IdType)
{
    /// <summary>Issues before pull requests before discussions.</summary>
    public static IReadOnlyList<ItemType> All { get; } =
    [
        new("issue", "issues", "uuid"),
        new("pull_request", "pull_requests", "uuid"),
        new("discussion", "discussions", "varchar"),
    ];

    /// <summary>The named types in their order; all without a name.</summary>
    /// <exception cref="BackfillException">There is no such type.</exception>
    public static IReadOnlyList<ItemType> Named(IReadOnlyList<string> names)
    {
        var unknown = names.FirstOrDefault(name => All.All(type => type.Name != name));
        return unknown is null
            ? [.. All.Where(type => names.Count == 0 || names.Contains(type.Name, StringComparer.Ordinal))]
            : throw new BackfillException(
                ErrorIds.SettingMalformed,
                ErrorKind.Input,
                $"'{unknown}' is not a type of items that are embedded.",
                "Write issue, pull_request or discussion.",
                unknown
            );
    }
}

/// <summary>The column that takes the vectors of a type.</summary>
/// <param name="Item">The type.</param>
/// <param name="SqlType">As DDL writes it: <c>vector(384)</c>, <c>halfvec(384)</c>, <c>real[]</c>.</param>
/// <param name="Dimensions">The length that it takes; null when it takes any.</param>
/// <param name="IsCached">The app keeps a copy of each vector in <c>similarity_cache</c>, of the same type.</param>
internal sealed partial record EmbeddingColumn(ItemType Item, string SqlType, int? Dimensions, bool IsCached)
{
    private static readonly string[] CacheColumns = ["content_hash", "ttl_hours", "created_at", "accessed_at"];

    /// <summary>The column of a type, or null when its table has none.</summary>
    /// <exception cref="BackfillException">The table cannot hold vectors.</exception>
    public static EmbeddingColumn? Find(ItemType item, Catalogue catalogue)
    {
        if (catalogue.Column(item.Table, "embedding") is not { } column)
        {
            return null;
        }

        foreach (
            var needed in (string[])
                ["repository_id", "title", "body", "updated_at", "embedding_generated_at", "content_hash"]
        )
        {
            if (!catalogue.HasColumn(item.Table, needed))
            {
                throw Unsuitable(item, $"has no column {needed}");
            }
        }

        var cached =
            catalogue.HasKey("similarity_cache", "repository_id", "item_type", "item_id")
            && catalogue.Column("similarity_cache", "embedding")?.Type == column.Type
            && Array.TrueForAll(CacheColumns, name => catalogue.HasColumn("similarity_cache", name));
        return VectorType().IsMatch(column.Type) || column.Type is "real[]" or "double precision[]"
            ? new EmbeddingColumn(item, column.Type, LengthOf(column.Type), cached)
            : throw Unsuitable(item, $"keeps embeddings as {column.Type}");
    }

    /// <summary>Returns what the names in the SQL files of this room stand for: the table, its types, and the pieces that several statements share.</summary>
    public IReadOnlyDictionary<string, string> Names() =>
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["table"] = Item.Table,
            ["id_type"] = Item.IdType,
            ["embedding_type"] = SqlType,
            ["standing"] = Piece("item-standing"),
            ["text_hash"] = Piece("item-text-hash"),
            ["content_hash"] = Piece("item-content-hash"),
            ["has_twin"] = Piece("item-has-twin"),
            ["in_batch"] = Piece("item-in-batch"),
            ["stored"] = Piece("store-vectors"),
            ["vector_fault"] = Piece("item-vector-fault"),
            ["cached"] = IsCached ? Piece("cache-vectors") : "",
        };

    private static string Piece(string name) => SqlText.Of($"Embedding/Store/Sql/{name}", catalogue: null).TrimEnd();

    /// <summary>The length in a type as DDL writes it, for example of <c>vector(384)</c>; null where it has none.</summary>
    public static int? LengthOf(string sqlType) =>
        VectorType().Match(sqlType).Groups["length"] is { Success: true } length
            ? int.Parse(length.ValueSpan, System.Globalization.CultureInfo.InvariantCulture)
            : null;

    private static BackfillException Unsuitable(ItemType item, string what) =>
        new(
            ErrorIds.SchemaUnsuitable,
            ErrorKind.Setting,
            $"The table {item.Table} {what}: vectors cannot be stored there.",
            "The column embedding has to be vector(n), halfvec(n) or real[], with embedding_generated_at timestamptz and content_hash text beside it; docs/embedding.md tells more. -ItemType leaves a type out.",
            item.Table
        );

    [GeneratedRegex(
        @"^(?:\w+\.)?(?:vector|halfvec)(?:\((?<length>\d+)\))?$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex VectorType();
}
