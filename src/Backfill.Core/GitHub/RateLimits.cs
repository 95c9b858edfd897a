using System.Net;
using System.Text;
using System.Text.Json;

namespace Backfill.Core.GitHub;

/// <summary>Reads the remaining budgets of each token. GitHub does not charge this request.</summary>
internal static class RateLimits
{
    private const string SwitchedOff = "Rate limiting is not enabled";

    /// <summary>Returns two entries per token: GraphQL points and REST requests.</summary>
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
            limits.AddRange(
                await ReadAsync(connections.Open(one), Masked(one).FirstOrDefault("(none)"), cancellationToken)
            );
        }

        return limits;
    }

    // While a limit holds a token back, no request is sent for it. The entries then have what earlier responses said.
    private static async Task<RateLimit[]> ReadAsync(
        GitHubAccess access,
        string token,
        CancellationToken cancellationToken
    )
    {
        GitHubResponse response;
        try
        {
            response = await access.Transport.SendAsync(
                () => new HttpRequestMessage(HttpMethod.Get, new Uri(access.ApiUrl, "rate_limit")),
                GitHubResource.Rest,
                NoListener.Instance,
                canShrink: false,
                cancellationToken,
                patience: TimeSpan.Zero
            );
        }
        catch (LongWaitException)
        {
            return [Known(GitHubResource.GraphQL, "GraphQL"), Known(GitHubResource.Rest, "REST")];
        }

        // GitHub Enterprise Server sends this where its rate limits are switched off, which is its default.
        if (
            response.Status == HttpStatusCode.NotFound
            && Encoding.UTF8.GetString(response.Body).Contains(SwitchedOff, StringComparison.OrdinalIgnoreCase)
        )
        {
            return
            [
                new RateLimit
                {
                    Token = token,
                    Resource = "GraphQL",
                    Unlimited = true,
                },
                new RateLimit
                {
                    Token = token,
                    Resource = "REST",
                    Unlimited = true,
                },
            ];
        }

        using var document = JsonDocument.Parse(response.Body);
        return document.RootElement.TryGetProperty("resources", out var resources)
            ?
            [
                Read(GitHubResource.GraphQL, "GraphQL", resources.GetProperty("graphql")),
                Read(GitHubResource.Rest, "REST", resources.GetProperty("core")),
            ]
            : throw new BackfillException(
                ErrorIds.GitHubUnavailable,
                ErrorKind.Unavailable,
                $"{access.ApiUrl} does not return its rate limits (HTTP {(int)response.Status}).",
                "Check the address of the API (GITHUB_API_URL); on GitHub Enterprise Server it ends in /api/v3/.",
                access.ApiUrl.AbsoluteUri
            );

        RateLimit Known(GitHubResource resource, string name)
        {
            var known = access.Transport.Gates.Known(resource);
            return new RateLimit
            {
                Token = token,
                Resource = name,
                Limit = (int?)known.Limit,
                Remaining = (int?)known.Remaining,
                ResetsAt = known.ResetsAt,
                HeldUntil = known.HeldUntil,
            };
        }

        RateLimit Read(GitHubResource resource, string name, JsonElement budget) =>
            Known(resource, name) with
            {
                Limit = budget.GetProperty("limit").GetInt32(),
                Remaining = budget.GetProperty("remaining").GetInt32(),
                ResetsAt = DateTimeOffset.FromUnixTimeSeconds(budget.GetProperty("reset").GetInt64()),
            };
    }

    /// <summary>Returns the tokens as they may be shown: the kind and the last four characters of each token, and the ids of an App.</summary>
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

    /// <summary>The listener of requests that belong to no run.</summary>
    internal sealed class NoListener : IGitHubListener
    {
        public static NoListener Instance { get; } = new();

        public void Sent(GitHubResource resource)
        {
            // These requests are not counted.
        }

        public void Charged(int points)
        {
            // These points are not counted.
        }

        public void Waiting(DateTimeOffset? until, string reason)
        {
            // No progress shows these waits.
        }
    }
}
