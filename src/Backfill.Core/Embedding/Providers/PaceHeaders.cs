using System.Globalization;
using System.Net.Http.Headers;

namespace Backfill.Core.Embedding.Providers;

/// <summary>
/// What the headers of an answer say about limits: OpenAI's <c>x-ratelimit-limit-*</c> and <c>x-ratelimit-remaining-*</c>, the
/// standard's <c>Retry-After</c> and the finer <c>retry-after-ms</c>. Each may be missing.
/// </summary>
internal static class PaceHeaders
{
    /// <summary>Reads them.</summary>
    public static PaceHints Read(HttpResponseHeaders headers, DateTimeOffset now) =>
        new(
            Number(headers, "x-ratelimit-limit-tokens"),
            Number(headers, "x-ratelimit-remaining-tokens"),
            Number(headers, "x-ratelimit-limit-requests"),
            Number(headers, "x-ratelimit-remaining-requests"),
            RetryAfter(headers, now)
        );

    private static TimeSpan? RetryAfter(HttpResponseHeaders headers, DateTimeOffset now) =>
        Number(headers, "retry-after-ms") is { } milliseconds and >= 0 and < int.MaxValue
            ? TimeSpan.FromMilliseconds(milliseconds)
            : headers.RetryAfter switch
            {
                { Delta: { } delta } => delta,
                { Date: { } date } => date - now,
                _ => null,
            };

    private static double? Number(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out var values)
        && double.TryParse(values.First(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}
