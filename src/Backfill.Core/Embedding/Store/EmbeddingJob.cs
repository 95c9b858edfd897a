using Backfill.Core.Postgres;
using Npgsql;

namespace Backfill.Core.Embedding.Store;

/// <summary>The app's own record of a run, in <c>embedding_jobs</c>, where its database has that table: it is never left in <c>processing</c>.</summary>
internal sealed class EmbeddingJob
{
    /// <summary>The beginning of the error message of a job of the tool that is at work.</summary>
    public const string Mark = "Backfill at work: ";

    /// <summary>The beginning of the error message of a job of the tool that has failed.</summary>
    public const string Failure = "Backfill: ";

    private readonly Database database;
    private readonly Guid id;

    private EmbeddingJob(Database database, Guid id)
    {
        this.database = database;
        this.id = id;
    }

    /// <summary>Ends the jobs of the tool whose processes are gone, for all repositories.</summary>
    public static async Task EndDesertedAsync(Database database, CancellationToken cancellationToken)
    {
        if ((await database.CatalogueAsync(cancellationToken)).HasTable("embedding_jobs"))
        {
            await database
                .Statement("Embedding/Store/Sql/fail-jobs")
                .Set("mark", Mark)
                .Set("failure", Failure)
                .ExecuteAsync(cancellationToken);
        }
    }

    /// <summary>Begins a job; null where the database has no table for it.</summary>
    /// <param name="repositoryId">Null for several repositories.</param>
    public static async Task<EmbeddingJob?> BeginAsync(
        Database database,
        Guid? repositoryId,
        long total,
        CancellationToken cancellationToken
    )
    {
        var catalogue = await database.CatalogueAsync(cancellationToken);
        if (!catalogue.HasTable("embedding_jobs"))
        {
            return null;
        }

        var begun = await database.RunAsync(
            (connection, token) => InsertAsync(connection, repositoryId, total, token),
            cancellationToken
        );
        return new EmbeddingJob(database, begun);
    }

    /// <summary>Inserts the row of a job that this process works on.</summary>
    public static Task<Guid> InsertAsync(
        NpgsqlConnection connection,
        Guid? repositoryId,
        long total,
        CancellationToken cancellationToken
    ) =>
        connection
            .Statement("Embedding/Store/Sql/begin-job")
            .Set("repository_id", repositoryId)
            .Set("total", (int)Math.Min(total, int.MaxValue))
            .Set("owner", Mark + Owner.Current.Description)
            .ValueAsync<Guid>(cancellationToken);

    /// <summary>Records that the run is alive.</summary>
    public Task BeatAsync(long processed, CancellationToken cancellationToken) =>
        database
            .Statement("Embedding/Store/Sql/beat-job")
            .Set("id", id)
            .Set("processed", (int)Math.Min(processed, int.MaxValue))
            .ExecuteAsync(cancellationToken);

    /// <summary>Ends the job: completed without an error, else failed.</summary>
    public Task EndAsync(long processed, string? error, CancellationToken cancellationToken) =>
        database
            .Statement("Embedding/Store/Sql/end-job")
            .Set("id", id)
            .Set("status", error is null ? "completed" : "failed")
            .Set("processed", (int)Math.Min(processed, int.MaxValue))
            .Set("error", error is null ? null : Failure + error)
            .ExecuteAsync(cancellationToken);
}
