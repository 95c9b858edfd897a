using System.Globalization;
using Backfill.Simulation.Server;

namespace Backfill.Simulation.Faults;

/// <summary>Too much was asked, in every form that GitHub has for saying so.</summary>
internal static class LimitFaults
{
    private const string Exceeded = "API rate limit exceeded for user ID 583231.";
    private const string RateDocumentation = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api";
    private const string SecondaryDocumentation =
        "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits";
    private const string SecondaryText =
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If you reach out to GitHub Support for help, please include the request ID C084:58C5:1747A26.";

    public static IReadOnlyList<Fault> All { get; } =
    [
        Fault.Instead(
            "no-rate-limits",
            "a GitHub Enterprise Server whose limits are switched off, asked for what is left",
            _ =>
                Fault.Json(
                    404,
                    """{"message":"Rate limiting is not enabled.","documentation_url":"https://docs.github.com/rest/rate-limit/rate-limit"}"""
                ),
            (request, _) => request.Path.StartsWith("/rate_limit", StringComparison.Ordinal)
        ),
        Fault.Instead(
            "rate-limited-200",
            "the primary limit of GraphQL; parameter: seconds until the reset (60)",
            call => Reset(Fault.Json(200, $$"""{"errors":[{"type":"RATE_LIMITED","message":"{{Exceeded}}"}]}"""), call),
            Fault.GraphQLOnly
        ),
        Fault.Instead(
            "rate-limited-code-200",
            "the primary limit of GraphQL in its newer spelling; parameter: seconds until the reset (60)",
            call =>
                Reset(
                    Fault.Json(
                        200,
                        """{"errors":[{"type":"RATE_LIMIT","code":"graphql_rate_limit","message":"API rate limit already exceeded for user ID 583231."}]}"""
                    ),
                    call
                ),
            Fault.GraphQLOnly
        ),
        Fault.Instead(
            "rate-limited-remaining",
            "the primary limit of GraphQL though the headers say that four points remain; parameter: seconds until the reset (60)",
            call =>
                Reset(
                    Fault.Json(200, $$"""{"errors":[{"type":"RATE_LIMITED","message":"{{Exceeded}}"}]}"""),
                    call,
                    remaining: 4
                ),
            Fault.GraphQLOnly
        ),
        Fault.After(
            "last-page",
            "a good answer with which nothing remains; parameter: seconds until the reset (60)",
            LastPage
        ),
        Fault.Instead(
            "reset-in-past",
            "the primary limit with a reset that is over; parameter: seconds since (100)",
            call =>
                Reset(
                    call.Request.Kind == RequestKind.GraphQL
                        ? Fault.Json(200, $$"""{"errors":[{"type":"RATE_LIMITED","message":"{{Exceeded}}"}]}""")
                        : Answer.Message(403, Exceeded, RateDocumentation),
                    call,
                    seconds: -call.Parameter(100)
                )
        ),
        Fault.Instead(
            "rate-limited-403",
            "the primary limit of REST; parameter: seconds until the reset (60)",
            call => Reset(Answer.Message(403, Exceeded, RateDocumentation), call)
        ),
        Fault.Instead(
            "rate-limited-429",
            "the same as 429",
            call => Reset(Answer.Message(429, Exceeded, RateDocumentation), call)
        ),
        Fault.Instead(
            "secondary-403-retry-after",
            "the secondary limit; parameter: seconds to wait (60)",
            call => RetryAfter(Secondary(403), call)
        ),
        Fault.Instead("secondary-429-retry-after", "the same as 429", call => RetryAfter(Secondary(429), call)),
        Fault.Instead("secondary-403", "the secondary limit without a time to wait", _ => Secondary(403)),
        Fault.Instead("secondary-429", "the same as 429", _ => Secondary(429)),
        Fault.Instead(
            "secondary-200",
            "the secondary limit as an error of GraphQL, without a time to wait",
            _ => Fault.Json(200, $$"""{"errors":[{"message":"{{SecondaryText}}"}]}""") with { Limit = Limit.Secondary },
            Fault.GraphQLOnly
        ),
        new(
            "limiter-extends",
            "the secondary limit, which begins anew with every request that comes too early; parameter: seconds to wait (60)",
            Fault.Always,
            ExtendAsync,
            Lasts: true,
            Replaces: true
        ),
    ];

    // Remaining as a fresh token has it: the secondary limit does not show there.
    private static Answer Secondary(int status) =>
        Answer.Message(status, SecondaryText, SecondaryDocumentation) with
        {
            Limit = Limit.Secondary,
        };

    private static Answer Reset(Answer answer, FaultCall call, int remaining = 0, int? seconds = null)
    {
        var reset = call.Request.Now.AddSeconds(seconds ?? call.Parameter(60)).ToUnixTimeSeconds();
        answer.Headers["X-RateLimit-Remaining"] = remaining.ToString(CultureInfo.InvariantCulture);
        answer.Headers["X-RateLimit-Used"] = (call.Exchange.Budget.Limit - remaining).ToString(
            CultureInfo.InvariantCulture
        );
        answer.Headers["X-RateLimit-Reset"] = reset.ToString(CultureInfo.InvariantCulture);
        return answer with { Limit = Limit.Primary };
    }

    private static Answer LastPage(Answer answer, FaultCall call)
    {
        var last = Reset(answer, call) with { Limit = Limit.None };
        if (
            call.Request.Kind == RequestKind.GraphQL
            && JsonTree.Parse(answer.Body) is { } root
            && JsonTree.At(root, "data", "rateLimit") is Dictionary<string, object?> limit
        )
        {
            Replace(limit, "remaining", 0);
            Replace(limit, "used", call.Exchange.Budget.Limit);
            Replace(limit, "resetAt", call.Request.Now.AddSeconds(call.Parameter(60)));
            return last with { Body = JsonBody.Of(root) };
        }

        return last;
    }

    private static void Replace(Dictionary<string, object?> members, string name, object value)
    {
        if (members.ContainsKey(name))
        {
            members[name] = value;
        }
    }

    private static Answer RetryAfter(Answer answer, FaultCall call)
    {
        answer.Headers["Retry-After"] = call.Parameter(60).ToString(CultureInfo.InvariantCulture);
        return answer;
    }

    private static async Task<Answer> ExtendAsync(FaultCall call)
    {
        lock (call.Memory.Sync)
        {
            var limiter = call.Memory.Of<Limiter>();
            if (limiter.Until is not { } until || call.Request.Now < until)
            {
                limiter.Until = call.Request.Now.AddSeconds(call.Parameter(60));
                return RetryAfter(Secondary(403), call);
            }
        }

        return call.Pass(await call.NextAsync());
    }

    private sealed class Limiter
    {
        public DateTimeOffset? Until { get; set; }
    }
}
