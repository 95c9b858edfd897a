namespace Backfill.Worker.Functions;

/// <summary>The events of the worker's own functions, in addition to <see cref="InngestEvents"/>.</summary>
internal static class EventNames
{
    /// <summary>Asks for the checks of a repository.</summary>
    public const string CheckCoverage = "backfill/coverage.check";

    /// <summary>Reports that checks of a repository failed. Nothing of the worker listens to it.</summary>
    public const string CoverageFailed = "backfill/coverage.failed";

    /// <summary>Asks to stop the syncs of a repository.</summary>
    public const string CancelSync = "backfill/sync.cancel";

    /// <summary>Reports that a repository changed at GitHub.</summary>
    public const string Changed = "backfill/repository.changed";

    /// <summary>Reports that the nightly sync of a repository is due.</summary>
    public const string Due = "backfill/repository.due";
}
