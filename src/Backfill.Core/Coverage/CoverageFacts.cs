using Backfill.Core.Embedding.Store;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Writing;

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
            "count-quality",
            row => new QualityFacts(
                row.Get<long>("null_pull_authors"),
                row.Get<long>("null_issue_authors"),
                row.Get<long>("null_commenters"),
                row.Get<long>("duplicates"),
                row.Get<long>("wrong_ids"),
                row.Get<long>("undated"),
                row.Get<long>("impossible"),
                row.Get<long>("future"),
                row.Get<long>("foreign_times"),
                row.Get<long>("wrong_counters")
            ),
            cancellationToken
        );

    public Task<PeopleFacts> PeopleAsync(CancellationToken cancellationToken) =>
        OneAsync(
            "count-people",
            row => new PeopleFacts(
                row.Get<long>("orphans"),
                row.Get<long>("people"),
                row.Get<long>("missing"),
                row.Get<long>("twice"),
                row.Get<long>("humans")
            ),
            cancellationToken
        );

    public Task<JobFacts> JobsAsync(CancellationToken cancellationToken) =>
        OneAsync(
            "count-jobs",
            row => new JobFacts(
                row.Get<long>("stuck"),
                row.Get<long>("unstarted"),
                row.Get<long>("deserted"),
                row.Get<long>("deserted_embeddings"),
                row.Get<long>("idle"),
                row.Get<long>("unscheduled")
            ),
            cancellationToken
        );

    public Task<QueueFacts> QueueAsync(CancellationToken cancellationToken) =>
        OneAsync(
            "count-queue",
            row => new QueueFacts(row.Get<long>("items"), row.GetOrNull<long>("shown")),
            cancellationToken
        );

    /// <summary>Returns when each lane was last known to be complete.</summary>
    public async Task<IReadOnlyDictionary<EntityKind, DateTimeOffset>> LanesAsync(CancellationToken cancellationToken)
    {
        var statement = await StatementAsync("window-age", cancellationToken);
        var lanes = await statement.RowsAsync(
            row => (Lane: EntityKind.Parse(row.Get<string>("lane")), ReadAt: row.Get<DateTimeOffset>("read_at")),
            cancellationToken
        );
        return lanes.ToDictionary(lane => lane.Lane, lane => lane.ReadAt);
    }

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
            var names = new Dictionary<string, string>(column.Names(), StringComparer.Ordinal) { ["length"] = length };
            var statement = Prepared(database.Statement("Coverage/count-vectors", names));
            var fact = await statement
                .Set("item_type", item.Name)
                .RowAsync(
                    row => new VectorFacts(
                        item,
                        row.Get<long>("total"),
                        row.Get<long>("embedded"),
                        row.Get<long>("quarantined"),
                        row.Get<long>("stale"),
                        row.Get<int[]>("lengths"),
                        row.Get<string[]>("models"),
                        row.Get<long>("unrecorded"),
                        row.Get<long>("misdated"),
                        row.Get<long>("altered")
                    ),
                    cancellationToken
                );
            facts.Add(fact!);
        }

        return facts;
    }

    /// <summary>Null where the database has no workspaces.</summary>
    public async Task<MetricsFacts?> MetricsAsync(CancellationToken cancellationToken) =>
        (await database.CatalogueAsync(cancellationToken)).HasTable("workspace_repositories")
            ? await OneAsync(
                "metrics-age",
                row => new MetricsFacts(
                    row.Get<long>("workspaces"),
                    row.Get<long>("unmeasured"),
                    row.GetOrNull<DateTimeOffset>("oldest")
                ),
                cancellationToken
            )
            : null;

    private async Task<T> OneAsync<T>(string name, Func<Row, T> read, CancellationToken cancellationToken)
        where T : class
    {
        var statement = await StatementAsync(name, cancellationToken);
        return (await statement.RowAsync(read, cancellationToken))!;
    }

    private async Task<Statement> StatementAsync(string name, CancellationToken cancellationToken) =>
        Prepared(database.Statement($"Coverage/{name}", await database.CatalogueAsync(cancellationToken)));

    private Statement Prepared(Statement statement) =>
        statement
            .Within(Database.LongStatementSeconds)
            .Set("repository_id", repository.Id)
            .Set("mark", EmbeddingJob.Mark);
}
