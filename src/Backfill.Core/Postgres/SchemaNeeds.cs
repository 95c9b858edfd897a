using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Backfill.Core.Postgres;

/// <summary>What the statements need of one table.</summary>
/// <param name="Table">Its name.</param>
/// <param name="Columns">The columns that the statements name without a mark. A column that must have one type has it after a colon.</param>
/// <param name="Keys">The unique keys of which the table needs one, to identify the row of a write.</param>
/// <param name="Sync">The rights of the sync in addition to SELECT.</param>
/// <param name="Embed">The rights of the embeddings in addition to SELECT.</param>
/// <param name="Metrics">The rights of the metrics in addition to SELECT.</param>
/// <param name="Required">False for a table that the tool can do without.</param>
internal sealed record TableNeed(
    string Table,
    string Columns,
    string[] Keys,
    string Sync = "",
    string Embed = "",
    string Metrics = "",
    bool Required = true
)
{
    /// <summary>Gets each column with the type that it must have; null where any type is good.</summary>
    public IEnumerable<(string Name, string? Type)> NeededColumns =>
        Columns
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(column => column.Split(':'))
            .Select(parts => (parts[0], parts.ElementAtOrDefault(1)));

    /// <summary>Returns the rights that a stage needs; SELECT alone for null.</summary>
    public IEnumerable<string> Rights(PipelineStage? stage) =>
        (
            stage switch
            {
                PipelineStage.Sync => Sync,
                PipelineStage.Embed => Embed,
                PipelineStage.Metrics => Metrics,
                _ => "",
            }
        )
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Prepend("SELECT");
}

/// <summary>Lists what the tool needs of a database whose tables belong to an application.</summary>
internal static partial class SchemaNeeds
{
    private const string Written = "INSERT UPDATE";

    // The statements name these columns without a mark. Columns in lines with a mark are optional.
    public static IReadOnlyList<TableNeed> Tables { get; } =
    [
        new(
            "repositories",
            "id:uuid github_id:bigint full_name owner name github_updated_at",
            ["repositories(github_id)"],
            Written
        ),
        new("tracked_repositories", "repository_id:uuid", [], Written),
        new("contributors", "id:uuid github_id:bigint username is_bot", ["contributors(github_id)"], Written),
        new(
            "pull_requests",
            "id:uuid github_id:bigint number title body state repository_id:uuid author_id:uuid head_branch base_branch created_at updated_at repository_full_name merged merged_at closed_at last_synced_at embedding embedding_generated_at content_hash",
            ["pull_requests(github_id)"],
            Written,
            Embed: "UPDATE"
        ),
        new(
            "issues",
            "id:uuid github_id:bigint number title body state repository_id:uuid author_id:uuid created_at updated_at closed_at last_synced_at embedding embedding_generated_at content_hash",
            ["issues(github_id)"],
            Written,
            Embed: "UPDATE"
        ),
        new(
            "reviews",
            "id:uuid github_id:bigint pull_request_id:uuid repository_id:uuid author_id:uuid state body submitted_at commit_id",
            ["reviews(github_id)"],
            Written
        ),
        new(
            "comments",
            "id:uuid github_id:bigint repository_id:uuid pull_request_id:uuid issue_id:uuid commenter_id:uuid body created_at updated_at comment_type commit_id",
            ["comments(github_id)", "comments(github_id,comment_type)"],
            Written
        ),
        new(
            "discussions",
            "id github_id:bigint repository_id:uuid number title body author_id author_login created_at updated_at url",
            ["discussions(id)"],
            Written,
            Embed: "UPDATE",
            Required: false
        ),
        new(
            "discussion_comments",
            "id github_id:bigint discussion_id discussion_number parent_comment_id author_id author_login body created_at updated_at reply_count",
            ["discussion_comments(id)"],
            Written,
            Required: false
        ),
        new("workspaces", "id:uuid name slug", [], Metrics: "UPDATE"),
        new(
            "workspace_repositories",
            "workspace_id:uuid repository_id:uuid",
            ["workspace_repositories(workspace_id,repository_id)"],
            "INSERT"
        ),
        new("workspace_tracked_repositories", "workspace_id tracked_repository_id", [], Required: false),
        new(
            "progressive_capture_jobs",
            "job_type repository_id status started_at completed_at error metadata",
            [],
            Written,
            Required: false
        ),
        new("embedding_jobs", "repository_id status items_total items_processed created_at", [], Required: false),
        new(
            "sync_logs",
            "id:uuid sync_type repository_id status started_at completed_at error_message metadata",
            [],
            Written,
            Required: false
        ),
        new(
            "workspace_metrics_cache",
            "workspace_id period_start period_end time_range metrics:jsonb calculated_at expires_at is_stale",
            ["workspace_metrics_cache(workspace_id,time_range,period_end)"],
            Metrics: Written,
            Required: false
        ),
        new(
            "workspace_metrics_history",
            "workspace_id metric_date daily_prs daily_merged_prs daily_issues daily_closed_issues daily_commits daily_active_contributors total_stars total_forks total_contributors",
            ["workspace_metrics_history(workspace_id,metric_date)"],
            Metrics: Written,
            Required: false
        ),
        new(
            "workspace_aggregation_queue",
            "workspace_id time_range status started_at completed_at",
            [],
            Metrics: "DELETE UPDATE",
            Required: false
        ),
    ];

