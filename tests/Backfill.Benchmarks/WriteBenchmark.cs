using System.Diagnostics;
using Backfill.Core;
using Backfill.Core.GitHub;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Reading;
using Backfill.Core.Sync.Writing;
using Backfill.Simulation;
using Npgsql;

namespace Backfill.Benchmarks;

/// <summary>
/// The pages of one repository, read beforehand, written by the engine; the same rows by <c>COPY</c> into the same tables
/// with the same indexes; and some of them by one upsert a row. By turns, five times.
/// </summary>
internal static class WriteBenchmark
{
    private const int Rounds = 5;
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
        await using var registered = await OpenAsync(run.ConnectionString);
        var pages = await ReadAsync(run);

        // By turns, so that whatever else the machine does meets all three.
        var (ours, copies, upserts) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            var target = await EmptyAsync(server, registered);
            var elapsed = await WriteAsync(target, pages);
            await using var written = await OpenAsync(target);
            await using var copied = await OpenAsync(await EmptyAsync(server, registered));
            var (rows, copying) = (0L, TimeSpan.Zero);
            foreach (var table in Tables)
            {
                rows += await CountAsync(written, table);
                copying += await CopyAsync(written, copied, table);
            }

            await using var upserted = await OpenAsync(await EmptyAsync(server, registered));
            ours.Add(rows / elapsed.TotalSeconds);
            copies.Add(rows / copying.TotalSeconds);
            upserts.Add(UpsertedRows / (await UpsertAsync(written, upserted)).TotalSeconds);
        }

        Show("COPY", ">= 0.5", copies);
        Show("one upsert a row", ">= 20", upserts);

        void Show(string other, string target, List<double> rates)
        {
            var ratios = ours.Zip(rates, (one, rate) => one / rate).Order().ToList();
            Table.Show(
                $"rows a second / {other}, median of {Rounds}",
                Table.Number(ratios[Rounds / 2]),
                target,
                FormattableString.Invariant(
                    $"{ratios[0]:0.00} to {ratios[^1]:0.00}; {Median(ours):0} / {Median(rates):0}"
                )
            );
        }

        static double Median(IEnumerable<double> values) => values.Order().ElementAt(Rounds / 2);
    }

    // The pages as the engine writes them, one after another.
    private static async Task<TimeSpan> WriteAsync(string connectionString, IEnumerable<PageRows> pages)
    {
        await using var database = new Database(connectionString, TimeProvider.System);
        var (repository, id) = await LeasedAsync(database);
        var writer = new PageWriter(database, repository, id);
        var started = Stopwatch.GetTimestamp();
        foreach (var page in pages)
        {
            await writer.WriteAsync(page, default);
        }

        return Stopwatch.GetElapsedTime(started);
    }

    private static async Task<(StoredRepository Repository, Guid Run)> LeasedAsync(Database database)
    {
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
        return (repository, id);
    }

    private static async Task<List<PageRows>> ReadAsync(SyncRun run)
    {
        await using var database = new Database(run.ConnectionString, TimeProvider.System);
        var (repository, id) = await LeasedAsync(database);
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
            new PageWriter(database, repository, id),
            progress,
            plan,
            Accounts: 1
        );
        var pages = new List<PageRows>();
        await AddAsync(Lanes.PullRequests);
        await AddAsync(Lanes.Issues);
        return pages;

        async Task AddAsync<T>(Lane<T> lane)
            where T : class, IUpdatedNode
        {
            await foreach (
                var read in new LaneReader<T>(
                    lane,
                    context,
                    new PageSize(100),
                    total: null,
                    smallFirstPage: null
                ).ForwardAsync(null, () => null, default)
            )
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

    // A database that has only its schema and the repository.
    private static async Task<string> EmptyAsync(BenchmarkServer server, NpgsqlConnection source)
    {
        var connectionString = await server.CreateDatabaseAsync();
        await using (var engine = new BackfillEngine())
        {
            var settings = new BackfillSettings { Database = new Secret(connectionString) };
            await engine.InitializeDatabaseAsync(settings, new DatabaseRequest(Plan: false), new StoredRows(), default);
        }

        await using var target = await OpenAsync(connectionString);
        await CopyAsync(source, target, "repositories");
        return connectionString;
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
