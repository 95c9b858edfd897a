namespace Backfill.Simulation.Data;

/// <summary>The kinds of account that GitHub knows, by their GraphQL type names.</summary>
public enum AccountKind
{
    User,
    Bot,
    Mannequin,
    Organization,
    EnterpriseUserAccount,
}

/// <summary>Somebody, or a program, who writes. A deleted account is no account: its items have a null author.</summary>
public sealed class Account
{
    public required AccountKind Kind { get; init; }
    public required long DatabaseId { get; init; }

    /// <summary>As GraphQL gives it: a bot's without <c>[bot]</c>, which REST adds.</summary>
    public required string Login { get; set; }
    public string? Name { get; init; }
    public string? Email { get; init; }
    public string? Company { get; init; }
    public string? Location { get; init; }
    public string? Bio { get; init; }
    public string? WebsiteUrl { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public int Followers { get; init; }
    public int Following { get; init; }
    public int PublicRepositories { get; init; }
    public int PublicGists { get; init; }

    /// <summary>The person behind an enterprise account.</summary>
    public Account? Person { get; init; }

    public string NodeId =>
        Data.NodeId.Of(
            Kind switch
            {
                AccountKind.Bot => NodeKind.Bot,
                AccountKind.Mannequin => NodeKind.Mannequin,
                AccountKind.Organization => NodeKind.Organization,
                AccountKind.EnterpriseUserAccount => NodeKind.EnterpriseUserAccount,
                _ => NodeKind.User,
            },
            null,
            DatabaseId
        );

    public string RestLogin => Kind == AccountKind.Bot ? $"{Login}[bot]" : Login;

    public string AvatarUrl =>
        $"https://avatars.githubusercontent.com/{(Kind == AccountKind.Bot ? "in" : "u")}/{DatabaseId}?v=4";

    public string Url => Kind == AccountKind.Bot ? $"https://github.com/apps/{Login}" : $"https://github.com/{Login}";
}