    /// <summary>Returns the tables and columns that are needed and missing.</summary>
    public static IEnumerable<string> Missing(Catalogue catalogue) =>
        Tables
            .Where(need => need.Required)
            .SelectMany(need => catalogue.HasTable(need.Table) ? Lacking(need, catalogue) : [$"table {need.Table}"]);

    /// <summary>Returns true when an optional table exists and has every column that the tool would use.</summary>
    public static bool IsUsable(Catalogue catalogue, string table) =>
        catalogue.HasTable(table)
        && !Lacking(Tables.Single(need => need.Table == table), catalogue).Any()
        && MissingKeys(catalogue).All(key => !key.StartsWith($"{table}(", StringComparison.Ordinal));

    /// <summary>Returns true when the checks of the schema already report why a table cannot take a row.</summary>
    public static bool IsFaulty(Catalogue catalogue, string table) =>
        (Tables.Any(need => need.Table == table) && !IsUsable(catalogue, table))
        || WrongTypes(catalogue)
            .Concat(Unfilled(catalogue))
            .Any(column => column.StartsWith($"{table}.", StringComparison.Ordinal));

    private static IEnumerable<string> Lacking(TableNeed need, Catalogue catalogue) =>
        need
            .NeededColumns.Where(column => !catalogue.HasColumn(need.Table, column.Name))
            .Select(column => $"{need.Table}.{column.Name}");

    /// <summary>Returns the needed columns that have a wrong type, each with the type that is needed.</summary>
    public static IEnumerable<string> WrongTypes(Catalogue catalogue) =>
        from need in Tables
        from column in need.NeededColumns
        let found = catalogue.Column(need.Table, column.Name)?.Type
        where column.Type is not null && found is not null && found != column.Type
        select $"{need.Table}.{column.Name} is {found}, not {column.Type}";

    /// <summary>Returns the unique keys that are needed and missing.</summary>
    public static IEnumerable<string> MissingKeys(Catalogue catalogue) =>
        Tables
            .Where(need => need.Keys.Length > 0 && catalogue.HasTable(need.Table))
            .Where(need => !Array.Exists(need.Keys, key => SqlText.Exists(catalogue, key)))
            .Select(need => need.Keys[0]);

    /// <summary>Returns the required columns that the tool has no value for.</summary>
    public static IEnumerable<string> Unfilled(Catalogue catalogue) =>
        from need in Tables
        where need.Sync.Contains("INSERT", StringComparison.Ordinal) && Filled.ContainsKey(need.Table)
        from column in catalogue.Columns(need.Table).Values
        where column.Demanded && !Filled[need.Table].Contains(column.Name)
        orderby need.Table, column.Name
        select $"{need.Table}.{column.Name}";

    /// <summary>Returns the optional tables and columns that the database does not have.</summary>
    public static IEnumerable<string> MissingOptional(Catalogue catalogue) =>
        SqlText
            .Conditions()
            .Where(condition => char.IsLetter(condition[0]) && !condition.Contains('(', StringComparison.Ordinal))
            .Where(condition => !condition.StartsWith("backfill.", StringComparison.Ordinal))
            .Where(condition => !SqlText.Exists(catalogue, condition))
            // Where the whole table is missing, its columns are not listed.
            .Where(condition =>
                !condition.Contains('.', StringComparison.Ordinal) || catalogue.HasTable(condition.Split('.')[0])
            )
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);

    // The columns of each table that the statements fill, read from the statements.
    private static readonly FrozenDictionary<string, HashSet<string>> Filled = SqlText
        .Texts()
        .SelectMany(text => Insert().Matches(text))
        .GroupBy(match => match.Groups["table"].Value, StringComparer.Ordinal)
        .ToFrozenDictionary(
            group => group.Key,
            group =>
                group
                    .SelectMany(match => Comment().Replace(match.Groups["columns"].Value, "").Split(','))
                    .Select(column => column.Trim())
                    .ToHashSet(StringComparer.Ordinal),
            StringComparer.Ordinal
        );

    [GeneratedRegex(
        @"\bINSERT INTO (?<table>\w+)(?: AS \w+)?\s*\((?<columns>[^()]*)\)",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Insert();

    [GeneratedRegex("--[^\n]*", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Comment();
}
