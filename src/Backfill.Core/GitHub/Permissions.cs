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

    /// <summary>The list that an error's path is about; null where the path leads elsewhere, or to a single item of a list.</summary>
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

    /// <summary>The permission, as GitHub's settings name it.</summary>
    public static string Name(string connection) => Known.Single(one => one.Connection == connection).Permission;

    /// <summary>What the list holds, in words.</summary>
    public static string Words(string connection) => Known.Single(one => one.Connection == connection).Words;

    /// <summary>What <c>-Include</c> calls it.</summary>
    public static string Content(string connection) => char.ToUpperInvariant(connection[0]) + connection[1..];
}
