using Backfill.Core.GitHub;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Reading;

namespace Backfill.Core.Sync.Runs;

/// <summary>What a run begins with.</summary>
/// <param name="Repository">The repository as it is stored.</param>
internal sealed record SyncStart(StoredRepository Repository)
{
    /// <summary>GitHub's answer by which the repository was registered just now; null where the run has to ask.</summary>
    public Probe? Probe { get; init; }

    /// <summary>The run's counters, which have counted the request of <see cref="Probe"/>.</summary>
    public SyncProgress Progress { get; init; } = new();
}
