using Backfill.Core.Embedding;
using Backfill.Core.Postgres;
using Npgsql;

namespace Backfill.Core.Coverage;

/// <summary>Rows that no honest copy has.</summary>
internal sealed record QualityFacts(
    long NullPullRequestAuthors,
    long NullIssueAuthors,
    long NullCommenters,
    long Duplicates,
    long WrongIds,
    long Undated,
    long Impossible,
    long Future,
    long ForeignTimes,
    long WrongCounters
)
{
    public long NullAuthors => NullPullRequestAuthors + NullIssueAuthors + NullCommenters;
}

/// <summary>The people of a repository.</summary>
internal sealed record PeopleFacts(long Orphans, long People, long Missing, long Twice, long Humans);

/// <summary>The jobs of the app, and of the tool in the app's tables, that are about a repository.</summary>
/// <param name="Stuck">Jobs of the app that are at work for too long.</param>
/// <param name="Unstarted">Jobs of the app that nothing took up.</param>
/// <param name="Deserted">Jobs and log lines of the tool whose run is gone.</param>
/// <param name="DesertedEmbeddings">Embedding jobs of the tool whose process is gone.</param>
/// <param name="Idle">Embedding jobs that found work and did none.</param>
/// <param name="Unscheduled">Workspaces whose schedule does not hold the repository.</param>
internal sealed record JobFacts(
    long Stuck,
    long Unstarted,
    long Deserted,
    long DesertedEmbeddings,
    long Idle,
    long Unscheduled
);

/// <summary>Items that wait for a vector, and how many of them the app's queue shows; null where it was not asked.</summary>
internal sealed record QueueFacts(long Waiting, long? Shown);

/// <summary>The vectors of one type of items; null lengths and models where there are none.</summary>
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

/// <summary>The metrics of the repository's workspaces.</summary>
internal sealed record MetricsFacts(long Workspaces, long Unmeasured, DateTimeOffset? OldestAt);

/// <summary>Reads what the checks judge, each kind in one statement.</summary>
internal sealed class CoverageFacts(Database database, StoredRepository repository)
{
    public Task<QualityFacts> QualityAsync(CancellationToken cancellationToken) =>
        OneAsync(
            catalogue => SqlText.For("Coverage/count-quality.sql", catalogue),
            null,
            reader => new QualityFacts(
                reader.GetInt64(0),
                reader.GetInt64(1),
                reader.GetInt64(2),
                reader.GetInt64(3),
                reader.GetInt64(4),
                reader.GetInt64(5),
                reader.GetInt64(6),
                reader.GetInt64(7),
                reader.GetInt64(8),
                reader.GetInt64(9)
            ),
            cancellationToken
        );

    public Task<PeopleFacts> PeopleAsync(CancellationToken cancellationToken) =>
        OneAsync(
            catalogue => SqlText.For("Coverage/count-people.sql", catalogue),
            null,
            reader => new PeopleFacts(
                reader.GetInt64(0),
                reader.GetInt64(1),
                reader.GetInt64(2),
                reader.GetInt64(3),
                reader.GetInt64(4)
            ),
            cancellationToken
        );

    public Task<JobFacts> JobsAsync(CancellationToken cancellationToken) =>
        OneAsync(
            catalogue => SqlText.For("Coverage/count-jobs.sql", catalogue),
            parameters => parameters.AddWithValue("mark", EmbeddingJob.Mark),
            reader => new JobFacts(
                reader.GetInt64(0),
                reader.GetInt64(1),
                reader.GetInt64(2),
                reader.GetInt64(3),
                reader.GetInt64(4),
                reader.GetInt64(5)
            ),
            cancellationToken
        );

    public Task<QueueFacts> QueueAsync(CancellationToken cancellationToken) =>
        OneAsync(
            catalogue => SqlText.For("Coverage/count-queue.sql", catalogue),
            null,
            reader => new QueueFacts(reader.GetInt64(0), reader.IsDBNull(1) ? null : reader.GetInt64(1)),
            cancellationToken
        );

    /// <summary>When each lane was last known to be complete.</summary>
    public Task<IReadOnlyDictionary<string, DateTimeOffset>> LanesAsync(CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyDictionary<string, DateTimeOffset>>(
            async (connection, token) =>
            {
                await using var command = new NpgsqlCommand(SqlText.Read("Coverage/window-age.sql"), connection);
                command.Parameters.AddWithValue("repository_id", repository.Id);
                await using var reader = await command.ExecuteReaderAsync(token);
                var lanes = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
                while (await reader.ReadAsync(token))
                {
                    lanes[reader.GetString(0)] = reader.Time(1)!.Value;
                }

                return lanes;
            },
            cancellationToken
        );

    /// <summary>One entry for each type whose table has a column for vectors.</summary>
    public async Task<IReadOnlyList<VectorFacts>> VectorsAsync(CancellationToken cancellationToken)
    {
        var catalogue = await database.CatalogueAsync(cancellationToken);
        var facts = new List<VectorFacts>();
        foreach (var item in ItemType.All)
        {
            if (EmbeddingColumn.Find(item, catalogue) is not { } column)
            {
                continue;
            }

            var length = column.SqlType.EndsWith("[]", StringComparison.Ordinal) ? "cardinality" : "vector_dims";
            facts.Add(
                await OneAsync(
                    _ =>
                        SqlText
                            .Read("Coverage/count-vectors.sql")
                            .Replace(":length", $"{length}(t.embedding)", StringComparison.Ordinal)
                            .Replace(
                                ":text_hash",
                                SqlText.Read("Embedding/item-text-hash.sql"),
                                StringComparison.Ordinal
                            )
                            .Replace(
                                ":content_hash",
                                SqlText.Read("Embedding/item-content-hash.sql"),
                                StringComparison.Ordinal
                            )
                            .Replace(":table", item.Table, StringComparison.Ordinal),
                    parameters => parameters.AddWithValue("item_type", item.Name),
                    reader => new VectorFacts(
                        item,
                        reader.GetInt64(0),
                        reader.GetInt64(1),
                        reader.GetInt64(2),
                        reader.GetInt64(3),
                        reader.GetFieldValue<int[]>(4),
                        reader.GetFieldValue<string[]>(5),
                        reader.GetInt64(6),
                        reader.GetInt64(7),
                        reader.GetInt64(8)
                    ),
                    cancellationToken
                )
            );
        }

        return facts;
    }

    /// <summary>Null where the database has no workspaces.</summary>
    public async Task<MetricsFacts?> MetricsAsync(CancellationToken cancellationToken) =>
        (await database.CatalogueAsync(cancellationToken)).HasTable("workspace_repositories")
            ? await OneAsync(
                _ => SqlText.Read("Coverage/metrics-age.sql"),
                null,
                reader => new MetricsFacts(reader.GetInt64(0), reader.GetInt64(1), reader.Time(2)),
                cancellationToken
            )
            : null;

    private async Task<T> OneAsync<T>(
        Func<Catalogue, string> statement,
        Action<NpgsqlParameterCollection>? bind,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellationToken
    )
    {
        var catalogue = await database.CatalogueAsync(cancellationToken);
        return await database.ReadAsync(
            async (connection, token) =>
            {
                await using var command = new NpgsqlCommand(statement(catalogue), connection)
                {
                    CommandTimeout = Database.LongStatementSeconds,
                };
                command.Parameters.AddWithValue("repository_id", repository.Id);
                bind?.Invoke(command.Parameters);
                await using var reader = await command.ExecuteReaderAsync(token);
                await reader.ReadAsync(token);
                return read(reader);
            },
            cancellationToken
        );
    }
}
