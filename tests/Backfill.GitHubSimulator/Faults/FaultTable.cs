using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Backfill.Simulation.Server;

namespace Backfill.Simulation.Faults;

/// <summary>A way in which GitHub goes wrong.</summary>
/// <param name="Name">For <c>--fault</c>.</param>
/// <param name="Description">What it does, with the meaning of its parameter.</param>
/// <param name="IsFor">Whether a request can meet it at all.</param>
/// <param name="Apply">Makes the answer: from the good one, or without asking for it.</param>
internal sealed record Fault(
    string Name,
    string Description,
    Func<FaultRequest, FaultRule, bool> IsFor,
    Func<FaultRequest, FaultRule, Func<Task<Answer>>, Task<Answer>> Apply
);

/// <summary>All faults. A new one is a new entry here. Forms as seen in public threads and in GitHub's documentation.</summary>
public static class FaultTable
{
    private const string RateDocumentation = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api";
    private const string SecondaryDocumentation =
        "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits";
    private const string SecondaryText =
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If you reach out to GitHub Support for help, please include the request ID";
    private const string WentWrong =
        "Something went wrong while executing your query. This may be the result of a timeout, or it could be a GitHub bug. Please include `C084:58C5:1747A26:2F86499:6334A643` when reporting this issue.";

    private static readonly Dictionary<string, Fault> Table = new Fault[]
    {
        Instead(
            "http-502",
            "502, as GraphQL's JSON or REST's HTML",
            (request, _) =>
                request.Kind == RequestKind.GraphQL
                    ? Text(502, $$"""{"data":null,"errors":[{"message":"{{WentWrong}}"}]}""") with
                    {
                        HasRateHeaders = false,
                    }
                    : Answer.Html(502, "502 Bad Gateway")
        ),
        Instead("http-502-html", "502 of the proxy, as HTML", (_, _) => Answer.Html(502, "502 Bad Gateway")),
        Instead(
            "http-504",
            "504 with GitHub's words",
            (_, _) =>
                Text(
                    504,
                    """{"message":"We couldn't respond to your request in time. Sorry about that. Please try resubmitting your request and contact us if the problem persists."}"""
                ) with
                {
                    HasRateHeaders = false,
                }
        ),
        Instead("http-500", "500 with an empty body", (_, _) => new Answer(500, []) { HasRateHeaders = false }),
        Instead("http-503", "503 as HTML", (_, _) => Answer.Html(503, "503 Service Unavailable")),
        Instead(
            "timeout",
            "no answer until the client gives up",
            (_, _) => new Answer(200, []) { Sending = Sending.Never }
        ),
        After(
            "truncated-body",
            "half of the answer, then the connection is closed",
            answer => answer with { Sending = Sending.Truncated }
        ),
        Instead(
            "html-200",
            "200 with a page instead of JSON",
            (_, _) => Answer.Html(200, "GitHub is down for maintenance")
        ),
        Instead("empty-200", "200 with an empty body", (_, _) => new Answer(200, [])),
        Instead(
            "errors-200",
            "200 with GraphQL's words for something that went wrong",
            (_, _) => Text(200, $$"""{"data":null,"errors":[{"message":"{{WentWrong}}"}]}"""),
            GraphQLOnly
        ),
        Instead(
            "timedout-200",
            "200 with the error timedout",
            (_, _) => Text(200, """{"data":{"repository":null},"errors":[{"message":"timedout"}]}"""),
            GraphQLOnly
        ),
        Instead(
            "rate-limited-200",
            "the primary limit of GraphQL; parameter: seconds until the reset (60)",
            (request, rule) =>
                Limited(
                    Text(
                        200,
                        """{"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded for user ID 583231."}]}"""
                    ),
                    request,
                    rule
                ),
            GraphQLOnly
        ),
        Instead(
            "rate-limited-403",
            "the primary limit of REST; parameter: seconds until the reset (60)",
            (request, rule) =>
                Limited(
                    Answer.Message(403, "API rate limit exceeded for user ID 583231.", RateDocumentation),
                    request,
                    rule
                )
        ),
        Instead(
            "rate-limited-429",
            "the same as 429",
            (request, rule) =>
                Limited(
                    Answer.Message(429, "API rate limit exceeded for user ID 583231.", RateDocumentation),
                    request,
                    rule
                )
        ),
        Instead(
            "secondary-403-retry-after",
            "the secondary limit; parameter: seconds to wait (60)",
            (_, rule) => RetryAfter(Answer.Message(403, $"{SecondaryText} C084.", SecondaryDocumentation), rule)
        ),
        Instead(
            "secondary-429-retry-after",
            "the same as 429",
            (_, rule) => RetryAfter(Answer.Message(429, $"{SecondaryText} C084.", SecondaryDocumentation), rule)
        ),
        Instead(
            "secondary-403",
            "the secondary limit without a time to wait",
            (_, _) => Answer.Message(403, $"{SecondaryText} C084.", SecondaryDocumentation)
        ),
        Instead(
            "secondary-200",
            "the secondary limit as an error of GraphQL",
            (_, _) => Text(200, $$"""{"errors":[{"message":"{{SecondaryText}} C084."}]}"""),
            GraphQLOnly
        ),
        Instead("401", "a token that is refused", (_, _) => Answer.Message(401, "Bad credentials")),
        Instead(
            "404",
            "a repository that is not there",
            (request, _) =>
                request.Kind == RequestKind.GraphQL
                    ? Text(
                        200,
                        """{"data":{"repository":null},"errors":[{"type":"NOT_FOUND","path":["repository"],"message":"Could not resolve to a Repository with the name 'gone/gone'."}]}"""
                    )
                    : Answer.Message(404, "Not Found")
        ),
        new(
            "null-node",
            "one node of a page is null, with an error; parameter: its place (0)",
            GraphQLOnly,
            async (_, rule, next) => NullNode(await next(), rule.Parameter ?? 0)
        ),
        Instead(
            "page-too-heavy",
            "502 for every page larger than the parameter (25)",
            (_, _) =>
                Text(502, $$"""{"data":null,"errors":[{"message":"{{WentWrong}}"}]}""") with
                {
                    HasRateHeaders = false,
                },
            (request, rule) => request.LargestPage > (rule.Parameter ?? 25)
        ),
        Instead(
            "resource-limits",
            "200 with RESOURCE_LIMITS_EXCEEDED for every page larger than the parameter (25)",
            (_, _) =>
                Text(
                    200,
                    """{"data":{"repository":null},"errors":[{"type":"RESOURCE_LIMITS_EXCEEDED","path":["repository"],"message":"Resource limits for this query exceeded."}]}"""
                ),
            (request, rule) => request.LargestPage > (rule.Parameter ?? 25)
        ),
        Instead(
            "contributors-too-large",
            "403 for the list of contributors",
            (_, _) =>
                Answer.Message(
                    403,
                    "The history or contributor list is too large to list contributors for this repository via the API.",
                    "https://docs.github.com/rest/repos/repos#list-repository-contributors"
                ) with
                {
                    HasRateHeaders = false,
                },
            (request, _) => request.Path.Contains("/contributors", StringComparison.Ordinal)
        ),
        After("half-emoji", "the first body begins with half of an emoji, as an escape", HalfEmoji),
        After(
            "no-etag",
            "the server forgets its entity tags",
            answer =>
            {
                answer.Headers.Remove("ETag");
                return answer;
            }
        ),
    }.ToDictionary(fault => fault.Name, StringComparer.Ordinal);

