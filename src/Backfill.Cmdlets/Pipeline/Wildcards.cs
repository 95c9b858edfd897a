using System.Management.Automation;

namespace Backfill.Cmdlets.Pipeline;

/// <summary>Expands names with wildcards against the names that the database has.</summary>
/// <param name="listNames">Lists the names of one kind, or reports why it cannot and returns null.</param>
internal sealed class Wildcards(Func<CompletionKind, IReadOnlyList<string>?> listNames)
{
    private readonly Dictionary<CompletionKind, IReadOnlyList<string>?> known = [];

    /// <summary>Returns whether a text is a pattern. No repository has such a character, but the query of an address has.</summary>
    internal static bool IsPattern(string text) =>
        text.AsSpan().IndexOfAny('*', '?') >= 0 && !text.Contains("://", StringComparison.Ordinal);

    /// <summary>Returns the names that match a pattern, or null when the names cannot be listed.</summary>
    internal IReadOnlyList<string>? Match(CompletionKind kind, string pattern)
    {
        if (!known.TryGetValue(kind, out var names))
        {
            known[kind] = names = listNames(kind);
        }

        var wildcard = WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase);
        return names is null ? null : [.. names.Where(wildcard.IsMatch)];
    }

    /// <summary>Returns the error about a pattern that no name matches.</summary>
    internal static BackfillException NoMatch(CompletionKind kind, string pattern) =>
        kind == CompletionKind.Workspace
            ? new BackfillException(
                ErrorIds.WorkspaceNotFound,
                ErrorKind.NotFound,
                $"No workspace matches '{pattern}'.",
                "Press Tab after -Workspace to see the workspaces of the database.",
                pattern
            )
            : new BackfillException(
                ErrorIds.RepositoryNotTracked,
                ErrorKind.NotFound,
                pattern == "*" ? "No repository is tracked." : $"No tracked repository matches '{pattern}'.",
                "Get-BackfillRepository lists the tracked repositories. Register-BackfillRepository owner/name tracks one.",
                pattern
            );
}
