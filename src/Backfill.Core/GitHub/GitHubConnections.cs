using System.Collections.Concurrent;

namespace Backfill.Core.GitHub;

/// <summary>
/// The ways to GitHub for the whole process. Each token has one gate, whichever others it is used with, so that runs of many
/// repositories wait together where it has to wait.
/// </summary>
internal sealed class GitHubConnections(Func<HttpClient> http, TimeProvider time) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<TokenGate>> gates = new(StringComparer.Ordinal);

    /// <summary>The way to the GitHub of these settings.</summary>
    /// <exception cref="BackfillException">GitHub itself is asked without a token, or a token or key cannot be used.</exception>
    public GitHubAccess Open(BackfillSettings settings)
    {
        // GitHub's GraphQL answers nobody without a token; another server decides for itself.
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
            yield return Gate(settings, token.Reveal(), () => new GivenToken(token));
        }

        if (settings.GitHubApp is { } app)
        {
            yield return Gate(
                settings,
                FormattableString.Invariant($"App {app.AppId} {app.InstallationId} {app.PrivateKey.Reveal()}"),
                () => new InstallationToken(app, settings.GitHubApiUrl, http())
            );
        }
        else if (settings.GitHubTokens.Count == 0)
        {
            yield return Gate(settings, "", () => new GivenToken(null));
        }
    }

    private TokenGate Gate(BackfillSettings settings, string token, Func<ITokenSource> source) =>
        gates
            .GetOrAdd($"{settings.GitHubApiUrl} {token}", _ => new Lazy<TokenGate>(() => new TokenGate(source(), time)))
            .Value;
}
