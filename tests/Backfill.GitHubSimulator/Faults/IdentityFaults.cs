using Backfill.Simulation.Server;

namespace Backfill.Simulation.Faults;

/// <summary>Who asks, and what is not there or not there any more.</summary>
internal static class IdentityFaults
{
    public static IReadOnlyList<Fault> All { get; } =
    [
        Fault.Instead("401", "a token that is refused", _ => Refused()),
        new(
            "token-expires",
            "the token of the first request that meets it is refused from then on; others are not",
            Fault.Always,
            ExpireAsync,
            Lasts: true,
            Replaces: true
        ),
        Fault.Instead(
            "404",
            "a repository that is not there",
            call =>
                call.Request.Kind == RequestKind.GraphQL
                    ? Fault.Json(
                        200,
                        $$"""{"data":{"repository":null},"errors":[{"type":"NOT_FOUND","path":["repository"],"locations":[{"line":1,"column":30}],"message":"Could not resolve to a Repository with the name '{{call.Request.Repository ?? "gone/gone"}}'."}]}"""
                    )
                    : Answer.Message(404, "Not Found")
        ),
        Fault.Instead(
            "410-deleted",
            "410 of REST for an issue that was deleted",
            _ =>
                Answer.Message(
                    410,
                    "This issue was deleted",
                    "https://docs.github.com/rest/issues/issues#get-an-issue"
                ),
            Fault.RestOnly
        ),
        Fault.Instead(
            "410-issues-disabled",
            "410 of REST for a repository without issues",
            _ => Answer.Message(410, "Issues are disabled for this repo", "https://docs.github.com/v3/issues/"),
            Fault.RestOnly
        ),
        Fault.Instead(
            "451",
            "a repository that is blocked for legal reasons; GraphQL's form is a guess",
            call =>
                call.Request.Kind == RequestKind.GraphQL
                    ? Fault.Json(
                        200,
                        """{"data":{"repository":null},"errors":[{"type":"FORBIDDEN","path":["repository"],"message":"Repository access blocked"}]}"""
                    )
                    : Fault.Json(
                        451,
                        """{"message":"Repository access blocked","block":{"reason":"dmca","created_at":"2024-01-02T03:04:05Z","html_url":"https://github.com/github/dmca"}}"""
                    )
        ),
        Fault.Instead(
            "redirected-elsewhere",
            "301 of REST to the same path on another host name, localhost",
            call =>
            {
                var target = call.Request.Home.Replace(call.Request.Host, "localhost", StringComparison.Ordinal);
                var answer = Fault.Json(
                    301,
                    $$"""{"message":"Moved Permanently","url":"{{target}}{{call.Request.Path}}","documentation_url":"https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api#follow-redirects"}"""
                );
                answer.Headers["Location"] = target + call.Request.Path;
                return answer;
            },
            (request, rule) => Fault.RestOnly(request, rule) && request.Host != "localhost"
        ),
        RefusedList("review-comments-refused", "/pulls/comments"),
        RefusedList("issue-comments-refused", "/issues/comments"),
        Fault.Instead(
            "contributors-too-large",
            "403 for the list of contributors",
            _ =>
                Answer.Message(
                    403,
                    "The history or contributor list is too large to list contributors for this repository via the API.",
                    "https://docs.github.com/rest/repos/repos#list-repository-contributors"
                ) with
                {
                    HasRateHeaders = false,
                },
            AsksForContributors
        ),
        Fault.Instead(
            "contributors-202",
            "202 for the list of contributors: it is being made",
            _ => Fault.Json(202, "{}"),
            AsksForContributors
        ),
        Fault.Instead(
            "contributors-204",
            "204 for the list of contributors: the repository is empty",
            _ => new Answer(204, []),
            AsksForContributors
        ),
    ];

    private static Fault RefusedList(string name, string path) =>
        Fault.Instead(
            name,
            $"the list of {path} is refused; parameter: the status (403)",
            call =>
                Answer.Message(
                    call.Parameter(403),
                    call.Parameter(403) == 404 ? "Not Found" : "Resource not accessible by integration"
                ),
            (request, _) => request.Path.Split('?')[0].EndsWith(path, StringComparison.Ordinal)
        );

    private static Answer Refused() => Answer.Message(401, "Bad credentials");

    private static bool AsksForContributors(FaultRequest request, FaultRule rule) =>
        request.Path.Contains("/contributors", StringComparison.Ordinal);

    private static async Task<Answer> ExpireAsync(FaultCall call)
    {
        lock (call.Memory.Sync)
        {
            var expired = call.Memory.Of<Expired>();
            expired.Token ??= call.Request.Token;
            if (expired.Token == call.Request.Token)
            {
                return Refused();
            }
        }

        return call.Pass(await call.NextAsync());
    }

    private sealed class Expired
    {
        public string? Token { get; set; }
    }
}
