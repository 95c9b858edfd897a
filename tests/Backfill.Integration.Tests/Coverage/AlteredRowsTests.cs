using System.Text.RegularExpressions;
using Backfill.Core.Postgres;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Npgsql;

namespace Backfill.Integration.Tests.Coverage;

/// <summary>
/// Another program gives a row that the tool wrote another valid value. A check names the table, and one repair makes every
/// row what GitHub has, within the bound of requests.
/// </summary>
public sealed partial class AlteredRowsTests(
    TestPostgres postgres,
    AlteredRowsTests.Synced synced,
    AlteredRowsTests.Many many
) : IClassFixture<AlteredRowsTests.Synced>, IClassFixture<AlteredRowsTests.Many>
{
    private const string Hello = "octo/hello";

    // BACKFILL_DAMAGES=200 is the full proof.
    private static readonly int Combinations = int.Parse(
        Environment.GetEnvironmentVariable("BACKFILL_DAMAGES") ?? "12",
        System.Globalization.CultureInfo.InvariantCulture
    );

    private static readonly (string Table, string Digest, char Entity, string Check)[] Written =
    [
        ("repositories", "repositories", 'o', "RepositoryFields"),
        ("pull_requests", "pull-requests", 'p', "PullRequestFields"),
        ("issues", "issues", 'i', "IssueFields"),
        ("discussions", "discussions", 'd', "DiscussionFields"),
        ("reviews", "reviews", 'r', "ReviewFields"),
        ("comments", "comments", 'c', "CommentFields"),
        ("discussion_comments", "discussion-comments", 'm', "DiscussionCommentFields"),
        ("contributors", "accounts", 'u', "ContributorFields"),
        ("contributors", "profiles", 'f', "ContributorFields"),
    ];

    [Fact]
    public async Task Nothing_is_altered_after_a_sync()
    {
        await using var bench = await SyncedAsync();

        Assert.All(
            await FieldsAsync(bench),
            check => Assert.True(check.Status == CheckStatus.Passed, check.ToString())
        );
    }

    /// <summary>Rows that another program altered, and how many of them one request reads again. Review comments are listed below their threads.</summary>
    public static TheoryData<string, int> AlteredByTheHundred =>
        new()
        {
            { "UPDATE pull_requests SET title = title || ' altered'", 50 },
            { "UPDATE issues SET title = title || ' altered'", 50 },
            {
                "UPDATE reviews SET body = body || ' altered' WHERE id IN (SELECT DISTINCT ON (pull_request_id) id FROM reviews)",
                50
            },
            {
                "UPDATE comments SET body = body || ' altered' WHERE id IN (SELECT DISTINCT ON (pull_request_id) id FROM comments WHERE comment_type = 'review_comment')",
                12
            },
        };

    [Theory]
    [MemberData(nameof(AlteredByTheHundred))]
    public async Task A_repair_of_hundreds_of_rows_takes_a_request_per_fifty_rows(string damage, int rowsPerRequest)
    {
        await using var bench = await (await many.BenchAsync()).CopyAsync(postgres);
        var before = await RowsAsync(bench);
        var altered = await bench.CountAsync($"WITH damaged AS ({damage} RETURNING 1) SELECT count(*) FROM damaged");
        Assert.InRange(altered, 100, 1000);
        var asked = bench.GitHub.Requests.Count;

        await RepairAsync(bench);

        Assert.Equal(before, await RowsAsync(bench));
        var requests = bench.GitHub.Requests.Skip(asked).Select(one => one.Operation).ToArray();
        Assert.True(
            requests.Length <= 2 + Math.Ceiling(altered / (double)rowsPerRequest),
            $"{altered}: {string.Join(' ', requests)}"
        );
    }

    [Theory]
    [InlineData("pull_requests", "PullRequestFields")]
    [InlineData("issues", "IssueFields")]
    [InlineData("discussions", "DiscussionFields")]
    public async Task An_item_with_another_id_than_GitHubs_is_found_and_gets_its_id_back(string table, string check)
    {
        await using var bench = await SyncedAsync();
        var before = await RowsAsync(bench);
        await bench.CountAsync(
            $"WITH damaged AS (UPDATE {table} SET github_id = github_id + 100000 WHERE github_id = (SELECT min(github_id) FROM {table}) RETURNING 1) SELECT count(*) FROM damaged"
        );

        var found = (await FieldsAsync(bench)).Where(one => one.Status == CheckStatus.Failed);
        Assert.Contains("1 altered after", Assert.Single(found, one => one.Check == check).Actual);

        await RepairAsync(bench);

        Assert.Equal(before, await RowsAsync(bench));
        Assert.All(await FieldsAsync(bench), one => Assert.True(one.Status == CheckStatus.Passed, $"{one}"));
    }

    [Fact]
    public async Task A_discussion_with_another_number_and_an_altered_comment_are_repaired_together()
    {
        await using var bench = await SyncedAsync();
        var before = await RowsAsync(bench);
        await bench.CountAsync(
            "WITH d AS (UPDATE discussions SET number = number + 100000 WHERE id = (SELECT min(discussion_id) FROM discussion_comments) RETURNING id), m AS (UPDATE discussion_comments SET body = body || ' altered' WHERE discussion_id IN (SELECT id FROM d) RETURNING 1) SELECT count(*) FROM m"
        );

        await RepairAsync(bench);

        Assert.Equal(before, await RowsAsync(bench));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_altered_column_is_found_and_one_repair_makes_all_rows_equal(bool isRestricted)
    {
        await using var bench = await SyncedAsync();
        var name = isRestricted ? await AppSchema.RestrictedLoginAsync(bench) : null;
        await using var pooler = name is null ? null : await PgBouncer.StartAsync(postgres, name);
        if (name is not null)
        {
            bench.LogIn(name, pooler!.Port);
        }

        var before = await RowsAsync(bench);
        var random = new Random(isRestricted ? 18 : 17);
        for (var combination = 0; combination < Combinations; combination++)
        {
            var damages = new List<string>();
            var tables = new HashSet<string>(StringComparer.Ordinal);
            for (var damage = random.Next(1, 4); damage > 0; damage--)
            {
                var (table, digest, entity, check) = Written[random.Next(Written.Length)];
                if (await DamageAsync(bench, (table, digest, entity), random) is { } statement)
                {
                    damages.Add(statement);
                    tables.Add(check);
                }
            }

            var told = $"{combination}: {string.Join("; ", damages)}";
            var found = (await FieldsAsync(bench))
                .Where(check => check.Status == CheckStatus.Failed)
                .Select(check => check.Check)
                .ToHashSet(StringComparer.Ordinal);
            Assert.True(tables.IsSubsetOf(found), $"{told}\nfound: {string.Join(' ', found)}");

            var asked = bench.GitHub.Requests.Count;
            await RepairAsync(bench);

            foreach (var (table, rows) in await RowsAsync(bench))
            {
                Assert.True(
                    rows == before[table],
                    $"{told}\n{table}\n{string.Join('\n', rows.Split('\n').Except(before[table].Split('\n')))}\nwas\n{string.Join('\n', before[table].Split('\n').Except(rows.Split('\n')))}"
                );
            }

            Assert.All(
                await FieldsAsync(bench),
                check => Assert.True(check.Status == CheckStatus.Passed, $"{told}\n{check}")
            );
            // Four requests are what a sync without anything to do and its profiles take. Each damage takes at most two more.
            Assert.True(
                bench.GitHub.Requests.Count - asked <= 4 + (2 * damages.Count),
                $"{told}\n{string.Join('\n', bench.GitHub.Requests.Skip(asked).Select(one => one.Operation))}"
            );
        }
    }

    private async Task<Bench> SyncedAsync() => await (await synced.BenchAsync()).CopyAsync(postgres);

    private static async Task<IReadOnlyList<CoverageCheck>> FieldsAsync(Bench bench) =>
        await bench.CheckAsync(Hello, request => request with { Checks = ["*Fields"], SkipGitHub = true });

    private static Task<PipelineEstimate?> RepairAsync(Bench bench) =>
        bench.Engine.RepairCoverageAsync(
            bench.Settings,
            new RepairRequest(RepositoryName.Parse(Hello), PipelineStage.Sync, ["PullRequestFields"]),
            bench.Output,
            TestContext.Current.CancellationToken
        );

    private static string[] Columns(string digest) =>
        [
            .. Column()
                .Matches(
                    SqlText.Read($"{(digest == "repositories" ? "Postgres" : "Sync/Writing/Sql")}/digest-{digest}.sql")
                )
                .Select(match => match.Groups["column"].Value)
                .Where(column => column != "github_id"),
        ];

    // Gives one column of one row another valid value, as a program would that knows nothing of the tool.
    private static async Task<string?> DamageAsync(
        Bench bench,
        (string Table, string Digest, char Entity) written,
        Random random
    )
    {
        var (table, digest, entity) = written;
        var all = (
            await bench.TextAsync(
                $"SELECT string_agg(column_name || ' ' || data_type, ',' ORDER BY column_name) FROM information_schema.columns WHERE table_name = '{table}' AND table_schema = 'public'"
            )
        )
            .Split(',')
            .Select(column => column.Split(' ', 2))
            .ToArray();
        var columns = all.Where(column =>
                Columns(digest).Contains(column[0], StringComparer.Ordinal) && !IsName(column[0])
                // GitHub's id of an item: the number says which item it is.
                || (column[0] == "github_id" && entity is 'p' or 'i' or 'd')
            )
            .ToArray();
        var chosen = columns[random.Next(columns.Length)];
        var value = Other(table, chosen[0], chosen[1], random);
        var times = string.Concat(
            new[] { "updated_at", "last_synced_at" }
                .Where(time => random.Next(3) == 0 && time != chosen[0] && all.Any(column => column[0] == time))
                .Select(time => $", {time} = now()")
        );

        var statement =
            $"UPDATE {table} t SET {chosen[0]} = {value}{times} WHERE github_id = (SELECT github_id FROM {table} t WHERE EXISTS (SELECT FROM backfill.row_proof p WHERE p.github_id = t.github_id AND p.entity = '{entity}') AND ({chosen[0]}) IS DISTINCT FROM ({value}) ORDER BY md5(github_id::text || '{random.Next()}') LIMIT 1)";
        try
        {
            var changed = await bench.CountAsync(
                $"WITH damaged AS ({statement} RETURNING 1) SELECT count(*) FROM damaged"
            );
            return changed == 0 ? null : statement;
        }
        catch (PostgresException refused) when (refused.SqlState.StartsWith("23", StringComparison.Ordinal))
        {
            // A constraint of the table refuses the value, so no program could have written it.
            return null;
        }
    }

    // A row with another name is another repository, and id is the key that the app's own tables point to.
    private static bool IsName(string column) => column is "id" or "full_name" or "owner" or "name";

    private static string Other(string table, string column, string type, Random random) =>
        (column, type) switch
        {
            ("comment_type", _) =>
                "CASE comment_type WHEN 'issue_comment' THEN 'review_comment' ELSE 'issue_comment' END",
            ("repository_id", _) => "(SELECT id FROM repositories WHERE full_name = 'octo/other')",
            ("github_id" or "number" or "discussion_number", _) => $"{column} + 100000",
            (_, "uuid") when random.Next(2) == 0 =>
                $"(SELECT {column} FROM {table} o WHERE o.{column} <> t.{column} LIMIT 1)",
            ("state", _) =>
                "CASE WHEN state = 'open' THEN 'closed' WHEN state = 'APPROVED' THEN 'COMMENTED' WHEN state IN ('closed', 'merged') THEN 'open' ELSE 'APPROVED' END",
            (_, "uuid") => "NULL",
            (_, "integer" or "bigint") => $"coalesce({column}, 0) + 1",
            (_, "boolean") => $"NOT coalesce({column}, false)",
            (_, "timestamp with time zone") => $"coalesce({column}, now()) - interval '1 day'",
            (_, "jsonb") => "'[]'",
            (_, "ARRAY") => "'{altered}'",
            _ => $"coalesce({column}, '') || ' altered'",
        };

    private static async Task<Dictionary<string, string>> RowsAsync(Bench bench)
    {
        var rows = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (table, digest, _, _) in Written)
        {
            var columns = (
                await bench.TextAsync(
                    $"SELECT string_agg(column_name, ',' ORDER BY column_name) FROM information_schema.columns WHERE table_name = '{table}' AND table_schema = 'public' AND column_name = ANY ('{{{string.Join(',', Columns(digest))}}}')"
                )
            ).Split(',');
            rows[$"{table} {digest}"] = await bench.TextAsync(
                $"SELECT coalesce(string_agg(concat_ws('|', github_id, {string.Join(", ", columns.Select(column => $"'{column}=' || coalesce({column}::text, 'null')"))}), E'\n' ORDER BY github_id), '') FROM {table}"
            );
        }

        return rows;
    }

    [GeneratedRegex(@"t\.(?<column>\w+)")]
    private static partial Regex Column();

    /// <summary>The app's database with one repository in it, synced once.</summary>
    public sealed class Synced(TestPostgres postgres) : SharedBench
    {
        private protected override async Task<Bench> MakeAsync()
        {
            var bench = await AppSchema.BenchAsync(postgres, new SimulatorOptions { PullRequests = 12 });
            await bench.InitializeAsync();
            await bench.RegisterAsync(Hello, workspace: null);
            Assert.Equal(RunState.Completed, (await bench.SyncAsync(Hello)).State);
            await bench.CountAsync(
                "WITH other AS (INSERT INTO repositories (github_id, full_name, owner, name) VALUES (99, 'octo/other', 'octo', 'other') RETURNING 1) SELECT count(*) FROM other"
            );
            return bench;
        }
    }

    /// <summary>The app's database with a repository of a few hundred items, synced once.</summary>
    public sealed class Many(TestPostgres postgres) : SharedBench
    {
        private protected override async Task<Bench> MakeAsync()
        {
            var bench = await AppSchema.BenchAsync(postgres, new SimulatorOptions { PullRequests = 300, Issues = 300 });
            await bench.InitializeAsync();
            await bench.RegisterAsync(Hello, workspace: null);
            Assert.Equal(RunState.Completed, (await bench.SyncAsync(Hello)).State);
            return bench;
        }
    }
}
