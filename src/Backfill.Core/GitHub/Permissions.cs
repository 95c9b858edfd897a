namespace Backfill.Core.GitHub;

/// <summary>The permissions of fine-grained tokens and GitHub Apps that the lists of a repository need.</summary>
internal static class Permissions
{
    private static readonly (string Connection, string Permission, string Words)[] Known =
    [
        ("pullRequests", "pull_requests", "pull requests"),
        ("issues", "issues", "issues"),
        ("discussions", "discussions", "discussions"),
    ];

    /// <summary>Returns the list that the path of an error leads to; null where it leads elsewhere, or to a single item of a list.</summary>
    /// <param name="path">The path, joined by dots. Its second part is the name in the query, which may be an alias such as <c>openIssues</c>.</param>
    public static string? ConnectionOf(string path)
    {
        var parts = path.Split('.');
        return
            parts is ["repository", var name, ..]
            && !parts.Any(part => int.TryParse(part, System.Globalization.CultureInfo.InvariantCulture, out _))
            ? Known.FirstOrDefault(one => name.EndsWith(one.Connection, StringComparison.OrdinalIgnoreCase)).Connection
            : null;
    }

    /// <summary>Returns the permission, as GitHub's settings name it.</summary>
    public static string Name(string connection) => Known.Single(one => one.Connection == connection).Permission;

    /// <summary>Returns what the list holds, in words.</summary>
    public static string Words(string connection) => Known.Single(one => one.Connection == connection).Words;

    /// <summary>Returns the name of the list's content in <c>-Include</c>.</summary>
    public static string Content(string connection) => char.ToUpperInvariant(connection[0]) + connection[1..];
}
