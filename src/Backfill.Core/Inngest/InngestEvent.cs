using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Backfill.Core.Inngest;

/// <summary>An event as it is sent.</summary>
/// <param name="Id">Our own id, by which Inngest starts each function at most once in 24 hours; it does not look at the name, so the id says who made it.</param>
/// <param name="Name">What it asks for.</param>
/// <param name="Data">The payload.</param>
/// <param name="At">When.</param>
internal sealed record InngestEvent(string Id, string Name, JsonObject Data, DateTimeOffset At)
{
    // GitHub counts from here on: what has no beginning is asked for since then, as a number of days, which every handler
    // reads.
    private static readonly DateTimeOffset GitHubBegan = new(2008, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly JsonSerializerOptions Plain = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>As the event API takes it.</summary>
    public string Body => BodyOf([this]);

    /// <summary>Returns several events as the event API takes them in one request.</summary>
    public static string BodyOf(IEnumerable<InngestEvent> events) =>
        new JsonArray([
            .. events.Select(one => new JsonObject
            {
                ["id"] = one.Id,
                ["name"] = one.Name,
                ["data"] = one.Data.DeepClone(),
                ["ts"] = one.At.ToUnixTimeMilliseconds(),
            }),
        ]).ToJsonString(Plain);

    /// <summary>Asks for the sync of a repository. Handlers differ in what they read, so everything is in it: the row, the name in both forms, and the range in days under both names.</summary>
    public static InngestEvent Sync(
        Guid runId,
        string name,
        Guid repositoryId,
        RepositoryName repository,
        DateTimeOffset? since,
        DateTimeOffset now
    )
    {
        var days = (int)Math.Ceiling((now - (since ?? GitHubBegan)).TotalDays);
        return new InngestEvent(
            $"backfill-sync-{runId:N}",
            name,
            Repository(
                repositoryId,
                repository,
                now,
                data =>
                {
                    data["timeRange"] = days;
                    data["days"] = days;
                    // The app refuses a sync within 12 hours of the last one, except for this reason.
                    data["reason"] = "manual";
                }
            ),
            now
        );
    }

    /// <summary>Asks for the embeddings of a repository.</summary>
    public static InngestEvent Embedding(
        Guid requestId,
        string name,
        Guid repositoryId,
        RepositoryName repository,
        bool force,
        IReadOnlyList<string> itemTypes,
        DateTimeOffset now
    ) =>
        new(
            $"backfill-embed-{requestId:N}",
            name,
            Repository(
                repositoryId,
                repository,
                now,
                data =>
                {
                    data["forceRegenerate"] = force;
                    if (itemTypes.Count > 0)
                    {
                        data["itemTypes"] = new JsonArray([.. itemTypes.Select(type => (JsonNode)type)]);
                    }
                }
            ),
            now
        );

    /// <summary>Asks for the metrics of a workspace over a range.</summary>
    public static InngestEvent Metrics(
        Guid requestId,
        string name,
        Guid workspaceId,
        TimeRange range,
        bool force,
        DateTimeOffset now
    ) =>
        new(
            $"backfill-metrics-{requestId:N}",
            name,
            new JsonObject
            {
                ["workspaceId"] = workspaceId.ToString(),
                ["timeRange"] = range.Text,
                ["forceRefresh"] = force,
                ["priority"] = Priority,
                ["triggeredBy"] = "manual",
                ["source"] = Source,
            },
            now
        );

    private const string Priority = "high";
    private const string Source = "backfill";

    private static JsonObject Repository(
        Guid repositoryId,
        RepositoryName repository,
        DateTimeOffset now,
        Action<JsonObject> add
    )
    {
        var data = new JsonObject
        {
            ["repositoryId"] = repositoryId.ToString(),
            ["owner"] = repository.Owner,
            ["repo"] = repository.Name,
            ["name"] = repository.Name,
            ["repositoryName"] = repository.FullName,
            ["priority"] = Priority,
            ["source"] = Source,
            ["requestedAt"] = now.ToString("O", System.Globalization.CultureInfo.InvariantCulture),
        };
        add(data);
        return data;
    }
}
