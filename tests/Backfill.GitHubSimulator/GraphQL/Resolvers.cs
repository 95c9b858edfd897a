using Backfill.Simulation.Data;
using GraphQL;

namespace Backfill.Simulation.GraphQL;

/// <summary>How the fields get their values: a table from <c>Type.field</c> to a function. A field without an entry stops the start.</summary>
internal sealed partial class Resolvers
{
    private readonly World world;
    private readonly Dictionary<string, Func<IResolveFieldContext, object?>> table = new(StringComparer.Ordinal);

    public Resolvers(World world)
    {
        this.world = world;
        Root();
        Accounts();
        Repositories();
        PullRequests();
        Issues();
        Discussions();
        Timelines();
    }

    /// <summary>The function of a field; null where there is none.</summary>
    public Func<IResolveFieldContext, object?>? Find(string type, string field)
    {
        if (table.TryGetValue($"{type}.{field}", out var found))
        {
            return found;
        }

        if (type.EndsWith("Connection", StringComparison.Ordinal))
        {
            return field switch
            {
                "totalCount" => context => Source<ConnectionPage>(context).TotalCount,
                "pageInfo" => context => context.Source,
                "nodes" => context => Entries(context).Select(edge => Node(context, edge)),
                "edges" => Entries,
                _ => null,
            };
        }

        return type.EndsWith("Edge", StringComparison.Ordinal)
            ? field switch
            {
                "cursor" => context => Source<Edge>(context).Cursor,
                "node" => context => Node(context, Source<Edge>(context)),
                _ => null,
            }
            : null;
    }

    private static IReadOnlyList<Edge> Entries(IResolveFieldContext context)
    {
        var (page, execution) = (Source<ConnectionPage>(context), Execution.Of(context));
        execution.Nodes += page.Edges.Count;
        if (page.Parent is { } parent && page.Edges.Count > 0)
        {
            execution.Parents.Add(parent);
        }

        return page.Edges;
    }

    private static object? Node(IResolveFieldContext context, Edge edge)
    {
        if (edge.Node is Item item)
        {
            Execution.Of(context).Items.Add(item.Number);
        }

        return edge.Node;
    }

    /// <summary>The type of an object where a field gives an interface.</summary>
    public static string TypeOf(object value) =>
        value switch
        {
            Account account => account.Kind.ToString(),
            SimulatedRepository => "Repository",
            Entry entry => entry.Kind.ToString(),
            ReviewThread => "PullRequestReviewThread",
            TimelineEvent happened => happened.Kind.ToString(),
            Label => "Label",
            Milestone => "Milestone",
            DiscussionCategory => "DiscussionCategory",
            _ => throw new InvalidOperationException($"No type for {value.GetType()}."),
        };

    private static T Source<T>(IResolveFieldContext context) => (T)context.Source!;

    private void On<T>(string type, params ReadOnlySpan<(string Field, Func<T, object?> Value)> fields)
    {
        foreach (var (field, value) in fields)
        {
            table.Add($"{type}.{field}", context => value(Source<T>(context)));
        }
    }

    private void On<T>(string type, string field, Func<T, IResolveFieldContext, object?> value) =>
        table.Add($"{type}.{field}", context => value(Source<T>(context), context));

