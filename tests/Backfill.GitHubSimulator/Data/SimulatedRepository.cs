namespace Backfill.Simulation.Data;

/// <summary>One repository with all that is in it. Changes go through <see cref="RepositoryChanges"/>.</summary>
public sealed class SimulatedRepository
{
    private readonly Dictionary<(NodeKind Kind, long Id), object> nodes = [];
    private readonly Dictionary<int, Item> numbers = [];

    public required long DatabaseId { get; init; }
    public required Account Owner { get; set; }
    public required string Name { get; set; }
    public string? Description { get; init; }
    public string? Homepage { get; init; }
    public string? Language { get; init; }
    public string DefaultBranch { get; init; } = "main";
    public string? License { get; init; }
    public IReadOnlyList<string> Topics { get; init; } = [];
    public int Stars { get; init; }
    public int Watchers { get; init; }
    public int Forks { get; init; }
    public int SizeKilobytes { get; init; }
    public bool HasDiscussions { get; init; }
    public bool HasIssues { get; set; } = true;
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; set; }
    public DateTimeOffset PushedAt { get; set; }

    public List<Label> Labels { get; } = [];
    public List<Milestone> Milestones { get; } = [];
    public List<DiscussionCategory> Categories { get; } = [];
    public Lane<PullRequest> PullRequests { get; } = new();
    public Lane<Issue> Issues { get; } = new();
    public Lane<Discussion> Discussions { get; } = new();

    /// <summary>Issues and pull requests, which REST lists together.</summary>
    public Lane<IssueLike> IssueLikes { get; } = new();
    public Lane<Review> Reviews { get; } = new();
    public Lane<ReviewComment> ReviewComments { get; } = new();
    public Lane<IssueComment> IssueComments { get; } = new();
    public Lane<DiscussionComment> DiscussionComments { get; } = new();

    /// <summary>Everything that somebody wrote.</summary>
    public IEnumerable<Entry> Entries =>
        [
            .. PullRequests.All,
            .. Issues.All,
            .. Discussions.All,
            .. Reviews.All,
            .. ReviewComments.All,
            .. IssueComments.All,
            .. DiscussionComments.All,
        ];

    /// <summary>Numbers of what was there and is deleted: REST answers 410 for them.</summary>
    public HashSet<int> Deleted { get; } = [];

    /// <summary>Where the issues that were transferred are now, by the number that they had here.</summary>
    public Dictionary<int, Issue> Transferred { get; } = [];

    public string FullName => $"{Owner.Login}/{Name}";

    public string NodeId => Data.NodeId.Of(NodeKind.Repository, null, DatabaseId);

    /// <summary>The highest number given so far.</summary>
    public int LastNumber { get; private set; }

    public Item? Find(int number) => numbers.GetValueOrDefault(number);

    public T? Find<T>(int number)
        where T : Item => Find(number) as T;

    /// <summary>A node of this repository, or null.</summary>
    public object? Find(NodeKind kind, long id) =>
        kind switch
        {
            NodeKind.Label => Labels.Find(label => label.DatabaseId == id),
            NodeKind.Milestone => Milestones.Find(milestone => milestone.DatabaseId == id),
            NodeKind.DiscussionCategory => Categories.Find(category => category.DatabaseId == id),
            NodeKind.PullRequestReviewThread => nodes.GetValueOrDefault((NodeKind.PullRequestReviewComment, id))
                is ReviewComment { ReplyTo: null } root
                ? new ReviewThread(root)
                : null,
            _ => nodes.GetValueOrDefault((kind, id)),
        };

    /// <summary>People with commits in the default branch, most first: the authors of what was merged.</summary>
    public IReadOnlyList<(Account Account, int Contributions)> Contributors() =>
        [
            .. PullRequests
                .All.Where(item => item is { State: "MERGED", Author.Kind: AccountKind.User or AccountKind.Bot })
                .GroupBy(item => item.Author!)
                .Select(group => (group.Key, group.Sum(item => item.Commits)))
                .OrderByDescending(pair => pair.Item2)
                .ThenBy(pair => pair.Key.DatabaseId),
        ];

    internal void Add(Entry entry)
    {
        nodes.Add((entry.Kind, entry.DatabaseId), entry);
        if (entry is Item item)
        {
            numbers.Add(item.Number, item);
            LastNumber = Math.Max(LastNumber, item.Number);
        }

        if (entry is IssueLike issueLike)
        {
            IssueLikes.Add(issueLike);
        }

        switch (entry)
        {
            case PullRequest pullRequest:
                PullRequests.Add(pullRequest);
                break;
            case Issue issue:
                Issues.Add(issue);
                break;
            case Discussion discussion:
                Discussions.Add(discussion);
                break;
            case Review review:
                Reviews.Add(review);
                review.PullRequest.Reviews.Add(review);
                break;
            case ReviewComment comment:
                ReviewComments.Add(comment);
                comment.PullRequest.ReviewComments.Add(comment);
                comment.Review?.Comments.Add(comment);
                break;
            case IssueComment comment:
                IssueComments.Add(comment);
                comment.Parent.Comments.Add(comment);
                break;
            case DiscussionComment comment:
                DiscussionComments.Add(comment);
                (comment.ReplyTo?.Replies ?? comment.Discussion.Comments).Add(comment);
                break;
        }
    }

    internal void Remove(Entry entry)
    {
        nodes.Remove((entry.Kind, entry.DatabaseId));
        if (entry is Item item)
        {
            numbers.Remove(item.Number);
            Deleted.Add(item.Number);
        }

        if (entry is IssueLike issueLike)
        {
            IssueLikes.Remove(issueLike);
        }

        switch (entry)
        {
            case PullRequest pullRequest:
                PullRequests.Remove(pullRequest);
                RemoveAll([.. pullRequest.ReviewComments, .. pullRequest.Reviews, .. pullRequest.Comments]);
                break;
            case Issue issue:
                Issues.Remove(issue);
                RemoveAll([.. issue.Comments]);
                break;
            case Discussion discussion:
                Discussions.Remove(discussion);
                RemoveAll([.. discussion.Comments]);
                break;
            case Review review:
                Reviews.Remove(review);
                review.PullRequest.Reviews.Remove(review);
                RemoveAll([.. review.Comments]);
                break;
            case ReviewComment comment:
                ReviewComments.Remove(comment);
                comment.PullRequest.ReviewComments.Remove(comment);
                comment.Review?.Comments.Remove(comment);
                break;
            case IssueComment comment:
                IssueComments.Remove(comment);
                comment.Parent.Comments.Remove(comment);
                break;
            case DiscussionComment comment:
                DiscussionComments.Remove(comment);
                RemoveAll([.. comment.Replies]);
                (comment.ReplyTo?.Replies ?? comment.Discussion.Comments).Remove(comment);
                break;
        }
    }

    /// <summary>What was removed under a number is not deleted but elsewhere.</summary>
    internal void Transfer(int number, Issue moved)
    {
        Deleted.Remove(number);
        Transferred[number] = moved;
    }

    internal void Moved()
    {
        PullRequests.Moved();
        Issues.Moved();
        IssueLikes.Moved();
        Discussions.Moved();
        Reviews.Moved();
        ReviewComments.Moved();
        IssueComments.Moved();
        DiscussionComments.Moved();
    }

    private void RemoveAll(IReadOnlyList<Entry> entries)
    {
        foreach (var entry in entries)
        {
            Remove(entry);
        }
    }
}
