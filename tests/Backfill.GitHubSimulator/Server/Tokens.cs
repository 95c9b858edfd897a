using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Backfill.Simulation.Data;

namespace Backfill.Simulation.Server;

/// <summary>Who is let in, and what each token may spend.</summary>
internal sealed class Tokens(SimulatorOptions options, Account firstViewer)
{
    private readonly ConcurrentDictionary<(string Account, RequestKind Kind), RateBudget> budgets = new();
    private readonly ConcurrentDictionary<string, Account> viewers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> underway = new(StringComparer.Ordinal);
    private int viewersMade;
    private readonly ConcurrentDictionary<string, DateTimeOffset> minted = new(StringComparer.Ordinal);

    /// <summary>Forgets what every token has spent.</summary>
    public void Reset() => budgets.Clear();

    public RateBudget Budget(string token, RequestKind kind) =>
        budgets.GetOrAdd(
            (AccountOf(token), kind),
            key =>
                key.Kind == RequestKind.GraphQL
                    ? new RateBudget("graphql", options.PointsPerHour, options.Time)
                    : new RateBudget("core", options.RequestsPerHour, options.Time)
        );

    /// <summary>The account of a token.</summary>
    public Account Viewer(string token) =>
        viewers.GetOrAdd(
            AccountOf(token),
            _ =>
                Interlocked.Increment(ref viewersMade) is var number and > 1
                    ? new Account
                    {
                        Kind = AccountKind.User,
                        Login = string.Create(CultureInfo.InvariantCulture, $"octocat-{number}"),
                        DatabaseId = firstViewer.DatabaseId - number,
                    }
                    : firstViewer
        );

    /// <summary>Counts a GraphQL query that came. <see cref="Ended"/> counts it as answered.</summary>
    /// <returns>How many are under way now: of the token's account, and of all accounts.</returns>
    public (int OfAccount, int OfAll) Began(string token)
    {
        var ofAccount = underway.AddOrUpdate(AccountOf(token), 1, (_, count) => count + 1);
        return (ofAccount, underway.Values.Sum());
    }

    public void Ended(string token) => underway.AddOrUpdate(AccountOf(token), 0, (_, count) => count - 1);

    /// <summary>Whether a token is known and has not expired. Where none is asked for, all are let in.</summary>
    public bool Accepts(string token) =>
        minted.TryGetValue(token, out var expires)
            ? options.Time.GetUtcNow() < expires
            : (options.Token is null && options.Tokens.Count == 0 && options.App is null)
                || token == options.Token
                || options.Tokens.Contains(token, StringComparer.Ordinal);

    /// <summary>Makes a token that is good until a time.</summary>
    public string Mint(DateTimeOffset expires)
    {
        var token = string.Create(
            CultureInfo.InvariantCulture,
            $"ghs_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(18))}"
        );
        minted[token] = expires;
        return token;
    }

    private string AccountOf(string token) =>
        options.TokensOfOneAccount.Contains(token, StringComparer.Ordinal) ? options.TokensOfOneAccount[0] : token;
}
