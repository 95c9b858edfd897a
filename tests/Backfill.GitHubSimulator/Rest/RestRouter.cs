using System.Globalization;
using Backfill.Simulation.Data;
using Backfill.Simulation.Server;
using Microsoft.AspNetCore.Http;

namespace Backfill.Simulation.Rest;

/// <summary>The part of REST that a reader of one repository needs, as documented under https://docs.github.com/rest.</summary>
/// <param name="mostComments">Beyond this the lists of a repository's comments end.</param>
internal sealed class RestRouter(World world, int mostComments)
{
    private static Answer NotFound => Server.Answer.Message(404, "Not Found");

    private static Answer Disabled =>
        Server.Answer.Message(410, "Issues are disabled for this repo", "https://docs.github.com/v3/issues/");

    public Answer Answer(RestRequest request)
    {
        if (!HttpMethods.IsGet(request.Method))
        {
            return NotFound;
        }

        var parts = request.Path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        try
        {
            return parts switch
            {
                ["users", var login] => User(login),
                ["user"] => Json(RestShapes.Profile(world.Viewer)),
                ["repos", var owner, var name, .. var rest] => Named(request, owner, name, rest),
                ["repositories", var id, .. var rest]
                    when long.TryParse(id, CultureInfo.InvariantCulture, out var number)
                        && world.Find(number) is { } repository => Repository(request, repository, rest),
                _ => NotFound,
            };
        }
        catch (RefusedException refused)
        {
            return refused.Answer;
        }
    }

    private Answer Named(RestRequest request, string owner, string name, string[] rest)
    {
        if (world.Find(owner, name, out var moved) is not { } repository)
        {
            return NotFound;
        }

        if (!moved)
        {
            return Repository(request, repository, rest);
        }

        var query = string.Join(
            '&',
            request.Query.Select(pair => $"{pair.Key}={Uri.EscapeDataString(pair.Value.ToString())}")
        );
        var target =
            $"{request.Home}/repositories/{repository.DatabaseId}{string.Concat(rest.Select(part => $"/{part}"))}{(query.Length > 0 ? $"?{query}" : "")}";
        return Moved(target);
    }

    private static Answer Moved(string target)
    {
        var answer = Server.Answer.Json(
            301,
            JsonBody.Of(
                new Dictionary<string, object?>
                {
                    ["message"] = "Moved Permanently",
                    ["url"] = target,
                    ["documentation_url"] =
                        "https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api#follow-redirects",
                }
            )
        );
        answer.Headers["Location"] = target;
        return answer;
    }

    private Answer User(string login)
    {
        var plain = login.EndsWith("[bot]", StringComparison.Ordinal) ? login[..^"[bot]".Length] : login;
        return world.FindAccount(plain) is { } account && (account.Kind == AccountKind.Bot) == (plain != login)
            ? Json(RestShapes.Profile(account))
            : NotFound;
    }

    private Answer Repository(RestRequest request, SimulatedRepository repository, string[] rest) =>
        rest switch
        {
            [] => Json(RestShapes.Repository(repository)),
            ["pulls"] => PullRequests(request, repository),
            ["pulls", "comments"] => Comments(request, repository, repository.ReviewComments, RestShapes.Of),
            ["pulls", "comments", var id] => One(
                repository,
                NodeKind.PullRequestReviewComment,
                id,
                (ReviewComment comment) => RestShapes.Of(comment)
            ),
            ["pulls", var number] => Find<PullRequest>(repository, number, out var gone) is { } item
                ? Json(RestShapes.Of(item, detailed: true))
                : gone,
            ["pulls", var number, "reviews"] => Find<PullRequest>(repository, number, out var gone) is { } item
                ? Page(request, repository, item.Reviews, RestShapes.Of)
                : gone,
            ["pulls", var number, "comments"] => Find<PullRequest>(repository, number, out var gone) is { } item
                ? Page(request, repository, Since(request, item.ReviewComments), RestShapes.Of)
                : gone,
            ["issues"] => repository.HasIssues ? Issues(request, repository) : Disabled,
            ["issues", "comments"] => Comments(request, repository, repository.IssueComments, RestShapes.Of),
            ["issues", "comments", var id] => One(
                repository,
                NodeKind.IssueComment,
                id,
                (IssueComment comment) => RestShapes.Of(comment)
            ),
            ["issues", var number] => Issue(request, repository, number),
            ["issues", var number, "comments"] => Find<IssueLike>(repository, number, out var gone) is { } item
                ? Page(request, repository, Since(request, item.Comments), RestShapes.Of)
                : gone,
            ["contributors"] => Contributors(request, repository),
            ["labels"] => Page(request, repository, repository.Labels, RestShapes.Of),
            _ => NotFound,
        };

