using Backfill.Simulation.Data;

namespace Backfill.Simulation;

/// <summary>What happens to a repository while a client reads it. Every change has the server's time, to the second.</summary>
public sealed partial class RepositoryChanges(World world, TimeProvider time)
{
    // Above every id that is archived or generated for a first repository, below those of a second.
    private long nextId = 8_000_000_000;

    private DateTimeOffset Now => DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds());

    public PullRequest AddPullRequest(string repository, string title, string body = "", string? author = null) =>
        Add(
            repository,
            found => new PullRequest
            {
                Repository = found,
                DatabaseId = nextId++,
                Number = found.LastNumber + 1,
                Title = title,
                Body = body,
                Author = Author(author),
                State = "OPEN",
                CreatedAt = Now,
                UpdatedAt = Now,
                HeadRepository = found.FullName,
            }
        );

    public Issue AddIssue(string repository, string title, string body = "", string? author = null) =>
        Add(
            repository,
            found => new Issue
            {
                Repository = found,
                DatabaseId = nextId++,
                Number = found.LastNumber + 1,
                Title = title,
                Body = body,
                Author = Author(author),
                State = "OPEN",
                CreatedAt = Now,
                UpdatedAt = Now,
            }
        );

    /// <summary>Adds a comment to an issue or pull request, which counts as updated.</summary>
    public IssueComment AddComment(string repository, int number, string body, string? author = null) =>
        AddTo<IssueLike, IssueComment>(
            repository,
            number,
            parent => new IssueComment
            {
                Repository = parent.Repository,
                DatabaseId = nextId++,
                Parent = parent,
                Body = body,
                Author = Author(author),
                CreatedAt = Now,
                UpdatedAt = Now,
            }
        );

    /// <summary>Adds a review to a pull request, which counts as updated.</summary>
    public Review AddReview(string repository, int number, string state, string body = "", string? author = null) =>
        AddTo<PullRequest, Review>(
            repository,
            number,
            parent => new Review
            {
                Repository = parent.Repository,
                DatabaseId = nextId++,
                PullRequest = parent,
                State = state,
                Body = body,
                Author = Author(author),
                CreatedAt = Now,
                UpdatedAt = Now,
            }
        );

    /// <summary>Adds a comment on code to a pull request, which counts as updated; outside of a review where none is given.</summary>
    public ReviewComment AddReviewComment(
        string repository,
        int number,
        string body,
        Review? review = null,
        string? author = null
    ) =>
        AddTo<PullRequest, ReviewComment>(
            repository,
            number,
            parent => new ReviewComment
            {
                Repository = parent.Repository,
                DatabaseId = nextId++,
                PullRequest = parent,
                Review = review,
                Body = body,
                Author = Author(author),
                CreatedAt = Now,
                UpdatedAt = Now,
            }
        );

    /// <summary>Adds a discussion of the first category.</summary>
    public Discussion AddDiscussion(string repository, string title, string body = "", string? author = null) =>
        Add(
            repository,
            found => new Discussion
            {
                Repository = found,
                // GraphQL has only a 32-bit number for these.
                DatabaseId = (int)(nextId++ - 8_000_000_000) + 1_000_000_000,
                Number = found.LastNumber + 1,
                Title = title,
                Body = body,
                Author = Author(author),
                Category = Category(found),
                CreatedAt = Now,
                UpdatedAt = Now,
            }
        );

    /// <summary>Adds a comment, or a reply to one, to a discussion, which counts as updated; the comment replied to does not.</summary>
    public DiscussionComment AddDiscussionComment(
        string repository,
        int number,
        string body,
        DiscussionComment? replyTo = null,
        string? author = null
    ) =>
        AddTo<Discussion, DiscussionComment>(
            repository,
            number,
            parent => new DiscussionComment
            {
                Repository = parent.Repository,
                DatabaseId = (int)(nextId++ - 8_000_000_000) + 1_000_000_000,
                Discussion = parent,
                ReplyTo = replyTo,
                Body = body,
                Author = Author(author),
                CreatedAt = Now,
                UpdatedAt = Now,
            }
        );

    /// <summary>Gives an item a new title; it counts as updated.</summary>
    public void EditTitle(string repository, int number, string title) =>
        Change(repository, number, item => item.Title = title);

    /// <summary>Gives an item a new body; it counts as updated.</summary>
    public void EditBody(string repository, int number, string body) =>
        Change(
            repository,
            number,
            item =>
            {
                item.Body = body;
                item.LastEditedAt = Now;
            }
        );

    public void Close(string repository, int number) =>
        Change(
            repository,
            number,
            item =>
            {
                item.ClosedAt = Now;
                if (item is IssueLike issue)
                {
                    issue.State = "CLOSED";
                }
            }
        );

    /// <summary>Edits a comment or review. Its item does not move: whether GitHub's does is not documented.</summary>
    public void EditBody(Entry entry, string body)
    {
        lock (world.Sync)
        {
            entry.Body = body;
            entry.UpdatedAt = Now;
            entry.LastEditedAt = Now;
            entry.Repository.Moved();
        }
    }

    /// <summary>Deletes an item with all that hangs on it.</summary>
    public void Delete(string repository, int number)
    {
        lock (world.Sync)
        {
            var found = Repository(repository);
            found.Remove(Item<Item>(found, number));
        }
    }

    /// <summary>Deletes a comment or review. Its item does not move; that of a comment has an event that says so.</summary>
    public void Delete(Entry entry)
    {
        lock (world.Sync)
        {
            entry.Repository.Remove(entry);
            if (entry is IssueComment comment)
            {
                comment.Parent.Timeline.Add(
                    Event(NodeKind.CommentDeletedEvent, comment.Parent) with
                    {
                        Of = comment.Author,
                    }
                );
            }
        }
    }

    /// <summary>An item counts as updated, as by a label: nothing else of it changes.</summary>
    public void Touch(string repository, int number) => Change(repository, number, _ => { });

    private T Add<T>(string repository, Func<SimulatedRepository, T> make)
        where T : Entry
    {
        lock (world.Sync)
        {
            var found = Repository(repository);
            var entry = make(found);
            found.Add(entry);
            return entry;
        }
    }

    private T AddTo<TParent, T>(string repository, int number, Func<TParent, T> make)
        where TParent : Item
        where T : Entry
    {
        lock (world.Sync)
        {
            var found = Repository(repository);
            var parent = Item<TParent>(found, number);
            var entry = make(parent);
            found.Add(entry);
            parent.UpdatedAt = Now;
            found.Moved();
            return entry;
        }
    }

    private void Change(string repository, int number, Action<Item> change)
    {
        lock (world.Sync)
        {
            var found = Repository(repository);
            var item = Item<Item>(found, number);
            change(item);
            item.UpdatedAt = Now;
            found.Moved();
        }
    }

    private SimulatedRepository Repository(string fullName)
    {
        var parts = fullName.Split('/');
        return world.Find(parts[0], parts[^1], out _)
            ?? throw new ArgumentException($"No repository {fullName}.", nameof(fullName));
    }

    private TimelineEvent Event(NodeKind kind, IssueLike item) =>
        new(kind, nextId++, item.Repository, world.Viewer, Now);

    private static DiscussionCategory Category(SimulatedRepository repository)
    {
        if (repository.Categories.Count == 0)
        {
            repository.Categories.Add(
                new DiscussionCategory(
                    repository,
                    41_000_001,
                    "General",
                    "Chat about anything",
                    ":speech_balloon:",
                    false
                )
            );
        }

        return repository.Categories[0];
    }

    private static T Item<T>(SimulatedRepository repository, int number)
        where T : Item =>
        repository.Find<T>(number)
        ?? throw new ArgumentException($"No {typeof(T).Name} {number} in {repository.FullName}.", nameof(number));

    private Account Author(string? login) => login is null ? world.Viewer : Known(login);

    private Account Known(string login) =>
        world.FindAccount(login) ?? throw new ArgumentException($"No account {login}.", nameof(login));
}
