using System.Globalization;

namespace Backfill.Simulation.Data;

/// <summary>The people and programs of a generated repository.</summary>
internal sealed class AccountGenerator
{
    private static readonly string[] First =
    [
        "ada",
        "alan",
        "barbara",
        "chen",
        "dorothy",
        "edsger",
        "fatima",
        "grace",
        "hedy",
        "ivan",
        "jun",
        "karin",
        "linus",
        "margaret",
        "niklaus",
        "olga",
        "priya",
        "radia",
        "sven",
        "tim",
        "ursula",
        "vint",
        "wei",
        "xavier",
        "yukihiro",
        "zoe",
    ];
    private static readonly string[] Last =
    [
        "berg",
        "chan",
        "dev",
        "eng",
        "fox",
        "gray",
        "hill",
        "ito",
        "jones",
        "khan",
        "lee",
        "moore",
        "nord",
        "okafor",
        "patel",
        "quinn",
        "rossi",
        "silva",
        "tanaka",
        "ueda",
        "vogel",
        "wolf",
        "xu",
        "young",
        "zhang",
    ];
    private static readonly string[] BotLogins = ["dependabot", "renovate", "github-actions", "codecov"];
    private static readonly string?[] Companies =
    [
        null,
        null,
        "@octo",
        "Example GmbH",
        "Université de Test",
        "自由职业",
    ];
    private static readonly string?[] Places = [null, null, "Berlin", "São Paulo", "東京", "Lagos", "Remote 🌍"];

    /// <summary>How many <see cref="Bots"/> and <see cref="Others"/> there are.</summary>
    public const int NoPeople = 7;

    private readonly World world;
    private readonly DateTimeOffset until;
    private Dice dice;

    public AccountGenerator(World world, ulong seed, int people, DateTimeOffset until)
    {
        this.world = world;
        this.until = until;
        dice = new Dice(seed);
        People = [.. Enumerable.Range(0, people).Select(Person)];
        Bots = [.. BotLogins.Select((login, index) => Make(AccountKind.Bot, login, 49_699_333 + index))];
        Others =
        [
            Make(AccountKind.Mannequin, "imported-user", 70_000_001),
            Make(AccountKind.Organization, "octo-labs", 9_919_001),
            world.Account(
                "octo_managed",
                () =>
                    new Account
                    {
                        Kind = AccountKind.EnterpriseUserAccount,
                        Login = "octo_managed",
                        DatabaseId = 80_000_001,
                        Person = People[0],
                        CreatedAt = until.AddYears(-2),
                    }
            ),
        ];
    }

    /// <summary>Most active first.</summary>
    public IReadOnlyList<Account> People { get; }

    public IReadOnlyList<Account> Bots { get; }

    public IReadOnlyList<Account> Others { get; }

    /// <summary>An author: a few write most; a program now and then; a deleted account (null) sometimes.</summary>
    public Account? Author(ref Dice with, double bots)
    {
        var roll = with.Share();
        if (roll < 0.02)
        {
            return null;
        }

        if (roll < 0.02 + bots)
        {
            return with.Pick(Bots);
        }

        return roll > 0.994 ? with.Pick(Others) : Human(ref with);
    }

    public Account Human(ref Dice with) => People[(int)(People.Count * Math.Pow(with.Share(), 2.5))];

    // The same person in every generated repository of a world.
    private Account Person(int index)
    {
        var own = new Dice((ulong)index + 1);
        var (first, last) = (own.Pick(First), own.Pick(Last));
        var number = index.ToString(CultureInfo.InvariantCulture);
        // Some in capitals: logins are equal whatever their case.
        var login = own.Chance(0.2)
            ? $"{char.ToUpperInvariant(first[0])}{first[1..]}-{char.ToUpperInvariant(last[0])}{last[1..]}{number}"
            : $"{first}{last}{number}";
        return Make(AccountKind.User, login, 1_000 + (index * 1_709L), $"{first} {last}");
    }

    private Account Make(AccountKind kind, string login, long id, string? name = null)
    {
        var plain = dice.Chance(0.3);
        var (company, place) = (dice.Pick(Companies), dice.Pick(Places));
        var (followers, following, repositories, gists) = (
            dice.Geometric(40),
            dice.Geometric(15),
            dice.Geometric(25),
            dice.Geometric(3)
        );
        var age = TimeSpan.FromDays(200 + dice.Below(4_000));
        return world.Account(
            login,
            () =>
                new Account
                {
                    Kind = kind,
                    Login = login,
                    DatabaseId = id,
                    Name = plain ? null : name,
                    Email = plain || kind != AccountKind.User ? null : $"{login}@example.com",
                    Company = company,
                    Location = place,
                    Bio = plain ? null : "Writes code, reads issues.",
                    WebsiteUrl = plain ? null : $"https://{login}.example.com",
                    CreatedAt = until - age,
                    Followers = followers,
                    Following = following,
                    PublicRepositories = repositories,
                    PublicGists = gists,
                }
        );
    }
}
