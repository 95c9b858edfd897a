using Backfill.Core.GitHub;
using Backfill.Core.Sync.Reading;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Tests.Sync;

/// <summary>Whether comments come nested in their parents or from REST's list.</summary>
public sealed class CommentPlanTests : IDisposable
{
    private readonly SyncProgress progress = new();
    private readonly CommentPlan plan;

    public CommentPlanTests() => plan = new CommentPlan(SyncContent.All, progress);

    public void Dispose() => plan.Dispose();

    [Fact]
    public void A_new_repository_lists_review_comments_and_nests_the_others()
    {
        Begin(commentsPerItem: 50);

        Assert.Equal((false, false), (plan.NestsReviewComments, plan.ListsIssueComments));
    }

    [Fact]
    public void With_more_than_fifty_comments_per_item_all_comments_are_listed()
    {
        Begin(commentsPerItem: 50.1);

        Assert.True(plan.ListsIssueComments);
        Assert.True(plan.ListingIssueComments.IsCompletedSuccessfully);
    }

    [Theory]
    [InlineData(ListWindow.Listed, 1, true)]
    [InlineData(ListWindow.Nested, 1_000, false)]
    public void The_stored_plan_of_a_repository_beats_the_number_of_its_comments(
        string stored,
        double commentsPerItem,
        bool isListed
    )
    {
        Begin(commentsPerItem, new ListWindow(EntityKind.IssueComments, Plan: stored));

        Assert.Equal(isListed, plan.ListsIssueComments);
    }

    [Fact]
    public void Nested_review_comments_stay_nested_until_REST_gives_their_list_again()
    {
        Begin(null, new ListWindow(EntityKind.ReviewComments, Plan: ListWindow.Nested));
        Assert.True(plan.NestsReviewComments);

        plan.RecordListedPage(EntityKind.IssueComments);
        Assert.True(plan.NestsReviewComments);
        plan.RecordListedPage(EntityKind.ReviewComments);

        Assert.False(plan.NestsReviewComments);
    }

    [Theory]
    [InlineData(SyncContent.Issues | SyncContent.Comments)]
    [InlineData(SyncContent.PullRequests | SyncContent.Comments)]
    [InlineData(SyncContent.PullRequests | SyncContent.Issues)]
    public void Comments_are_not_listed_when_the_list_would_hold_more_than_the_run_copies(SyncContent include)
    {
        using var part = new CommentPlan(include, progress);
        part.Begin(StoredWindows.None, Probe(1_000));

        part.ListIssueComments("too heavy");

        Assert.False(part.ListsIssueComments);
        Assert.False(part.ListingIssueComments.IsCompleted);
    }

    [Fact]
    public void A_refused_list_is_not_asked_for_again_in_the_same_run()
    {
        Begin(commentsPerItem: 1);
        plan.ListIssueComments("too heavy");
        Assert.True(plan.ListsIssueComments);

        plan.NestIssueComments("refused");
        plan.ListIssueComments("too heavy");

        Assert.False(plan.ListsIssueComments);
    }

    [Fact]
    public async Task Review_comments_are_nested_before_the_stored_parents_are_noted()
    {
        Begin(commentsPerItem: 1);
        bool? nested = null;

        await plan.NestReviewCommentsAsync(
            "refused",
            () =>
            {
                nested = plan.NestsReviewComments;
                return Task.CompletedTask;
            },
            TestContext.Current.CancellationToken
        );

        Assert.True(nested);
    }

    [Fact]
    public async Task No_page_is_stored_while_the_stored_parents_are_noted()
    {
        var noting = new TaskCompletionSource();
        var stored = false;
        var nest = plan.NestReviewCommentsAsync("refused", () => noting.Task, TestContext.Current.CancellationToken);

        var page = plan.InTurnAsync(
            () =>
            {
                stored = true;
                return Task.CompletedTask;
            },
            TestContext.Current.CancellationToken
        );
        Assert.False(stored);
        noting.SetResult();
        await Task.WhenAll(nest, page);

        Assert.True(stored);
    }

    [Fact]
    public async Task A_page_that_fails_lets_the_next_page_take_its_turn()
    {
        await Assert.ThrowsAsync<InvalidDataException>(() =>
            plan.InTurnAsync(() => throw new InvalidDataException(), TestContext.Current.CancellationToken)
        );

        var next = plan.InTurnAsync(() => Task.CompletedTask, TestContext.Current.CancellationToken);

        Assert.True(next.IsCompletedSuccessfully);
    }

    [Fact]
    public void Every_change_of_the_plan_is_noted_with_its_letter_and_reason()
    {
        Begin(commentsPerItem: 2.5);
        plan.ListIssueComments("GraphQL cannot compute the comments");
        plan.NestIssueComments("REST refuses the list");

        Assert.Equal(
            [
                "Plan B: review comments listed by REST, the others nested in GraphQL (2.5 comments per item).",
                "Plan C: all comments listed by REST (GraphQL cannot compute the comments).",
                "Plan B: review comments listed by REST, the others nested in GraphQL (REST refuses the list).",
            ],
            progress.TakeNotes()
        );
    }

    private void Begin(double? commentsPerItem, params ListWindow[] windows) =>
        plan.Begin(StoredWindows.None with { Lists = windows }, Probe(commentsPerItem));

    private static Probe Probe(double? commentsPerItem) =>
        Probes.Of(pullRequests: 1) with
        {
            CommentsPerItem = commentsPerItem,
        };
}
