using Backfill.Core.GitHub;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Reading;
using Backfill.Core.Sync.Runs;

namespace Backfill.Core.Sync;

/// <summary>Does runs in slices, for a service that is called for each slice.</summary>
/// <param name="openGitHub">Opens GitHub with the credentials of the given settings.</param>
internal sealed class SliceStage(
    BackfillSettings settings,
    RunSlices slices,
    Func<BackfillSettings, GitHubAccess> openGitHub,
    TimeProvider time
)
{
    /// <summary>Does the next slice of a run of a tracked repository, with a token that no other slice uses.</summary>
    /// <exception cref="BackfillException">The repository is not tracked, or the database or the settings cannot be used.</exception>
    public async Task<SyncSlice> RunAsync(Database database, SliceRequest request, CancellationToken cancellationToken)
    {
        var repository = await RepositoryDirectory.RequireAsync(database, request.Sync.Repository, cancellationToken);
        await DatabaseRights.RequireAsync(database, PipelineStage.Sync, cancellationToken);
        var (share, opensAt) = await TokenShare.TakeAsync(database, settings, openGitHub, time, cancellationToken);
        if (share is null)
        {
            return await slices.WaitAsync(database, repository, request, opensAt, cancellationToken);
        }

        await using (share)
        {
            var start = new SyncStart(repository)
            {
                Progress = new SyncProgress
                {
                    Slice = new RunSlice(request.Length, request.Patience, time, request.Ending),
                },
            };
            return await slices.RunAsync(database, start, openGitHub(share.Settings), request, cancellationToken);
        }
    }
}
