using Backfill.Simulation.Server;

namespace Backfill.Simulation.Faults;

/// <summary>The service or a proxy before it fails.</summary>
internal static class ServerFaults
{
    private const string WentWrong =
        "Something went wrong while executing your query. This may be the result of a timeout, or it could be a GitHub bug. Please include `C084:58C5:1747A26:2F86499:6334A643` when reporting this issue.";
    private const string WentWrongDated =
        "Something went wrong while executing your query on 2025-03-25T04:48:34+00:00. This may be the result of a timeout, or it could be a GitHub bug. Please include `C084:58C5:1747A26:2F86499:6334A643` when reporting this issue.";

    public static IReadOnlyList<Fault> All { get; } =
    [
        Fault.Instead(
            "http-502",
            "502, as GraphQL's JSON or REST's HTML",
            call => call.Request.Kind == RequestKind.GraphQL ? TimedOut() : Answer.Html(502, "502 Bad Gateway")
        ),
        Fault.Instead("http-502-html", "502 of the proxy, as HTML", _ => Answer.Html(502, "502 Bad Gateway")),
        Fault.Instead(
            "http-504",
            "504 with GitHub's words",
            _ =>
                Fault.Json(
                    504,
                    """{"message":"We couldn't respond to your request in time. Sorry about that. Please try resubmitting your request and contact us if the problem persists."}"""
                ) with
                {
                    HasRateHeaders = false,
                }
        ),
        Fault.Instead("http-500", "500 with an empty body", _ => new Answer(500, []) { HasRateHeaders = false }),
        Fault.Instead("http-503", "503 as HTML", _ => Answer.Html(503, "503 Service Unavailable")),
        Fault.Instead(
            "html-200",
            "200 with a page instead of JSON",
            _ => Answer.Html(200, "GitHub is down for maintenance")
        ),
        Fault.Instead("empty-200", "200 with an empty body", _ => new Answer(200, [])),
        Fault.Instead(
            "errors-200",
            "200 with GraphQL's words for something that went wrong",
            _ => Fault.Json(200, $$"""{"data":null,"errors":[{"message":"{{WentWrong}}"}]}"""),
            Fault.GraphQLOnly
        ),
        Fault.Instead(
            "errors-200-dated",
            "the same with the time in its words",
            _ => Fault.Json(200, $$"""{"data":null,"errors":[{"message":"{{WentWrongDated}}"}]}"""),
            Fault.GraphQLOnly
        ),
        Fault.Instead(
            "timedout-200",
            "200 with the error timedout",
            _ => Fault.Json(200, """{"data":{"repository":null},"errors":[{"message":"timedout"}]}"""),
            Fault.GraphQLOnly
        ),
        Fault.Instead(
            "schema-change",
            "a field that GitHub no longer has",
            _ =>
                Fault.Json(
                    200,
                    """{"errors":[{"path":["query","repository","mergeable"],"extensions":{"code":"undefinedField","typeName":"PullRequest","fieldName":"mergeable"},"locations":[{"line":12,"column":45}],"message":"Field 'mergeable' doesn't exist on type 'PullRequest'"}]}"""
                ),
            Fault.GraphQLOnly
        ),
    ];

    /// <summary>GraphQL's answer after ten seconds; it comes from before the limits.</summary>
    public static Answer TimedOut() =>
        Fault.Json(502, $$"""{"data":null,"errors":[{"message":"{{WentWrong}}"}]}""") with
        {
            HasRateHeaders = false,
        };
}
