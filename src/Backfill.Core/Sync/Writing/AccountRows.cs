using System.Globalization;
using Backfill.Core.GitHub;

namespace Backfill.Core.Sync.Writing;

/// <summary>An account of a page.</summary>
internal sealed record AccountRow(
    long GitHubId,
    string Login,
    string Kind,
    string? NodeId,
    string? AvatarUrl,
    string? Url
)
{
    private static readonly HashSet<string> KnownBots = new(StringComparer.OrdinalIgnoreCase)
    {
        "dependabot",
        "renovate",
        "github-actions",
        "continue",
        "snyk",
    };

    /// <summary>Gets the account that GitHub shows for deleted accounts: https://github.com/ghost.</summary>
    public static AccountRow Ghost { get; } =
        new(
            10137,
            "ghost",
            "User",
            "MDQ6VXNlcjEwMTM3",
            "https://avatars.githubusercontent.com/u/10137?v=4",
            "https://github.com/ghost"
        );

    /// <summary>Gets whether the account is a bot, by GitHub's type or by the login. The app has the same rule.</summary>
    public bool IsBot =>
        Kind == "Bot"
        || KnownBots.Contains(Login)
        || Login.EndsWith("[bot]", StringComparison.OrdinalIgnoreCase)
        || Login.EndsWith("-bot", StringComparison.OrdinalIgnoreCase);
}

/// <summary>Collects the accounts of one page. Each id and each login is in it once.</summary>
internal sealed class AccountRows
{
    private readonly Dictionary<long, AccountRow> byId = [];
    private readonly Dictionary<string, long> holders = new(StringComparer.Ordinal);

    public IReadOnlyCollection<AccountRow> All => byId.Values;

    /// <summary>Adds and returns an author. Where GitHub names no author, it is the ghost, so a null author in a table always means a fault.</summary>
    public AccountRow Author(AccountNode? node) => Find(node) ?? Take(AccountRow.Ghost);

    /// <summary>Adds and returns an author of REST's response; the ghost where GitHub names no author.</summary>
    public AccountRow Author(RestAccount? account) =>
        account is null
            ? Take(AccountRow.Ghost)
            : Take(
                new AccountRow(
                    account.Id,
                    account.Login,
                    account.Type ?? "User",
                    account.NodeId,
                    account.AvatarUrl,
                    account.HtmlUrl
                )
            );

    /// <summary>Adds and returns an account; null where there is none, or its numeric id is missing.</summary>
    public AccountRow? Find(AccountNode? node)
    {
        if (node is null || (node.DatabaseId ?? node.User?.DatabaseId) is not { } id)
        {
            return null;
        }

        return Take(
            node.User is { } user
                ? new AccountRow(id, Login(node), node.Kind, user.Id, user.AvatarUrl, user.Url)
                : new AccountRow(id, Login(node), node.Kind, node.Id, node.AvatarUrl, node.Url)
        );
    }

    /// <summary>Adds an account.</summary>
    public AccountRow Take(AccountRow account)
    {
        // A login belongs to one account. When a page has it at two accounts, the second account has taken the login over.
        if (holders.TryGetValue(account.Login, out var holder) && holder != account.GitHubId)
        {
            var former = byId[holder];
            byId[holder] = former with
            {
                Login = string.Create(CultureInfo.InvariantCulture, $"{former.Login}~{former.GitHubId}"),
            };
        }

        holders[account.Login] = account.GitHubId;
        return byId[account.GitHubId] = account;
    }

    /// <summary>Returns the login of an author, for tables that store the login next to the reference to the account.</summary>
    public static string LoginOf(AccountNode? node) => node is null ? AccountRow.Ghost.Login : Login(node);

    // REST writes a bot as name[bot], and GraphQL leaves the suffix out.
    private static string Login(AccountNode node) =>
        node.Kind == "Bot" && !node.Login.EndsWith("[bot]", StringComparison.Ordinal)
            ? node.Login + "[bot]"
            : node.User?.Login ?? node.Login;
}
