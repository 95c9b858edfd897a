namespace Backfill.Simulation.Data;

/// <summary>Every repository and account that the simulator knows. Read and change it only while holding <see cref="Sync"/>.</summary>
public sealed class World
{
    private readonly Dictionary<string, SimulatedRepository> byName = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<long, SimulatedRepository> byId = [];
    private readonly Dictionary<string, Account> byLogin = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<long, Account> accounts = [];

    /// <summary>Held while a request is answered and while something changes.</summary>
    public Lock Sync { get; } = new();

    public IReadOnlyCollection<SimulatedRepository> Repositories => byId.Values;

    /// <summary>How many accounts there are.</summary>
    public int Accounts => accounts.Count;

    /// <summary>Whose token it is.</summary>
    public Account Viewer { get; } =
        new()
        {
            Kind = AccountKind.User,
            Login = "octocat",
            DatabaseId = 583_230,
            Name = "The Octocat",
        };

    public void Add(SimulatedRepository repository)
    {
        byId.Add(repository.DatabaseId, repository);
        byName[repository.FullName] = repository;
    }

    /// <summary>By its name or, where nobody took that since, one that it had before.</summary>
    /// <param name="moved">True when the name is a former one: REST redirects.</param>
    public SimulatedRepository? Find(string owner, string name, out bool moved)
    {
        var found = byName.GetValueOrDefault($"{owner}/{name}");
        moved = found is not null && !found.FullName.Equals($"{owner}/{name}", StringComparison.OrdinalIgnoreCase);
        return found;
    }

    public SimulatedRepository? Find(long id) => byId.GetValueOrDefault(id);

    /// <summary>Gives a repository a new owner and name; the old ones go on leading to it.</summary>
    public void Rename(SimulatedRepository repository, Account owner, string name)
    {
        (repository.Owner, repository.Name) = (owner, name);
        byName[repository.FullName] = repository;
    }

    /// <summary>Takes a repository away, under all the names that lead to it.</summary>
    public void Remove(SimulatedRepository repository)
    {
        byId.Remove(repository.DatabaseId);
        foreach (var (name, _) in byName.Where(pair => pair.Value == repository).ToList())
        {
            byName.Remove(name);
        }
    }

    /// <summary>The account of a login, made by <paramref name="create"/> where there is none.</summary>
    public Account Account(string login, Func<Account> create)
    {
        if (!byLogin.TryGetValue(login, out var account))
        {
            account = create();
            accounts.Add(account.DatabaseId, account);
            byLogin.Add(account.Login, account);
        }

        return account;
    }

    public Account? FindAccount(string login) => byLogin.GetValueOrDefault(login);

    /// <summary>Gives an account a new login; the old one is free for somebody else.</summary>
    public void Rename(Account account, string login)
    {
        byLogin.Remove(account.Login);
        account.Login = login;
        byLogin.Add(login, account);
    }

    /// <summary>Deletes an account: whatever it wrote has no author any more.</summary>
    public void Remove(Account account)
    {
        byLogin.Remove(account.Login);
        accounts.Remove(account.DatabaseId);
    }

    /// <summary>What a node id stands for, or null.</summary>
    public object? FindNode(string id)
    {
        if (NodeId.Parse(id) is not { } parts)
        {
            return null;
        }

        switch (parts.Kind)
        {
            case NodeKind.Repository:
                return Find(parts.DatabaseId);
            case NodeKind.User
            or NodeKind.Bot
            or NodeKind.Mannequin
            or NodeKind.Organization
            or NodeKind.EnterpriseUserAccount:
                return accounts.TryGetValue(parts.DatabaseId, out var account) && account.NodeId == id ? account : null;
            default:
                return parts.RepositoryId is { } repositoryId
                    ? Find(repositoryId)?.Find(parts.Kind, parts.DatabaseId)
                    : byId
                        .Values.Select(repository => repository.Find(parts.Kind, parts.DatabaseId))
                        .FirstOrDefault(node => node is not null);
        }
    }
}
