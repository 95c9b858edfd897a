using System.Net;
using System.Text;
using System.Text.Json;

namespace Backfill.Core.GitHub;

/// <summary>
/// Decides what a response means. GitHub says the same thing in many forms: a limit as 403, 429 or 200 with an error
/// inside, a timeout as 502, 504 or 200. Sources: GitHub's documentation of rate limits and the forms seen in public threads.
/// </summary>
internal static class ResponseJudge
{
    /// <summary>Returns the verdict on the response to a REST request. A response that only the caller can judge is <see cref="Verdict.Good"/>.</summary>
    public static Verdict OfRest(GitHubResponse response) =>
        Common(response)
        ?? response.Status switch
        {
            HttpStatusCode.RequestTimeout
            or HttpStatusCode.InternalServerError
            or HttpStatusCode.BadGateway
            or HttpStatusCode.ServiceUnavailable
            or HttpStatusCode.GatewayTimeout => new Verdict.Transient($"HTTP {(int)response.Status}"),
            HttpStatusCode.OK when !IsJson(response.Body) => new Verdict.Transient("the body is not JSON"),
            _ => new Verdict.Good(),
        };

    /// <summary>Returns the verdict on the response to a GraphQL query.</summary>
    public static Verdict OfGraphQL(GitHubResponse response)
    {
        if (Common(response) is { } known)
        {
            return known;
        }

        if (response.Status is HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout)
        {
            return new Verdict.TooHeavy($"HTTP {(int)response.Status}");
        }

        if (response.Status == HttpStatusCode.Forbidden)
        {
            return new Verdict.Fatal(Denied(Text(response.Body)));
        }

        if (response.Status != HttpStatusCode.OK || response.Json.ValueKind != JsonValueKind.Object)
        {
            return new Verdict.Transient($"HTTP {(int)response.Status} without a GraphQL response");
        }

        if (response.Json.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Array)
        {
            foreach (var error in errors.EnumerateArray())
            {
                if (OfError(response, error) is { } verdict)
                {
                    return verdict;
                }
            }
        }

        return response.Json.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object
            ? new Verdict.Good()
            : new Verdict.Transient("a response without data");
    }

    // Judges the statuses that mean the same for REST and GraphQL.
    private static Verdict? Common(GitHubResponse response)
    {
        switch (response.Status)
        {
            case HttpStatusCode.Unauthorized:
                return new Verdict.Fatal(
                    new BackfillException(
                        ErrorIds.GitHubTokenRefused,
                        ErrorKind.Access,
                        "GitHub refused the token (401 Bad credentials).",
                        "Set GITHUB_TOKEN to a valid token, or pass one to Connect-Backfill -GitHubToken. Make one at https://github.com/settings/tokens.",
                        "GITHUB_TOKEN"
                    )
                );
            case HttpStatusCode.Forbidden or HttpStatusCode.TooManyRequests:
                var body = Text(response.Body);
                if (response.Number("retry-after") is { } seconds)
                {
                    return new Verdict.Limited(TimeSpan.FromSeconds(seconds), "secondary rate limit", Secondary: true);
                }

                if (
                    body.Contains("secondary rate limit", StringComparison.OrdinalIgnoreCase)
                    || body.Contains("abuse detection", StringComparison.OrdinalIgnoreCase)
                )
                {
                    return new Verdict.Limited(null, "secondary rate limit", Secondary: true);
                }

                if (
                    response.Number("x-ratelimit-remaining") == 0
                    || body.Contains("rate limit exceeded", StringComparison.OrdinalIgnoreCase)
                )
                {
                    return new Verdict.Limited(UntilReset(response), "rate limit", Secondary: false);
                }

                return response.Status == HttpStatusCode.TooManyRequests
                    ? new Verdict.Limited(null, "too many requests", Secondary: true)
                    : null;
            default:
                return null;
        }
    }

