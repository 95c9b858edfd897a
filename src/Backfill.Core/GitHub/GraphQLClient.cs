using System.Net.Http.Headers;
using System.Text.Json;

namespace Backfill.Core.GitHub;

/// <summary>What a query gave.</summary>
/// <param name="Data">The object under <c>data</c>.</param>
/// <param name="Errors">Errors about single nodes; the rest of the data is good.</param>
/// <param name="ReceivedAt">GitHub's time.</param>
/// <param name="Elapsed">How long GitHub took.</param>
internal sealed record GraphQLAnswer(
    JsonElement Data,
    IReadOnlyList<NodeError> Errors,
    DateTimeOffset ReceivedAt,
    TimeSpan Elapsed
)
{
    /// <summary>What stands at a property of the data, or null.</summary>
    public T? Read<T>(string property)
        where T : class =>
        Data.TryGetProperty(property, out var value) && value.ValueKind != JsonValueKind.Null
            ? value.Deserialize<T>(JsonText.Options)
            : null;
}

/// <summary>An error about one node.</summary>
/// <param name="Path">Where in the data, parts separated by points.</param>
/// <param name="Type"><c>NOT_FOUND</c> or <c>FORBIDDEN</c>.</param>
/// <param name="Message">GitHub's words.</param>
internal sealed record NodeError(string Path, string Type, string Message);

/// <summary>Asks GitHub's GraphQL address for one run.</summary>
internal sealed class GraphQLClient(GitHubTransport transport, Uri address, IGitHubListener listener)
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    /// <summary>Points that are left; 0 while a limit holds, null where no answer told.</summary>
    public long? Remaining => transport.Remaining(GitHubResource.GraphQL);

    /// <summary>Runs a query; see <see cref="GitHubTransport.SendAsync"/> for <paramref name="canShrink"/> and for what it throws.</summary>
    public async Task<GraphQLAnswer> QueryAsync(
        string query,
        IReadOnlyDictionary<string, object?> variables,
        bool canShrink,
        CancellationToken cancellationToken
    )
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new { query, variables });
        var answer = await transport.SendAsync(
            () =>
            {
                var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(body) };
                request.Content.Headers.ContentType = Json;
                return request;
            },
            GitHubResource.GraphQL,
            listener,
            canShrink,
            cancellationToken
        );
        var data = answer.Json.GetProperty("data");
        if (data.TryGetProperty("rateLimit", out var limit) && limit.ValueKind == JsonValueKind.Object)
        {
            listener.Charged(limit.Deserialize<RateLimitNode>(JsonText.Options)!.Cost);
        }

        return new GraphQLAnswer(data, Errors(answer.Json), answer.ReceivedAt, answer.Elapsed);
    }

    private static List<NodeError> Errors(JsonElement answer) =>
        answer.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Array
            ?
            [
                .. errors
                    .EnumerateArray()
                    .Select(error => new NodeError(
                        error.TryGetProperty("path", out var path) && path.ValueKind == JsonValueKind.Array
                            ? string.Join('.', path.EnumerateArray().Select(part => part.ToString()))
                            : "",
                        error.TryGetProperty("type", out var type) ? type.ToString() : "",
                        error.TryGetProperty("message", out var message) ? message.ToString() : ""
                    )),
            ]
            : [];
}