    private static Answer PullRequests(RestRequest request, SimulatedRepository repository)
    {
        var state = request.OneOf("state", "PullRequest", "open", "open", "closed", "all");
        var sort = request.OneOf("sort", "PullRequest", "created", "created", "updated", "popularity", "long-running");
        var ascending =
            request.OneOf("direction", "PullRequest", sort == "created" ? "desc" : "asc", "asc", "desc") == "asc";
        var sorted = repository.PullRequests.By(
            sort == "updated" ? SortField.UpdatedAt
            : sort == "popularity" ? SortField.Comments
            : SortField.CreatedAt
        );
        var items = sorted.Where(item => IsOf(item, state));
        return Page(
            request,
            repository,
            [.. ascending ? items : items.Reverse()],
            item => RestShapes.Of(item, detailed: false)
        );
    }

    // Pull requests are issues too.
    private static Answer Issues(RestRequest request, SimulatedRepository repository)
    {
        var state = request.OneOf("state", "Issue", "open", "open", "closed", "all");
        var sort = request.OneOf("sort", "Issue", "created", "created", "updated", "comments");
        var ascending = request.OneOf("direction", "Issue", "desc", "asc", "desc") == "asc";
        var since = request.Since("Issue");
        var field = sort switch
        {
            "updated" => SortField.UpdatedAt,
            "comments" => SortField.Comments,
            _ => SortField.CreatedAt,
        };
        var items = repository
            .IssueLikes.By(field)
            .Where(item => IsOf(item, state) && (since is null || item.UpdatedAt >= since));
        return Page(request, repository, [.. ascending ? items : items.Reverse()], RestShapes.Issue);
    }

    private static Answer Issue(RestRequest request, SimulatedRepository repository, string number)
    {
        if (
            int.TryParse(number, CultureInfo.InvariantCulture, out var wanted)
            && repository.Transferred.TryGetValue(wanted, out var moved)
        )
        {
            return Moved($"{request.Home}/repositories/{moved.Repository.DatabaseId}/issues/{moved.Number}");
        }

        return Find<IssueLike>(repository, number, out var gone) is not { } item ? gone
            : item is Issue && !repository.HasIssues ? Disabled
            : Json(RestShapes.Issue(item));
    }

    private Answer Comments<T>(
        RestRequest request,
        SimulatedRepository repository,
        Lane<T> lane,
        Func<T, Dictionary<string, object?>> shape
    )
        where T : Entry
    {
        if ((request.Page - 1L) * request.PerPage >= mostComments)
        {
            throw new RefusedException(
                Server.Answer.Message(
                    422,
                    "In order to keep the API fast for everyone, pagination is limited for this resource. Check the rel=last link relation in the Link response header to see how far back you can traverse.",
                    "https://docs.github.com/rest/overview/resources-in-the-rest-api#pagination"
                )
            );
        }

        // As documented, the order counts only where something to sort by is named.
        var sort = request.Text("sort") is null
            ? "created"
            : request.OneOf("sort", "IssueComment", "created", "created", "updated", "created_at");
        var descending =
            request.Text("sort") is not null
            && request.OneOf("direction", "IssueComment", "desc", "asc", "desc") == "desc";
        IEnumerable<T> items = lane.By(sort == "updated" ? SortField.UpdatedAt : SortField.CreatedAt);
        if (request.Since("IssueComment") is { } since)
        {
            items = items.Where(item => item.UpdatedAt >= since);
        }

        return Page(request, repository, [.. (descending ? items.Reverse() : items).Take(mostComments)], shape);
    }