    private static Verdict? OfError(GitHubResponse response, JsonElement error)
    {
        var type = Property(error, "type");
        var message = Property(error, "message");
        var code = error.TryGetProperty("extensions", out var extensions) ? Property(extensions, "code") : "";
        if (type is "RATE_LIMITED" or "RATE_LIMIT" || Property(error, "code") == "graphql_rate_limit")
        {
            return new Verdict.Limited(UntilReset(response), "GraphQL rate limit", Secondary: false);
        }

        if (message.Contains("secondary rate limit", StringComparison.OrdinalIgnoreCase))
        {
            var seconds = response.Number("retry-after");
            return new Verdict.Limited(
                seconds is { } given ? TimeSpan.FromSeconds(given) : null,
                "secondary rate limit",
                Secondary: true
            );
        }

        if (
            type is "RESOURCE_LIMITS_EXCEEDED" or "MAX_NODE_LIMIT_EXCEEDED"
            || message.Contains("Something went wrong", StringComparison.OrdinalIgnoreCase)
            || message.Contains("timedout", StringComparison.OrdinalIgnoreCase)
            || message.Contains("Resource limits", StringComparison.OrdinalIgnoreCase)
        )
        {
            return new Verdict.TooHeavy(type.Length > 0 ? type : message);
        }

        if (type == "INVALID_CURSOR_ARGUMENTS")
        {
            return new Verdict.StaleCursor(Path(error));
        }

        // A node below the repository that is gone or forbidden becomes a gap of its own. The rest of the page is good.
        if (type is "NOT_FOUND" or "FORBIDDEN")
        {
            // GitHub sends null for a list that the token may not read, or for the whole repository.
            if (type == "FORBIDDEN" && Permissions.ConnectionOf(Path(error)) is { } connection)
            {
                return new Verdict.Fatal(Lacks(connection, message));
            }

            if (Path(error) != "repository")
            {
                return Without(response) ? new Verdict.Fatal(Denied($"{Path(error)}: {message}")) : null;
            }

            return new Verdict.Fatal(type == "FORBIDDEN" ? Denied(message) : NotFound(message));
        }

        // A response without its repository does not mean "no such repository", whatever the error is. A list that is null
        // is not an empty list.
        if (Without(response) || (Permissions.ConnectionOf(Path(error)) is not null && IsNull(response, Path(error))))
        {
            return new Verdict.Transient(type.Length > 0 ? $"{type}: {message}" : message);
        }

        return
            code is "undefinedField" or "argumentNotAccepted" or "missingRequiredArguments"
            || !response.Json.TryGetProperty("data", out var data)
            || data.ValueKind != JsonValueKind.Object
            ? new Verdict.Fatal(
                new BackfillException(
                    ErrorIds.GitHubQueryRefused,
                    ErrorKind.Unavailable,
                    $"GitHub does not accept a query of this version: {message}",
                    "Update the module. On GitHub Enterprise Server check that its version has the field.",
                    type.Length > 0 ? type : code
                )
            )
            : null;
    }

    /// <summary>Returns the error of a repository that does not exist, or that the token may not see.</summary>
    public static BackfillException NotFound(string message) =>
        new(
            ErrorIds.RepositoryNotFound,
            ErrorKind.NotFound,
            $"GitHub has no such repository, or the token may not see it: {message}",
            "Check the spelling of owner/name; for a private repository use a token with the repo scope, or with read access to its contents, issues and pull requests."
        );

    private static bool Without(GitHubResponse response) => IsNull(response, "repository");

    // Returns true where the response has a null at the path.
    private static bool IsNull(GitHubResponse response, string path)
    {
        if (!response.Json.TryGetProperty("data", out var found))
        {
            return false;
        }

        foreach (var part in path.Split('.'))
        {
            if (found.ValueKind != JsonValueKind.Object || !found.TryGetProperty(part, out found))
            {
                return false;
            }
        }

        return found.ValueKind == JsonValueKind.Null;
    }

    private static BackfillException Lacks(string connection, string message) =>
        new(
            ErrorIds.GitHubAccessDenied,
            ErrorKind.Access,
            $"The token may not read the repository's {Permissions.Words(connection)}: it lacks the permission {Permissions.Name(connection)}: read (GitHub says: {message}).",
            $"Give the token the permission {Permissions.Name(connection)}: read (a fine-grained token or GitHub App) or the repo scope (a classic token), or leave {Permissions.Words(connection)} out by -Include, which names what to read without {Permissions.Content(connection)}.",
            "GITHUB_TOKEN"
        );

    private static BackfillException Denied(string message) =>
        new(
            ErrorIds.GitHubAccessDenied,
            ErrorKind.Access,
            $"GitHub denies access: {message}",
            "Give the token the repo scope, or authorize it for the organization's single sign-on under https://github.com/settings/tokens."
        );

    private static TimeSpan? UntilReset(GitHubResponse response) =>
        response.Number("x-ratelimit-reset") is { } reset
            ? DateTimeOffset.FromUnixTimeSeconds(reset) - response.ReceivedAt
            : null;

    private static string Property(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object
        && element.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : "";

    private static string Path(JsonElement error) =>
        error.TryGetProperty("path", out var path) && path.ValueKind == JsonValueKind.Array
            ? string.Join('.', path.EnumerateArray().Select(part => part.ToString()))
            : "";

    private static bool IsJson(byte[] body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            return reader.Read() && reader.TrySkip() && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Text(byte[] body)
    {
        var text = Encoding.UTF8.GetString(body);
        return text.Length <= 300 ? text : text[..300];
    }
}
