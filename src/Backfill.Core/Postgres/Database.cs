using System.Data;
using Npgsql;
using Polly;
using Polly.Retry;

namespace Backfill.Core.Postgres;

/// <summary>
/// One database: a pool of connections without session state, so that a pooler in transaction mode serves too,
/// and the one place where a statement is tried again after a fault that passes, and where the login takes on a role.
/// </summary>
internal sealed class Database : IAsyncDisposable
{
    /// <summary>How long a statement over a whole repository may take: the 30 seconds of the others are no measure for a million rows.</summary>
    public const int LongStatementSeconds = 600;

    private readonly NpgsqlDataSource source;
    private readonly ResiliencePipeline retry;
    private readonly ConnectionRoom room = new();
    private Catalogue? catalogue;
    private volatile bool wasReached;

    /// <param name="connectionString">In Npgsql's form; see <see cref="ConnectionText"/>.</param>
    /// <param name="time">For the pauses between tries.</param>
    /// <param name="role">Whom the login acts as; null is itself.</param>
    public Database(string connectionString, TimeProvider time, string? role = null)
    {
        ConnectionString = connectionString;
        Role = role;
        source = new NpgsqlDataSourceBuilder(connectionString).Build();
        retry = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(
                new RetryStrategyOptions
                {
                    MaxRetryAttempts = DatabaseErrors.MostTries,
                    Delay = TimeSpan.FromMilliseconds(200),
                    MaxDelay = TimeSpan.FromSeconds(5),
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    ShouldHandle = attempt =>
                        ValueTask.FromResult(
                            attempt.Outcome.Exception is NpgsqlException error
                                && DatabaseErrors.Passes(error, attempt.AttemptNumber, wasReached)
                        ),
                }
            )
            .Build();
    }

    /// <summary>With the password: for whoever connects by itself, never for a message.</summary>
    public string ConnectionString { get; }

    /// <summary>Whom the login acts as in every transaction; null is itself.</summary>
    public string? Role { get; }

    /// <summary>Host, port, database, user and role, without the password.</summary>
    public string Description
    {
        get
        {
            var parts = new NpgsqlConnectionStringBuilder(source.ConnectionString);
            var place = ConnectionText.Describe(parts);
            return Role is null ? place : $"{place} as {Role}";
        }
    }

    /// <summary>The catalogue, looked at once and kept until <see cref="ForgetCatalogue"/>.</summary>
    public async Task<Catalogue> CatalogueAsync(CancellationToken cancellationToken) =>
        catalogue ??= await RunAsync((connection, token) => Catalogue.ReadAsync(connection, token), cancellationToken);

    /// <summary>After a migration: look again.</summary>
    public void ForgetCatalogue() => catalogue = null;

    /// <summary>Takes a statement from its file.</summary>
    /// <param name="path">Relative to the project and without its extension, for example <c>Sync/Writing/Sql/read-gaps</c>.</param>
    /// <param name="catalogue">Leaves out the lines that name what the database lacks.</param>
    public Statement Statement(string path, Catalogue? catalogue = null) => new(SqlText.Of(path, catalogue), this);

    /// <summary>Takes a statement from its file and replaces its names; see <see cref="SqlText.With"/>.</summary>
    public Statement Statement(string path, IReadOnlyDictionary<string, string> names) =>
        new(SqlText.With(path, names), this);

    /// <summary>Takes a statement about one repository, which it has as <c>@repository_id</c>. The statement may read the whole repository.</summary>
    public async Task<Statement> StatementAsync(
        string path,
        StoredRepository repository,
        CancellationToken cancellationToken
    ) =>
        Statement(path, await CatalogueAsync(cancellationToken))
            .Within(LongStatementSeconds)
            .Set("repository_id", repository.Id);

    /// <summary>Runs statements that need no transaction of their own, again from the start after a fault that passes.</summary>
    /// <exception cref="BackfillException">The database cannot be reached or refuses.</exception>
    public Task<T> RunAsync<T>(
        Func<NpgsqlConnection, CancellationToken, Task<T>> work,
        CancellationToken cancellationToken
    ) =>
        // A role that outlived its transaction would stay with the pooler's session, for whoever has that next.
        Role is null
            ? OutsideTransactionAsync(work, cancellationToken)
            : TransactionAsync(work, cancellationToken);

