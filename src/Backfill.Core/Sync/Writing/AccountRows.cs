using System.Globalization;
using Backfill.Core.GitHub;

namespace Backfill.Core.Sync.Writing;

/// <summary>An account as a page mentions it.</summary>
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

    /// <summary>GitHub's own stand-in for deleted accounts: https://github.com/ghost.</summary>
    public static AccountRow Ghost { get; } =
        new(
            10137,
            "ghost",
            "User",
            "MDQ6VXNlcjEwMTM3",
            "https://avatars.githubusercontent.com/u/10137?v=4",
            "https://github.com/ghost"
        );

    /// <summary>By GitHub's type or, where that says nothing, by the login; the rule that the app itself uses.</summary>
    public bool IsBot =>
        Kind == "Bot"
        || KnownBots.Contains(Login)
        || Login.EndsWith("[bot]", StringComparison.OrdinalIgnoreCase)
        || Login.EndsWith("-bot", StringComparison.OrdinalIgnoreCase);
}

/// <summary>The accounts of one page, each id and each login once.</summary>
internal sealed class AccountRows
{
    private readonly Dictionary<long, AccountRow> byId = [];
    private readonly Dictionary<string, long> holders = new(StringComparer.Ordinal);

    public IReadOnlyCollection<AccountRow> All => byId.Values;

    /// <summary>Whoever wrote something; the ghost where GitHub names nobody, so that a null author in a table always means a fault.</summary>
    public AccountRow Author(AccountNode? node) => Find(node) ?? Take(AccountRow.Ghost);

    /// <summary>Whoever wrote something, as REST names them.</summary>
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

    /// <summary>The account, or null where there is none, or none with a numeric id.</summary>
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

    /// <summary>Takes an account in.</summary>
    public AccountRow Take(AccountRow account)
    {
        // A login belongs to one account: when a page shows it at two, it moved, and the later one has it now.
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

    /// <summary>The login that a table without a reference to the account keeps.</summary>
    public static string LoginOf(AccountNode? node) => node is null ? AccountRow.Ghost.Login : Login(node);

    // REST writes a bot as name[bot]; GraphQL leaves the suffix out.
    private static string Login(AccountNode node) =>
        node.Kind == "Bot" && !node.Login.EndsWith("[bot]", StringComparison.Ordinal)
            ? node.Login + "[bot]"
            : node.User?.Login ?? node.Login;
}
