using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;

namespace Backfill.Simulation.Server;

/// <summary>Who is let in, and what each token may spend.</summary>
internal sealed class Tokens(SimulatorOptions options)
{
    private readonly ConcurrentDictionary<(string Token, RequestKind Kind), RateBudget> budgets = new();
    private readonly ConcurrentDictionary<string, DateTimeOffset> minted = new(StringComparer.Ordinal);

    /// <summary>Forgets what every token has spent.</summary>
    public void Reset() => budgets.Clear();

    public RateBudget Budget(string token, RequestKind kind) =>
        budgets.GetOrAdd(
            (token, kind),
            key =>
                key.Kind == RequestKind.GraphQL
                    ? new RateBudget("graphql", options.PointsPerHour, options.Time)
                    : new RateBudget("core", options.RequestsPerHour, options.Time)
        );

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
}
