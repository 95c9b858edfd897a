using Backfill.Simulation.Server;

namespace Backfill.Simulation.Faults;

/// <summary>Lists of a repository that an answer withholds, as from a token that lacks one permission.</summary>
internal static class PermissionFaults
{
    private const string ForbiddenText = "Resource not accessible by personal access token";

    private static readonly (string Connection, string Name)[] Kinds =
    [
        ("pullRequests", "pull-requests"),
        ("issues", "issues"),
        ("discussions", "discussions"),
    ];

    public static IReadOnlyList<Fault> All { get; } =
    [
        .. Kinds.SelectMany(kind =>
            (Fault[])
                [
                    Fault.Edited(
                        $"forbidden-{kind.Name}",
                        $"the repository is null, because the token lacks the permission for {kind.Name}",
                        (root, _) => ForbidRepository(root, kind.Connection)
                    ),
                    Fault.Edited(
                        $"null-{kind.Name}",
                        $"each list of {kind.Name} is null, as forbidden",
                        (root, _) => Withhold(root, kind.Connection, isNamed: true)
                    ),
                    Fault.Edited(
                        $"withheld-{kind.Name}",
                        $"each list of {kind.Name} is null, without an error; nobody published one",
                        (root, _) => Withhold(root, kind.Connection, isNamed: false)
                    ),
                ]
        ),
        Fault.Edited(
            "null-lists",
            "every list of a repository's items is null, its total intact, without an error; nobody published one",
            (root, _) =>
                Connections.Change(
                    Connections.OfRoot(root),
                    found => found.Members[found.IsEdges ? "edges" : "nodes"] = null
                )
        ),
        Fault.Edited(
            "null-child-lists",
            "every list of what belongs to an item is null, its total intact, without an error; nobody published one",
            (root, _) =>
                Connections.Change(
                    Connections.All(root).Where(found => found.Path.Count > 2),
                    found => found.Members[found.IsEdges ? "edges" : "nodes"] = null
                )
        ),
        Fault.Edited(
            "null-children",
            "every connection of an item is null, without an error; nobody published one",
            (root, _) =>
                Connections.Change(
                    JsonTree
                        .Objects(root.GetValueOrDefault("data"))
                        .Where(found => found.Members.ContainsKey("number"))
                        .ToList(),
                    found =>
                    {
                        foreach (var (name, value) in found.Members.ToList())
                        {
                            if (value is Dictionary<string, object?> members && members.ContainsKey("nodes"))
                            {
                                found.Members[name] = null;
                            }
                        }
                    }
                )
        ),
    ];

    private static bool ForbidRepository(Dictionary<string, object?> root, string connection)
    {
        if (Asked(root, connection) is not [var first, ..])
        {
            return false;
        }

        ((Dictionary<string, object?>)root["data"]!)["repository"] = null;
        return Connections.AddError(root, "FORBIDDEN", ForbiddenText, ["repository", first]);
    }

    private static bool Withhold(Dictionary<string, object?> root, string connection, bool isNamed)
    {
        var asked = Asked(root, connection);
        foreach (var name in asked)
        {
            ((Dictionary<string, object?>)JsonTree.At(root["data"], "repository")!)[name] = null;
            if (isNamed)
            {
                Connections.AddError(root, "FORBIDDEN", ForbiddenText, ["repository", name]);
            }
        }

        return asked.Count > 0;
    }

    // By the names in the query: a list itself, or an alias such as openIssues.
    private static List<string> Asked(Dictionary<string, object?> root, string connection) =>
        JsonTree.At(root.GetValueOrDefault("data"), "repository") is Dictionary<string, object?> repository
            ? [.. repository.Keys.Where(name => name.EndsWith(connection, StringComparison.OrdinalIgnoreCase))]
            : [];
}
