using Backfill.Core.Postgres;
using Npgsql;

namespace Backfill.Benchmarks;

/// <summary>The rows that the metrics are measured on: five years of 200 repositories, each with a pool of 900 people, a few of whom do most.</summary>
internal static class MetricsBenchmarkRows
{
    public const int Repositories = 200;

    private static readonly string Fill = $"""
        INSERT INTO repositories (github_id, full_name, owner, name, stargazers_count, forks_count, language, github_updated_at)
        SELECT i, 'octo/r' || i, 'octo', 'r' || i, i * 10, i, (ARRAY['C#', 'Go', 'Rust', 'Python'])[1 + i % 4], now()
          FROM generate_series(1, {Repositories}) i;
        INSERT INTO contributors (github_id, username) SELECT i, 'u' || i FROM generate_series(1, 50000) i;
        INSERT INTO workspaces (name, slug) VALUES ('Benchmark', 'benchmark');
        INSERT INTO workspace_repositories (workspace_id, repository_id) SELECT w.id, r.id FROM workspaces w, repositories r;
        CREATE TEMP TABLE x AS
        SELECT i, r.id AS repository_id, c.id AS author_id,
               timestamptz '2026-03-02 12:00Z' - (i % 1826) * interval '1 day' - (i % 86400) * interval '1 second' AS at
          FROM generate_series(1, @rows) i
          JOIN repositories r ON r.github_id = 1 + i % {Repositories}
          JOIN contributors c ON c.github_id = 1 + ((1 + i % {Repositories}) * 613
                 + floor(900 * power(((i::bigint * 7919) % 1000003) / 1000003.0, 3))::int) % 50000;
        INSERT INTO pull_requests (github_id, number, title, body, state, repository_id, author_id, head_branch,
               repository_full_name, merged, draft, additions, created_at, updated_at, merged_at, closed_at)
        SELECT 1000000000 + i, 1 + i / {Repositories}, 'Pull request ' || i, repeat('text ', 20),
               CASE i % 10 WHEN 0 THEN 'open' WHEN 1 THEN 'closed' ELSE 'merged' END, repository_id, author_id, 'b', 'octo/r',
               i % 10 > 1, i % 30 = 0, i % 500, at, at + interval '30 days',
               CASE WHEN i % 10 > 1 THEN at + (i % 500) * interval '1 hour' END,
               CASE WHEN i % 10 > 0 THEN at + (i % 500) * interval '1 hour' END
          FROM x ORDER BY i;
        INSERT INTO issues (github_id, number, title, body, state, repository_id, author_id, comments_count, created_at,
               updated_at, closed_at)
        SELECT 1000000000 + i, 1000000 + 1 + i / {Repositories}, 'Issue ' || i, repeat('text ', 20),
               CASE WHEN i % 3 = 0 THEN 'open' ELSE 'closed' END, repository_id, author_id, i % 7, at, at + interval '40 days',
               CASE WHEN i % 3 > 0 THEN at + (i % 900) * interval '1 hour' END
          FROM x ORDER BY i;
        """;

    // The statements of checks on one repository: what they read has to come from an index.
    private static readonly string[] Checked = ["count-items", "count-people"];

    public static async Task FillAsync(Database database, int rows)
    {
        await ExecuteAsync(database, Fill, rows);
        await ProveAsync(database);
        await ExecuteAsync(database, "VACUUM ANALYZE");
    }

    /// <summary>Proves every row, as a sync does for the rows that it writes.</summary>
    public static async Task ProveAsync(Database database)
    {
        await ProveAsync(database, "repositories", "Postgres", "repositories", "o");
        await ProveAsync(database, "pull_requests", "Sync/Writing/Sql", "pull-requests", "p");
        await ProveAsync(database, "issues", "Sync/Writing/Sql", "issues", "i");
        await ProveAsync(database, "contributors", "Sync/Writing/Sql", "accounts", "u");
    }

    public static Task<int> ExecuteAsync(Database database, string statements, int? rows = null) =>
        database.RunAsync(
            async (connection, token) =>
            {
                await using var command = new NpgsqlCommand(
                    statements.Replace(
                        "@rows",
                        rows?.ToString(System.Globalization.CultureInfo.InvariantCulture),
                        StringComparison.Ordinal
                    ),
                    connection
                )
                {
                    CommandTimeout = 0,
                };
                return await command.ExecuteNonQueryAsync(token);
            },
            default
        );

    public static Task<T> ScalarAsync<T>(Database database, string statement) =>
        database.RunAsync(
            async (connection, token) =>
            {
                await using var command = new NpgsqlCommand(statement, connection);
                return (T)(await command.ExecuteScalarAsync(token))!;
            },
            default
        );

    private static async Task ProveAsync(Database database, string table, string folder, string fragment, string entity)
    {
        var catalogue = await database.CatalogueAsync(default);
        await ExecuteAsync(
            database,
            $"INSERT INTO backfill.row_proof (github_id, entity, digest, shape) SELECT t.github_id, '{entity}', {Text("digest")}, {Text("shape")} FROM {table} t ORDER BY t.github_id"
        );

        string Text(string kind) => SqlText.For($"{folder}/{kind}-{fragment}.sql", catalogue);
    }

    /// <summary>For each statement the scans of its plan.</summary>
    public static async Task<IReadOnlyList<string>> IndexUseAsync(Database database)
    {
        var repository = await ScalarAsync<Guid>(database, "SELECT id FROM repositories WHERE github_id = 1");
        var catalogue = await database.CatalogueAsync(default);
        var lines = new List<string>();
        foreach (var name in Checked)
        {
            var scans = await database.RunAsync(
                async (connection, token) =>
                {
                    await using var command = new NpgsqlCommand(
                        "EXPLAIN " + SqlText.For($"Coverage/{name}.sql", catalogue),
                        connection
                    );
                    command.Parameters.AddWithValue("repository_ids", new[] { repository });
                    await using var reader = await command.ExecuteReaderAsync(token);
                    var found = new SortedSet<string>(StringComparer.Ordinal);
                    while (await reader.ReadAsync(token))
                    {
                        var line = reader.GetString(0).Trim().TrimStart('-', '>', ' ');
                        if (
                            line.Contains("Scan", StringComparison.Ordinal)
                            && line.Contains(" on ", StringComparison.Ordinal)
                        )
                        {
                            found.Add(line.Split("  (")[0]);
                        }
                    }

                    return found;
                },
                default
            );
            lines.Add($"{name}: {string.Join("; ", scans)}");
        }

        return lines;
    }
}
