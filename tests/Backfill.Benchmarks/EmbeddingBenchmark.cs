using System.Diagnostics;
using System.Globalization;
using Backfill.Core.Embedding.Providers;
using Backfill.Core.Embedding.Store;
using Backfill.Core.Postgres;
using Backfill.Core.Tests.Embedding;
using Npgsql;

namespace Backfill.Benchmarks;

/// <summary>
/// What the embedding stage does with what a provider allows, and how fast it reads and writes. Every figure comes from one
/// run on one machine; only the shares and the ratios mean something on another.
/// </summary>
internal static class EmbeddingBenchmark
{
    // The job that this replaces is triggered for 200 items every 15 seconds.
    private const double TriggeredPerSecond = 200 / 15.0;
    private const int TokensPerMinute = 5_000_000;
    private const int RequestsPerMinute = 5_000;

    public static async Task RunAsync(string part)
    {
        await using var data = await EmbeddingBenchmarkData.CreateAsync();
        (string Name, Func<EmbeddingBenchmarkData, Task> Work)[] parts =
        [
            ("instant", InstantAsync),
            ("poison", PoisonAsync),
            ("tokens", TokensAsync),
            ("write", WriteAsync),
            ("pace", PaceAsync),
            ("onnx", OnnxAsync),
        ];
        foreach (var (_, work) in parts.Where(one => part is "all" || one.Name == part))
        {
            await work(data);
        }
    }

    // A network of 384 numbers a token and 72 layers: about the 21 million multiplications a token of all-MiniLM-L6-v2.
    private static async Task OnnxAsync(EmbeddingBenchmarkData data)
    {
        const int Items = 150;
        using var model = new TinyBert(size: 384, layers: 72);
        using var provider = OnnxProvider.Open(model.Folder);
        await data.FillAsync(Items, words: 100);
        var texts = await data.ReadAsync<string[]>(
            "SELECT array_agg(title || E'\n' || body ORDER BY number) FROM issues"
        );
        await provider.EmbedAsync(texts[..32], CancellationToken.None);
        var (direct, ours) = (new List<double>(), new List<double>());
        for (var round = 0; round < 3; round++)
        {
            var started = Stopwatch.GetTimestamp();
            await provider.EmbedAsync(texts, CancellationToken.None);
            direct.Add(Items / Stopwatch.GetElapsedTime(started).TotalSeconds);
            await data.FillAsync(Items, words: 100);
            started = Stopwatch.GetTimestamp();
            await data.RunAsync(provider);
            ours.Add(Items / Stopwatch.GetElapsedTime(started).TotalSeconds);
        }

        Show(
            "local model against the same model called directly",
            $"{Median(direct):0} items/s; ours {Median(ours):0} items/s",
            100 * Median(ours) / Median(direct),
            "%"
        );
    }

    private static async Task InstantAsync(EmbeddingBenchmarkData data)
    {
        await data.FillAsync(20_000, words: 100);
        var result = await data.RunAsync(new InstantProvider());
        Show(
            "instant provider, 20,000 items",
            $"{result.ItemsPerSecond:0} items/s",
            result.ItemsPerSecond / TriggeredPerSecond,
            "x 200 per 15 s"
        );
    }

    private static async Task PaceAsync(EmbeddingBenchmarkData data)
    {
        using var server = new EmbeddingBenchmarkServer(TokensPerMinute, RequestsPerMinute);
        await data.FillAsync(200);
        var naive = await NaiveShapeAsync(data, server);

        await data.FillAsync(25_000);
        server.Reset();
        var started = Stopwatch.GetTimestamp();
        var result = await data.RunAsync(Provider(server));
        var elapsed = Stopwatch.GetElapsedTime(started);
        Show(
            "share of the allowed tokens, latency 0.5 to 2 s",
            $"{elapsed.TotalSeconds:0.0} s, {server.Requests} requests",
            100 * server.Tokens / server.Allowed(elapsed),
            "%"
        );
        Show("requests over a limit", $"{server.Limited}", 100.0 * server.Limited / server.Requests, "%");
        Show(
            "20 a call, one after another (same shape, re-implemented)",
            $"{naive:0.0} items/s; ours {result.Embedded / elapsed.TotalSeconds:0} items/s",
            result.Embedded / elapsed.TotalSeconds / naive,
            "x"
        );
    }

