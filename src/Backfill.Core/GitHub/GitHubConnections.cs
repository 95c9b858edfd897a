using System.Collections.Concurrent;

namespace Backfill.Core.GitHub;

/// <summary>
/// Opens GitHub for the whole process. Each token has one gate, whichever tokens it is used with, so the runs of all
/// repositories wait together for the token's limit.
/// </summary>
internal sealed class GitHubConnections(Func<HttpClient> http, TimeProvider time) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<TokenGate>> gates = new(StringComparer.Ordinal);

    /// <summary>Opens the GitHub server of the settings.</summary>
    /// <exception cref="BackfillException">The settings have no token for github.com, or a token or key cannot be used.</exception>
    public GitHubAccess Open(BackfillSettings settings)
    {
        // GraphQL of github.com needs a token. Another server may accept requests without one.
        if (
            settings is { GitHubTokens.Count: 0, GitHubApp: null }
            && settings.GitHubApiUrl == BackfillSettings.DefaultGitHubApiUrl
        )
        {
            throw MissingSetting.GitHubToken();
        }

        SettingJudgement.Require(
            new BackfillSettings
            {
                GitHubTokens = settings.GitHubTokens,
                GitHubApp = settings.GitHubApp,
                Sources = settings.Sources,
            }
        );
        if (settings.GitHubApp is { } app)
        {
            InstallationToken.RequireKey(app);
        }

        var transport = new GitHubTransport(http(), [.. Gates(settings)], time);
        return new GitHubAccess(transport, settings.GitHubApiUrl, settings.GitHubGraphQLUrl);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var gate in gates.Values.Where(gate => gate.IsValueCreated))
        {
            gate.Value.Dispose();
        }
    }

    private IEnumerable<TokenGate> Gates(BackfillSettings settings)
    {
        foreach (var token in settings.GitHubTokens)
        {
            yield return Gate(settings, token.Reveal(), () => new TokenGate(new GivenToken(token), time));
        }

        if (settings.GitHubApp is { } app)
        {
            // An installation has budgets of its own.
            var account = FormattableString.Invariant($"App {app.AppId} {app.InstallationId}");
            yield return Gate(
                settings,
                $"{account} {app.PrivateKey.Reveal()}",
                () => new TokenGate(new InstallationToken(app, settings.GitHubApiUrl, http()), time, account)
            );
        }
        else if (settings.GitHubTokens.Count == 0)
        {
            yield return Gate(settings, "", () => new TokenGate(new GivenToken(null), time));
        }
    }

    private TokenGate Gate(BackfillSettings settings, string token, Func<TokenGate> open) =>
        gates.GetOrAdd($"{settings.GitHubApiUrl} {token}", _ => new Lazy<TokenGate>(open)).Value;
}
