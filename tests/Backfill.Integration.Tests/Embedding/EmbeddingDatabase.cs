using Backfill.Core.Embedding.Providers;
using Backfill.Core.Embedding.Run;
using Backfill.Core.Postgres;
using Backfill.Integration.Tests.Support;
using Npgsql;

namespace Backfill.Integration.Tests.Embedding;

/// <summary>A database with the tool's schema and one repository, filled with items whose text follows from their number.</summary>
internal sealed class EmbeddingDatabase : IAsyncDisposable
{
    private readonly NpgsqlDataSource source;

    private readonly TestPostgres? owner;

    private EmbeddingDatabase(string connectionString, TestPostgres? owner = null)
    {
        this.owner = owner;
        ConnectionString = connectionString;
        source = NpgsqlDataSource.Create(connectionString);
        Database = new Database(connectionString, TimeProvider.System);
    }

    public string ConnectionString { get; }

    public Database Database { get; }

    public StoredRepository Repository { get; private set; } = new(Guid.Empty, 0, "");

    public CollectedOutput Output { get; } = new();

    /// <summary>A new database with the schema and the repository octo/hello, which is dropped in the end.</summary>
    public static async Task<EmbeddingDatabase> CreateAsync(TestPostgres postgres)
    {
        var created = new EmbeddingDatabase(
            await postgres.CreateDatabaseAsync(
                "embedding",
                template => TestPostgres.ExecuteAsync(template, Schema("real[]"))
            ),
            postgres
        );
        created.Repository = await created.AddRepositoryAsync(1, "hello");
        return created;
    }

    /// <summary>Creates the schema and the repository octo/hello in a given database.</summary>
    public static async Task<EmbeddingDatabase> CreateAsync(string connectionString, string embeddingType)
    {
        var created = new EmbeddingDatabase(connectionString);
        foreach (var statement in Schema(embeddingType))
        {
            await created.ExecuteAsync(statement);
        }

        created.Repository = await created.AddRepositoryAsync(1, "hello");
        return created;
    }

    private static IEnumerable<string> Schema(string embeddingType) =>
        [
            SqlText.Read("Postgres/lease-table.sql"),
            SqlText.Read("Postgres/Migrations/backfill/0001-bookkeeping.sql"),
            SqlText.Read("Postgres/Migrations/backfill/0003-embedding.sql"),
            SqlText.Read("Postgres/Migrations/backfill/0005-embedding-batch.sql"),
            SqlText.Read("Postgres/Migrations/backfill/0011-vector-proofs.sql"),
            SqlText
                .Read("Postgres/Migrations/content/0001-content.sql")
                .Replace("{embedding_type}", embeddingType, StringComparison.Ordinal),
        ];

    public async Task<StoredRepository> AddRepositoryAsync(long githubId, string name)
    {
        var id = await ReadAsync<Guid>(
            $"INSERT INTO repositories (github_id, full_name, owner, name) VALUES ({githubId}, 'octo/{name}', 'octo', '{name}') RETURNING id"
        );
        return new StoredRepository(id, githubId, $"octo/{name}");
    }

    /// <summary>The app's own tables beside the items: its cache of vectors and its record of jobs.</summary>
    public Task CreateAppTablesAsync() =>
        ExecuteAsync(
            """
            CREATE TABLE embedding_jobs (
              id uuid PRIMARY KEY DEFAULT gen_random_uuid(), repository_id uuid, items_total integer NOT NULL,
              status text NOT NULL CHECK (status IN ('pending', 'processing', 'completed', 'failed')),
              items_processed integer DEFAULT 0, error_message text, started_at timestamptz, completed_at timestamptz,
              created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now());
            CREATE TABLE similarity_cache (
              id uuid PRIMARY KEY DEFAULT gen_random_uuid(), repository_id uuid NOT NULL, item_type text NOT NULL,
              item_id text NOT NULL, content_hash text NOT NULL, ttl_hours integer DEFAULT 24,
              created_at timestamptz DEFAULT now(), accessed_at timestamptz DEFAULT now(), access_count integer DEFAULT 1,
              embedding real[] NOT NULL, UNIQUE (repository_id, item_type, item_id))
            """
        );

    /// <summary>Adds items; a higher number is newer.</summary>
    public async Task FillAsync(int issues, int pullRequests, int discussions, StoredRepository? repository = null)
    {
        var (id, first) = ((repository ?? Repository).Id, (repository ?? Repository).GitHubId * 1_000_000);
        const string Body = "repeat('Words of item ' || n || ' about handshakes and tickets. ', 1 + n % 60)";
        const string Time = "timestamptz '2026-01-01' + n * interval '1 minute'";
        await ExecuteAsync(
            $"""
            INSERT INTO issues (github_id, repository_id, number, title, body, state, created_at, updated_at)
            SELECT {first} + n, '{id}', n, 'Issue ' || n, CASE WHEN n % 7 > 0 THEN {Body} END, 'open', {Time}, {Time}
              FROM generate_series(1, {issues}) n
            """
        );
        await ExecuteAsync(
            $"""
            INSERT INTO pull_requests (github_id, repository_id, number, title, body, state, head_branch, repository_full_name, created_at, updated_at)
            SELECT {first} + n, '{id}', n, 'Pull request ' || n, {Body}, 'open', 'b', 'octo/hello', {Time}, {Time}
              FROM generate_series(1, {pullRequests}) n
            """
        );
        await ExecuteAsync(
            $"""
            INSERT INTO discussions (id, github_id, repository_id, number, title, body, url, created_at, updated_at)
            SELECT 'D_' || {first} + n, {first} + n, '{id}', n, 'Discussion ' || n, {Body}, '', {Time}, {Time}
              FROM generate_series(1, {discussions}) n
            """
        );
    }

