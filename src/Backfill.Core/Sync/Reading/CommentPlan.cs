using Backfill.Core.GitHub;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Reading;

/// <summary>
/// Chooses where a run takes the comments from: nested in GraphQL's pages, or from REST's lists of the whole repository. A
/// repository begins with plan B, which needs the fewest points and requests: it lists review comments and nests the comments
/// of issues and pull requests. Plan A nests both, where REST does not give its list. Plan C lists both, where GraphQL cannot
/// compute nested comments. Every plan stores the same rows.
/// </summary>
/// <param name="include">What the run copies.</param>
/// <param name="progress">Takes a note of every change.</param>
internal sealed class CommentPlan(SyncContent include, SyncProgress progress) : IDisposable
{
    // A nested page has twenty comments per item, and the other comments need further queries, each for twenty items. Beyond fifty
    // comments per item, most comments need such queries, and these are the heaviest that GraphQL computes. REST's list has a
    // budget of its own.
    public const double ManyCommentsPerItem = 50;

    private const SyncContent Both = SyncContent.PullRequests | SyncContent.Issues | SyncContent.Comments;

    private readonly SemaphoreSlim turn = new(1);
    private readonly TaskCompletionSource listsIssueComments = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool nestsReviewComments;
    private volatile bool isRefused;

    /// <summary>Gets whether review comments are nested in their pull requests.</summary>
    public bool NestsReviewComments => nestsReviewComments;

    /// <summary>Gets whether comments of pull requests and issues come from REST's list.</summary>
    public bool ListsIssueComments => listsIssueComments.Task.IsCompleted && !isRefused;

    /// <summary>Completes when the plan first takes the comments of pull requests and issues from REST's list.</summary>
    public Task ListingIssueComments => listsIssueComments.Task;

    // The list has the comments of pull requests and of issues. A run that leaves one of them out would read half of it for nothing.
    private bool MayListIssueComments => (include & Both) == Both && !isRefused;

    /// <summary>Begins with the stored plan. A repository without one begins with the plan that the probe suggests.</summary>
    public void Begin(StoredWindows windows, Probe probe)
    {
        nestsReviewComments = windows.List(EntityKind.ReviewComments)?.Plan == ListWindow.Nested;
        var remembered = windows.List(EntityKind.IssueComments)?.Plan;
        if (
            MayListIssueComments
            && (remembered == ListWindow.Listed || (remembered is null && probe.CommentsPerItem > ManyCommentsPerItem))
        )
        {
            listsIssueComments.TrySetResult();
        }

        NotePlan(
            probe.CommentsPerItem is { } mean
                ? FormattableString.Invariant($"{mean:0.#} comments per item")
                : "the stored plan"
        );
    }

    /// <summary>Notes that REST gave a page of a list. Review comments are not nested any more when REST lists them again.</summary>
    public void RecordListedPage(EntityKind list)
    {
        if (list == EntityKind.ReviewComments && nestsReviewComments)
        {
            nestsReviewComments = false;
            NotePlan("REST lists review comments again");
        }
    }

    /// <summary>Nests review comments from now on, because REST does not give their list.</summary>
    /// <param name="reason">Why REST does not give the list.</param>
    /// <param name="recordStoredAsync">Records the pull requests that are stored without their review comments.</param>
    public Task NestReviewCommentsAsync(
        string reason,
        Func<Task> recordStoredAsync,
        CancellationToken cancellationToken
    ) =>
        InTurnAsync(
            async () =>
            {
                nestsReviewComments = true;
                NotePlan(reason);
                await recordStoredAsync();
            },
            cancellationToken
        );

    /// <summary>Takes the comments of pull requests and issues from REST's list from now on, because GraphQL cannot compute them nested.</summary>
    public void ListIssueComments(string reason)
    {
        if (MayListIssueComments && listsIssueComments.TrySetResult())
        {
            NotePlan(reason);
        }
    }

    /// <summary>Nests the comments of pull requests and issues again for the rest of the run, because REST does not give their list.</summary>
    public void NestIssueComments(string reason)
    {
        isRefused = true;
        NotePlan(reason);
    }

    /// <summary>Stores a page of items in turn with a change of the plan. After the change has recorded the stored pull requests, no page of the former plan may be stored.</summary>
    public async Task InTurnAsync(Func<Task> storeAsync, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            await storeAsync();
        }
        finally
        {
            turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => turn.Dispose();

    private void NotePlan(string reason)
    {
        var plan = (NestsReviewComments, ListsIssueComments) switch
        {
            (true, false) => "A: all comments nested in GraphQL",
            (false, false) => "B: review comments listed by REST, the others nested in GraphQL",
            (false, true) => "C: all comments listed by REST",
            (true, true) => "A and C: review comments nested in GraphQL, the others listed by REST",
        };
        progress.Say($"Plan {plan} ({reason}).");
    }
}
