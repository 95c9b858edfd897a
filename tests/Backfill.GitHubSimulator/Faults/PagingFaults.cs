using System.Globalization;
using System.Text.RegularExpressions;
using Backfill.Simulation.Server;

namespace Backfill.Simulation.Faults;

/// <summary>Pages that lie about what is behind them, and cursors that are no longer taken.</summary>
internal static partial class PagingFaults
{
    private const int FirstRefusedPage = 11;

    public static IReadOnlyList<Fault> All { get; } =
    [
        new(
            "stale-cursor",
            "every cursor that a query goes on from is refused",
            (request, _) => request.Cursors.Count > 0,
            call =>
            {
                call.Exchange.Execution.RefusesCursor = _ => true;
                return call.NextAsync();
            }
        ),
        new(
            "stored-cursors",
            "every cursor that was given before the fault was switched on is refused",
            Fault.GraphQLOnly,
            RefuseStoredAsync,
            Lasts: true
        ),
        Fault.Edited(
            "has-next-without-cursor",
            "there is more behind every page, but no cursor leads there",
            (root, _) => Say(root, null)
        ),
        Fault.Edited(
            "cursor-unchanged",
            "there is more behind every page, by the cursor that led to it",
            (root, call) => Say(root, Connections.Quoted(call.Request.Cursors[0])),
            (request, _) => request.Cursors.Count > 0
        ),
        Fault.Edited(
            "empty-page",
            "a page without entries, behind which there is more",
            (root, call) =>
            {
                Connections.Change(Connections.OfRoot(root), connection => connection.Entries.Clear());
                return Say(root, call.Request.Cursors.Count > 0 ? Connections.Quoted(call.Request.Cursors[0]) : null);
            }
        ),
        Fault.Edited(
            "total-too-large",
            "lists count more than there is; parameter: how much (3)",
            (root, call) =>
                Connections.Change(
                    JsonTree
                        .Objects(root.GetValueOrDefault("data"))
                        .Where(found => found.Path.Count == 2 && HasTotal(found.Members))
                        .Select(found => found.Members),
                    connection => Raise(connection, call.Parameter(3))
                )
        ),
        Fault.Edited(
            "child-total-too-large",
            "the lists of children of one item count one more than there is; parameter: its number",
            (root, call) =>
                Connections.Change(
                    JsonTree
                        .Objects(root.GetValueOrDefault("data"))
                        .Where(found =>
                            JsonTree.Number(found.Members.GetValueOrDefault("number")) == call.Rule.Parameter
                        )
                        .SelectMany(found =>
                            new[] { "reviews", "comments" }.Select(name => found.Members.GetValueOrDefault(name))
                        )
                        .OfType<Dictionary<string, object?>>()
                        .Where(HasTotal),
                    children => Raise(children, 1)
                )
        ),
        Fault.Instead(
            "rest-422-page",
            "422 for every page of REST from the parameter (11) on, which asks for cursors",
            _ =>
                Answer.Message(
                    422,
                    "Pagination with the page parameter is not supported for large datasets, please use cursor based pagination (after/before)",
                    "https://docs.github.com/rest/issues/issues#list-repository-issues"
                ),
            IsLaterPage
        ),
        Fault.Instead(
            "rest-422-limited",
            "422 for every page of REST from the parameter (11) on: the list ends there",
            _ =>
                Answer.Message(
                    422,
                    "In order to keep the API fast for everyone, pagination is limited for this resource. Check the rel=last link relation in the Link response header to see how far back you can traverse.",
                    "https://docs.github.com/rest/overview/resources-in-the-rest-api#pagination"
                ),
            IsLaterPage
        ),
    ];

    private static async Task<Answer> RefuseStoredAsync(FaultCall call)
    {
        var refused = false;
        call.Exchange.Execution.RefusesCursor = cursor =>
        {
            lock (call.Memory.Sync)
            {
                var isStored = !call.Memory.Of<HashSet<string>>().Contains(cursor);
                refused |= isStored;
                return isStored;
            }
        };
        var answer = await call.NextAsync();
        foreach (var (members, _) in JsonTree.Objects(JsonTree.Parse(answer.Body)))
        {
            foreach (var name in new[] { "cursor", "startCursor", "endCursor" })
            {
                if (JsonTree.Text(members.GetValueOrDefault(name)) is { } given)
                {
                    lock (call.Memory.Sync)
                    {
                        call.Memory.Of<HashSet<string>>().Add(given);
                    }
                }
            }
        }

        return refused ? answer : call.Pass(answer);
    }

    private static bool Say(Dictionary<string, object?> root, object? cursor) =>
        Connections.Change(
            Connections.OfRoot(root).Select(connection => connection.PageInfo).OfType<Dictionary<string, object?>>(),
            info => Connections.SayMore(info, cursor)
        );

    private static bool HasTotal(Dictionary<string, object?> connection) => connection.ContainsKey("totalCount");

    private static void Raise(Dictionary<string, object?> connection, int by) =>
        connection["totalCount"] = JsonTree.Number(connection["totalCount"]) + by;

    private static bool IsLaterPage(FaultRequest request, FaultRule rule) =>
        request.Kind == RequestKind.Rest
        && Page().Match(request.Path) is { Success: true } match
        && int.Parse(match.Groups["page"].ValueSpan, CultureInfo.InvariantCulture)
            >= (rule.Parameter ?? FirstRefusedPage);

    [GeneratedRegex(@"[?&]page=(?<page>\d{1,6})(&|$)", RegexOptions.ExplicitCapture)]
    private static partial Regex Page();
}
