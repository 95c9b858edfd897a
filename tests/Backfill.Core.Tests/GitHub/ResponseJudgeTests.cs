using System.Net;
using System.Text;
using System.Text.Json;
using Backfill.Core.GitHub;

namespace Backfill.Core.Tests.GitHub;

/// <summary>What an answer means, in the many forms in which GitHub says the same thing.</summary>
public sealed class ResponseJudgeTests
{
    private const string Data = """{"data":{"repository":{"id":"R_1"}}}""";

    private static readonly DateTimeOffset Now = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(200, Data, "Good")]
    [InlineData(200, "{}", "Transient")]
    [InlineData(200, "<html>unicorn</html>", "Transient")]
    [InlineData(500, "", "Transient")]
    [InlineData(503, "", "Transient")]
    [InlineData(502, "", "TooHeavy")]
    [InlineData(504, "", "TooHeavy")]
    [InlineData(401, """{"message":"Bad credentials"}""", "GitHubTokenRefused")]
    [InlineData(403, """{"message":"Resource protected by organization SAML enforcement."}""", "GitHubAccessDenied")]
    [InlineData(403, """{"message":"You have exceeded a secondary rate limit."}""", "Limited")]
    [InlineData(403, """{"message":"API rate limit exceeded for user"}""", "Limited")]
    [InlineData(429, "", "Limited")]
    [InlineData(200, """{"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded"}]}""", "Limited")]
    [InlineData(200, """{"errors":[{"type":"RATE_LIMIT","message":"API rate limit exceeded"}]}""", "Limited")]
    [InlineData(
        200,
        """{"data":{"repository":null},"errors":[{"type":"RESOURCE_LIMITS_EXCEEDED","path":["repository"],"message":"Resource limits for this query exceeded."}]}""",
        "TooHeavy"
    )]
    [InlineData(200, """{"data":null,"errors":[{"message":"Something went wrong while executing"}]}""", "TooHeavy")]
    [InlineData(
        200,
        """{"data":{"repository":null},"errors":[{"type":"INVALID_CURSOR_ARGUMENTS","path":["repository","issues"],"message":"no"}]}""",
        "StaleCursor"
    )]
    [InlineData(
        200,
        """{"data":{"repository":null},"errors":[{"type":"NOT_FOUND","path":["repository"],"message":"Could not resolve"}]}""",
        "RepositoryNotFound"
    )]
    [InlineData(
        200,
        """{"data":{"repository":{"id":"R_1"}},"errors":[{"type":"NOT_FOUND","path":["repository","issues","nodes",3],"message":"gone"}]}""",
        "Good"
    )]
    [InlineData(
        200,
        """{"data":{"repository":null},"errors":[{"type":"EXCESSIVE_PAGINATION","path":["repository","issues"],"message":"too much"}]}""",
        "Transient"
    )]
    [InlineData(
        200,
        """{"data":{"repository":null},"errors":[{"type":"FORBIDDEN","path":["repository","issues"],"message":"no"}]}""",
        "GitHubAccessDenied"
    )]
    [InlineData(
        200,
        """{"data":{"repository":{"issues":null}},"errors":[{"type":"FORBIDDEN","path":["repository","issues"],"message":"no"}]}""",
        "GitHubAccessDenied"
    )]
    [InlineData(
        200,
        """{"data":{"repository":null},"errors":[{"type":"FORBIDDEN","path":["repository","owner"],"message":"no"}]}""",
        "GitHubAccessDenied"
    )]
    [InlineData(
        200,
        """{"data":{"repository":{"issues":null}},"errors":[{"type":"INTERNAL","path":["repository","issues"],"message":"no"}]}""",
        "Transient"
    )]
    [InlineData(
        200,
        """{"data":{"repository":{"defaultBranchRef":null}},"errors":[{"type":"FORBIDDEN","path":["repository","defaultBranchRef"],"message":"no"}]}""",
        "Good"
    )]
    [InlineData(
        200,
        """{"errors":[{"extensions":{"code":"undefinedField"},"message":"Field 'x' doesn't exist"}]}""",
        "GitHubQueryRefused"
    )]
    public void An_answer_to_a_GraphQL_query_is_judged_by_its_status_and_errors(
        int status,
        string body,
        string verdict
    ) => Assert.Equal(verdict, Name(ResponseJudge.OfGraphQL(Answer(status, body))));

    [Theory]
    [InlineData(200, "[]", "Good")]
    [InlineData(304, "", "Good")]
    [InlineData(404, "", "Good")]
    [InlineData(200, "[{", "Transient")]
    [InlineData(200, "<html>", "Transient")]
    [InlineData(502, "", "Transient")]
    [InlineData(401, "", "GitHubTokenRefused")]
    [InlineData(403, """{"message":"API rate limit exceeded"}""", "Limited")]
    [InlineData(403, """{"message":"The history or contributor list is too large"}""", "Good")]
    public void An_answer_to_a_REST_request_is_judged_by_its_status_and_headers(
        int status,
        string body,
        string verdict
    ) => Assert.Equal(verdict, Name(ResponseJudge.OfRest(Answer(status, body))));

    [Fact]
    public void A_limit_lasts_as_long_as_its_headers_say()
    {
        var reset = Now.AddMinutes(7).ToUnixTimeSeconds().ToString();

        Assert.Equal(
            new Verdict.Limited(TimeSpan.FromSeconds(30), "secondary rate limit", Secondary: true),
            ResponseJudge.OfGraphQL(Answer(403, "", ("retry-after", "30")))
        );
        Assert.Equal(
            new Verdict.Limited(TimeSpan.FromMinutes(7), "rate limit", Secondary: false),
            ResponseJudge.OfRest(Answer(403, "", ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset)))
        );
        Assert.Equal(
            new Verdict.Limited(null, "secondary rate limit", Secondary: true),
            ResponseJudge.OfRest(Answer(403, """{"message":"You have exceeded a secondary rate limit"}"""))
        );
    }

    [Theory]
    [InlineData("issues", "issues: read")]
    [InlineData("openIssues", "issues: read")]
    [InlineData("pullRequests", "pull_requests: read")]
    [InlineData("discussions", "discussions: read")]
    public void A_missing_permission_is_named(string field, string permission)
    {
        var verdict = ResponseJudge.OfGraphQL(
            Answer(
                200,
                $$"""{"data":{"repository":null},"errors":[{"type":"FORBIDDEN","path":["repository","{{field}}"],"message":"Resource not accessible"}]}"""
            )
        );

        var error = Assert.IsType<Verdict.Fatal>(verdict).Error;
        Assert.Contains(permission, error.Message, StringComparison.Ordinal);
        Assert.Contains(permission, error.Action, StringComparison.Ordinal);
    }

    private static string Name(Verdict verdict) =>
        verdict is Verdict.Fatal fatal ? fatal.Error.ErrorId : verdict.GetType().Name;

    private static GitHubResponse Answer(int status, string body, params (string Name, string Value)[] headers)
    {
        JsonElement json = default;
        if (body.StartsWith('{') && body.EndsWith('}'))
        {
            json = JsonElement.Parse(body);
        }

        return new GitHubResponse(
            (HttpStatusCode)status,
            headers.ToDictionary(header => header.Name, header => header.Value),
            Encoding.UTF8.GetBytes(body),
            json,
            Now,
            TimeSpan.Zero
        );
    }
}