    private static Answer Contributors(RestRequest request, SimulatedRepository repository)
    {
        var people = repository.Contributors().Select(pair => RestShapes.Contributor(pair.Account, pair.Contributions));
        if (request.Text("anon") is "1" or "true")
        {
            people = people.Append(RestShapes.Anonymous("Somebody Else", "somebody@example.com", 1));
        }

        List<Dictionary<string, object?>> all = [.. people];
        return all.Count == 0 ? new Answer(204, []) : Page(request, repository, all, person => person);
    }

    private static List<T> Since<T>(RestRequest request, List<T> entries)
        where T : Entry =>
        request.Since("IssueComment") is { } since ? entries.FindAll(entry => entry.UpdatedAt >= since) : entries;

    private static bool IsOf(IssueLike item, string state) =>
        state == "all" || (item.State == "OPEN") == (state == "open");

    private static Answer One<T>(
        SimulatedRepository repository,
        NodeKind kind,
        string id,
        Func<T, Dictionary<string, object?>> shape
    )
        where T : Entry =>
        long.TryParse(id, CultureInfo.InvariantCulture, out var number) && repository.Find(kind, number) is T entry
            ? Json(shape(entry))
            : NotFound;

    private static T? Find<T>(SimulatedRepository repository, string number, out Answer gone)
        where T : Item
    {
        gone = NotFound;
        if (!int.TryParse(number, CultureInfo.InvariantCulture, out var wanted))
        {
            return null;
        }

        if (repository.Deleted.Contains(wanted))
        {
            gone = Server.Answer.Message(
                410,
                "This issue was deleted",
                "https://docs.github.com/rest/issues/issues#get-an-issue"
            );
        }

        return repository.Find<T>(wanted);
    }

    private static Answer Page<T>(
        RestRequest request,
        SimulatedRepository repository,
        IReadOnlyList<T> all,
        Func<T, Dictionary<string, object?>> shape
    )
    {
        var (size, page) = (request.PerPage, request.Page);
        var last = Math.Max(1, (all.Count + size - 1) / size);
        var answer = Json(all.Skip((int)Math.Min(int.MaxValue, (page - 1L) * size)).Take(size).Select(shape));
        var links = new List<string>();
        if (page > 1)
        {
            links.Add(Link(request, repository, Math.Min(page - 1, last), "prev"));
        }

        if (page < last)
        {
            links.Add(Link(request, repository, page + 1, "next"));
            links.Add(Link(request, repository, last, "last"));
        }

        if (page > 1)
        {
            links.Add(Link(request, repository, 1, "first"));
        }

        if (links.Count > 0)
        {
            answer.Headers["Link"] = string.Join(", ", links);
        }

        return answer;
    }

    // As GitHub's own: by the repository's id, which no rename changes.
    private static string Link(RestRequest request, SimulatedRepository repository, int page, string relation)
    {
        var parts = request.Path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var rest = string.Join('/', parts.Skip(parts[0] == "repos" ? 3 : 2));
        var query = request
            .Query.Where(pair => pair.Key != "page")
            .Select(pair => $"{pair.Key}={Uri.EscapeDataString(pair.Value.ToString())}")
            .Append($"page={page}");
        return $"<{request.Home}/repositories/{repository.DatabaseId}/{rest}?{string.Join('&', query)}>; rel=\"{relation}\"";
    }

    private static Answer Json(object value) => Server.Answer.Json(200, JsonBody.Of(value));
}
