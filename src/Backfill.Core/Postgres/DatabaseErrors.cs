using System.Net.Sockets;
using System.Security.Authentication;
using Npgsql;

namespace Backfill.Core.Postgres;

/// <summary>Decides which errors of the database are temporary, and tells the operator what to do about the others.</summary>
internal static class DatabaseErrors
{
    /// <summary>The largest number of tries. With pauses of up to five seconds they take 40 seconds, in which a server can restart.</summary>
    public const int MostTries = 14;

    // Errors that the server itself reports need fewer tries.
    private const int TriesOnRefusal = 6;

    // A statement that reached its time limit may have waited for the lock of another transaction, or may always be too slow.
    private const int TriesOnTimeout = 2;

    // Two transactions may store the same new account at once. ON CONFLICT handles one unique index only, so one of them fails
    // at the unique login. The second try sees the row of the other transaction. If it does not, no try will.
    private const int TriesOnUniqueKey = 2;

    /// <summary>Returns true for a temporary fault: a lost connection, a restart, a deadlock, a serialization failure, a statement's timeout, a key that another transaction took at the same moment.</summary>
    /// <param name="tries">The number of earlier tries.</param>
    /// <param name="wasReached">Whether this process has reached the database before. If it has, a server that cannot be found is probably restarting.</param>
    public static bool IsTemporary(NpgsqlException error, int tries, bool wasReached) =>
        error switch
        {
            PostgresException refused => refused.SqlState switch
            {
                PostgresErrorCodes.UniqueViolation => tries < TriesOnUniqueKey,
                PostgresErrorCodes.QueryCanceled => tries < TriesOnTimeout,
                PostgresErrorCodes.DiskFull or PostgresErrorCodes.OutOfMemory => false,
                PostgresErrorCodes.AdminShutdown
                or PostgresErrorCodes.CrashShutdown
                or PostgresErrorCodes.CannotConnectNow => wasReached || tries < TriesOnRefusal,
                _ => refused.IsTransient && tries < TriesOnRefusal,
            },
            _ => error.IsTransient
                && !IsMissingFile(error)
                && (wasReached || (tries < TriesOnRefusal && !IsRefusedConnection(error))),
        };

