using Backfill.Simulation.Data;
using GraphQL;

namespace Backfill.Simulation.GraphQL;

/// <summary>The repository, its lists and what they share.</summary>
internal sealed partial class Resolvers
{
    private void Repositories()
    {
        On<SimulatedRepository>(
            "Repository",
            ("id", repository => repository.NodeId),
            ("databaseId", repository => repository.DatabaseId),
            ("nameWithOwner", repository => repository.FullName),
            ("name", repository => repository.Name),
            ("owner", repository => repository.Owner),
            ("description", repository => repository.Description),
            ("homepageUrl", repository => repository.Homepage),
            ("url", repository => $"https://github.com/{repository.FullName}"),
            ("stargazerCount", repository => repository.Stars),
            ("forkCount", repository => repository.Forks),
            ("diskUsage", repository => repository.SizeKilobytes),
            ("isFork", _ => false),
            ("isArchived", _ => false),
            ("isDisabled", _ => false),
            ("isPrivate", _ => false),
            ("isTemplate", _ => false),
            ("hasIssuesEnabled", repository => repository.HasIssues),
            ("hasProjectsEnabled", _ => true),
            ("hasWikiEnabled", _ => true),
            ("hasDiscussionsEnabled", repository => repository.HasDiscussions),
            ("createdAt", repository => repository.CreatedAt),
            ("updatedAt", repository => repository.UpdatedAt),
            ("pushedAt", repository => repository.PushedAt),
            ("primaryLanguage", repository => repository.Language is { } name ? new Part(name, name) : null),
            ("defaultBranchRef", repository => new Part($"REF_{repository.DatabaseId}", repository.DefaultBranch)),
            ("licenseInfo", repository => repository.License is { } name ? new Part(name, name) : null)
        );
        On<SimulatedRepository>(
            "Repository",
            "watchers",
            (repository, context) => ConnectionPage.Counted(context, repository.Watchers)
        );
        On<SimulatedRepository>(
            "Repository",
            "stargazers",
            (repository, context) => ConnectionPage.Counted(context, repository.Stars)
        );
        On<SimulatedRepository>("Repository", "labels", (repository, context) => Labels(context, repository.Labels));
        On<SimulatedRepository>(
            "Repository",
            "repositoryTopics",
            (repository, context) => Places(context, [.. repository.Topics.Select(topic => new Part(topic, topic))])
        );
        On<SimulatedRepository>(
            "Repository",
            "pullRequests",
            (repository, context) => Lane(context, repository.PullRequests, item => item.State)
        );
        On<SimulatedRepository>(
            "Repository",
            "issues",
            (repository, context) =>
                Lane(context, repository.HasIssues ? repository.Issues : new Lane<Issue>(), item => item.State)
        );
        On<SimulatedRepository>(
            "Repository",
            "discussions",
            (repository, context) => Lane(context, repository.Discussions, _ => "")
        );
        On<SimulatedRepository>(
            "Repository",
            "pullRequest",
            (repository, context) => Numbered<PullRequest>(repository, context, "a PullRequest")
        );
        On<SimulatedRepository>(
            "Repository",
            "issue",
            (repository, context) => Numbered<Issue>(repository, context, "an Issue")
        );
        On<SimulatedRepository>(
            "Repository",
            "issueOrPullRequest",
            (repository, context) => Numbered<IssueLike>(repository, context, "an issue or pull request")
        );
        On<SimulatedRepository>(
            "Repository",
            "discussion",
            (repository, context) => Numbered<Discussion>(repository, context, "a Discussion")
        );
        foreach (var type in new[] { "Language", "Ref", "License", "Topic" })
        {
            On<Part>(type, ("id", part => part.Id), ("name", part => part.Name));
        }

        On<Part>("License", ("spdxId", part => part.Name));
        On<Part>("RepositoryTopic", ("id", part => part.Id), ("topic", part => part));
        On<string>(
            "Commit",
            ("id", oid => $"C_{oid}"),
            ("oid", oid => oid),
            ("abbreviatedOid", oid => oid.Length > 7 ? oid[..7] : oid)
        );
        On<Milestone>(
            "Milestone",
            ("id", milestone => milestone.NodeId),
            ("number", milestone => milestone.Number),
            ("title", milestone => milestone.Title)
        );
        On<Label>(
            "Label",
            ("id", label => label.NodeId),
            ("name", label => label.Name),
            ("color", label => label.Color),
            ("description", label => label.Description)
        );
        On<DiscussionCategory>(
            "DiscussionCategory",
            ("id", category => category.NodeId),
            ("name", category => category.Name),
            ("slug", category => category.Slug),
            ("description", category => category.Description),
            ("emoji", category => category.Emoji),
            ("isAnswerable", category => category.IsAnswerable)
        );
    }

    private static T Numbered<T>(SimulatedRepository repository, IResolveFieldContext context, string what)
        where T : Item
    {
        var number = context.GetArgument<int>("number");
        Execution.Of(context).Items.Add(number);
        return repository.Find<T>(number) is { } found && (repository.HasIssues || found is not Issue)
            ? found
            : throw new GitHubError("NOT_FOUND", $"Could not resolve to {what} with the number of {number}.");
    }

