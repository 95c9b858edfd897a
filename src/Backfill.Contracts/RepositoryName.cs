using System.Text.RegularExpressions;

namespace Backfill;

/// <summary>A repository as GitHub writes it: <c>owner/name</c>. Names that differ only in case are equal, as at GitHub, whatever their <see cref="Id"/>.</summary>
/// <param name="Owner">Gets the login of the user or organization.</param>
/// <param name="Name">Gets the name without the owner.</param>
public sealed partial record RepositoryName(string Owner, string Name)
{
    /// <summary>Gets the id of the row in <c>repositories</c>; null when only the name is known. A stage looks the repository up by its id first, because a name can change at GitHub.</summary>
    public Guid? Id { get; init; }

    /// <summary>Gets the name as <c>owner/name</c>.</summary>
    public string FullName => $"{Owner}/{Name}";

    /// <inheritdoc/>
    public override string ToString() => FullName;

    /// <summary>Returns whether both name the same repository.</summary>
    public bool Equals(RepositoryName? other) =>
        other is not null && FullName.Equals(other.FullName, StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.OrdinalIgnoreCase.GetHashCode(FullName);

    /// <summary>Reads <c>owner/name</c> or an address at github.com: of the repository or one of its pages, of Git by HTTPS or SSH, or of the REST API.</summary>
    /// <exception cref="BackfillException">The text is not the name of a repository.</exception>
    public static RepositoryName Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var trimmed = text.Trim();
        var match = Plain().Match(trimmed);
        match = match.Success ? match : Address().Match(trimmed);
        return match.Success
            ? new RepositoryName(match.Groups["owner"].Value, match.Groups["name"].Value)
            : throw new BackfillException(
                ErrorIds.RepositoryNameMalformed,
                ErrorKind.Input,
                $"'{text}' is not a repository name.",
                "Write it as owner/name, for example bdougie/contributor.info.",
                text
            );
    }

    // GitHub logins: alphanumerics and single hyphens, up to 39 (enterprise-managed users add _shortcode).
    // Repository names: alphanumerics, '.', '_' and '-', up to 100.
    private const string OwnerAndName =
        @"(?<owner>[A-Za-z0-9](?:[A-Za-z0-9_-]{0,99}))/(?<name>(?!\.{1,2}(?:\.git)?(?:[/?#]|$))[A-Za-z0-9._-]{1,100}?)(?:\.git)?";

    [GeneratedRegex(
        "^" + OwnerAndName + "/?$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Plain();

    // What follows the name is a page of the repository (/pulls, /tree/main/src, ?tab=readme, #readme). Addresses that begin with
    // orgs or users are no repositories.
    [GeneratedRegex(
        @"^(?:(?:(?:git\+)?https?|git)://(?:[^@/\s]*@)?(?:www\.)?github\.com(?::\d+)?/|(?:www\.)?github\.com/|(?:git\+)?ssh://(?:[^@/\s]*@)?(?:ssh\.)?github\.com(?::\d+)?/|(?:[^@/\s]+@)?github\.com:/?|https?://api\.github\.com/repos/)(?!(?:orgs|users)/)"
            + OwnerAndName
            + @"(?:[/?#]\S*)?$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Address();
}
