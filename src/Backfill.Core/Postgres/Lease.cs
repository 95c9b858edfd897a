using System.Globalization;
using Npgsql;

namespace Backfill.Core.Postgres;

/// <summary>
/// The right to work on something alone, as a row with an end by the database's clock: a pooler in transaction mode keeps
/// no session that could hold a lock.
/// </summary>
internal sealed class Lease
{
    private readonly Database database;
    private readonly string resource;
    private readonly string subject;
    private readonly Guid runId;
    private readonly TimeSpan duration;

    private Lease(Database database, string resource, string subject, Guid runId, TimeSpan duration)
    {
        this.database = database;
        this.resource = resource;
        this.subject = subject;
        this.runId = runId;
        this.duration = duration;
    }

    /// <summary>Takes the lease; at once also where the former owner is provably gone.</summary>
    /// <param name="resource">What it is about, for example <c>migrations</c>.</param>
    /// <param name="owner">Who takes it.</param>
    /// <param name="duration">How long it lasts without <see cref="RenewAsync"/>.</param>
    /// <param name="runId">Tells apart what one owner does at the same time.</param>
    /// <param name="repository">The repository that it is about, for messages; null where it is about something else.</param>
    /// <exception cref="BackfillException">Somebody else has it.</exception>
    public static async Task<Lease> AcquireAsync(
        Database database,
        string resource,
        Owner owner,
        TimeSpan duration,
        Guid runId,
        CancellationToken cancellationToken,
        string? repository = null
    )
    {
        while (true)
        {
            var holder = await TryAsync(database, resource, owner, duration, runId, cancellationToken);
            if (holder is null)
            {
                return new Lease(database, resource, repository ?? resource, runId, duration);
            }

            if (Owner.Parse(holder.Owner)?.IsGone != true)
            {
                throw Held(resource, repository, holder);
            }

            await ExecuteAsync(database, "release-lease", resource, holder.RunId, null, cancellationToken);
        }
    }

    /// <summary>Moves the end.</summary>
    /// <exception cref="BackfillException">It ran out and somebody else took it.</exception>
    public async Task RenewAsync(CancellationToken cancellationToken)
    {
        if (await ExecuteAsync(database, "renew-lease", resource, runId, duration, cancellationToken) == 0)
        {
            throw new BackfillException(
                ErrorIds.LeaseHeld,
                ErrorKind.Conflict,
                $"The lease on {subject} ran out while this process did not answer, and somebody else took it.",
                "Look at Get-RepoSync: the other run goes on from the same place.",
                subject
            );
        }
    }

    /// <summary>Gives it back.</summary>
    public Task ReleaseAsync(CancellationToken cancellationToken) =>
        ExecuteAsync(database, "release-lease", resource, runId, null, cancellationToken);

    // Null when it was taken; otherwise who has it.
    private static Task<Holder?> TryAsync(
        Database database,
        string resource,
        Owner owner,
        TimeSpan duration,
        Guid runId,
        CancellationToken cancellationToken
    ) =>
        database.TransactionAsync(
            async (connection, token) =>
            {
                await using (var wait = new NpgsqlCommand(SqlText.Read("Postgres/lock-lapsed-lease.sql"), connection))
                {
                    wait.Parameters.AddWithValue("resource", resource);
                    await wait.ExecuteNonQueryAsync(token);
                }

                await using (var take = new NpgsqlCommand(SqlText.Read("Postgres/take-lease.sql"), connection))
                {
                    take.Parameters.AddWithValue("resource", resource);
                    take.Parameters.AddWithValue("owner", owner.ToString());
                    take.Parameters.AddWithValue("run_id", runId);
                    take.Parameters.AddWithValue("duration", duration);
                    if (await take.ExecuteNonQueryAsync(token) > 0)
                    {
                        return null;
                    }
                }

                await using var read = new NpgsqlCommand(SqlText.Read("Postgres/read-lease.sql"), connection);
                read.Parameters.AddWithValue("resource", resource);
                await using var reader = await read.ExecuteReaderAsync(token);
                return await reader.ReadAsync(token)
                    ? new Holder(reader.GetString(0), reader.GetGuid(1), reader.Time(2)!.Value, reader.Time(3)!.Value)
                    : throw new InvalidOperationException($"The lease on {resource} was neither taken nor held.");
            },
            cancellationToken
        );

    private static Task<int> ExecuteAsync(
        Database database,
        string statement,
        string resource,
        Guid runId,
        TimeSpan? duration,
        CancellationToken cancellationToken
    ) =>
        database.TransactionAsync(
            async (connection, token) =>
            {
                await using var command = new NpgsqlCommand(SqlText.Read($"Postgres/{statement}.sql"), connection);
                command.Parameters.AddWithValue("resource", resource);
                command.Parameters.AddWithValue("run_id", runId);
                if (duration is { } given)
                {
                    command.Parameters.AddWithValue("duration", given);
                }

                return await command.ExecuteNonQueryAsync(token);
            },
            cancellationToken
        );

    private static BackfillException Held(string resource, string? repository, Holder holder) =>
        new(
            ErrorIds.LeaseHeld,
            ErrorKind.Conflict,
            $"{Owner.Parse(holder.Owner)?.Description ?? holder.Owner} has been at work on {repository ?? resource} since {Utc(holder.AcquiredAt)}.",
            $"{(repository is null ? "Wait until it ends." : $"Wait for it (Wait-RepoSync {repository}) or stop it (Stop-RepoSync {repository}).")} If its process is gone, the lease ends by itself at {Utc(holder.ExpiresAt)}.",
            repository ?? resource
        );

    private static string Utc(DateTimeOffset time) => time.ToString("u", CultureInfo.InvariantCulture);

    private sealed record Holder(string Owner, Guid RunId, DateTimeOffset AcquiredAt, DateTimeOffset ExpiresAt);
}