    /// <summary>
    /// Why a number is null that needs more than 31 bits. GitHub's server is written in Ruby; these are the words of its
    /// GraphQL library, since nobody published GitHub's.
    /// </summary>
    public static string TooLarge(long id) =>
        FormattableString.Invariant(
            $"Integer out of bounds: {id}. Consider using ID or GraphQL::Types::BigInt instead."
        );

    // What all the entries share.
    private void Entries<T>(string type)
        where T : Entry =>
        On<T>(
            type,
            ("id", entry => entry.NodeId),
            (
                "databaseId",
                entry =>
                    entry.DatabaseId <= int.MaxValue
                        ? entry.DatabaseId
                        : throw new ExecutionError(TooLarge(entry.DatabaseId))
            ),
            ("fullDatabaseId", entry => entry.DatabaseId),
            ("body", entry => entry.Body),
            ("createdAt", entry => entry.CreatedAt),
            ("updatedAt", entry => entry.UpdatedAt),
            ("lastEditedAt", entry => entry.LastEditedAt),
            ("author", entry => entry.Author),
            ("authorAssociation", entry => entry.Association)
        );

    private void Items<T>(string type)
        where T : Item
    {
        Entries<T>(type);
        On<T>(
            type,
            ("number", item => item.Number),
            ("title", item => item.Title),
            ("url", item => item.Url),
            ("locked", item => item.Locked),
            ("closedAt", item => item.ClosedAt)
        );
    }

    private void IssueLikes<T>(string type)
        where T : IssueLike
    {
        Items<T>(type);
        On<T>(type, ("state", item => item.State), ("milestone", item => item.Milestone));
        On<T>(type, "labels", (item, context) => Labels(context, item.Labels));
        On<T>(
            type,
            "assignees",
            (item, context) =>
                ConnectionPage.Of(
                    context,
                    item.Assignees,
                    SortField.CreatedAt,
                    account => new SortKey(0, account.DatabaseId)
                )
        );
        On<T>(type, "comments", (item, context) => Children(context, item.Comments));
    }

    private static ConnectionPage Labels(IResolveFieldContext context, IReadOnlyList<Label> labels) =>
        ConnectionPage.Of(context, labels, SortField.CreatedAt, label => new SortKey(0, label.DatabaseId));

    private static ConnectionPage Places(IResolveFieldContext context, List<Part> parts) =>
        ConnectionPage.Of(context, parts, SortField.CreatedAt, part => new SortKey(0, parts.IndexOf(part)));

    // Oldest first unless the query says otherwise.
    private static ConnectionPage Children<T>(IResolveFieldContext context, IReadOnlyList<T> oldestFirst)
        where T : Entry
    {
        var (field, descending) = Order(context, SortField.CreatedAt, descending: false);
        var sorted =
            field == SortField.CreatedAt ? oldestFirst : [.. oldestFirst.OrderBy(entry => SortKey.Of(entry, field))];
        return ConnectionPage.Of(context, sorted, field, entry => SortKey.Of(entry, field), descending) with
        {
            Parent = Number(context.Source),
        };
    }

    private static int Number(object? parent) =>
        parent switch
        {
            Item item => item.Number,
            Review review => review.PullRequest.Number,
            ReviewThread thread => thread.Root.PullRequest.Number,
            DiscussionComment comment => comment.Discussion.Number,
            _ => 0,
        };

    private static ConnectionPage Lane<T>(IResolveFieldContext context, Lane<T> lane, Func<T, string> state)
        where T : Item
    {
        var (field, descending) = Order(context, SortField.CreatedAt, descending: false);
        var entries = lane.By(field);
        if (Strings(context.GetArgument<object?>("states")) is { } states)
        {
            entries = [.. entries.Where(item => states.Contains(state(item)))];
        }

        if (context.GetArgument<object?>("filterBy") is IDictionary<string, object?> filter)
        {
            var since = filter.TryGetValue("since", out var from) ? from as DateTimeOffset? : null;
            var filtered = filter.TryGetValue("states", out var some) ? Strings(some) : null;
            var login = filter.TryGetValue("createdBy", out var author) ? author as string : null;
            entries =
            [
                .. entries.Where(item =>
                    (since is null || item.UpdatedAt >= since)
                    && filtered?.Contains(state(item)) != false
                    && (login is null || login.Equals(item.Author?.Login, StringComparison.OrdinalIgnoreCase))
                ),
            ];
        }

        return ConnectionPage.Of(context, entries, field, entry => SortKey.Of(entry, field), descending);
    }

    private static (SortField Field, bool Descending) Order(
        IResolveFieldContext context,
        SortField otherwise,
        bool descending
    ) =>
        context.FieldDefinition.Arguments?.Find("orderBy") is not null
        && context.GetArgument<object?>("orderBy") is IDictionary<string, object?> order
            ? (
                order["field"] switch
                {
                    "UPDATED_AT" => SortField.UpdatedAt,
                    "COMMENTS" => SortField.Comments,
                    _ => SortField.CreatedAt,
                },
                order["direction"] is "DESC"
            )
            : (otherwise, descending);

    private static HashSet<string>? Strings(object? list) =>
        list is System.Collections.IEnumerable values and not string
            ? [.. values.Cast<object>().Select(value => value.ToString()!)]
            : null;

    /// <summary>A small object that has nothing but a name.</summary>
    private sealed record Part(string Id, string Name);
}
