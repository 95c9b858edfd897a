using System.Net;
using System.Text.Json;

namespace Backfill.Core.GitHub;

/// <summary>The two budgets that GitHub keeps for a token.</summary>
internal enum GitHubResource
{
    GraphQL,
    Rest,
}

/// <summary>One answer, read to its end.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Headers">Header names and their first values, names in lower case.</param>
/// <param name="Body">The body, decompressed.</param>
/// <param name="Json">The body as JSON, for GraphQL.</param>
/// <param name="ReceivedAt">When it came, by GitHub's own clock.</param>
/// <param name="Elapsed">From sending to the last byte.</param>
internal sealed record GitHubAnswer(
    HttpStatusCode Status,
    IReadOnlyDictionary<string, string> Headers,
    byte[] Body,
    JsonElement Json,
    DateTimeOffset ReceivedAt,
    TimeSpan Elapsed
)
{
    /// <summary>A header as a whole number, or null.</summary>
    public long? Number(string header) =>
        Headers.TryGetValue(header, out var text)
        && long.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}

/// <summary>Hears what a run's requests cost and when they are held back.</summary>
internal interface IGitHubListener
{
    void Sent(GitHubResource resource);

    void Charged(int points);

    /// <summary>Held back until a time; null when it goes on.</summary>
    void Waiting(DateTimeOffset? until, string reason);
}

/// <summary>What has to happen after an answer.</summary>
internal abstract record Verdict
{
    /// <summary>Use it.</summary>
    public sealed record Good : Verdict;

    /// <summary>A limit: nothing may leave before its end; then the same request again.</summary>
    /// <param name="Wait">How long; null where GitHub does not say.</param>
    /// <param name="Reason">For progress.</param>
    /// <param name="Secondary">True when the whole token is blocked, not one budget of it.</param>
    public sealed record Limited(TimeSpan? Wait, string Reason, bool Secondary) : Verdict;

    /// <summary>A fault that passes: the same request again after a pause.</summary>
    public sealed record Transient(string Reason) : Verdict;

    /// <summary>More than GitHub computes in its ten seconds: a smaller request.</summary>
    public sealed record TooHeavy(string Reason) : Verdict;

    /// <summary>No retry helps.</summary>
    public sealed record Fatal(BackfillException Error) : Verdict;

    /// <summary>The cursor is not valid any more.</summary>
    public sealed record StaleCursor(string Path) : Verdict;
}

/// <summary>A page that GitHub cannot compute: ask for less at once.</summary>
internal sealed class PageTooHeavyException(string reason) : Exception(reason);

/// <summary>A limit that holds requests back for longer than whoever asks will wait.</summary>
/// <param name="resource">The budget that is spent.</param>
/// <param name="until">When the next request may leave, by GitHub's clock.</param>
internal sealed class LongWaitException(GitHubResource resource, DateTimeOffset until)
    : Exception(
        FormattableString.Invariant(
            $"{(resource == GitHubResource.Rest ? "REST" : "GraphQL")} has nothing left until {until:u}"
        )
    );

/// <summary>A cursor that GitHub refuses.</summary>
/// <param name="path">The connection that it was for.</param>
internal sealed class StaleCursorException(string path) : Exception($"GitHub refuses the stored cursor of {path}.")
{
    public string Path { get; } = path;
}
