using System.Globalization;
using Backfill.Simulation.Server;
using Microsoft.AspNetCore.Http;

namespace Backfill.Simulation.Rest;

/// <summary>A request to REST.</summary>
/// <param name="Path">Without the query.</param>
/// <param name="Home">Scheme, host and port, for links.</param>
internal sealed record RestRequest(string Method, string Path, IQueryCollection Query, string Home)
{
    public const int LargestPage = 100;
    private const int DefaultPage = 30;

    /// <summary>GitHub cuts a larger one down without a word.</summary>
    public int PerPage => Math.Clamp(Number("per_page") ?? DefaultPage, 1, LargestPage);

    public int Page => Math.Max(1, Number("page") ?? 1);

    public string? Text(string name) => Query[name].ToString() is { Length: > 0 } text ? text : null;

    /// <summary>A parameter that must be one of a few words.</summary>
    /// <exception cref="RefusedException">It is another.</exception>
    public string OneOf(string name, string resource, string otherwise, params ReadOnlySpan<string> allowed)
    {
        var given = Text(name) ?? otherwise;
        return allowed.Contains(given) ? given : throw Invalid(resource, name);
    }

    /// <summary>The parameter <c>since</c>.</summary>
    /// <exception cref="RefusedException">It is no time.</exception>
    public DateTimeOffset? Since(string resource) =>
        Text("since") is not { } text ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
        : throw Invalid(resource, "since");

    private int? Number(string name) =>
        int.TryParse(Text(name), CultureInfo.InvariantCulture, out var number) ? number : null;

    private static RefusedException Invalid(string resource, string field) =>
        new(
            Answer.Json(
                422,
                JsonBody.Of(
                    new Dictionary<string, object?>
                    {
                        ["message"] = "Validation Failed",
                        ["errors"] = new[]
                        {
                            new Dictionary<string, object?>
                            {
                                ["resource"] = resource,
                                ["code"] = "invalid",
                                ["field"] = field,
                            },
                        },
                        ["documentation_url"] = "https://docs.github.com/rest",
                        ["status"] = "422",
                    }
                )
            )
        );
}

/// <summary>A request that REST refuses.</summary>
internal sealed class RefusedException(Answer answer) : Exception
{
    public Answer Answer { get; } = answer;
}
