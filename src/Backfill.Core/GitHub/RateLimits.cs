using System.Text.Json;

namespace Backfill.Core.GitHub;

/// <summary>Asks what each token has left; GitHub does not charge the question.</summary>
internal static class RateLimits
{
    /// <summary>Two entries a token: GraphQL points and REST requests.</summary>
    public static async Task<IReadOnlyList<RateLimit>> ReadAsync(
        GitHubConnections connections,
        BackfillSettings settings,
        CancellationToken cancellationToken
    )
    {
        var limits = new List<RateLimit>();
        var each = settings
            .GitHubTokens.Select(token => settings with { GitHubTokens = [token], GitHubApp = null })
            .ToList();
        if (settings.GitHubApp is not null || each.Count == 0)
        {
            each.Add(settings with { GitHubTokens = [] });
        }

        foreach (var one in each)
        {
            var access = connections.Open(one);
            var answer = await access.Transport.SendAsync(
                () => new HttpRequestMessage(HttpMethod.Get, new Uri(access.ApiUrl, "rate_limit")),
                GitHubResource.Rest,
                Unheard.Instance,
                canShrink: false,
                cancellationToken
            );
            using var document = JsonDocument.Parse(answer.Body);
            if (!document.RootElement.TryGetProperty("resources", out var resources))
            {
                throw new BackfillException(
                    ErrorIds.GitHubUnavailable,
                    ErrorKind.Unavailable,
                    $"{access.ApiUrl} has no rate limits to tell (HTTP {(int)answer.Status}).",
                    "On GitHub Enterprise Server rate limits may be switched off; then there is nothing to wait for.",
                    access.ApiUrl.AbsoluteUri
                );
            }

            var masked = Masked(one).FirstOrDefault("(none)");
            limits.Add(Read(masked, "GraphQL", resources.GetProperty("graphql")));
            limits.Add(Read(masked, "REST", resources.GetProperty("core")));
        }

        return limits;
    }

    /// <summary>The tokens as they may be shown: of each its kind and its last four characters; of an App what it is.</summary>
    public static IReadOnlyList<string> Masked(BackfillSettings settings)
    {
        var tokens = settings.GitHubTokens.Select(Mask);
        return settings.GitHubApp is { } app
            ? [.. tokens, FormattableString.Invariant($"App {app.AppId}, installation {app.InstallationId}")]
            : [.. tokens];
    }

    private static string Mask(Secret token)
    {
        var text = token.Reveal();
        var kind = text.IndexOf('_', StringComparison.Ordinal) is var at and > 0 and < 12 ? text[..(at + 1)] : "";
        return text.Length >= kind.Length + 12 ? $"{kind}****{text[^4..]}" : $"{kind}****";
    }

    private static RateLimit Read(string token, string resource, JsonElement budget) =>
        new()
        {
            Token = token,
            Resource = resource,
            Limit = budget.GetProperty("limit").GetInt32(),
            Remaining = budget.GetProperty("remaining").GetInt32(),
            ResetsAt = DateTimeOffset.FromUnixTimeSeconds(budget.GetProperty("reset").GetInt64()),
        };

    /// <summary>For requests that belong to no run.</summary>
    internal sealed class Unheard : IGitHubListener
    {
        public static Unheard Instance { get; } = new();

        public void Sent(GitHubResource resource)
        {
            // Nobody counts these.
        }

        public void Charged(int points)
        {
            // Nobody counts these.
        }

        public void Waiting(DateTimeOffset? until, string reason)
        {
            // Nobody watches these.
        }
    }
}
