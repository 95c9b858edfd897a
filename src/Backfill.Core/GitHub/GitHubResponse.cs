using System.Net;
using System.Text.Json;

namespace Backfill.Core.GitHub;

/// <summary>The two budgets that GitHub keeps for a token.</summary>
internal enum GitHubResource
{
    GraphQL,
    Rest,
}

/// <summary>One response, read to its end.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Headers">Header names and their first values, names in lower case.</param>
/// <param name="Body">The body, decompressed.</param>
/// <param name="Json">The body as JSON, for GraphQL.</param>
/// <param name="ReceivedAt">The time of the response, by GitHub's clock.</param>
/// <param name="Elapsed">The time from sending the request to the last byte of the response.</param>
internal sealed record GitHubResponse(
    HttpStatusCode Status,
    IReadOnlyDictionary<string, string> Headers,
    byte[] Body,
    JsonElement Json,
    DateTimeOffset ReceivedAt,
    TimeSpan Elapsed
)
{
    /// <summary>Returns a header as a whole number; null where the header is missing or no number.</summary>
    public long? Number(string header) =>
        Headers.TryGetValue(header, out var text)
        && long.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}

/// <summary>Counts the requests of a run and what they cost, and notes when a limit holds them back.</summary>
internal interface IGitHubListener
{
    void Sent(GitHubResource resource);

    void Charged(int points);

    /// <summary>Notes that a limit holds requests back until a time; null when they go on.</summary>
    void Waiting(DateTimeOffset? until, string reason);
}

/// <summary>What has to happen after a response.</summary>
internal abstract record Verdict
{
    /// <summary>The response can be used.</summary>
    public sealed record Good : Verdict;

    /// <summary>A limit is reached. No request may leave before the limit ends. Then the same request is sent again.</summary>
    /// <param name="Wait">The time until the limit ends; null where GitHub does not say.</param>
    /// <param name="Reason">The reason that progress shows.</param>
    /// <param name="Secondary">True when the limit blocks the whole token, and not one budget of it.</param>
    public sealed record Limited(TimeSpan? Wait, string Reason, bool Secondary) : Verdict;

    /// <summary>A temporary fault. The same request is sent again after a pause.</summary>
    public sealed record Transient(string Reason) : Verdict;

    /// <summary>GitHub cannot compute the response in its ten seconds. A smaller request is needed.</summary>
    public sealed record TooHeavy(string Reason) : Verdict;

    /// <summary>No retry helps.</summary>
    public sealed record Fatal(BackfillException Error) : Verdict;

    /// <summary>GitHub does not accept the cursor any more.</summary>
    public sealed record StaleCursor(string Path) : Verdict;
}

/// <summary>GitHub cannot compute a page. The caller has to ask for fewer items.</summary>
internal sealed class PageTooHeavyException(string reason) : Exception(reason);

/// <summary>A limit holds requests back for longer than the caller waits.</summary>
/// <param name="resource">The budget that is spent.</param>
/// <param name="until">The time at which the next request may leave, by GitHub's clock.</param>
internal sealed class LongWaitException(GitHubResource resource, DateTimeOffset until)
    : Exception(
        FormattableString.Invariant(
            $"{(resource == GitHubResource.Rest ? "REST" : "GraphQL")} has nothing left until {until:u}"
        )
    );

/// <summary>GitHub refuses a cursor.</summary>
/// <param name="path">The path of the list that the cursor was for.</param>
internal sealed class StaleCursorException(string path) : Exception($"GitHub refuses the stored cursor of {path}.")
{
    public string Path { get; } = path;
}