    public static IReadOnlyCollection<string> Names => Table.Keys;

    /// <summary>Name and description of each.</summary>
    public static IEnumerable<(string Name, string Description)> Descriptions =>
        Table.Values.Select(fault => (fault.Name, fault.Description));

    internal static Fault Find(string name) =>
        Table.GetValueOrDefault(name)
        ?? throw new ArgumentException($"No fault '{name}'. There are: {string.Join(", ", Names)}.", nameof(name));

    private static Fault Instead(
        string name,
        string description,
        Func<FaultRequest, FaultRule, Answer> make,
        Func<FaultRequest, FaultRule, bool>? isFor = null
    ) => new(name, description, isFor ?? ((_, _) => true), (request, rule, _) => Task.FromResult(make(request, rule)));

    private static Fault After(string name, string description, Func<Answer, Answer> change) =>
        new(name, description, (_, _) => true, async (_, _, next) => change(await next()));

    private static bool GraphQLOnly(FaultRequest request, FaultRule rule) => request.Kind == RequestKind.GraphQL;

    private static Answer Text(int status, string json) => Answer.Json(status, Encoding.UTF8.GetBytes(json));

    private static Answer Limited(Answer answer, FaultRequest request, FaultRule rule)
    {
        var reset = request.Now.AddSeconds(rule.Parameter ?? 60).ToUnixTimeSeconds();
        answer.Headers["X-RateLimit-Remaining"] = "0";
        answer.Headers["X-RateLimit-Reset"] = reset.ToString(CultureInfo.InvariantCulture);
        return answer;
    }

    private static Answer RetryAfter(Answer answer, FaultRule rule)
    {
        answer.Headers["Retry-After"] = (rule.Parameter ?? 60).ToString(CultureInfo.InvariantCulture);
        return answer;
    }

    private static Answer HalfEmoji(Answer answer)
    {
        const string Body = "\"body\":\"";
        var text = Encoding.UTF8.GetString(answer.Body);
        var at = text.IndexOf(Body, StringComparison.Ordinal);
        return at < 0
            ? answer
            : answer with
            {
                Body = Encoding.UTF8.GetBytes(text.Insert(at + Body.Length, @"\ud83d ")),
            };
    }

    // The first connection of the repository that has entries loses one.
    private static Answer NullNode(Answer answer, int place)
    {
        if (
            JsonNode.Parse(answer.Body) is not JsonObject root
            || root["data"]?["repository"] is not JsonObject repository
        )
        {
            return answer;
        }

        foreach (var (name, value) in repository)
        {
            var (list, isEdges) = value is JsonObject connection
                ? (connection["edges"] ?? connection["nodes"], connection["edges"] is not null)
                : (null, false);
            if (list is not JsonArray entries || entries.Count <= place || (isEdges && entries[place]?["node"] is null))
            {
                continue;
            }

            var path = new JsonArray("repository", name, isEdges ? "edges" : "nodes", place);
            if (isEdges)
            {
                entries[place]!["node"] = null;
                path.Add("node");
            }
            else
            {
                entries[place] = null;
            }

            var errors = root["errors"] as JsonArray ?? [];
            errors.Add(
                new JsonObject
                {
                    ["type"] = "NOT_FOUND",
                    ["path"] = path,
                    ["message"] = "Could not resolve to a node.",
                }
            );
            root["errors"] = errors;
            return answer with { Body = Encoding.UTF8.GetBytes(root.ToJsonString()) };
        }

        return answer;
    }
}
