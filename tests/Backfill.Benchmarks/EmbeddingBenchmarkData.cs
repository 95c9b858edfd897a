using Backfill.Core;
using Backfill.Core.Embedding.Providers;
using Backfill.Core.Embedding.Run;
using Backfill.Core.Postgres;
using Npgsql;

namespace Backfill.Benchmarks;

/// <summary>A private database with one repository of issues of about 400 tokens each.</summary>
internal sealed class EmbeddingBenchmarkData : IAsyncDisposable
{
    private static readonly RepositoryName Name = new("octo", "hello");

    private readonly BackfillEngine engine;
    private readonly BackfillSettings settings;
    private readonly string folder;

    private EmbeddingBenchmarkData(BackfillEngine engine, BackfillSettings settings, string folder, Database database)
    {
        this.engine = engine;
        this.settings = settings;
        this.folder = folder;
        Database = database;
    }

    public Database Database { get; }

    public static async Task<EmbeddingBenchmarkData> CreateAsync()
    {
        var place = Path.Combine(Path.GetTempPath(), $"backfill-benchmark-{Guid.NewGuid():N}");
        var local = new BackfillSettings { Local = true, LocalFolder = place };
        var created = new BackfillEngine();
        await created.InitializeDatabaseAsync(
            local,
            new DatabaseRequest(Plan: false),
            new StoredRows(),
            CancellationToken.None
        );
        var databases = new Databases(new LocalServer(TimeProvider.System), TimeProvider.System);
        var database = await databases.OpenAsync(local, null, CancellationToken.None);
        var data = new EmbeddingBenchmarkData(created, local, place, database);
        await data.ExecuteAsync(
            "INSERT INTO repositories (github_id, full_name, owner, name) VALUES (1, 'octo/hello', 'octo', 'hello')"
        );
        return data;
    }

    /// <summary>Replaces all issues by others without a vector.</summary>
    /// <param name="words">Words of a body: 330 are about 400 tokens.</param>
    public async Task FillAsync(int issues, int words = 330)
    {
        await ExecuteAsync("TRUNCATE issues, backfill.embedding_state, backfill.embedding_claim CASCADE");
        await ExecuteAsync(
            $"""
            INSERT INTO issues (github_id, repository_id, number, title, body, state, created_at, updated_at)
            SELECT n, r.id, n, 'Issue ' || n,
                   (SELECT string_agg(w.words[1 + ((n::bigint * 7919 + k * 104729 + k * n) % 24)::int], ' ')
                      FROM generate_series(1, {words}) k),
                   'open', now(), timestamptz '2026-01-01' + n * interval '1 second'
              FROM generate_series(1, {issues}) n, repositories r,
                   (SELECT ARRAY['handshake', 'ticket', 'certificate', 'the', 'fails', 'with', 'server', 'record', 'an',
                                 'empty', 'session', 'of', 'extension', 'client', 'when', 'resumption', 'is', 'offered',
                                 'and', 'key', 'share', 'missing', 'in', 'retry'] AS words) w
            """
        );
        await ExecuteAsync("ANALYZE issues");
    }

    public async Task<EmbeddingResult> RunAsync(
        IEmbeddingProvider provider,
        Func<EmbeddingRequest, EmbeddingRequest>? change = null
    )
    {
        var request = new EmbeddingRequest { Repositories = [Name] };
        return (
            await EmbeddingBackfill.RunAsync(
                Database,
                change is null ? request : change(request),
                provider,
                new StoredRows(),
                TimeProvider.System,
                CancellationToken.None
            )
        ).Single();
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(Database.ConnectionString);
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = 600;
        await command.ExecuteNonQueryAsync();
    }

    public async Task<T> ReadAsync<T>(string sql)
    {
        await using var source = NpgsqlDataSource.Create(Database.ConnectionString);
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await engine.StopLocalDatabaseAsync(settings, CancellationToken.None);
        await engine.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
