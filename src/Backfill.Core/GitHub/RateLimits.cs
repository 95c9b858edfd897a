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
        IEnumerable<IReadOnlyList<Secret>> each =
            settings.GitHubTokens.Count == 0
                ?
                [
                    [],
                ]
                : settings.GitHubTokens.Select(token => new[] { token });
        foreach (var token in each)
        {
            var access = connections.Open(settings with { GitHubTokens = token });
            var answer = await access.Transport.SendAsync(
                () => new HttpRequestMessage(HttpMethod.Get, new Uri(access.ApiUrl, "rate_limit")),
                GitHubResource.Rest,
                Unheard.Instance,
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

            var masked = Mask(token.Count == 0 ? null : token[0]);
            limits.Add(Read(masked, "GraphQL", resources.GetProperty("graphql")));
            limits.Add(Read(masked, "REST", resources.GetProperty("core")));
        }

        return limits;
    }

    /// <summary>A token as it may be shown: its kind and its last four characters.</summary>
    public static string Mask(Secret? token)
    {
        if (token is null)
        {
            return "(none)";
        }

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
