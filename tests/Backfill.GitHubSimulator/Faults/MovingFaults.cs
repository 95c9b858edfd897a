using Backfill.Simulation.Data;
using Backfill.Simulation.Server;

namespace Backfill.Simulation.Faults;

/// <summary>A repository that changes while it is read: the answer is the good one, and after it nothing is as it was.</summary>
internal static class MovingFaults
{
    public static IReadOnlyList<Fault> All { get; } =
    [
        Then(
            "item-updated",
            "an item counts as updated; parameter: its number (the issue updated longest ago)",
            (changes, repository, number) => changes.Touch(repository, number)
        ),
        Then(
            "item-deleted",
            "an item is deleted; parameter: its number (the issue updated longest ago)",
            (changes, repository, number) => changes.Delete(repository, number)
        ),
        Then(
            "item-transferred",
            "an issue is transferred to another repository; parameter: its number (the issue updated longest ago)",
            (changes, repository, number) => changes.Transfer(repository, number, changes.Elsewhere(repository))
        ),
        Then(
            "item-converted",
            "an issue is converted to a discussion; parameter: its number (the issue updated longest ago)",
            (changes, repository, number) => changes.ConvertToDiscussion(repository, number)
        ),
        Then(
            "item-created",
            "an issue is opened",
            (changes, repository) => changes.AddIssue(repository, "opened in the meantime")
        ),
        Then(
            "repository-renamed",
            "the repository gets another name: REST redirects, GraphQL follows",
            (changes, repository) => changes.Rename(repository, $"{repository.Split('/')[1]}-renamed")
        ),
        Then(
            "repository-name-taken",
            "the repository gets another name, and another repository its old one",
            (changes, repository) => changes.HandName(repository)
        ),
        Then("repository-vanished", "the repository is deleted", (changes, repository) => changes.Vanish(repository)),
        Then(
            "issues-disabled",
            "the repository's issues are switched off",
            (changes, repository) => changes.DisableIssues(repository)
        ),
        Fault.Edited(
            "replica-lag",
            "a replica lags behind: an item is not on the first page that should have it and a minute too old on the second; parameter: its number",
            Lag,
            lasts: true
        ),
    ];

    private static Fault Then(string name, string description, Action<RepositoryChanges, string> change) =>
        new(
            name,
            description,
            Fault.Always,
            async call =>
            {
                var answer = await call.NextAsync();
                var changes = call.Exchange.Changes;
                change(changes, changes.NameOf(call.Request.Repository));
                return answer;
            }
        );

    private static Fault Then(string name, string description, Action<RepositoryChanges, string, int> change) =>
        new(
            name,
            description,
            Fault.Always,
            async call =>
            {
                var answer = await call.NextAsync();
                var changes = call.Exchange.Changes;
                var repository = changes.NameOf(call.Request.Repository);
                if (call.Rule.Parameter is { } number)
                {
                    change(changes, repository, number);
                }
                else if (changes.Oldest<Issue>(repository) is { } oldest)
                {
                    change(changes, repository, oldest.Number);
                }
                else
                {
                    return call.Pass(answer);
                }

                return answer;
            }
        );

    private static bool Lag(Dictionary<string, object?> root, FaultCall call)
    {
        foreach (var connection in Connections.OfRoot(root))
        {
            for (var place = 0; place < connection.Count; place++)
            {
                if (
                    connection.Node(place) is { } node
                    && JsonTree.Number(node.GetValueOrDefault("number")) is { } number
                    && number == call.Rule.Parameter
                )
                {
                    lock (call.Memory.Sync)
                    {
                        var seen = call.Memory.Of<Sightings>();
                        seen.Count++;
                        return seen.Count switch
                        {
                            1 => Hide(connection, place),
                            2 => Age(node),
                            _ => false,
                        };
                    }
                }
            }
        }

        return false;
    }

    private static bool Hide(Connection connection, int place)
    {
        connection.Entries.RemoveAt(place);
        if (JsonTree.Number(connection.Members.GetValueOrDefault("totalCount")) is { } total)
        {
            connection.Members["totalCount"] = total - 1;
        }

        // The page ends, and begins, where its entries do.
        if (connection is { IsEdges: true, PageInfo: { } info })
        {
            foreach (var (name, at) in new[] { ("startCursor", 0), ("endCursor", connection.Count - 1) })
            {
                if (info.ContainsKey(name))
                {
                    info[name] = at >= 0 && connection.Count > 0 ? JsonTree.At(connection.Entries[at], "cursor") : null;
                }
            }
        }

        return true;
    }

    private static bool Age(Dictionary<string, object?> node)
    {
        if (JsonTree.Text(node.GetValueOrDefault("updatedAt")) is not { } text)
        {
            return false;
        }

        node["updatedAt"] =
            DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture) - TimeSpan.FromMinutes(1);
        return true;
    }

    private sealed class Sightings
    {
        public int Count { get; set; }
    }
}
