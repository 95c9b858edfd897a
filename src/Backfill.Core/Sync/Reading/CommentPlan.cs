using Backfill.Core.GitHub;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Reading;

/// <summary>
/// Where a run takes the comments from: nested in GraphQL's pages, or from REST's list of the whole repository. Plan B, with
/// which a repository begins, lists review comments and nests those of issues and pull requests: fewest points for fewest
/// requests. Plan A nests both, where REST does not give its list; plan C lists both, where GraphQL cannot compute the nesting.
/// All of them store the same rows.
/// </summary>
/// <param name="include">What the run copies.</param>
/// <param name="progress">Is told of every change.</param>
internal sealed class CommentPlan(SyncContent include, SyncProgress progress) : IDisposable
{
    // A nested page holds twenty comments an item, and fetches the rest for twenty items at once: beyond fifty most of an item's
    // comments come by requests of their own, each as heavy as GraphQL computes, where the list has a budget of its own.
    public const double ManyCommentsPerItem = 50;

    private const SyncContent Both = SyncContent.PullRequests | SyncContent.Issues | SyncContent.Comments;

    private readonly SemaphoreSlim turn = new(1);
    private readonly TaskCompletionSource listsIssueComments = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool nestsReviewComments;
    private volatile bool isRefused;

    /// <summary>True while review comments come with their pull requests.</summary>
    public bool NestsReviewComments => nestsReviewComments;

    /// <summary>True while comments of pull requests and issues come from their list.</summary>
    public bool ListsIssueComments => listsIssueComments.Task.IsCompleted && !isRefused;

    /// <summary>Completes when comments of pull requests and issues are to be listed.</summary>
    public Task ListingIssueComments => listsIssueComments.Task;

    // The list has those of both kinds: a run that leaves one kind out would list the other in vain.
    private bool MayListIssueComments => (include & Both) == Both && !isRefused;

    /// <summary>Begins as the repository was left, or by what the probe shows where its history is still to be read.</summary>
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

        Tell(
            probe.CommentsPerItem is { } mean
                ? FormattableString.Invariant($"{mean:0.#} comments an item")
                : "as the repository was left"
        );
    }

    /// <summary>REST gave a page of a list: what moves from here on need not bring its comments along.</summary>
    public void Answered(EntityKind list)
    {
        if (list == EntityKind.ReviewComments && nestsReviewComments)
        {
            nestsReviewComments = false;
            Tell("REST lists review comments again");
        }
    }

    /// <summary>REST does not give the list of review comments: from here on they come with their pull requests.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="missStoredAsync">Notes those that are stored without.</param>
    public Task NestReviewCommentsAsync(
        string reason,
        Func<Task> missStoredAsync,
        CancellationToken cancellationToken
    ) =>
        InTurnAsync(
            async () =>
            {
                nestsReviewComments = true;
                Tell(reason);
                await missStoredAsync();
            },
            cancellationToken
        );

    /// <summary>GraphQL cannot compute the nested comments of pull requests and issues: from here on they are listed.</summary>
    public void ListIssueComments(string reason)
    {
        if (MayListIssueComments && listsIssueComments.TrySetResult())
        {
            Tell(reason);
        }
    }

    /// <summary>REST does not give their list either: nested once more, for the rest of the run.</summary>
    public void NestIssueComments(string reason)
    {
        isRefused = true;
        Tell(reason);
    }

    /// <summary>Stores a page of items: none may be stored by the plan of before once the stored ones are noted.</summary>
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

    private void Tell(string reason)
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
