using Backfill.Simulation.Data;
using GraphQL;

namespace Backfill.Simulation.GraphQL;

/// <summary>Pull requests, issues, discussions and what hangs on them.</summary>
internal sealed partial class Resolvers
{
    private void PullRequests()
    {
        IssueLikes<PullRequest>("PullRequest");
        On<PullRequest>(
            "PullRequest",
            ("isDraft", item => item.IsDraft),
            ("mergeable", item => item.Mergeable),
            ("merged", item => item.State == "MERGED"),
            ("mergedAt", item => item.MergedAt),
            ("mergedBy", item => item.MergedBy),
            ("mergeCommit", item => item.MergeCommit),
            ("additions", item => item.Additions),
            ("deletions", item => item.Deletions),
            ("changedFiles", item => item.ChangedFiles),
            ("baseRefName", item => item.BaseRefName),
            ("baseRefOid", item => item.BaseRefOid),
            ("headRefName", item => item.HeadRefName),
            ("headRefOid", item => item.HeadRefOid),
            ("isCrossRepository", item => item.HeadRepository != item.Repository.FullName),
            ("reviewDecision", item => item.Reviews.Exists(review => review.State == "APPROVED") ? "APPROVED" : null),
            ("totalCommentsCount", item => item.Comments.Count + item.ReviewComments.Count)
        );
        On<PullRequest>("PullRequest", "commits", (item, context) => ConnectionPage.Counted(context, item.Commits));
        On<PullRequest>(
            "PullRequest",
            "reviews",
            (item, context) =>
                Children(
                    context,
                    Strings(context.GetArgument<object?>("states")) is { } states
                        ? [.. item.Reviews.Where(review => states.Contains(review.State))]
                        : item.Reviews
                )
        );

        On<PullRequest>(
            "PullRequest",
            "reviewThreads",
            (item, context) =>
                ConnectionPage.Of(
                    context,
                    ReviewThread.Of(item),
                    SortField.CreatedAt,
                    thread => SortKey.Of(thread.Root, SortField.CreatedAt)
                ) with
                {
                    Parent = item.Number,
                }
        );
        On<ReviewThread>(
            "PullRequestReviewThread",
            ("id", thread => thread.NodeId),
            ("pullRequest", thread => thread.Root.PullRequest)
        );
        On<ReviewThread>(
            "PullRequestReviewThread",
            "comments",
            (thread, context) => Children(context, thread.Comments)
        );

        Entries<Review>("PullRequestReview");
        On<Review>(
            "PullRequestReview",
            ("state", review => review.State),
            ("submittedAt", review => review.CreatedAt),
            ("commit", review => review.Commit),
            ("pullRequest", review => review.PullRequest),
            ("url", review => review.Url)
        );
        On<Review>("PullRequestReview", "comments", (review, context) => Children(context, review.Comments));

        Entries<ReviewComment>("PullRequestReviewComment");
        On<ReviewComment>(
            "PullRequestReviewComment",
            ("path", comment => comment.FilePath),
            ("line", comment => comment.Line),
            ("startLine", _ => null),
            ("originalLine", comment => comment.OriginalLine),
            ("diffHunk", comment => comment.DiffHunk),
            ("position", comment => comment.Line is null ? null : comment.OriginalPosition),
            ("originalPosition", comment => comment.OriginalPosition ?? 1),
            ("outdated", comment => comment.Line is null),
            ("subjectType", _ => "LINE"),
            ("isMinimized", _ => false),
            ("replyTo", comment => comment.ReplyTo),
            ("commit", comment => comment.Commit),
            ("originalCommit", comment => comment.Commit),
            ("pullRequestReview", comment => comment.Review),
            ("url", comment => comment.Url)
        );
    }

    private void Issues()
    {
        IssueLikes<Issue>("Issue");
        On<Issue>("Issue", ("stateReason", item => item.StateReason));
        Entries<IssueComment>("IssueComment");
        On<IssueComment>(
            "IssueComment",
            ("isMinimized", _ => false),
            ("minimizedReason", _ => null),
            ("url", comment => comment.Url)
        );
    }

    private void Discussions()
    {
        Items<Discussion>("Discussion");
        On<Discussion>(
            "Discussion",
            ("closed", item => item.ClosedAt is not null),
            ("upvoteCount", item => item.UpvoteCount),
            ("isAnswered", item => item.Category.IsAnswerable ? item.Answer is not null : null),
            ("answer", item => item.Answer),
            ("answerChosenAt", item => item.AnswerChosenAt),
            ("answerChosenBy", item => item.AnswerChosenBy),
            ("category", item => item.Category)
        );
        On<Discussion>("Discussion", "comments", (item, context) => Children(context, item.Comments));

        Entries<DiscussionComment>("DiscussionComment");
        On<DiscussionComment>(
            "DiscussionComment",
            ("isAnswer", comment => comment.Discussion.Answer == comment),
            ("isMinimized", _ => false),
            ("upvoteCount", comment => comment.UpvoteCount),
            ("replyTo", comment => comment.ReplyTo),
            ("discussion", comment => comment.Discussion),
            ("url", comment => comment.Url)
        );
        On<DiscussionComment>("DiscussionComment", "replies", (comment, context) => Children(context, comment.Replies));
    }
}
