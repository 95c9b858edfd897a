using Backfill.Core.GitHub;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Reading;

/// <summary>Reads REST's lists of comments, and changes the plan of the run where REST does not give them.</summary>
internal sealed class CommentCrawl(SyncContext run, SyncTables tables)
{
    // Nested review comments of a pull request cost one connection for its threads and one per thread, for up to twenty threads.
    // A point is a hundred connections, so a point pays for about five pull requests.
    private const int PullRequestsPerPoint = 5;

    /// <summary>Reads the review comments that the window lacks from REST's list. Where REST does not give the list, they are nested in GraphQL.</summary>
    /// <param name="pullRequests">The largest number of pull requests whose comments would have to be nested.</param>
    public async Task ReadReviewCommentsAsync(
        StoredWindows windows,
        int pullRequests,
        CancellationToken cancellationToken
    )
    {
        var lane = new CommentLane<RestReviewComment>(
            CommentLists.ReviewComments,
            run,
            tables,
            windows.List(EntityKind.ReviewComments) ?? new ListWindow(EntityKind.ReviewComments)
        );
        try
        {
            try
            {
                await lane.RunAsync(run.QuickRest, cancellationToken);
            }
            catch (LongWaitException wait) when (run.GraphQL.Remaining < pullRequests / PullRequestsPerPoint)
            {
                run.Progress.Say(
                    $"{wait.Message}, and GraphQL has too few points to read the comments instead. The run waits."
                );
                await lane.RunAsync(run.Rest, cancellationToken);
            }
        }
        catch (LongWaitException wait)
        {
            await SwitchToNestedAsync(lane, wait.Message, cancellationToken);
            return;
        }
        catch (BackfillException refused) when (IsRefusal(refused))
        {
            await RequireRepositoryAsync(refused, cancellationToken);
            await SwitchToNestedAsync(lane, refused.Message, cancellationToken);
            return;
        }

        // REST's list brought every review comment, so the gaps of nested review comments are closed.
        await tables.CloseReviewThreadGapsAsync(cancellationToken);
    }

    /// <summary>Reads the comments of pull requests and issues that the window lacks from REST's list.</summary>
    public async Task ReadIssueCommentsAsync(StoredWindows windows, CancellationToken cancellationToken)
    {
        var lane = new CommentLane<RestIssueComment>(
            CommentLists.IssueComments,
            run,
            tables,
            windows.List(EntityKind.IssueComments) ?? new ListWindow(EntityKind.IssueComments)
        );
        try
        {
            await lane.RunAsync(run.Rest, cancellationToken);
        }
        catch (BackfillException refused) when (IsRefusal(refused))
        {
            await RequireRepositoryAsync(refused, cancellationToken);
            // Parents already stored without comments are found later: their stored count is below GitHub's count.
            run.Plan.NestIssueComments(refused.Message);
            await run.StoreAsync(
                new PageRows { Window = lane.Stored with { Plan = ListWindow.Nested } },
                cancellationToken
            );
        }
    }

    /// <summary>Lists every review comment again, whether it was updated or not.</summary>
    /// <returns>The ids of the comments; null where REST does not give the list.</returns>
    public async Task<IReadOnlyCollection<long>?> ListReviewCommentsAsync(
        ListWindow window,
        CancellationToken cancellationToken
    )
    {
        var listed = new HashSet<long>();
        var again = window with { ListedUntil = null, EntityTag = null };
        try
        {
            await new CommentLane<RestReviewComment>(CommentLists.ReviewComments, run, tables, again)
            {
                Listed = listed,
            }.RunAsync(run.Rest, cancellationToken);
            return listed;
        }
        catch (BackfillException refused) when (run.Plan.NestsReviewComments && IsRefusal(refused))
        {
            run.Progress.Say($"Review comments cannot be compared with GitHub: {refused.Message}");
            return null;
        }
    }

    private async Task SwitchToNestedAsync(
        CommentLane<RestReviewComment> lane,
        string reason,
        CancellationToken cancellationToken
    )
    {
        // The plan is A already, and the gaps are recorded.
        if (run.Plan.NestsReviewComments)
        {
            run.Progress.Say($"Review comments stay nested: {reason}");
            return;
        }

        await run.Plan.NestReviewCommentsAsync(
            reason,
            () => tables.RecordMissingReviewThreadsAsync(run.RunId, lane.ListedUntil, cancellationToken),
            cancellationToken
        );
        await run.StoreAsync(
            new PageRows { Window = lane.Stored with { Plan = ListWindow.Nested } },
            cancellationToken
        );
    }

    private static bool IsRefusal(BackfillException error) =>
        error.ErrorId is ErrorIds.GitHubUnavailable or ErrorIds.GitHubAccessDenied or ErrorIds.RepositoryNotFound;

    // REST sends 404 to a token that may not see the list, and also when the repository is gone. The probe fails in the second case.
    private async Task RequireRepositoryAsync(BackfillException refused, CancellationToken cancellationToken)
    {
        if (refused.ErrorId == ErrorIds.RepositoryNotFound)
        {
            await RepositoryReader.ProbeAsync(
                run.GraphQL,
                run.Name,
                SyncContent.None,
                null,
                null,
                null,
                cancellationToken
            );
        }
    }
}