    /// <summary>Runs statements in one transaction, all of it again after a fault that passes: <paramref name="work"/> must not keep state between tries.</summary>
    /// <exception cref="BackfillException">The database cannot be reached or refuses.</exception>
    public Task<T> TransactionAsync<T>(
        Func<NpgsqlConnection, CancellationToken, Task<T>> work,
        CancellationToken cancellationToken
    ) => InTransactionAsync(work, IsolationLevel.ReadCommitted, commit: true, cancellationToken);

    /// <summary>Runs statements in one transaction that all see the database as it was at the first of them; otherwise as <see cref="TransactionAsync"/>.</summary>
    /// <exception cref="BackfillException">The database cannot be reached or refuses.</exception>
    public Task<T> SnapshotAsync<T>(
        Func<NpgsqlConnection, CancellationToken, Task<T>> work,
        CancellationToken cancellationToken
    ) => InTransactionAsync(work, IsolationLevel.RepeatableRead, commit: true, cancellationToken);

    /// <summary>Runs statements in one transaction that is rolled back: whether they would pass.</summary>
    /// <exception cref="BackfillException">The database cannot be reached or refuses.</exception>
    public Task<T> TryAsync<T>(
        Func<NpgsqlConnection, CancellationToken, Task<T>> work,
        CancellationToken cancellationToken
    ) => InTransactionAsync(work, IsolationLevel.ReadCommitted, commit: false, cancellationToken);

    /// <summary>Runs what PostgreSQL refuses in a transaction, and therefore as the login itself.</summary>
    /// <exception cref="BackfillException">The database cannot be reached or refuses.</exception>
    public Task<T> OutsideTransactionAsync<T>(
        Func<NpgsqlConnection, CancellationToken, Task<T>> work,
        CancellationToken cancellationToken
    ) =>
        AttemptAsync(
            async token =>
            {
                await using var place = await OpenAsync(token);
                return await work(place.Connection, token);
            },
            cancellationToken
        );

    /// <summary>Runs what connects by itself, again from the start after a fault that passes. This process keeps no idle connection meanwhile, which could be the last that the login may have.</summary>
    /// <exception cref="BackfillException">The database cannot be reached or refuses.</exception>
    public Task<T> ApartAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken) =>
        AttemptAsync(
            token =>
            {
                source.Clear();
                return work(token);
            },
            cancellationToken
        );

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => source.DisposeAsync();

    private Task<T> InTransactionAsync<T>(
        Func<NpgsqlConnection, CancellationToken, Task<T>> work,
        IsolationLevel isolation,
        bool commit,
        CancellationToken cancellationToken
    ) =>
        AttemptAsync(
            async token =>
            {
                await using var place = await OpenAsync(token);
                var connection = place.Connection;
                await using var transaction = await connection.BeginTransactionAsync(isolation, token);
                await TakeRoleAsync(connection, token);
                var result = await work(connection, token);
                if (commit)
                {
                    await transaction.CommitAsync(token);
                }

                return result;
            },
            cancellationToken
        );

    private async Task TakeRoleAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (Role is null)
        {
            return;
        }

        await using var command = new NpgsqlCommand(SqlText.Read("Postgres/take-role.sql"), connection);
        command.Parameters.AddWithValue("role", Role);
        try
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException refused)
            when (refused.SqlState
                    is PostgresErrorCodes.InsufficientPrivilege
                        or PostgresErrorCodes.InvalidParameterValue
            )
        {
            throw DatabaseErrors.RefusedRole(refused, Role, Description);
        }
    }

    private async Task<Place> OpenAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await room.EnterAsync(cancellationToken);
            var given = false;
            try
            {
                var connection = await source.OpenConnectionAsync(cancellationToken);
                wasReached = true;
                given = true;
                return new Place(connection, room);
            }
            catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.TooManyConnections)
            {
                given = room.GiveUp();
                if (!given)
                {
                    throw;
                }
            }
            finally
            {
                if (!given)
                {
                    room.Leave();
                }
            }
        }
    }

    private async Task<T> AttemptAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            return await retry.ExecuteAsync(async token => await work(token), cancellationToken);
        }
        catch (Exception error) when (error is NpgsqlException or TimeoutException)
        {
            throw DatabaseErrors.Describe(error, Description);
        }
    }

    private sealed record Place(NpgsqlConnection Connection, ConnectionRoom Room) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            try
            {
                await Connection.DisposeAsync();
            }
            finally
            {
                Room.Leave();
            }
        }
    }
}
