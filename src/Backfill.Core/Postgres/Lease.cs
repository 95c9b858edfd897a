using System.Globalization;

namespace Backfill.Core.Postgres;

/// <summary>
/// The right of one process to work on a resource alone. It is a row with an end by the database's clock, because a pooler
/// in transaction mode keeps no session that could hold a lock.
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

    /// <summary>Takes the lease. Takes it from a former owner at once when that process is provably gone.</summary>
    /// <param name="resource">The resource, for example <c>migrations</c>.</param>
    /// <param name="owner">The process that takes the lease.</param>
    /// <param name="duration">The time for which the lease lasts without <see cref="RenewAsync"/>.</param>
    /// <param name="runId">The run, because one process can work on several things at once.</param>
    /// <param name="repository">The repository of the resource, for messages; null where the resource is no repository.</param>
    /// <exception cref="BackfillException">Another process or run has the lease.</exception>
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

            await ReleaseAsync(database, resource, holder.RunId, cancellationToken);
        }
    }

    /// <summary>Moves the end of the lease.</summary>
    /// <exception cref="BackfillException">The lease ran out, and another run took it.</exception>
    public async Task RenewAsync(CancellationToken cancellationToken)
    {
        var renewed = await database
            .Statement("Postgres/renew-lease")
            .Set("resource", resource)
            .Set("run_id", runId)
            .Set("duration", duration)
            .ExecuteAsync(cancellationToken);
        if (renewed == 0)
        {
            throw new BackfillException(
                ErrorIds.LeaseHeld,
                ErrorKind.Conflict,
                $"This process did not renew its lease on {subject} in time, and another process took it.",
                "Look at Get-RepoSync: the other run goes on from the same place.",
                subject
            );
        }
    }

    /// <summary>
    /// Keeps the resource for a later holder, who takes it by the same id (<see cref="TakeOverAsync"/>). No process owns the lease
    /// in between, so it ends only by its time.
    /// </summary>
    /// <param name="nextId">The id by which the next holder takes the lease.</param>
    /// <param name="owner">What messages say holds the lease meanwhile.</param>
    /// <param name="duration">The time after which the lease ends.</param>
    /// <returns>False when the lease is not held any more.</returns>
    public async Task<bool> HandOverAsync(
        Guid nextId,
        string owner,
        TimeSpan duration,
        CancellationToken cancellationToken
    ) => await PassAsync(database, resource, runId, (nextId, owner, duration), cancellationToken) > 0;

    /// <summary>Keeps a lease for longer that <see cref="HandOverAsync"/> kept. Does nothing where it is not kept any more.</summary>
    public static Task KeepAsync(
        Database database,
        string resource,
        Guid keptId,
        string owner,
        TimeSpan duration,
        CancellationToken cancellationToken
    ) => PassAsync(database, resource, keptId, (keptId, owner, duration), cancellationToken);

    /// <summary>Takes a lease that <see cref="HandOverAsync"/> kept for this id, and otherwise one that is free.</summary>
    /// <param name="keptId">The id for which the lease was kept.</param>
    /// <param name="runId">The id of the new holder.</param>
    /// <exception cref="BackfillException">Another process or run has the lease.</exception>
    public static async Task<Lease> TakeOverAsync(
        Database database,
        string resource,
        TimeSpan duration,
        Guid keptId,
        Guid runId,
        string repository,
        CancellationToken cancellationToken
    ) =>
        await PassAsync(database, resource, keptId, (runId, Owner.Current.ToString(), duration), cancellationToken) > 0
            ? new Lease(database, resource, repository, runId, duration)
            : await AcquireAsync(database, resource, Owner.Current, duration, runId, cancellationToken, repository);

    /// <summary>Gives the lease back.</summary>
    public Task ReleaseAsync(CancellationToken cancellationToken) =>
        ReleaseAsync(database, resource, runId, cancellationToken);

    // Returns null when the lease was taken, and otherwise its holder.
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
                await connection.Statement("Postgres/lock-lapsed-lease").Set("resource", resource).ExecuteAsync(token);
                var taken = await connection
                    .Statement("Postgres/take-lease")
                    .Set("resource", resource)
                    .Set("owner", owner.ToString())
                    .Set("run_id", runId)
                    .Set("duration", duration)
                    .ExecuteAsync(token);
                return taken > 0
                    ? null
                    : await connection
                        .Statement("Postgres/read-lease")
                        .Set("resource", resource)
                        .RowAsync(
                            row => new Holder(
                                row.Get<string>("owner"),
                                row.Get<Guid>("run_id"),
                                row.Get<DateTimeOffset>("acquired_at"),
                                row.Get<DateTimeOffset>("expires_at")
                            ),
                            token
                        )
                        ?? throw new InvalidOperationException($"The lease on {resource} was neither taken nor held.");
            },
            cancellationToken
        );

    private static Task<int> PassAsync(
        Database database,
        string resource,
        Guid runId,
        (Guid Id, string Owner, TimeSpan Duration) next,
        CancellationToken cancellationToken
    ) =>
        database
            .Statement("Postgres/pass-lease")
            .Set("resource", resource)
            .Set("run_id", runId)
            .Set("next_run_id", next.Id)
            .Set("owner", next.Owner)
            .Set("duration", next.Duration)
            .ExecuteAsync(cancellationToken);

    private static Task<int> ReleaseAsync(
        Database database,
        string resource,
        Guid runId,
        CancellationToken cancellationToken
    ) =>
        database
            .Statement("Postgres/release-lease")
            .Set("resource", resource)
            .Set("run_id", runId)
            .ExecuteAsync(cancellationToken);

    private static BackfillException Held(string resource, string? repository, Holder holder) =>
        new(
            ErrorIds.LeaseHeld,
            ErrorKind.Conflict,
            $"{Owner.Parse(holder.Owner)?.Description ?? holder.Owner} has been working on {repository ?? resource} since {Utc(holder.AcquiredAt)}.",
            $"{(repository is null ? "Wait until it ends." : $"Wait for it (Wait-RepoSync {repository}) or stop it (Stop-RepoSync {repository}).")} If its process is gone, the lease ends by itself at {Utc(holder.ExpiresAt)}.",
            repository ?? resource
        );

    private static string Utc(DateTimeOffset time) => time.ToString("u", CultureInfo.InvariantCulture);

    private sealed record Holder(string Owner, Guid RunId, DateTimeOffset AcquiredAt, DateTimeOffset ExpiresAt);
}
