using System.Globalization;
using Backfill.Core.GitHub;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Coverage;

/// <summary>A repository that GitHub does not have, with one row for each table that a sync fills. The rows are only written in a transaction that is rolled back.</summary>
internal sealed class SampleRows
{
    // GitHub's ids are much lower, so no stored row has one of these.
    private const long FirstId = 9_000_000_000_000_000_000;

    private readonly DateTimeOffset at;
    private readonly long authorId;
    private long lastId = FirstId + Random.Shared.NextInt64(1_000_000_000_000);

    /// <param name="at">The time at which every row was created and updated.</param>
    public SampleRows(DateTimeOffset at)
    {
        this.at = at;
        authorId = NextId();
        Owner = $"backfill-check-{authorId.ToString(CultureInfo.InvariantCulture)}";
        Repository = new RepositoryMetadata
        {
            GitHubId = NextId(),
            NodeId = $"{Owner}-repository",
            Owner = Owner,
            Name = "sample",
            FullName = $"{Owner}/sample",
            CreatedAt = at,
            UpdatedAt = at,
        };
        Page.Add(PullRequest());
        Page.Add(Issue());
        Page.Add(Discussion());
    }

    /// <summary>Gets the login of every author. Its number is too large for an account at GitHub to have this login by chance.</summary>
    public string Owner { get; }

    /// <summary>Gets the repository.</summary>
    public RepositoryMetadata Repository { get; }

    /// <summary>Gets one item of each kind, with one child of each kind.</summary>
    public PageRows Page { get; } = new(nestsReviewComments: true);

    private AccountNode Author() => new() { Login = Owner, DatabaseId = authorId };

    private PullRequestNode PullRequest() =>
        new()
        {
            Id = $"{Owner}-pull-request",
            FullDatabaseId = NextId(),
            Number = 1,
            Title = "A pull request",
            State = "OPEN",
            CreatedAt = at,
            UpdatedAt = at,
            BaseRefName = "main",
            HeadRefName = "sample",
            Author = Author(),
            Reviews = One(
                new ReviewNode
                {
                    Id = $"{Owner}-review",
                    FullDatabaseId = NextId(),
                    State = "COMMENTED",
                    SubmittedAt = at,
                    Author = Author(),
                }
            ),
            ReviewThreads = One(
                new ReviewThreadNode
                {
                    Id = $"{Owner}-thread",
                    Comments = One(
                        new ReviewCommentNode
                        {
                            FullDatabaseId = NextId(),
                            CreatedAt = at,
                            UpdatedAt = at,
                            Author = Author(),
                        }
                    ),
                }
            ),
            Comments = One(Comment()),
        };

    private IssueNode Issue() =>
        new()
        {
            Id = $"{Owner}-issue",
            FullDatabaseId = NextId(),
            Number = 2,
            Title = "An issue",
            State = "OPEN",
            CreatedAt = at,
            UpdatedAt = at,
            Author = Author(),
            Comments = One(Comment()),
        };

    private CommentNode Comment() =>
        new()
        {
            Id = $"{Owner}-comment-{lastId.ToString(CultureInfo.InvariantCulture)}",
            FullDatabaseId = NextId(),
            CreatedAt = at,
            UpdatedAt = at,
            Author = Author(),
        };

    private DiscussionNode Discussion() =>
        new()
        {
            Id = $"{Owner}-discussion",
            DatabaseId = NextId(),
            Number = 3,
            Title = "A discussion",
            Url = $"https://github.com/{Owner}/sample/discussions/3",
            CreatedAt = at,
            UpdatedAt = at,
            Author = Author(),
            Comments = One(
                new DiscussionCommentNode
                {
                    Id = $"{Owner}-discussion-comment",
                    DatabaseId = NextId(),
                    CreatedAt = at,
                    UpdatedAt = at,
                    Author = Author(),
                }
            ),
        };

    private long NextId() => ++lastId;

    private static Connection<T> One<T>(T node) => new(1, null, [node]);
}
