namespace Backfill;

/// <summary>The ids of errors. <c>docs/errors.md</c> gives the cause and the remedy of each.</summary>
public static class ErrorIds
{
    /// <summary>A required setting has no value.</summary>
    public const string MissingSetting = nameof(MissingSetting);

    /// <summary>A setting has a value that cannot be read.</summary>
    public const string SettingMalformed = nameof(SettingMalformed);

    /// <summary>The name of a repository is not written as owner/name.</summary>
    public const string RepositoryNameMalformed = nameof(RepositoryNameMalformed);

    /// <summary>A time range is not written as 30, 30d, 12w, 1y or all.</summary>
    public const string TimeRangeMalformed = nameof(TimeRangeMalformed);

    /// <summary>The database does not know the repository.</summary>
    public const string RepositoryNotTracked = nameof(RepositoryNotTracked);

    /// <summary>GitHub has no such repository, or the token may not see it.</summary>
    public const string RepositoryNotFound = nameof(RepositoryNotFound);

    /// <summary>The name now belongs to another repository than the stored repository.</summary>
    public const string RepositoryIdentityChanged = nameof(RepositoryIdentityChanged);

    /// <summary>No workspace has this name, slug or id.</summary>
    public const string WorkspaceNotFound = nameof(WorkspaceNotFound);

    /// <summary>No run has this id, or the repository has none.</summary>
    public const string RunNotFound = nameof(RunNotFound);

    /// <summary>Several runs have the given part in their id.</summary>
    public const string RunIdAmbiguous = nameof(RunIdAmbiguous);

    /// <summary>GitHub refused the token.</summary>
    public const string GitHubTokenRefused = nameof(GitHubTokenRefused);

    /// <summary>The token has not enough rights (scope, SAML enforcement, installation).</summary>
    public const string GitHubAccessDenied = nameof(GitHubAccessDenied);

    /// <summary>GitHub did not respond properly after every retry.</summary>
    public const string GitHubUnavailable = nameof(GitHubUnavailable);

    /// <summary>GitHub no longer accepts a query of the tool.</summary>
    public const string GitHubQueryRefused = nameof(GitHubQueryRefused);

    /// <summary>The database cannot be reached.</summary>
    public const string DatabaseUnavailable = nameof(DatabaseUnavailable);

    /// <summary>The database refused the login, or the login lacks a right.</summary>
    public const string DatabaseAccessDenied = nameof(DatabaseAccessDenied);

    /// <summary>The database lacks tables that the tool needs.</summary>
    public const string SchemaMissing = nameof(SchemaMissing);

    /// <summary>The tables of the database cannot hold the data.</summary>
    public const string SchemaUnsuitable = nameof(SchemaUnsuitable);

    /// <summary>The database refused rows for a reason that a retry does not change.</summary>
    public const string DatabaseWriteRefused = nameof(DatabaseWriteRefused);

    /// <summary>The database's disk is full.</summary>
    public const string DatabaseDiskFull = nameof(DatabaseDiskFull);

    /// <summary>The database is a standby, or in read-only mode.</summary>
    public const string DatabaseReadOnly = nameof(DatabaseReadOnly);

    /// <summary>A statement took longer than the server or the login allows.</summary>
    public const string DatabaseTimeout = nameof(DatabaseTimeout);

    /// <summary>No PostgreSQL programs were found and none could be fetched.</summary>
    public const string LocalServerNotInstalled = nameof(LocalServerNotInstalled);

    /// <summary>The private server did not start. The message has the end of its log.</summary>
    public const string LocalServerNotStarted = nameof(LocalServerNotStarted);

    /// <summary>The private server's data was written by another major version.</summary>
    public const string LocalServerVersionMismatch = nameof(LocalServerVersionMismatch);

    /// <summary>Another run holds the lease on the repository, workspace or migrations.</summary>
    public const string LeaseHeld = nameof(LeaseHeld);

    /// <summary>A run finished with gaps.</summary>
    public const string SyncIncomplete = nameof(SyncIncomplete);

    /// <summary>A run ended by an error.</summary>
    public const string SyncFailed = nameof(SyncFailed);

    /// <summary>A run was stopped.</summary>
    public const string SyncStopped = nameof(SyncStopped);

    /// <summary>The process of a run has ended.</summary>
    public const string SyncInterrupted = nameof(SyncInterrupted);

    /// <summary>The wait ended before the run.</summary>
    public const string WaitTimedOut = nameof(WaitTimedOut);

    /// <summary>Inngest, or the Supabase function that passes events on, refused a key.</summary>
    public const string InngestKeyRefused = nameof(InngestKeyRefused);

    /// <summary>Inngest refused the event because of its content.</summary>
    public const string InngestEventRefused = nameof(InngestEventRefused);

    /// <summary>Inngest accepts no more events or requests for now.</summary>
    public const string InngestRateLimited = nameof(InngestRateLimited);

    /// <summary>Inngest did not respond properly after every retry.</summary>
    public const string InngestUnavailable = nameof(InngestUnavailable);

    /// <summary>No dev server listens at its address.</summary>
    public const string InngestDevServerNotRunning = nameof(InngestDevServerNotRunning);

    /// <summary>The event was accepted, but the environment whose runs are read does not know it.</summary>
    public const string InngestEnvironmentWrong = nameof(InngestEnvironmentWrong);

    /// <summary>The event was accepted, but no function ran.</summary>
    public const string InngestNothingRan = nameof(InngestNothingRan);

    /// <summary>The function ended, but it did not change the rows.</summary>
    public const string InngestNothingStored = nameof(InngestNothingStored);

    /// <summary>The embedding provider refused the key, or its quota is used up.</summary>
    public const string EmbeddingProviderRefused = nameof(EmbeddingProviderRefused);

    /// <summary>The embedding provider did not respond properly after every retry.</summary>
    public const string EmbeddingProviderUnavailable = nameof(EmbeddingProviderUnavailable);

    /// <summary>The provider's vectors do not fit the column.</summary>
    public const string EmbeddingDimensionMismatch = nameof(EmbeddingDimensionMismatch);

    /// <summary>The stored vectors were made by another model.</summary>
    public const string EmbeddingModelChanged = nameof(EmbeddingModelChanged);

    /// <summary>Some items could not be embedded. The message says how many and why.</summary>
    public const string EmbeddingIncomplete = nameof(EmbeddingIncomplete);

    /// <summary>The database knows no unfinished batch with this id.</summary>
    public const string EmbeddingBatchNotFound = nameof(EmbeddingBatchNotFound);

    /// <summary>The repository has no such item, or it has no vector.</summary>
    public const string ItemNotFound = nameof(ItemNotFound);

    /// <summary>A coverage check failed.</summary>
    public const string CoverageCheckFailed = nameof(CoverageCheckFailed);

    /// <summary>No coverage check has this id or category.</summary>
    public const string CheckNotFound = nameof(CheckNotFound);

    /// <summary>The file of a report cannot be written.</summary>
    public const string ReportNotWritten = nameof(ReportNotWritten);

    /// <summary>A cmdlet got no input.</summary>
    public const string NoInput = nameof(NoInput);

    /// <summary>Parameters were given that cannot be used together.</summary>
    public const string ParameterConflict = nameof(ParameterConflict);

    /// <summary>An unexpected error. The message names the type of the exception.</summary>
    public const string Unexpected = nameof(Unexpected);
}
