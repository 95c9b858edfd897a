using Backfill.Core.GitHub;

namespace Backfill.Core.Sync;

/// <summary>Asks GitHub for what a plan is estimated from: two points, and up to four REST requests.</summary>
internal static class SyncPlans
{
    /// <summary>Probes a repository for a plan.</summary>
    /// <exception cref="BackfillException">GitHub has no such repository, or cannot be asked.</exception>
    public static async Task<Probe> ProbeAsync(
        GitHubAccess access,
        RepositoryName name,
        SyncRequest request,
        IReadOnlyDictionary<string, LaneWindow> windows,
        CancellationToken cancellationToken
    )
    {
        var include = LocalEngine.Widened(request.Include);
        var probe = await RepositoryReader.ProbeAsync(
            new GraphQLClient(access.Transport, access.GraphQLUrl, RateLimits.Unheard.Instance),
            name,
            include,
            windows.GetValueOrDefault(Lanes.PullRequests)?.NewestCursor,
            windows.GetValueOrDefault(Lanes.Issues)?.NewestCursor,
            windows.GetValueOrDefault(Lanes.Discussions)?.NewestCursor,
            cancellationToken,
            plans: true
        );
        // A plan does not wait for the end of a limit: a list that REST does not give now is not counted.
        using var rest = new RestClient(
            access.Transport,
            access.ApiUrl,
            RateLimits.Unheard.Instance,
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
