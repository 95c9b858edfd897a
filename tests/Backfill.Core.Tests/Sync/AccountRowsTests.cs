using Backfill.Core.GitHub;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Tests.Sync;

/// <summary>The accounts that a page mentions become contributors.</summary>
public sealed class AccountRowsTests
{
    private readonly AccountRows accounts = new();

    [Fact]
    public void A_deleted_author_is_the_ghost_account()
    {
        Assert.Equal(AccountRow.Ghost, accounts.Author((AccountNode?)null));
        Assert.Equal(AccountRow.Ghost, Assert.Single(accounts.All));
        var listed = new AccountRows();
        Assert.Equal(AccountRow.Ghost, listed.Author((RestAccount?)null));
        Assert.Equal(AccountRow.Ghost, Assert.Single(listed.All));
        Assert.Equal("ghost", AccountRows.LoginOf(null));
    }

    [Fact]
    public void An_account_without_a_numeric_id_is_the_ghost_account_as_an_author_and_nothing_elsewhere()
    {
        var node = new AccountNode { Login = "octocat", Id = "U_1" };

        Assert.Null(accounts.Find(node));
        Assert.Empty(accounts.All);
        Assert.Equal(AccountRow.Ghost, accounts.Author(node));
    }

    [Fact]
    public void An_enterprise_account_is_the_user_behind_it()
    {
        var node = new AccountNode
        {
            Kind = "EnterpriseUserAccount",
            Login = "managed",
            Id = "EUA_1",
            User = new UserReference(
                "U_5",
                5,
                "octocat_corp",
                "https://avatars.example/5",
                "https://github.com/octocat_corp"
            ),
        };

        var account = accounts.Author(node);

        Assert.Equal((5L, "octocat_corp", "U_5"), (account.GitHubId, account.Login, account.NodeId));
        Assert.Equal(
            ("https://avatars.example/5", "https://github.com/octocat_corp"),
            (account.AvatarUrl, account.Url)
        );
    }

    [Fact]
    public void A_bot_has_the_login_that_REST_shows()
    {
        var bot = accounts.Author(
            new AccountNode
            {
                Kind = "Bot",
                Login = "dependabot",
                DatabaseId = 9,
            }
        );
        var again = accounts.Author(new RestAccount(9, "dependabot[bot]", null, null, null, "Bot"));

        Assert.Equal("dependabot[bot]", bot.Login);
        Assert.Equal(bot.Login, again.Login);
        Assert.Single(accounts.All);
    }

    [Theory]
    [InlineData("Bot", "octocat", true)]
    [InlineData("User", "Renovate", true)]
    [InlineData("User", "deploy[BOT]", true)]
    [InlineData("User", "release-bot", true)]
    [InlineData("User", "robot", false)]
    [InlineData("User", "bot-lover", false)]
    public void A_bot_is_recognized_by_its_type_or_its_login(string kind, string login, bool expected) =>
        Assert.Equal(expected, new AccountRow(1, login, kind, null, null, null).IsBot);

    [Fact]
    public void An_account_is_kept_once_as_it_was_mentioned_last()
    {
        accounts.Take(Account(1, "before"));
        accounts.Take(Account(1, "after"));

        Assert.Equal("after", Assert.Single(accounts.All).Login);
    }

    [Fact]
    public void A_login_that_two_accounts_show_belongs_to_the_later_one()
    {
        accounts.Take(Account(1, "octocat"));
        accounts.Take(Account(2, "octocat"));

        Assert.Equal(["octocat~1", "octocat"], accounts.All.Select(account => account.Login));
    }

    private static AccountRow Account(long id, string login) => new(id, login, "User", null, null, null);
}