    private void Root()
    {
        table.Add("Query.rateLimit", context => ((GraphQLCharge)context.UserContext[GraphQLCharge.Key]!));
        On<GraphQLCharge>(
            "RateLimit",
            ("cost", charge => charge.Cost.Points),
            ("nodeCount", charge => charge.Cost.Nodes),
            ("limit", charge => charge.Budget.Limit),
            ("remaining", charge => charge.Budget.Remaining),
            ("used", charge => charge.Budget.Used),
            ("resetAt", charge => charge.Budget.ResetsAt)
        );
        table.Add(
            "Query.repository",
            context =>
            {
                var (owner, name) = (context.GetArgument<string>("owner"), context.GetArgument<string>("name"));
                var found = world.Find(owner, name, out var moved);
                return found is null || (moved && !context.GetArgument<bool>("followRenames"))
                    ? throw new GitHubError(
                        "NOT_FOUND",
                        $"Could not resolve to a Repository with the name '{owner}/{name}'."
                    )
                    : found;
            }
        );
        table.Add(
            "Query.user",
            context =>
            {
                var login = context.GetArgument<string>("login");
                return world.FindAccount(login) is { Kind: AccountKind.User } account
                    ? account
                    : throw new GitHubError("NOT_FOUND", $"Could not resolve to a User with the login of '{login}'.");
            }
        );
        table.Add("Query.viewer", context => Execution.Of(context).Viewer);
        table.Add("Query.node", Node);
        table.Add(
            "Query.nodes",
            context =>
            {
                var ids = context.GetArgument<List<string>>("ids");
                if (ids.Count > ConnectionPage.MostEntries)
                {
                    throw new GitHubError(
                        "ARGUMENT_LIMIT",
                        $"You may not provide more than {ConnectionPage.MostEntries} node ids; you provided {ids.Count}."
                    );
                }

                // One that is gone is a null in its place and an error beside the others.
                return ids.Select(
                        (id, place) =>
                        {
                            if (world.FindNode(id) is { } node)
                            {
                                if (node is Item item)
                                {
                                    Execution.Of(context).Items.Add(item.Number);
                                }

                                return node;
                            }

                            context.Errors.Add(
                                new GitHubError("NOT_FOUND", Unresolved(id)) { Path = [.. context.Path, place] }
                            );
                            return null;
                        }
                    )
                    .ToList();
            }
        );
        On<ConnectionPage>(
            "PageInfo",
            ("hasNextPage", page => page.HasNext),
            ("hasPreviousPage", page => page.HasPrevious),
            ("startCursor", page => page.Edges.Count > 0 ? page.Edges[0].Cursor : null),
            ("endCursor", page => page.Edges.Count > 0 ? page.Edges[^1].Cursor : null)
        );
    }

    private object Node(IResolveFieldContext context)
    {
        var id = context.GetArgument<string>("id");
        var node = world.FindNode(id) ?? throw new GitHubError("NOT_FOUND", Unresolved(id));
        if (node is Item item)
        {
            Execution.Of(context).Items.Add(item.Number);
        }

        return node;
    }

    private static string Unresolved(string id) => $"Could not resolve to a node with the global id of '{id}'";

    private void Accounts()
    {
        foreach (var kind in Enum.GetNames<AccountKind>())
        {
            On<Account>(
                kind,
                ("id", account => account.NodeId),
                ("login", account => account.Login),
                ("avatarUrl", account => account.AvatarUrl),
                ("url", account => account.Url),
                ("createdAt", account => account.CreatedAt),
                ("databaseId", account => account.DatabaseId),
                ("name", account => account.Name),
                ("email", account => account.Email ?? ""),
                ("user", account => account.Person),
                ("description", account => account.Bio)
            );
        }

        On<Account>(
            "User",
            ("company", account => account.Company),
            ("location", account => account.Location),
            ("bio", account => account.Bio ?? ""),
            ("websiteUrl", account => account.WebsiteUrl),
            ("updatedAt", account => account.CreatedAt)
        );
        On<Account>("User", "followers", (account, context) => ConnectionPage.Counted(context, account.Followers));
        On<Account>("User", "following", (account, context) => ConnectionPage.Counted(context, account.Following));
        On<Account>(
            "User",
            "repositories",
            (account, context) => ConnectionPage.Counted(context, account.PublicRepositories)
        );
        On<Account>("User", "gists", (account, context) => ConnectionPage.Counted(context, account.PublicGists));
        On<object>("Gist", ("id", _ => ""));
        On<object>("PullRequestCommit", ("id", _ => ""));
    }
}
