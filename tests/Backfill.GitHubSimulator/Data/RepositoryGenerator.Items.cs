namespace Backfill.Simulation.Data;

/// <summary>The items and what hangs on them.</summary>
public sealed partial class RepositoryGenerator
{
    private void PullRequest(int number, DateTimeOffset created, int index)
    {
        var author = accounts.Author(ref dice, 0.12);
        var closed = Closing(created, 0.9, 6);
        var merged = closed is not null && dice.Chance(0.75);
        var head = Oid();
        var item = new PullRequest
        {
            Repository = repository,
            DatabaseId = pullRequestIds.Next(ref dice),
            Number = number,
            Title = BodyText.Title(ref dice),
            Seed = Seed(),
            Author = author,
            Association = dice.Pick(Associations),
            State =
                closed is null ? "OPEN"
                : merged ? "MERGED"
                : "CLOSED",
            CreatedAt = created,
            UpdatedAt = created,
            ClosedAt = closed,
            MergedAt = merged ? closed : null,
            MergedBy = merged && !dice.Chance(0.03) ? accounts.Human(ref dice) : null,
            MergeCommit = merged ? Oid() : null,
            IsDraft = closed is null && dice.Chance(0.2),
            Mergeable = closed is null ? dice.Pick(["MERGEABLE", "CONFLICTING", "UNKNOWN"]) : "UNKNOWN",
            Locked = dice.Chance(0.02),
            Labels = SomeLabels(),
            Assignees = SomeAssignees(),
            Milestone = dice.Chance(0.2) ? dice.Pick(repository.Milestones) : null,
            Additions = dice.Geometric(120),
            Deletions = dice.Geometric(60),
            ChangedFiles = 1 + dice.Geometric(5),
            Commits = 1 + dice.Geometric(2),
            BaseRefOid = Oid(),
            HeadRefName = dice.Chance(0.1) ? "feature/größe-✨" : $"patch-{number}",
            HeadRefOid = head,
            HeadRepository = dice.Chance(0.1) ? null : settings.FullName,
        };
        repository.Add(item);
        var end = closed ?? settings.Until;
        var last = Comments(
            item,
            shaped?.PullRequestComments[index] ?? Count(index, 2.5, (5, 131), (11, 21)),
            created,
            end
        );
        var reviews = shaped?.Reviews[index] ?? Count(index, 1.7, (3, 27), (7, 124));
        foreach (var at in Times(created, end, reviews))
        {
            last = Later(last, Review(item, at, head, index == 3));
        }

        for (var outside = shaped?.Outside[index] ?? (dice.Chance(0.02) || index == 9 ? 1 : 0); outside > 0; outside--)
        {
            last = Later(last, ReviewComment(item, null, null, Later(created, last), head).UpdatedAt);
        }

        Touch(item, last);
    }

    private DateTimeOffset Review(PullRequest item, DateTimeOffset at, string head, bool many)
    {
        var review = new Review
        {
            Repository = repository,
            DatabaseId = reviewIds.Next(ref dice),
            PullRequest = item,
            State = dice.Pick(ReviewStates),
            Seed = dice.Chance(0.5) ? default : Seed(),
            Author = accounts.Author(ref dice, 0.05),
            Association = dice.Pick(Associations),
            Commit = dice.Chance(0.03) ? null : head,
            CreatedAt = at,
            UpdatedAt = at,
        };
        repository.Add(review);
        var last = at;
        var comments =
            shaped is not null ? shaped.NextReviewComments()
            : review.State == "APPROVED" ? 0
            : many ? dice.Below(12)
            : dice.Geometric(1.8);
        for (ReviewComment? thread = null; comments > 0; comments--)
        {
            var comment = ReviewComment(item, review, dice.Chance(0.4) ? thread : null, at, head);
            thread ??= comment;
            last = Later(last, comment.UpdatedAt);
        }

        return last;
    }

    private ReviewComment ReviewComment(
        PullRequest item,
        Review? review,
        ReviewComment? replyTo,
        DateTimeOffset at,
        string head
    )
    {
        var line = 1 + dice.Below(400);
        var outdated = dice.Chance(0.2);
        var edited = Edited(at);
        var comment = new ReviewComment
        {
            Repository = repository,
            DatabaseId = reviewCommentIds.Next(ref dice),
            PullRequest = item,
            Review = review,
            ReplyTo = replyTo,
            Seed = Seed(),
            Author = review is null ? accounts.Author(ref dice, 0.05) : review.Author,
            Association = dice.Pick(Associations),
            FilePath = replyTo?.FilePath ?? dice.Pick(Files),
            Line = outdated ? null : line,
            OriginalLine = line,
            OriginalPosition = line % 50,
            DiffHunk = $"@@ -{line},3 +{line},3 @@\n-old\n+new",
            Commit = head,
            CreatedAt = at,
            UpdatedAt = edited ?? at,
            LastEditedAt = edited,
        };
        repository.Add(comment);
        return comment;
    }