    public async Task<EmbeddingResult> RunAsync(
        IEmbeddingProvider provider,
        Func<EmbeddingRequest, EmbeddingRequest>? change = null,
        CancellationToken? cancellationToken = null
    ) => Assert.Single(await RunAllAsync(provider, change, cancellationToken));

    /// <summary>A run of another process: with connections of its own.</summary>
    public async Task<EmbeddingResult> RunOnAsync(
        Database database,
        IEmbeddingProvider provider,
        Func<EmbeddingRequest, EmbeddingRequest>? change = null
    ) => Assert.Single(await RunAllAsync(provider, change, null, database));

    public Task<IReadOnlyList<EmbeddingResult>> RunAllAsync(
        IEmbeddingProvider provider,
        Func<EmbeddingRequest, EmbeddingRequest>? change = null,
        CancellationToken? cancellationToken = null,
        Database? database = null,
        TimeProvider? time = null
    )
    {
        var request = new EmbeddingRequest { Repositories = [new RepositoryName("octo", "hello")], BatchSize = 50 };
        return EmbeddingBackfill.RunAsync(
            database ?? Database,
            change is null ? request : change(request),
            provider,
            Output,
            time ?? TimeProvider.System,
            cancellationToken ?? TestContext.Current.CancellationToken
        );
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    public async Task<T> ReadAsync<T>(string sql)
    {
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    /// <summary>Of every row with the transaction that wrote it, so that even writing the same again shows.</summary>
    public Task<string> ChecksumAsync() =>
        ReadAsync<string>(
            $"""
            SELECT md5(string_agg(row, '' ORDER BY row))
              FROM ({string.Join(
                " UNION ALL ",
                new[] { "issues", "pull_requests", "discussions", "repositories", "backfill.embedding_state", "backfill.lease", "backfill.sync_run" }.Select(
                    table => $"SELECT '{table}' || t.xmin::text || t::text AS row FROM {table} t"
                )
            )}) x
            """
        );

    /// <summary>Every vector with its type and number.</summary>
    public Task<string> VectorsAsync() =>
        ReadAsync<string>(
            """
            SELECT string_agg(x, ';' ORDER BY x)
              FROM (SELECT 'i' || number || embedding::text || content_hash AS x FROM issues
                    UNION ALL SELECT 'p' || number || embedding::text || content_hash FROM pull_requests
                    UNION ALL SELECT 'd' || number || embedding::text || content_hash FROM discussions) y
            """
        );

    /// <summary>Items without a vector, or with one that is not of the text they have now.</summary>
    public async Task<long> WrongAsync(IEmbeddingProvider provider)
    {
        var wrong = 0L;
        foreach (
            var (table, type) in new[]
            {
                ("issues", "issue"),
                ("pull_requests", "pull_request"),
                ("discussions", "discussion"),
            }
        )
        {
            await using var command = source.CreateCommand(
                $"SELECT title, coalesce(body, ''), embedding::real[] FROM {table} ORDER BY number"
            );
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                var made = await provider.EmbedAsync(
                    [EmbeddingText.Of(type, reader.GetString(0), reader.GetString(1))],
                    TestContext.Current.CancellationToken
                );
                wrong +=
                    await reader.IsDBNullAsync(2)
                    || !(await reader.GetFieldValueAsync<float[]>(2)).SequenceEqual(made.Texts[0].Vector!)
                        ? 1
                        : 0;
            }
        }

        return wrong;
    }

    public async ValueTask DisposeAsync()
    {
        await source.DisposeAsync();
        await Database.DisposeAsync();
        if (owner is not null)
        {
            await owner.DropDatabaseAsync(ConnectionString);
        }
    }
}

/// <summary>The offline provider, with something that happens between the reading of a batch and its writing.</summary>
internal sealed class HookedProvider(
    Func<IReadOnlyList<string>, Task>? hook = null,
    int concurrency = 1,
    Func<Task>? after = null
) : IEmbeddingProvider
{
    private readonly LexicalProvider inner = new(384);

    /// <summary>Every text that was asked for but the probe, in order.</summary>
    public List<string> Asked { get; } = [];

    public string Name => inner.Name;

    public string Model => inner.Model;

    public int? Dimensions => inner.Dimensions;

    public int Concurrency => concurrency;

    public int CountTokens(string text) => inner.CountTokens(text);

    public async Task<EmbeddingBatch> EmbedAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        if (texts is not ["[ISSUE] Probe"])
        {
            lock (Asked)
            {
                Asked.AddRange(texts);
            }

            if (hook is not null)
            {
                await hook(texts);
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        var made = await inner.EmbedAsync(texts, cancellationToken);
        if (texts is not ["[ISSUE] Probe"] && after is not null)
        {
            await after();
        }

        return made;
    }
}
