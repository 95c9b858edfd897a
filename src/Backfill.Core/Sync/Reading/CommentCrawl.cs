using Backfill.Core.GitHub;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Reading;

/// <summary>Reads REST's lists of comments, and changes the run's plan where REST does not give them.</summary>
internal sealed class CommentCrawl(SyncContext run, SyncTables tables)
{
    // A pull request costs a connection for its threads and one for each of up to twenty threads: a fifth of a point.
    private const int PullRequestsPerPoint = 5;

    /// <summary>Reads the review comments that the window lacks, from their list or else nested in GraphQL.</summary>
    /// <param name="pullRequests">How many there are at most to be asked for nested comments.</param>
    public async Task ReviewCommentsAsync(StoredWindows windows, int pullRequests, CancellationToken cancellationToken)
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
                run.Progress.Say($"{wait.Message}, and GraphQL too little to do without: waiting.");
                await lane.RunAsync(run.Rest, cancellationToken);
            }
        }
        catch (LongWaitException wait)
        {
            await NestAsync(lane, wait.Message, cancellationToken);
            return;
        }
        catch (BackfillException refused) when (IsRefusal(refused))
        {
            await ConfirmAsync(refused, cancellationToken);
            await NestAsync(lane, refused.Message, cancellationToken);
            return;
        }

        // The list brought whatever was still to be fetched of them.
        await tables.CloseReviewThreadsAsync(cancellationToken);
    }

    /// <summary>Reads the comments of pull requests and issues that the window lacks, from their list.</summary>
    public async Task IssueCommentsAsync(StoredWindows windows, CancellationToken cancellationToken)
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
            await ConfirmAsync(refused, cancellationToken);
            // Whoever was read without them is found by the count under it.
            run.Plan.NestIssueComments(refused.Message);
            await run.StoreAsync(
                new PageRows { Window = lane.Stored with { Plan = ListWindow.Nested } },
                cancellationToken
            );
        }
    }

    /// <summary>Lists every review comment once more, whether it moved or not.</summary>
    /// <returns>Their ids; null where REST does not give the list.</returns>
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

    private async Task NestAsync(
        CommentLane<RestReviewComment> lane,
        string reason,
        CancellationToken cancellationToken
    )
    {
        // What is noted already is not noted again.
        if (run.Plan.NestsReviewComments)
        {
            run.Progress.Say($"Review comments stay nested: {reason}");
            return;
        }

        await run.Plan.NestReviewCommentsAsync(
            reason,
            () => tables.MissReviewThreadsAsync(run.RunId, lane.ListedUntil, cancellationToken),
            cancellationToken
        );
        await run.StoreAsync(
            new PageRows { Window = lane.Stored with { Plan = ListWindow.Nested } },
            cancellationToken
        );
    }

    private static bool IsRefusal(BackfillException error) =>
        error.ErrorId is ErrorIds.GitHubUnavailable or ErrorIds.GitHubAccessDenied or ErrorIds.RepositoryNotFound;

    // REST answers 404 to a token that may not see the list, and to everybody once the repository is gone.
    private async Task ConfirmAsync(BackfillException refused, CancellationToken cancellationToken)
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
