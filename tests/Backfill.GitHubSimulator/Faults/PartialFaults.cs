using Backfill.Simulation.GraphQL;
using Backfill.Simulation.Server;

namespace Backfill.Simulation.Faults;

/// <summary>Answers that hold less than was asked for.</summary>
internal static class PartialFaults
{
    private const string SamlText =
        "Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.";
    private const string ForbiddenText = "Resource not accessible by personal access token";

    public static IReadOnlyList<Fault> All { get; } =
    [
        Fault.Edited(
            "null-node",
            "one node of a page is null, as not found; parameter: its place (0)",
            (root, call) => Without(root, call.Parameter(0), "NOT_FOUND", "Could not resolve to a node.")
        ),
        Fault.Edited(
            "forbidden-node",
            "one node of a page is null, as forbidden; parameter: its place (0)",
            (root, call) => Without(root, call.Parameter(0), "FORBIDDEN", ForbiddenText)
        ),
        Fault.Edited(
            "forbidden-item",
            "one item is null on whatever page it stands, as forbidden; parameter: its number",
            ForbidItem
        ),
        Fault.Instead("saml", "an organization that asks for single sign-on", Saml),
        Fault.Edited(
            "null-authors",
            "every author is null, as of deleted accounts",
            (root, _) =>
                Connections.Change(
                    JsonTree.Objects(root).Where(found => found.Members.ContainsKey("author")),
                    found => found.Members["author"] = null
                )
        ),
        Fault.Edited(
            "null-database-ids",
            "every databaseId of what is no account is null, as of one that needs more than 31 bits, with an error for each",
            NullDatabaseIds
        ),
    ];

    private static bool Without(Dictionary<string, object?> root, int place, string type, string message) =>
        Connections.OfRoot(root).FirstOrDefault(found => found.Count > place && found.Node(place) is not null)
            is { } connection
        && Connections.AddError(root, type, message, connection.Clear(place));

    private static bool ForbidItem(Dictionary<string, object?> root, FaultCall call)
    {
        var found = false;
        foreach (var connection in Connections.OfRoot(root).ToList())
        {
            for (var place = 0; place < connection.Count; place++)
            {
                if (
                    JsonTree.Number(connection.Node(place)?.GetValueOrDefault("number")) is { } number
                    && number == call.Rule.Parameter
                )
                {
                    found = Connections.AddError(root, "FORBIDDEN", ForbiddenText, connection.Clear(place));
                }
            }
        }

        return found;
    }

    private static Answer Saml(FaultCall call)
    {
        var answer =
            call.Request.Kind == RequestKind.GraphQL
                ? Fault.Json(
                    200,
                    $$"""{"data":{"repository":null},"errors":[{"type":"FORBIDDEN","path":["repository"],"extensions":{"saml_failure":true},"locations":[{"line":1,"column":30}],"message":"{{SamlText}}"}]}"""
                )
                : Answer.Message(
                    403,
                    SamlText,
                    "https://docs.github.com/articles/authenticating-to-a-github-organization-with-saml-single-sign-on/"
                );
        answer.Headers["X-GitHub-SSO"] =
            "required; url=https://github.com/orgs/octo/sso?authorization_request=AZSCKL4U5Y";
        return answer;
    }

    private static bool NullDatabaseIds(Dictionary<string, object?> root, FaultCall call)
    {
        var found = false;
        foreach (var (members, path) in JsonTree.Objects(root.GetValueOrDefault("data")).ToList())
        {
            if (
                JsonTree.Number(members.GetValueOrDefault("databaseId")) is { } id
                && !members.ContainsKey("login")
                && path is not ["repository"]
            )
            {
                members["databaseId"] = null;
                found = Connections.AddError(root, null, Resolvers.TooLarge(id), [.. path, "databaseId"]);
            }
        }

        return found;
    }
}
