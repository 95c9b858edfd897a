using System.Net.Sockets;
using System.Security.Authentication;
using Npgsql;

namespace Backfill.Core.Postgres;

/// <summary>What the database's errors mean: which pass by themselves, and what an operator does about the others.</summary>
internal static class DatabaseErrors
{
    /// <summary>How often anything is tried again: with pauses of up to five seconds the forty that a server may take to restart.</summary>
    public const int MostTries = 14;

    // What the server itself refuses is decided sooner.
    private const int TriesOnRefusal = 6;

    // A statement that ran into its time may have waited for somebody else's lock, or be too slow for this database for good.
    private const int TriesOnTimeout = 2;

    // Two transactions meet the same new account at once: one statement can give way to one unique index only, and finds the
    // login taken before it can see the row that took it. A second look sees it, or none ever will.
    private const int TriesOnUniqueKey = 2;

    /// <summary>True for a fault that a new try may not meet: a lost connection, a restart, a deadlock, a serialization failure, a statement's timeout, a key that somebody else took at the same moment.</summary>
    /// <param name="tries">How often it was tried again before.</param>
    /// <param name="wasReached">Whether this process reached the database before: then a server that nobody finds is one that restarts.</param>
    public static bool Passes(NpgsqlException error, int tries, bool wasReached) =>
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

    /// <summary>The error in an operator's words.</summary>
    public static BackfillException Describe(Exception error, string database) =>
        error switch
        {
            PostgresException { SqlState: PostgresErrorCodes.DiskFull } full => new BackfillException(
                ErrorIds.DatabaseDiskFull,
                ErrorKind.Unavailable,
                $"The disk of {database} is full: {full.MessageText}.",
                "Free or add disk space, then run the same command again: it goes on from the last committed page.",
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
                $"{database} ended a statement before it was done: {slow.MessageText}.",
                "Give the login more time, for example ALTER ROLE ... SET statement_timeout = '10min' (lock_timeout where the message names a lock), then run the same command again: it goes on from the last committed page.",
                database,
                error
            ),
            PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } crowded => new BackfillException(
                ErrorIds.DatabaseUnavailable,
                ErrorKind.Unavailable,
                $"{database} gives this process no connection: {crowded.MessageText}.",
                "One connection for each process is enough, and more are quicker. End other sessions of this login, or allow more: ALTER ROLE ... CONNECTION LIMIT 10, ALTER DATABASE ... CONNECTION LIMIT 10, or max_connections of the server, whichever the message names.",
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
                "Grant it, or connect as a role that has it; docs/database.md lists the rights.",
                database,
                error
            ),
            PostgresException { SqlState: "42P01" or "3F000" or "42703" } missing => new BackfillException(
                ErrorIds.SchemaMissing,
                ErrorKind.Setting,
                $"{database} lacks something that the tool needs: {missing.MessageText}.",
                "Run Initialize-BackfillDatabase against this database first.",
                database,
                error
            ),
            PostgresException { SqlState: PostgresErrorCodes.ProtocolViolation } pooler
                when pooler.MessageText.Contains("startup parameter", StringComparison.Ordinal) =>
                new BackfillException(
                    ErrorIds.SettingMalformed,
                    ErrorKind.Setting,
                    $"The pooler before {database} refused the connection: {pooler.MessageText}.",
                    "Leave it out of the connection string, since a pooler keeps no session. A role to act as is named with Connect-Backfill -DatabaseRole or BACKFILL_DATABASE_ROLE.",
                    database,
                    error
                ),
            PostgresException refused => new BackfillException(
                ErrorIds.DatabaseWriteRefused,
                ErrorKind.Data,
                $"{database} refused a statement: {refused.MessageText} ({refused.SqlState}{Place(refused)}).",
                "The message names what was refused. Nothing of the page was stored; the same command goes on from there once the cause is mended.",
                database,
                error
            ),
            _ when error.GetBaseException() is AuthenticationException refused => new BackfillException(
                ErrorIds.DatabaseUnavailable,
                ErrorKind.Unavailable,
                // The driver's callback says no and keeps the reason to itself.
                refused.Message.Contains("Callback", StringComparison.Ordinal)
                    ? $"{database} cannot be reached over TLS: its certificate comes from no authority that is trusted here, or does not name this host."
                    : $"{database} cannot be reached over TLS: {refused.Message}",
                "With sslmode=verify-full the certificate must name the host of the connection string (verify-ca leaves that out) and come from the authority in sslrootcert: Supabase gives its own under Database Settings, SSL Configuration. sslmode=require encrypts without looking at the certificate.",
                database,
                error
            ),
            _ when IsMissingFile(error) => new BackfillException(
                ErrorIds.SettingMalformed,
                ErrorKind.Setting,
                $"The connection string of {database} names a file that cannot be read: {error.GetBaseException().Message}",
                "Correct the path: sslrootcert (Root Certificate) is the authority's certificate, sslcert and sslkey are the login's own.",
                database,
                error
            ),
            _ => new BackfillException(
                ErrorIds.DatabaseUnavailable,
                ErrorKind.Unavailable,
                $"{database} cannot be reached: {error.InnerException?.Message ?? error.Message}",
                HasOnlyIPv6(error, database)
                    ? "Supabase's direct host has only an IPv6 address, and from here no IPv6 network is reached. Use the host of its pooler with port 6543 and the user postgres.<project reference>, as the project shows it under Connect, or add the IPv4 address to the project."
                    : "Check host and port, that the server runs and that a firewall lets you through. For the private server run Initialize-BackfillDatabase -Local. Supabase's direct host has only IPv6: use its pooler's host where you have IPv4 only.",
                database,
                error
            ),
        };

    /// <summary>The error of a database that takes no writes: a standby, or one in read-only mode.</summary>
    public static BackfillException ReadOnly(string database, Exception? cause = null) =>
        new(
            ErrorIds.DatabaseReadOnly,
            ErrorKind.Access,
            $"{database} is read-only: it is a standby, or default_transaction_read_only is on.",
            "Connect to the primary server, or end the read-only mode: ALTER DATABASE ... SET default_transaction_read_only = off, or the same for the login.",
            database,
            cause
        );

    /// <summary>The login may not act as the role, or there is no such role.</summary>
    public static BackfillException RefusedRole(PostgresException refused, string role, string database) =>
        new(
            ErrorIds.DatabaseAccessDenied,
            ErrorKind.Access,
            $"The login at {database} cannot act as that role: {refused.MessageText}.",
            $"Make the login a member (GRANT {role} TO ...), or name another role with Connect-Backfill -DatabaseRole or BACKFILL_DATABASE_ROLE.",
            database,
            refused
        );

    // A resolver without IPv6 finds no address for such a host; one with it, but without a way there, finds no network.
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

    // Of a certificate or a key.
    private static bool IsMissingFile(Exception error) =>
        error.GetBaseException() is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException;

    // Nobody listens, or there is no such host: at the first contact the operator should hear at once, not after six tries.
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
