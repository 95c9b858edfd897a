namespace Backfill;

/// <summary>Every error id there is. Each stands in <c>docs/errors.md</c> with its cause and remedy.</summary>
public static class ErrorIds
{
    /// <summary>A required setting has no value.</summary>
    public const string MissingSetting = nameof(MissingSetting);

    /// <summary>A setting has a value that cannot be read.</summary>
    public const string SettingMalformed = nameof(SettingMalformed);

    /// <summary>A repository is not written as owner/name.</summary>
    public const string RepositoryNameMalformed = nameof(RepositoryNameMalformed);

    /// <summary>A time range is not written as 30, 30d, 12w, 1y or all.</summary>
    public const string TimeRangeMalformed = nameof(TimeRangeMalformed);

    /// <summary>The database does not know the repository.</summary>
    public const string RepositoryNotTracked = nameof(RepositoryNotTracked);

    /// <summary>GitHub has no such repository, or the token may not see it.</summary>
    public const string RepositoryNotFound = nameof(RepositoryNotFound);

    /// <summary>The name now belongs to another repository than the stored one.</summary>
    public const string RepositoryIdentityChanged = nameof(RepositoryIdentityChanged);

    /// <summary>No workspace has this name, slug or id.</summary>
    public const string WorkspaceNotFound = nameof(WorkspaceNotFound);

    /// <summary>No run has this id, or the repository has none.</summary>
    public const string RunNotFound = nameof(RunNotFound);

    /// <summary>GitHub refused the token.</summary>
    public const string GitHubTokenRefused = nameof(GitHubTokenRefused);

    /// <summary>The token may not do this (scope, SAML enforcement, installation).</summary>
    public const string GitHubAccessDenied = nameof(GitHubAccessDenied);

    /// <summary>GitHub did not answer, or not properly, after every retry.</summary>
    public const string GitHubUnavailable = nameof(GitHubUnavailable);

    /// <summary>GitHub does not understand a query any more.</summary>
    public const string GitHubQueryRefused = nameof(GitHubQueryRefused);

    /// <summary>The database cannot be reached.</summary>
    public const string DatabaseUnavailable = nameof(DatabaseUnavailable);

    /// <summary>The database refused the login or lacks a right that it names.</summary>
    public const string DatabaseAccessDenied = nameof(DatabaseAccessDenied);

    /// <summary>The database lacks tables that the tool needs.</summary>
    public const string SchemaMissing = nameof(SchemaMissing);

    /// <summary>The database's tables cannot hold what has to be stored.</summary>
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

    /// <summary>The private server did not start; the message carries the end of its log.</summary>
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

    /// <summary>The owner of a run is gone.</summary>
    public const string SyncInterrupted = nameof(SyncInterrupted);

    /// <summary>The waiting ended before the run did.</summary>
    public const string WaitTimedOut = nameof(WaitTimedOut);

    /// <summary>Inngest, or the Supabase function that passes events on, refused a key.</summary>
    public const string InngestKeyRefused = nameof(InngestKeyRefused);

    /// <summary>The event was refused for what it is.</summary>
    public const string InngestEventRefused = nameof(InngestEventRefused);

    /// <summary>Inngest takes no more events or questions for now.</summary>
    public const string InngestRateLimited = nameof(InngestRateLimited);

    /// <summary>Inngest did not answer, or not properly, after every retry.</summary>
    public const string InngestUnavailable = nameof(InngestUnavailable);

    /// <summary>Nothing listens where the dev server should be.</summary>
    public const string InngestDevServerNotRunning = nameof(InngestDevServerNotRunning);

    /// <summary>The event was accepted, and the environment that is asked about runs does not know it.</summary>
    public const string InngestEnvironmentWrong = nameof(InngestEnvironmentWrong);

    /// <summary>The event was accepted, and no function ran.</summary>
    public const string InngestNothingRan = nameof(InngestNothingRan);

    /// <summary>The function ended, and the rows that it should have changed are as before.</summary>
    public const string InngestNothingStored = nameof(InngestNothingStored);

    /// <summary>The embedding provider refused the key or its quota is used up.</summary>
    public const string EmbeddingProviderRefused = nameof(EmbeddingProviderRefused);

    /// <summary>The embedding provider did not answer properly after every retry.</summary>
    public const string EmbeddingProviderUnavailable = nameof(EmbeddingProviderUnavailable);

    /// <summary>The provider's vectors do not fit the column.</summary>
    public const string EmbeddingDimensionMismatch = nameof(EmbeddingDimensionMismatch);

    /// <summary>The stored vectors were made by another model.</summary>
    public const string EmbeddingModelChanged = nameof(EmbeddingModelChanged);

    /// <summary>Items could not be embedded; the message says how many and why.</summary>
    public const string EmbeddingIncomplete = nameof(EmbeddingIncomplete);

    /// <summary>The database knows no batch with this id that is under way.</summary>
    public const string EmbeddingBatchNotFound = nameof(EmbeddingBatchNotFound);

    /// <summary>The repository has no such item, or it has no vector.</summary>
    public const string ItemNotFound = nameof(ItemNotFound);

    /// <summary>A coverage check failed.</summary>
    public const string CoverageCheckFailed = nameof(CoverageCheckFailed);

    /// <summary>No coverage check has this id or category.</summary>
    public const string CheckNotFound = nameof(CheckNotFound);

    /// <summary>A cmdlet got nothing to work on.</summary>
    public const string NoInput = nameof(NoInput);

    /// <summary>Parameters were given that exclude each other.</summary>
    public const string ParameterConflict = nameof(ParameterConflict);

    /// <summary>Something failed in a way that the tool does not know; the message names the exception's type.</summary>
    public const string Unexpected = nameof(Unexpected);
}
