using Backfill.Core.GitHub;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Reading;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Runs;

/// <summary>Plans syncs. Reading what a plan is estimated from costs two points and up to four REST requests.</summary>
internal static class SyncPlans
{
    /// <summary>Plans a sync. The schema may be missing, because a plan needs no tables.</summary>
    /// <param name="rereads">For the sync of a repair, which reaches as far back as the repository was read: true reads all of it again, false goes on from the windows. Null for a sync that is no repair.</param>
    /// <exception cref="BackfillException">The repository is not tracked, or GitHub cannot be reached.</exception>
    public static async Task<RepoSync> PlanAsync(
        Database database,
        GitHubAccess access,
        SyncRequest request,
        CancellationToken cancellationToken,
        bool? rereads = null
    )
    {
        var repository = await RepositoryDirectory.FindForPlanAsync(database, request.Repository, cancellationToken);
        var name = repository is null ? request.Repository : RepositoryName.Parse(repository.FullName);
        var windows = StoredWindows.None;
        IReadOnlyDictionary<EntityKind, long> stored = new Dictionary<EntityKind, long>();
        IReadOnlyList<AlteredRows> altered = [];
        if (repository is not null)
        {
            var tables = new SyncTables(database, repository);
            windows = await tables.WindowsAsync(cancellationToken);
            stored = await tables.CountAsync(cancellationToken);
            if (rereads is not null || request.Verify)
            {
                altered = await tables.AlteredAsync(cancellationToken);
            }
        }
        else if (!request.Track)
        {
            throw RepositoryDirectory.NotTracked(database, request.Repository);
        }

        if (rereads is not null)
        {
            request = request with
            {
                Since = windows.Lane(EntityKind.PullRequests) is { ReachedBeginning: false } window
                    ? window.OldestAt
                    : null,
            };
            windows = rereads.Value ? StoredWindows.None : windows;
        }

        var probe = await ProbeAsync(access, name, request, windows, cancellationToken);
        var planner = new SyncPlanner(probe, stored, windows, request, rereads is true, altered);
        return new RepoSync
        {
            Repository = probe.Metadata.FullName,
            RepositoryId = repository?.Id ?? Guid.Empty,
            State = RunState.Planned,
            From = request.Since,
            Counts = planner.Counts(),
            Estimate = planner.Estimate(),
        };
    }

    /// <summary>Probes a repository for a plan.</summary>
    /// <exception cref="BackfillException">GitHub has no such repository, or cannot be reached.</exception>
    private static async Task<Probe> ProbeAsync(
        GitHubAccess access,
        RepositoryName name,
        SyncRequest request,
        StoredWindows windows,
        CancellationToken cancellationToken
    )
    {
        var include = LocalEngine.Widened(request.Include);
        var probe = await RepositoryReader.ProbeAsync(
            new GraphQLClient(access.Transport, access.GraphQLUrl, RateLimits.NoListener.Instance),
            name,
            include,
            windows.Lane(EntityKind.PullRequests)?.NewestCursor,
            windows.Lane(EntityKind.Issues)?.NewestCursor,
            windows.Lane(EntityKind.Discussions)?.NewestCursor,
            cancellationToken,
            plans: true
        );
        // A plan does not wait for the end of a limit. A list that REST does not give now is not counted.
        using var rest = new RestClient(
            access.Transport,
            access.ApiUrl,
            RateLimits.NoListener.Instance,
            cancellationToken,
            TimeSpan.Zero
        );
        var comments = include.HasFlag(SyncContent.Comments);
        return probe with
        {
            Sample = probe.Sample! with
            {
                ReviewComments =
                    comments && include.HasFlag(SyncContent.PullRequests)
                        ? await TryAsync(() => rest.CountAsync(name, "pulls/comments", cancellationToken))
                        : null,
                ListedComments =
                    comments && probe.CommentsPerItem > CommentPlan.ManyCommentsPerItem
                        ? await TryAsync(() => rest.CountAsync(name, "issues/comments", cancellationToken))
                        : null,
                MostCommented =
                    comments && (include & (SyncContent.PullRequests | SyncContent.Issues)) != SyncContent.None
                        ? await TryAsync(() => rest.MostCommentedAsync(name, cancellationToken))
                        : null,
                Contributors = include.HasFlag(SyncContent.Contributors)
                    ? await TryAsync(() => rest.CountAsync(name, "contributors", cancellationToken))
                    : null,
            },
        };
    }

    private static async Task<T?> TryAsync<T>(Func<Task<T?>> askAsync)
    {
        try
        {
            return await askAsync();
        }
        catch (LongWaitException)
        {
            return default;
        }
    }
}
