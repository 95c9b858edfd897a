using Backfill.Core.GitHub;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Reading;

namespace Backfill.Core.Sync.Runs;

/// <summary>The repository of a new run, and what is known of it.</summary>
/// <param name="Repository">The stored repository.</param>
internal sealed record SyncStart(StoredRepository Repository)
{
    /// <summary>Gets the probe with which the repository was registered just now; null where the run has to probe.</summary>
    public Probe? Probe { get; init; }

    /// <summary>Gets the counters of the run. They include the request of <see cref="Probe"/>.</summary>
    public SyncProgress Progress { get; init; } = new();
}
