using System.Data;
using Npgsql;
using Polly;
using Polly.Retry;

namespace Backfill.Core.Postgres;

/// <summary>
/// One database with its pool of connections. The connections have no session state, so that a pooler in transaction mode
/// works. Only this class tries statements again after a temporary fault and takes on a role.
/// </summary>
internal sealed class Database : IAsyncDisposable
{
    /// <summary>The time limit of a statement over a whole repository. A million rows can take longer than the 30 seconds of other statements.</summary>
    public const int LongStatementSeconds = 600;

    private readonly NpgsqlDataSource source;
    private readonly ResiliencePipeline retry;
    private readonly ConnectionRoom room = new();
    private Catalogue? catalogue;
    private volatile bool wasReached;

    /// <param name="connectionString">In Npgsql's form; see <see cref="ConnectionText"/>.</param>
    /// <param name="time">The clock of the pauses between tries.</param>
    /// <param name="role">The role that the login acts as; null acts as the login.</param>
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
                                && DatabaseErrors.IsTemporary(error, attempt.AttemptNumber, wasReached)
                        ),
                }
            )
            .Build();
    }

    /// <summary>Gets the connection string with the password, for code that opens its own connection. It must never be in a message.</summary>
    public string ConnectionString { get; }

    /// <summary>Gets the role that the login acts as in every transaction; null acts as the login.</summary>
    public string? Role { get; }

    /// <summary>Gets host, port, database, user and role, without the password.</summary>
    public string Description
    {
        get
        {
            var parts = new NpgsqlConnectionStringBuilder(source.ConnectionString);
            var place = ConnectionText.Describe(parts);
            return Role is null ? place : $"{place} as {Role}";
        }
    }

    /// <summary>Returns the catalogue, which is read once and kept until <see cref="ForgetCatalogue"/>.</summary>
    public async Task<Catalogue> CatalogueAsync(CancellationToken cancellationToken) =>
        catalogue ??= await RunAsync((connection, token) => Catalogue.ReadAsync(connection, token), cancellationToken);

    /// <summary>Forgets the catalogue, which a migration has changed. The next use reads it again.</summary>
    public void ForgetCatalogue() => catalogue = null;

    /// <summary>Takes a statement from its file.</summary>
    /// <param name="path">Relative to the project and without its extension, for example <c>Sync/Writing/Sql/read-gaps</c>.</param>
    /// <param name="catalogue">Leaves out the lines that name what the database lacks.</param>
    public Statement Statement(string path, Catalogue? catalogue = null) => new(SqlText.Of(path, catalogue), this);

    /// <summary>Takes a statement from its file and replaces its names; see <see cref="SqlText.With"/>.</summary>
    public Statement Statement(string path, IReadOnlyDictionary<string, string> names) =>
        new(SqlText.With(path, names), this);

    /// <summary>Takes a statement about one repository, which it has as <c>@repository_id</c>, and as the only one of <c>@repository_ids</c>. The statement may read the whole repository.</summary>
    public async Task<Statement> StatementAsync(
        string path,
        StoredRepository repository,
        CancellationToken cancellationToken
    ) =>
        Statement(path, await CatalogueAsync(cancellationToken))
            .OverWholeTables()
            .Set("repository_id", repository.Id)
            .Set("repository_ids", [repository.Id]);

    /// <summary>Runs statements that need no transaction of their own. After a temporary fault, it runs them again from the start.</summary>
    /// <exception cref="BackfillException">The database cannot be reached or refuses.</exception>
    public Task<T> RunAsync<T>(
        Func<NpgsqlConnection, CancellationToken, Task<T>> work,
        CancellationToken cancellationToken
    ) =>
        // A role lasts for one transaction. Otherwise the pooler would give the next client a session with this role.
        Role is null
            ? OutsideTransactionAsync(work, cancellationToken)
            : TransactionAsync(work, cancellationToken);

    /// <summary>Runs statements in one transaction. After a temporary fault, it runs the whole transaction again, so <paramref name="work"/> must not keep state between tries.</summary>
    /// <exception cref="BackfillException">The database cannot be reached or refuses.</exception>
    public Task<T> TransactionAsync<T>(
        Func<NpgsqlConnection, CancellationToken, Task<T>> work,
        CancellationToken cancellationToken
    ) => InTransactionAsync(work, IsolationLevel.ReadCommitted, commit: true, cancellationToken);

    /// <summary>Does the same as <see cref="TransactionAsync"/>, and all statements see the database as it was at the first statement.</summary>
    /// <exception cref="BackfillException">The database cannot be reached or refuses.</exception>
    public Task<T> SnapshotAsync<T>(
        Func<NpgsqlConnection, CancellationToken, Task<T>> work,
        CancellationToken cancellationToken
    ) => InTransactionAsync(work, IsolationLevel.RepeatableRead, commit: true, cancellationToken);

    /// <summary>Tries whether statements would succeed: runs them in a transaction that is rolled back.</summary>
    /// <exception cref="BackfillException">The database cannot be reached or refuses.</exception>
    public Task<T> TryAsync<T>(
        Func<NpgsqlConnection, CancellationToken, Task<T>> work,
        CancellationToken cancellationToken
    ) => InTransactionAsync(work, IsolationLevel.ReadCommitted, commit: false, cancellationToken);

    /// <summary>Runs a statement that PostgreSQL refuses in a transaction. It runs as the login, because a role needs a transaction.</summary>
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

    /// <summary>Runs code that opens its own connection, again from the start after a temporary fault. Meanwhile the pool keeps no idle connection, which could be the last one that the login may have.</summary>
    /// <exception cref="BackfillException">The database cannot be reached or refuses.</exception>
    public Task<T> RunUnpooledAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken) =>
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