    // The shape of the job: 20 texts a request, the next when the answer is there, one update a row.
    private static async Task<double> NaiveShapeAsync(EmbeddingBenchmarkData data, EmbeddingBenchmarkServer server)
    {
        var provider = Provider(server);
        await using var source = NpgsqlDataSource.Create(data.Database.ConnectionString);
        await using var connection = await source.OpenConnectionAsync();
        var items = new List<(Guid Id, string Text)>();
        await using (
            var read = new NpgsqlCommand("SELECT id, '[ISSUE] ' || title || ' ' || body FROM issues", connection)
        )
        await using (var reader = await read.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                items.Add((reader.GetGuid(0), reader.GetString(1)));
            }
        }

        var started = Stopwatch.GetTimestamp();
        foreach (var chunk in items.Chunk(20))
        {
            var made = await provider.EmbedAsync([.. chunk.Select(item => item.Text)], CancellationToken.None);
            for (var index = 0; index < chunk.Length; index++)
            {
                await UpdateOneAsync(connection, chunk[index].Id, made.Texts[index].Vector!);
            }
        }

        return items.Count / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task PoisonAsync(EmbeddingBenchmarkData data)
    {
        using var server = new EmbeddingBenchmarkServer(1e9, 1e9, waits: false)
        {
            IsPoison = text => text.Contains("Issue 77 ", StringComparison.Ordinal),
        };
        await data.FillAsync(128);
        var texts = await data.ReadAsync<string[]>("SELECT array_agg('[ISSUE] ' || title || ' ' || body) FROM issues");
        var made = await Provider(server).EmbedAsync(texts, CancellationToken.None);
        Show(
            "one poisoned item in a batch of 128",
            $"{made.Texts.Count(text => text.Vector is null) - 1} neighbours lost",
            server.Requests - 1,
            "extra requests"
        );
    }

    private static async Task TokensAsync(EmbeddingBenchmarkData data)
    {
        using var server = new EmbeddingBenchmarkServer(1e9, 1e9, waits: false);
        await data.FillAsync(5_000, words: 100);
        await data.RunAsync(Provider(server));
        // 30 in 100 stay as they are; of the others one in ten gets the text of another one.
        await data.ExecuteAsync(
            "UPDATE issues SET body = CASE WHEN number % 10 = 3 THEN 'the same ' || number / 100 ELSE body || ' edited' END, title = CASE WHEN number % 10 = 3 THEN 'same' ELSE title END WHERE number % 10 >= 3"
        );
        var needed = (
            await data.ReadAsync<string[]>(
                "SELECT array_agg(DISTINCT '[ISSUE] ' || title || ' ' || body) FROM issues WHERE number % 10 >= 3"
            )
        ).Sum(text => (long)OpenAIProvider.CountWords(text[..Math.Min(text.Length, EmbeddingText.MaxLength)]));
        server.Reset();
        var largest = 0L;
        try
        {
            await data.RunAsync(new LosingProvider(Provider(server), after: 7, tokens => largest = tokens));
        }
        catch (IOException)
        {
            // The answer is lost, as when a process dies before it writes.
        }

        await data.RunAsync(Provider(server));
        var probes = 2 * OpenAIProvider.CountWords("[ISSUE] Probe");
        Show(
            "tokens paid / needed: 30 % unchanged, 10 % duplicates, one answer lost",
            $"{server.Tokens - probes} paid, {needed} needed, {largest} in the lost request",
            (server.Tokens - probes - largest) / (double)needed,
            "x, beside the lost request"
        );
    }

    private static async Task WriteAsync(EmbeddingBenchmarkData data)
    {
        foreach (var roundTrip in (double[])[0, 20])
        {
            var local = new NpgsqlConnectionStringBuilder(data.Database.ConnectionString);
            using var proxy = new DelayingProxy(local.Port, TimeSpan.FromMilliseconds(roundTrip));
            if (roundTrip > 0)
            {
                local.Host = "127.0.0.1";
                local.Port = proxy.Port;
            }

            await using var database = new Database(local.ConnectionString, TimeProvider.System);
            var (naive, ours) = (new List<double>(), new List<double>());
            for (var round = 0; round < 5; round++)
            {
                naive.Add(await RowByRowAsync(data, local.ConnectionString, roundTrip > 0 ? 100 : 2_000));
                ours.Add(await InBatchesAsync(data, database, roundTrip > 0 ? 2_000 : 10_000));
            }

            Show(
                FormattableString.Invariant($"write path, round trip {roundTrip} ms, five rounds interleaved"),
                $"{Median(naive):0} rows/s one by one ({naive.Min():0}-{naive.Max():0}), {Median(ours):0} ours ({ours.Min():0}-{ours.Max():0})",
                Median(ours) / Median(naive),
                "x"
            );
        }
    }

