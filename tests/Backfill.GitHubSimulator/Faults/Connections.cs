using System.Text.Json;
using Backfill.Simulation.Server;

namespace Backfill.Simulation.Faults;

/// <summary>A connection in an answer: its members, its entries, and where it stands.</summary>
/// <param name="Entries">The list <c>edges</c> or <c>nodes</c>.</param>
internal sealed record Connection(
    Dictionary<string, object?> Members,
    List<object?> Entries,
    bool IsEdges,
    IReadOnlyList<object> Path
)
{
    public int Count => Entries.Count;

    public Dictionary<string, object?>? Node(int place) =>
        (IsEdges ? JsonTree.At(Entries[place], "node") : Entries[place]) as Dictionary<string, object?>;

    /// <summary>Makes a node null.</summary>
    /// <returns>Its path.</returns>
    public IReadOnlyList<object> Clear(int place)
    {
        if (IsEdges && Entries[place] is Dictionary<string, object?> edge)
        {
            edge["node"] = null;
            return [.. Path, "edges", place, "node"];
        }

        Entries[place] = null;
        return [.. Path, IsEdges ? "edges" : "nodes", place];
    }

    public Dictionary<string, object?>? PageInfo =>
        Members.GetValueOrDefault("pageInfo") as Dictionary<string, object?>;
}

/// <summary>Finds connections in an answer, and says what is wrong with it.</summary>
internal static class Connections
{
    private static readonly RawJson True = new("true"u8.ToArray());

    /// <summary>Those directly below what the query asked for: a repository's, or a node's.</summary>
    public static IEnumerable<Connection> OfRoot(Dictionary<string, object?> root) =>
        All(root).Where(connection => connection.Path.Count == 2);

    /// <summary>All that have a list of entries.</summary>
    public static IEnumerable<Connection> All(Dictionary<string, object?> root)
    {
        foreach (var (members, path) in JsonTree.Objects(root.GetValueOrDefault("data")))
        {
            var isEdges = members.GetValueOrDefault("edges") is List<object?>;
            if ((members.GetValueOrDefault("edges") ?? members.GetValueOrDefault("nodes")) is List<object?> entries)
            {
                yield return new Connection(members, entries, isEdges, path);
            }
        }
    }

    /// <summary>Changes everything that was found.</summary>
    /// <returns>Whether there was anything.</returns>
    public static bool Change<T>(IEnumerable<T> found, Action<T> change)
    {
        var all = found.ToList();
        all.ForEach(change);
        return all.Count > 0;
    }

    /// <summary>Says that there is more behind a page, in the direction or directions that the query asked about.</summary>
    public static void SayMore(Dictionary<string, object?> pageInfo, object? cursor)
    {
        foreach (var (flag, end) in new[] { ("hasNextPage", "endCursor"), ("hasPreviousPage", "startCursor") })
        {
            if (pageInfo.ContainsKey(flag))
            {
                pageInfo[flag] = True;
                pageInfo[end] = cursor;
            }
        }
    }

    /// <summary>Adds an error.</summary>
    /// <returns>True.</returns>
    public static bool AddError(
        Dictionary<string, object?> root,
        string? type,
        string message,
        IReadOnlyList<object> path
    )
    {
        if (root.GetValueOrDefault("errors") is not List<object?> errors)
        {
            root["errors"] = errors = [];
        }

        var error = new Dictionary<string, object?>(StringComparer.Ordinal);
        if (type is not null)
        {
            error["type"] = type;
        }

        error["path"] = path;
        error["message"] = message;
        errors.Add(error);
        return true;
    }

    /// <summary>A value in quotes.</summary>
    public static RawJson Quoted(string text) => new(JsonSerializer.SerializeToUtf8Bytes(text));
}
