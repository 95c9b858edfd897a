using System.Diagnostics;
using Backfill.Core;
using Backfill.Core.GitHub;
using Backfill.Core.Postgres;
using Backfill.Core.Sync;
using Backfill.Simulation;
using Npgsql;

namespace Backfill.Benchmarks;

/// <summary>
/// The pages of one repository, read beforehand, written by the engine; the same rows by <c>COPY</c> into the same tables
/// with the same indexes; and some of them by one upsert a row.
/// </summary>
internal static class WriteBenchmark
{
    private const int UpsertedRows = 2_000;

    // The content that lanes bring, parents first.
    private static readonly string[] Tables = ["contributors", "pull_requests", "issues", "reviews", "comments"];

    public static async Task RunAsync(BenchmarkServer server)
    {
        await using var run = await SyncRun.SetUpAsync(
            server,
            new SimulatorOptions
            {
                PullRequests = 5_000,
                Issues = 5_000,
                Discussions = 0,
            }
        );
        await using var database = new Database(run.ConnectionString, TimeProvider.System);
        var repository = await RepositoryDirectory.RequireAsync(database, SyncRun.Repository, default);
        var id = Guid.CreateVersion7();
        await Lease.AcquireAsync(
            database,
            PageWriter.LeaseOf(repository),
            Owner.Current,
            TimeSpan.FromHours(1),
            id,
            default
        );
        var writer = new PageWriter(database, repository, id);
        var pages = await ReadAsync(run, database, repository, id, writer);

        var started = Stopwatch.GetTimestamp();
        foreach (var page in pages)
        {
            await writer.WriteAsync(page, default);
        }

        var ours = Stopwatch.GetElapsedTime(started);
        await using var source = await OpenAsync(run.ConnectionString);
        await using var copies = await EmptyAsync(server, source);
        var (rows, copied) = (0L, TimeSpan.Zero);
        foreach (var table in Tables)
        {
            rows += await CountAsync(source, table);
            copied += await CopyAsync(source, copies, table);
        }

        await using var upserts = await EmptyAsync(server, source);
        var upserted = await UpsertAsync(source, upserts);
        var rate = rows / ours.TotalSeconds;
        var copyRate = rows / copied.TotalSeconds;
        var upsertRate = UpsertedRows / upserted.TotalSeconds;
        Table.Show("rows a second / COPY", Table.Number(rate / copyRate), ">= 0.5", Rates(rate, copyRate));
        Table.Show(
            "rows a second / one upsert a row",
            Table.Number(rate / upsertRate),
            ">= 20",
            Rates(rate, upsertRate)
        );

        static string Rates(double one, double other) => FormattableString.Invariant($"{one:0} / {other:0}");
    }

    private static async Task<List<PageRows>> ReadAsync(
        SyncRun run,
        Database database,
        StoredRepository repository,
        Guid id,
        PageWriter writer
    )
    {
        await using var http = new HttpClients();
        using var connections = new GitHubConnections(() => http.GitHub, TimeProvider.System);
        var github = connections.Open(run.Settings);
        var progress = new SyncProgress();
        using var rest = new RestClient(github.Transport, github.ApiUrl, progress, default);
        using var plan = new CommentPlan(SyncContent.All, progress);
        var context = new SyncContext(
            database,
            repository,
            SyncRun.Repository,
            id,
            DateTimeOffset.UtcNow,
            Since: null,
            SyncContent.All,
            new GraphQLClient(github.Transport, github.GraphQLUrl, progress),
            rest,
            rest,
            writer,
            progress,
            plan
        );
        var pages = new List<PageRows>();
        await AddAsync(LaneDefinitions.PullRequests);
        await AddAsync(LaneDefinitions.Issues);
        return pages;

        async Task AddAsync<T>(Lane<T> lane)
            where T : class, IUpdatedNode
        {
            await foreach (var read in new LaneReader<T>(lane, context, new PageSize(100)).ForwardAsync(null, default))
            {
                var page = new PageRows();
                foreach (var edge in read.Edges)
                {
                    lane.Add(page, edge.Node!);
                }

                pages.Add(page);
            }
        }
    }

    // The tables of a database that has only its schema.
    private static async Task<NpgsqlConnection> EmptyAsync(BenchmarkServer server, NpgsqlConnection source)
    {
        var connectionString = await server.CreateDatabaseAsync();
        await using (var engine = new BackfillEngine())
        {
            var settings = new BackfillSettings { Database = new Secret(connectionString) };
            await engine.InitializeDatabaseAsync(settings, new DatabaseRequest(Plan: false), new StoredRows(), default);
        }

        var target = await OpenAsync(connectionString);
        await CopyAsync(source, target, "repositories");
        return target;
    }

    private static async Task<TimeSpan> CopyAsync(NpgsqlConnection source, NpgsqlConnection target, string table)
    {
        var columns = await ColumnsAsync(source, table);
        using var rows = new MemoryStream();
        await using (
            var reader = await source.BeginRawBinaryCopyAsync($"COPY {table} ({columns}) TO STDOUT (FORMAT BINARY)")
        )
        {
            await reader.CopyToAsync(rows);
        }

        rows.Position = 0;
        var started = Stopwatch.GetTimestamp();
        await using (
            var sink = await target.BeginRawBinaryCopyAsync($"COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)")
        )
        {
            await rows.CopyToAsync(sink);
        }

        return Stopwatch.GetElapsedTime(started);
    }

    // A statement and a transaction for each row, as clients of the app's REST interface store it; here of pull requests.
    private static async Task<TimeSpan> UpsertAsync(NpgsqlConnection source, NpgsqlConnection target)
    {
        await CopyAsync(source, target, "contributors");
        var columns = await ColumnsAsync(source, "pull_requests");
        var rows = new List<string>();
        await using (
            var select = new NpgsqlCommand(
                $"SELECT row_to_json(p)::text FROM (SELECT {columns} FROM pull_requests LIMIT {UpsertedRows}) p",
                source
            )
        )
        await using (var reader = await select.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                rows.Add(reader.GetString(0));
            }
        }

        var started = Stopwatch.GetTimestamp();
        foreach (var row in rows)
        {
            await using var upsert = new NpgsqlCommand(
                $"""
                INSERT INTO pull_requests ({columns})
                SELECT {columns} FROM json_populate_record(null::pull_requests, @row::json)
                ON CONFLICT (github_id) DO UPDATE SET title = excluded.title, updated_at = excluded.updated_at
                """,
                target
            );
            upsert.Parameters.AddWithValue("row", row);
            await upsert.ExecuteNonQueryAsync();
        }

        return Stopwatch.GetElapsedTime(started);
    }

    private static async Task<string> ColumnsAsync(NpgsqlConnection connection, string table)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum)
              FROM pg_attribute
             WHERE attrelid = @table::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
            """,
            connection
        );
        command.Parameters.AddWithValue("table", table);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<long> CountAsync(NpgsqlConnection connection, string table)
    {
        await using var command = new NpgsqlCommand($"SELECT count(*) FROM {table}", connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<NpgsqlConnection> OpenAsync(string connectionString)
    {
        var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        return connection;
    }
}