    /// <summary>Returns the error with a message and an action for the operator.</summary>
    public static BackfillException Describe(Exception error, string database) =>
        error switch
        {
            PostgresException { SqlState: PostgresErrorCodes.DiskFull } full => new BackfillException(
                ErrorIds.DatabaseDiskFull,
                ErrorKind.Unavailable,
                $"The disk of {database} is full: {full.MessageText}.",
                "Free or add disk space, then run the same command again: it goes on from the last stored page.",
                database,
                error
            ),
            PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } => ReadOnly(database, error),
            PostgresException
            {
                SqlState: PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.LockNotAvailable
            } slow => new BackfillException(
                ErrorIds.DatabaseTimeout,
                ErrorKind.Timeout,
                $"{database} ended a statement before it was complete: {slow.MessageText}.",
                "Give the login more time, for example ALTER ROLE ... SET statement_timeout = '10min' (lock_timeout where the message names a lock). Then run the same command again: it goes on from the last stored page.",
                database,
                error
            ),
            PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } crowded => new BackfillException(
                ErrorIds.DatabaseUnavailable,
                ErrorKind.Unavailable,
                $"{database} gives this process no connection: {crowded.MessageText}.",
                "One connection per process is enough, and more are faster. End other sessions of this login, or allow more: ALTER ROLE ... CONNECTION LIMIT 10, ALTER DATABASE ... CONNECTION LIMIT 10, or max_connections of the server, whichever the message names.",
                database,
                error
            ),
            PostgresException { SqlState: "28P01" or "28000" or "3D000" } login => new BackfillException(
                ErrorIds.DatabaseAccessDenied,
                ErrorKind.Access,
                $"{database} refused the login: {login.MessageText}.",
                "Check user, password and database name in the connection string. Supabase shows it under Project Settings, Database.",
                database,
                error
            ),
            PostgresException { SqlState: "42501" } right => new BackfillException(
                ErrorIds.DatabaseAccessDenied,
                ErrorKind.Access,
                $"The login at {database} lacks a right: {right.MessageText}.",
                "Grant the right, or connect as a role that has it. docs/database.md lists the rights.",
                database,
                error
            ),
            PostgresException { SqlState: "42P01" or "3F000" or "42703" } missing => new BackfillException(
                ErrorIds.SchemaMissing,
                ErrorKind.Setting,
                $"{database} lacks something that the tool needs: {missing.MessageText}.",
                "Run Initialize-BackfillDatabase for this database first.",
                database,
                error
            ),
            PostgresException { SqlState: PostgresErrorCodes.ProtocolViolation } pooler
                when pooler.MessageText.Contains("startup parameter", StringComparison.Ordinal) =>
                new BackfillException(
                    ErrorIds.SettingMalformed,
                    ErrorKind.Setting,
                    $"The pooler in front of {database} refused the connection: {pooler.MessageText}.",
                    "Remove the parameter from the connection string, because a pooler keeps no session. Name a role with Connect-Backfill -DatabaseRole or BACKFILL_DATABASE_ROLE.",
                    database,
                    error
                ),
            PostgresException refused => new BackfillException(
                ErrorIds.DatabaseWriteRefused,
                ErrorKind.Data,
                $"{database} refused a statement: {refused.MessageText} ({refused.SqlState}{Place(refused)}).",
                "The page was not stored. Fix the cause that the message names, then run the same command again: it goes on from this page.",
                database,
                error
            ),
            _ when error.GetBaseException() is AuthenticationException refused => new BackfillException(
                ErrorIds.DatabaseUnavailable,
                ErrorKind.Unavailable,
                // The driver's callback refuses the certificate and does not say why.
                refused.Message.Contains("Callback", StringComparison.Ordinal)
                    ? $"{database} cannot be reached over TLS: its certificate comes from no authority that is trusted here, or does not name this host."
                    : $"{database} cannot be reached over TLS: {refused.Message}",
                "With sslmode=verify-full the certificate must name the host of the connection string and come from the authority in sslrootcert. verify-ca does not compare the host. Supabase has its authority's certificate under Database Settings, SSL Configuration. sslmode=require encrypts and does not check the certificate.",
                database,
                error
            ),
            _ when IsMissingFile(error) => new BackfillException(
                ErrorIds.SettingMalformed,
                ErrorKind.Setting,
                $"The connection string of {database} names a file that cannot be read: {error.GetBaseException().Message}",
                "Correct the path. sslrootcert (Root Certificate) is the authority's certificate. sslcert and sslkey are the certificate and the key of the login.",
                database,
                error
            ),
            _ => new BackfillException(
                ErrorIds.DatabaseUnavailable,
                ErrorKind.Unavailable,
                $"{database} cannot be reached: {error.InnerException?.Message ?? error.Message}",
                HasOnlyIPv6(error, database)
                    ? "Supabase's direct host has only an IPv6 address, and this machine reaches no IPv6 network. Use the host of its pooler with port 6543 and the user postgres.<project reference>, as the project shows it under Connect, or add the IPv4 address to the project."
                    : "Check the host and the port, that the server runs, and that no firewall blocks the connection. For the private server run Initialize-BackfillDatabase -Local. Supabase's direct host has only an IPv6 address: on an IPv4 network, use the host of its pooler.",
                database,
                error
            ),
        };

    /// <summary>Returns the error of a database that takes no writes: a standby, or a database in read-only mode.</summary>
    public static BackfillException ReadOnly(string database, Exception? cause = null) =>
        new(
            ErrorIds.DatabaseReadOnly,
            ErrorKind.Access,
            $"{database} is read-only: it is a standby, or default_transaction_read_only is on.",
            "Connect to the primary server, or end the read-only mode: ALTER DATABASE ... SET default_transaction_read_only = off, or the same for the login.",
            database,
            cause
        );

    /// <summary>Returns the error of a login that may not act as the role, or of a role that does not exist.</summary>
    public static BackfillException RefusedRole(PostgresException refused, string role, string database) =>
        new(
            ErrorIds.DatabaseAccessDenied,
            ErrorKind.Access,
            $"The login at {database} cannot act as that role: {refused.MessageText}.",
            $"Make the login a member (GRANT {role} TO ...), or name another role with Connect-Backfill -DatabaseRole or BACKFILL_DATABASE_ROLE.",
            database,
            refused
        );

    // A resolver without IPv6 finds no address for such a host. With IPv6 but no route, the connection finds no network.
    private static bool HasOnlyIPv6(Exception error, string database) =>
        error.GetBaseException()
            is SocketException
            {
                SocketErrorCode: SocketError.HostNotFound
                    or SocketError.NoData
                    or SocketError.NetworkUnreachable
                    or SocketError.HostUnreachable
                    or SocketError.AddressNotAvailable
                    or SocketError.AddressFamilyNotSupported
            }
        && database.Contains(".supabase.co:", StringComparison.OrdinalIgnoreCase);

    // The file is a certificate or a key.
    private static bool IsMissingFile(Exception error) =>
        error.GetBaseException() is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException;

    // No server listens, or there is no such host. At the first contact the operator should see the error at once, not after six tries.
    private static bool IsRefusedConnection(NpgsqlException error) =>
        error.InnerException
            is SocketException { SocketErrorCode: SocketError.ConnectionRefused or SocketError.HostNotFound };

    private static string Place(PostgresException refused) =>
        (refused.TableName, refused.ConstraintName) switch
        {
            (null, _) => "",
            ({ } table, null) => $", table {table}",
            ({ } table, { } constraint) => $", table {table}, constraint {constraint}",
        };
}