    private static async Task<double> RowByRowAsync(EmbeddingBenchmarkData data, string connectionString, int rows)
    {
        await data.FillAsync(rows, words: 100);
        var ids = await data.ReadAsync<Guid[]>("SELECT array_agg(id) FROM issues");
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var connection = await source.OpenConnectionAsync();
        var vector = InstantProvider.Vector(1);
        var started = Stopwatch.GetTimestamp();
        foreach (var id in ids)
        {
            await UpdateOneAsync(connection, id, vector);
        }

        return rows / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<double> InBatchesAsync(EmbeddingBenchmarkData data, Database database, int rows)
    {
        await data.FillAsync(rows, words: 100);
        var catalogue = await database.CatalogueAsync(CancellationToken.None);
        var repository = new StoredRepository(
            await data.ReadAsync<Guid>("SELECT id FROM repositories"),
            1,
            "octo/hello"
        );
        var store = new EmbeddingStore(
            database,
            [repository],
            EmbeddingColumn.Find(ItemType.All[0], catalogue)!,
            "Instant/instant/384",
            allowModelChange: false
        );
        var listed = await store.ListAsync(null, force: false, rows, CancellationToken.None);
        var batches = new List<List<EmbeddingItem>>();
        foreach (var chunk in listed.Chunk(500))
        {
            batches.Add(await store.ClaimAsync(chunk, force: false, "benchmark", CancellationToken.None));
        }

        float[][] vectors = [.. Enumerable.Range(0, 500).Select(InstantProvider.Vector)];
        int[] places = [.. Enumerable.Range(0, 500)];
        var started = Stopwatch.GetTimestamp();
        foreach (var batch in batches)
        {
            await store.WriteAsync(batch, places, vectors, "benchmark", CancellationToken.None);
        }

        return rows / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task UpdateOneAsync(NpgsqlConnection connection, Guid id, float[] vector)
    {
        await using var command = new NpgsqlCommand(
            "UPDATE issues SET embedding = $1::text::real[], embedding_generated_at = now(), content_hash = 'x' WHERE id = $2",
            connection
        );
        command.Parameters.AddWithValue(
            "{" + string.Join(',', vector.Select(value => value.ToString(CultureInfo.InvariantCulture))) + "}"
        );
        command.Parameters.AddWithValue(id);
        await command.ExecuteNonQueryAsync();
    }

    private static IEmbeddingProvider Provider(EmbeddingBenchmarkServer server) =>
        EmbeddingProviders.Create(
            new BackfillSettings { EmbeddingProvider = "OpenAI", OpenAIBaseUrl = server.Address },
            new HttpClient(),
            new EmbeddingRequest(),
            384
        );

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static void Show(string what, FormattableString seen, double figure, string unit) =>
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"| {what} | {FormattableString.Invariant(seen)} | {figure:0.##} {unit} |"
            )
        );

    /// <summary>Answers at once.</summary>
    private sealed class InstantProvider : IEmbeddingProvider
    {
        public string Name => "Instant";

        public string Model => "instant";

        public int? Dimensions => 384;

        public int Concurrency => 4;

        public static float[] Vector(int seed)
        {
            var vector = new float[384];
            vector[seed % 384] = 1;
            return vector;
        }

        public int CountTokens(string text) => 1;

        public Task<EmbeddingBatch> EmbedAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken) =>
            Task.FromResult(
                new EmbeddingBatch([.. texts.Select((_, index) => new EmbeddedText(Vector(index), null))], texts.Count)
            );
    }

    /// <summary>Loses one answer.</summary>
    private sealed class LosingProvider(IEmbeddingProvider inner, int after, Action<long> lost) : IEmbeddingProvider
    {
        private int batches;

        public string Name => inner.Name;

        public string Model => inner.Model;

        public int? Dimensions => inner.Dimensions;

        public int Concurrency => 1;

        public int CountTokens(string text) => inner.CountTokens(text);

        public async Task<EmbeddingBatch> EmbedAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken)
        {
            var made = await inner.EmbedAsync(texts, cancellationToken);
            if (Interlocked.Increment(ref batches) == after)
            {
                lost(made.Tokens);
                throw new IOException("lost");
            }

            return made;
        }
    }
}
