using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Backfill.Worker.Functions;

/// <summary>
/// Reads what an event asks for. The tool, the app and its scripts name things differently: <c>repo</c> or <c>name</c>,
/// <c>timeRange</c> or <c>days</c>, a number or a text.
/// </summary>
internal sealed class Payload(JsonObject data)
{
    private const int MostText = 200;

    // GitHub has existed since 2008. A sender without a beginning gives the days since then.
    private static readonly DateTimeOffset GitHubBegan = new(2008, 2, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Gets the repository; null where the event names none.</summary>
    /// <exception cref="BackfillException">The event names a repository in a form that cannot be read.</exception>
    public RepositoryName? Repository
    {
        get
        {
            var id =
                Text("repositoryId") is not { } text ? (Guid?)null
                : Guid.TryParse(text, out var parsed) ? parsed
                : throw Wrong("repositoryId", "is not the id of a row in repositories");
            var full = Array.Find(
                [Text("repository"), Text("repositoryName"), Text("fullName"), Text("repo")],
                name => name?.Contains('/', StringComparison.Ordinal) == true
            );
            if (full is null && Text("owner") is { } owner && (Text("repo") ?? Text("name")) is { } name)
            {
                full = $"{owner}/{name}";
            }

            return full is not null ? RepositoryName.Parse(full) with { Id = id }
                // The id alone finds the row. No repository has this name.
                : id is not null ? new RepositoryName("-", "-") { Id = id }
                : null;
        }
    }

    /// <summary>Gets the repository.</summary>
    /// <exception cref="BackfillException">The event names none.</exception>
    public RepositoryName RequiredRepository =>
        Repository
        ?? throw new BackfillException(
            ErrorIds.NoInput,
            ErrorKind.Input,
            "The event names no repository.",
            "Send repositoryId, or owner with repo or name.",
            "repository"
        );

    /// <summary>Gets <c>high</c>, <c>normal</c> or <c>low</c>. The default is normal.</summary>
    public string Priority =>
        Text("priority")?.ToLowerInvariant() switch
        {
            "critical" or "high" => "high",
            "low" => "low",
            _ => "normal",
        };

    /// <summary>Gets who sent the event.</summary>
    public string Source => Text("source") ?? "";

    /// <summary>Returns the time back to which the sync reads; null for the beginning.</summary>
    /// <exception cref="BackfillException">The range cannot be read.</exception>
    public DateTimeOffset? Since(DateTimeOffset now)
    {
        var start = (Text("timeRange") ?? Text("days")) is { } text ? TimeRange.Parse(text).StartBefore(now) : null;
        return start <= GitHubBegan ? null : start;
    }

    /// <summary>Returns a text or number as text; null where the event has none.</summary>
    /// <exception cref="BackfillException">The value is neither, or too long.</exception>
    public string? Text(string name) =>
        data[name] switch
        {
            null => null,
            JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>().Trim() switch
            {
                "" => null,
                { Length: > MostText } => throw Wrong(name, "is too long"),
                var text => text,
            },
            JsonValue value when value.GetValueKind() == JsonValueKind.Number => value.ToJsonString(),
            _ => throw Wrong(name, "is neither a text nor a number"),
        };

    /// <summary>Returns whether a flag is set.</summary>
    public bool Flag(string name) => data[name]?.GetValueKind() == JsonValueKind.True;

    /// <summary>Returns a list of texts; empty where the event has none.</summary>
    public IReadOnlyList<string> Texts(string name) =>
        data[name] is JsonArray list
            ?
            [
                .. list.Where(one => one?.GetValueKind() == JsonValueKind.String)
                    .Take(10)
                    .Select(one => one!.GetValue<string>()),
            ]
            : [];

    /// <summary>Returns a time that the worker itself wrote; null where the event has none.</summary>
    public DateTimeOffset? Time(string name) =>
        Text(name) is { } text
            ? DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
                ? time
                : throw Wrong(name, "is not a time")
            : null;

    private static BackfillException Wrong(string name, string what) =>
        new(
            ErrorIds.ParameterConflict,
            ErrorKind.Input,
            $"The field {name} of the event {what}.",
            "The documentation of the worker lists the fields of each event.",
            name
        );
}
