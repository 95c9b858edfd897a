using System.Collections.Concurrent;

namespace Backfill.Core.GitHub;

/// <summary>One transport for each GitHub and set of tokens, for the whole process: runs of many repositories share its gates.</summary>
internal sealed class GitHubConnections(Func<HttpClient> http, TimeProvider time) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<GitHubTransport>> transports = new(StringComparer.Ordinal);

    /// <summary>The way to the GitHub of these settings.</summary>
    /// <exception cref="BackfillException">GitHub itself is asked without a token.</exception>
    public GitHubAccess Open(BackfillSettings settings)
    {
        // GitHub's GraphQL answers nobody without a token; another server decides for itself.
        if (settings.GitHubTokens.Count == 0 && settings.GitHubApiUrl == BackfillSettings.DefaultGitHubApiUrl)
        {
            throw MissingSetting.GitHubToken();
        }

        var key = string.Join(
            '\n',
            settings.GitHubTokens.Select(token => token.Reveal()).Prepend(settings.GitHubApiUrl.AbsoluteUri)
        );
        var transport = transports.GetOrAdd(
            key,
            _ => new Lazy<GitHubTransport>(() => new GitHubTransport(http(), settings.GitHubTokens, time))
        );
        return new GitHubAccess(transport.Value, settings.GitHubApiUrl, settings.GitHubGraphQLUrl);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var transport in transports.Values.Where(transport => transport.IsValueCreated))
        {
            transport.Value.Dispose();
        }
    }
}