    private void Issue(int number, DateTimeOffset created, int index)
    {
        var closed = Closing(created, 0.7, 30);
        var item = new Issue
        {
            Repository = repository,
            DatabaseId = issueIds.Next(ref dice),
            Number = number,
            Title = BodyText.Title(ref dice),
            Seed = Seed(),
            Author = accounts.Author(ref dice, 0.03),
            Association = dice.Pick(Associations),
            State = closed is null ? "OPEN" : "CLOSED",
            StateReason = closed is null ? null : dice.Pick(["COMPLETED", "COMPLETED", "NOT_PLANNED"]),
            CreatedAt = created,
            UpdatedAt = created,
            ClosedAt = closed,
            Locked = dice.Chance(0.02),
            Labels = SomeLabels(),
            Assignees = SomeAssignees(),
            Milestone = dice.Chance(0.2) ? dice.Pick(repository.Milestones) : null,
        };
        repository.Add(item);
        var comments = shaped?.IssueComments[index] ?? Count(index, 3.5, (3, 45), (6, 230));
        Touch(item, Comments(item, comments, created, closed ?? settings.Until));
    }

    private void Discussion(int number, DateTimeOffset created, int index)
    {
        var category = dice.Pick(repository.Categories);
        var item = new Discussion
        {
            Repository = repository,
            DatabaseId = discussionId += 1 + dice.Below(5),
            Number = number,
            Title = BodyText.Title(ref dice),
            Seed = Seed(),
            Author = accounts.Author(ref dice, 0.02),
            Association = dice.Pick(Associations),
            Category = category,
            CreatedAt = created,
            UpdatedAt = created,
            Locked = dice.Chance(0.03),
            UpvoteCount = dice.Geometric(4),
        };
        repository.Add(item);
        var last = created;
        // Of a given number, the first three of five are at the top and the first of those has all the replies.
        var given = shaped?.DiscussionComments[index];
        var top = given is { } all ? (all * 3 / 5) + (all > 0 ? 1 : 0) : Count(index, 3, (1, 64));
        foreach (var (at, comment) in Times(created, settings.Until, top).Select((at, place) => (at, place)))
        {
            var made = DiscussionComment(item, null, at);
            var replies = (index, comment, given) switch
            {
                (_, 0, { } total) => total - top,
                (_, _, not null) => 0,
                (1, 0, _) => 23,
                (2, 0, _) or (1, 40, _) => 135,
                _ => dice.Geometric(1.2),
            };
            last = Later(last, at);
            foreach (var replied in Times(at, settings.Until, replies))
            {
                last = Later(last, DiscussionComment(item, made, replied).UpdatedAt);
            }
        }

        if (category.IsAnswerable && item.Comments.Count > 0 && dice.Chance(0.6))
        {
            item.Answer = item.Comments[dice.Below(item.Comments.Count)];
            item.AnswerChosenAt = item.Answer.CreatedAt;
            item.AnswerChosenBy = item.Author;
        }

        Touch(item, last);
    }

    private DiscussionComment DiscussionComment(Discussion item, DiscussionComment? replyTo, DateTimeOffset at)
    {
        var comment = new DiscussionComment
        {
            Repository = repository,
            DatabaseId = discussionCommentId += 1 + dice.Below(3),
            Discussion = item,
            ReplyTo = replyTo,
            Seed = Seed(),
            Author = accounts.Author(ref dice, 0.02),
            Association = dice.Pick(Associations),
            CreatedAt = at,
            UpdatedAt = at,
            UpvoteCount = dice.Geometric(1),
        };
        repository.Add(comment);
        return comment;
    }

    private DateTimeOffset Comments(IssueLike parent, int count, DateTimeOffset from, DateTimeOffset to)
    {
        var last = from;
        foreach (var at in Times(from, to, count))
        {
            var edited = Edited(at);
            var comment = new IssueComment
            {
                Repository = repository,
                DatabaseId = commentIds.Next(ref dice),
                Parent = parent,
                Seed = Seed(),
                Author = accounts.Author(ref dice, 0.1),
                Association = dice.Pick(Associations),
                CreatedAt = at,
                UpdatedAt = edited ?? at,
                LastEditedAt = edited,
            };
            repository.Add(comment);
            last = Later(last, comment.UpdatedAt);
        }

        return last;
    }
}
