using Backfill.Simulation.Data;

namespace Backfill.Simulation;

/// <summary>What happens to whole repositories, to accounts, and from one repository to another.</summary>
public sealed partial class RepositoryChanges
{
    /// <summary>The full name of a repository, by one that it has or had; null is that of the first one.</summary>
    public string NameOf(string? repository)
    {
        lock (world.Sync)
        {
            return (repository is null ? world.Repositories.First() : Repository(repository)).FullName;
        }
    }

    /// <summary>The item of a kind that was updated longest ago, or null.</summary>
    public T? Oldest<T>(string repository)
        where T : Item
    {
        lock (world.Sync)
        {
            var found = Repository(repository);
            return found.Entries.OfType<T>().MinBy(item => (item.UpdatedAt, item.DatabaseId));
        }
    }

    /// <summary>The full name of an empty repository of the same owner, made where there is none yet.</summary>
    public string Elsewhere(string repository)
    {
        lock (world.Sync)
        {
            var owner = Repository(repository).Owner;
            return (world.Find(owner.Login, "elsewhere", out _) ?? Empty(owner, "elsewhere")).FullName;
        }
    }

    /// <summary>
    /// Transfers an issue with its comments to another repository, where it gets other ids and the next number. In the
    /// old place REST redirects, and what was below the issue is not found.
    /// </summary>
    /// <returns>The issue in its new place.</returns>
    public Issue Transfer(string repository, int number, string target)
    {
        lock (world.Sync)
        {
            var (from, to) = (Repository(repository), Repository(target));
            var issue = Item<Issue>(from, number);
            var moved = new Issue
            {
                Repository = to,
                DatabaseId = nextId++,
                Number = to.LastNumber + 1,
                Title = issue.Title,
                Body = issue.Body,
                Author = issue.Author,
                Association = issue.Association,
                State = issue.State,
                StateReason = issue.StateReason,
                CreatedAt = issue.CreatedAt,
                UpdatedAt = Now,
                LastEditedAt = issue.LastEditedAt,
                ClosedAt = issue.ClosedAt,
            };
            to.Add(moved);
            foreach (var comment in issue.Comments)
            {
                to.Add(
                    new IssueComment
                    {
                        Repository = to,
                        DatabaseId = nextId++,
                        Parent = moved,
                        Body = comment.Body,
                        Author = comment.Author,
                        Association = comment.Association,
                        CreatedAt = comment.CreatedAt,
                        UpdatedAt = comment.UpdatedAt,
                        LastEditedAt = comment.LastEditedAt,
                    }
                );
            }

            moved.Timeline.Add(Event(NodeKind.TransferredEvent, moved) with { Of = from });
            from.Remove(issue);
            from.Transfer(number, moved);
            return moved;
        }
    }

    /// <summary>
    /// Converts an issue to a discussion with its texts and comments. GitHub's documentation has the issue closed; that
    /// it stays, locked and with its comments, is a guess.
    /// </summary>
    public Discussion ConvertToDiscussion(string repository, int number)
    {
        lock (world.Sync)
        {
            var issue = Item<Issue>(Repository(repository), number);
            var discussion = AddDiscussion(repository, issue.Title, issue.Body, null);
            discussion.Author = issue.Author;
            foreach (var comment in issue.Comments)
            {
                AddDiscussionComment(repository, discussion.Number, comment.Body).Author = comment.Author;
            }

            issue.Locked = true;
            issue.Timeline.Add(Event(NodeKind.ConvertedToDiscussionEvent, issue) with { Of = discussion });
            Close(repository, number);
            return discussion;
        }
    }

    /// <summary>Renames a repository: REST redirects from the old name, GraphQL follows it.</summary>
    /// <param name="repository">owner/name.</param>
    /// <param name="name">The new name, without the owner.</param>
    public void Rename(string repository, string name)
    {
        lock (world.Sync)
        {
            var found = Repository(repository);
            world.Rename(found, found.Owner, name);
        }
    }

    /// <summary>Gives a repository to another account, with the same redirects as a new name.</summary>
    /// <param name="repository">owner/name.</param>
    /// <param name="owner">Login of an account that there is.</param>
    public void GiveTo(string repository, string owner)
    {
        lock (world.Sync)
        {
            var found = Repository(repository);
            world.Rename(found, Known(owner), found.Name);
        }
    }

    /// <summary>Renames a repository and gives its old name to a new, empty one with another id.</summary>
    /// <returns>The new one.</returns>
    public SimulatedRepository HandName(string repository)
    {
        lock (world.Sync)
        {
            var found = Repository(repository);
            var name = found.Name;
            world.Rename(found, found.Owner, $"{name}-renamed");
            return Empty(found.Owner, name);
        }
    }

    /// <summary>Deletes a repository, or hides it from every token.</summary>
    public void Vanish(string repository)
    {
        lock (world.Sync)
        {
            world.Remove(Repository(repository));
        }
    }

    /// <summary>Switches the issues of a repository off: REST refuses them with 410, GraphQL has none.</summary>
    public void DisableIssues(string repository)
    {
        lock (world.Sync)
        {
            Repository(repository).HasIssues = false;
        }
    }

    /// <summary>Gives an account a new login; the old one is free.</summary>
    public void RenameAccount(string login, string newLogin)
    {
        lock (world.Sync)
        {
            world.Rename(Known(login), newLogin);
        }
    }

    /// <summary>Deletes an account: all that it wrote has no author any more.</summary>
    public void DeleteAccount(string login)
    {
        lock (world.Sync)
        {
            var account = Known(login);
            world.Remove(account);
            foreach (var repository in world.Repositories)
            {
                foreach (var entry in repository.Entries)
                {
                    entry.Author = entry.Author == account ? null : entry.Author;
                    if (entry is IssueLike issue)
                    {
                        issue.Assignees = [.. issue.Assignees.Where(assignee => assignee != account)];
                    }

                    if (entry is PullRequest pullRequest && pullRequest.MergedBy == account)
                    {
                        pullRequest.MergedBy = null;
                    }
                }
            }
        }
    }

    private SimulatedRepository Empty(Account owner, string name)
    {
        var made = new SimulatedRepository
        {
            DatabaseId = nextId++,
            Owner = owner,
            Name = name,
            CreatedAt = Now,
            UpdatedAt = Now,
            PushedAt = Now,
        };
        world.Add(made);
        return made;
    }
}
