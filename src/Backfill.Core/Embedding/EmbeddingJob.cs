using Backfill.Core.Postgres;
using Npgsql;

namespace Backfill.Core.Embedding;

/// <summary>The app's own record of a run, in <c>embedding_jobs</c>, where its database has that table: it is never left in <c>processing</c>.</summary>
internal sealed class EmbeddingJob
{
    /// <summary>How the error message of a job of the tool begins while the job is at work.</summary>
    public const string Mark = "Backfill at work: ";

    /// <summary>How the error message of a job of the tool begins once the job has failed.</summary>
    public const string Failure = "Backfill: ";

    private readonly Database database;
    private readonly Guid id;

    private EmbeddingJob(Database database, Guid id)
    {
        this.database = database;
        this.id = id;
    }

    /// <summary>Ends the tool's jobs of processes that are gone, whichever repositories they are about.</summary>
    public static async Task EndDesertedAsync(Database database, CancellationToken cancellationToken)
    {
        if ((await database.CatalogueAsync(cancellationToken)).HasTable("embedding_jobs"))
        {
            await ExecuteAsync(
                database,
                "fail-jobs",
                command =>
                {
                    command.Parameters.AddWithValue("mark", Mark);
                    command.Parameters.AddWithValue("failure", Failure);
                },
                cancellationToken
            );
        }
    }

    /// <summary>Begins one; null where there is no such table.</summary>
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

        var begun = await database.ReadAsync(
            (connection, token) => InsertAsync(connection, repositoryId, total, token),
            cancellationToken
        );
        return new EmbeddingJob(database, begun);
    }

    /// <summary>Inserts the row of a job that this process works on.</summary>
    public static async Task<Guid> InsertAsync(
        NpgsqlConnection connection,
        Guid? repositoryId,
        long total,
        CancellationToken cancellationToken
    )
    {
        await using var command = new NpgsqlCommand(SqlText.Read("Embedding/begin-job.sql"), connection);
        command.Parameters.AddWithValue(
            "repository_id",
            NpgsqlTypes.NpgsqlDbType.Uuid,
            (object?)repositoryId ?? DBNull.Value
        );
        command.Parameters.AddWithValue("total", (int)Math.Min(total, int.MaxValue));
        command.Parameters.AddWithValue("owner", Mark + Owner.Current.Description);
        return (Guid)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Says that it is alive.</summary>
    public Task BeatAsync(long processed, CancellationToken cancellationToken) =>
        ExecuteAsync(
            database,
            "beat-job",
            command =>
            {
                command.Parameters.AddWithValue("id", id);
                command.Parameters.AddWithValue("processed", (int)Math.Min(processed, int.MaxValue));
            },
            cancellationToken
        );

    /// <summary>Ends it: completed without an error, else failed.</summary>
    public Task EndAsync(long processed, string? error, CancellationToken cancellationToken) =>
        ExecuteAsync(
            database,
            "end-job",
            command =>
            {
                command.Parameters.AddWithValue("id", id);
                command.Parameters.AddWithValue("status", error is null ? "completed" : "failed");
                command.Parameters.AddWithValue("processed", (int)Math.Min(processed, int.MaxValue));
                command.Parameters.AddWithValue(
                    "error",
                    NpgsqlTypes.NpgsqlDbType.Text,
                    error is null ? DBNull.Value : Failure + error
                );
            },
            cancellationToken
        );

    private static Task<int> ExecuteAsync(
        Database database,
        string statement,
        Action<NpgsqlCommand> parameters,
        CancellationToken cancellationToken
    ) =>
        database.ReadAsync(
            async (connection, token) =>
            {
                await using var command = new NpgsqlCommand(SqlText.Read($"Embedding/{statement}.sql"), connection);
                parameters(command);
                return await command.ExecuteNonQueryAsync(token);
            },
            cancellationToken
        );
}
