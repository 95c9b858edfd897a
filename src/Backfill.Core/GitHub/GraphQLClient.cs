using System.Net.Http.Headers;
using System.Text.Json;

namespace Backfill.Core.GitHub;

/// <summary>The response to a query.</summary>
/// <param name="Data">The object under <c>data</c>.</param>
/// <param name="Errors">Errors about single nodes. The rest of the data is good.</param>
/// <param name="ReceivedAt">The time of the response, by GitHub's clock.</param>
/// <param name="Elapsed">The time that GitHub took.</param>
internal sealed record GraphQLResponse(
    JsonElement Data,
    IReadOnlyList<NodeError> Errors,
    DateTimeOffset ReceivedAt,
    TimeSpan Elapsed
)
{
    /// <summary>Returns a property of the data; null where GitHub sent null or nothing.</summary>
    public T? Read<T>(string property)
        where T : class =>
        Data.TryGetProperty(property, out var value) && value.ValueKind != JsonValueKind.Null
            ? value.Deserialize<T>(JsonText.Options)
            : null;
}

/// <summary>An error about one node.</summary>
/// <param name="Path">The place in the data. Its parts are separated by dots.</param>
/// <param name="Type"><c>NOT_FOUND</c> or <c>FORBIDDEN</c>.</param>
/// <param name="Message">GitHub's words.</param>
internal sealed record NodeError(string Path, string Type, string Message);

/// <summary>Sends the GraphQL queries of one run.</summary>
internal sealed class GraphQLClient(GitHubTransport transport, Uri address, IGitHubListener listener)
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    /// <summary>Gets the remaining points; 0 while a limit is reached, null before the first response.</summary>
    public long? Remaining => transport.Gates.Remaining(GitHubResource.GraphQL);

    /// <summary>Asks GitHub for the account of each token, where a run has several tokens and it is not known yet.</summary>
    /// <param name="warn">Takes a warning for each token that GitHub refuses. The run uses the other tokens.</param>
    /// <returns>The number of queries that may be under way at once: one for each account.</returns>
    public async Task<int> LearnAccountsAsync(Action<string> warn, CancellationToken cancellationToken)
    {
        foreach (var gate in transport.Gates.Unknown)
        {
            try
            {
                var viewer = await QueryAsync(
                    GraphQLText.Read("viewer"),
                    new Dictionary<string, object?>(StringComparer.Ordinal),
                    canShrink: false,
                    cancellationToken,
                    TimeSpan.Zero,
                    gate
                );
                if (viewer.Read<ViewerNode>("viewer") is { } account)
                {
                    transport.Gates.SetAccount(gate, account.Id);
                }
            }
            catch (LongWaitException)
            {
                // A limit holds the token back. The next run asks again.
            }
            catch (BackfillException error)
            {
                warn(
                    $"{transport.Gates.NameOf(gate)} is not used while another one may send: {error.Message} {error.Action}"
                );
            }
        }

        return transport.Gates.Accounts;
    }

    /// <summary>Sends a query. <see cref="GitHubTransport.SendAsync"/> explains <paramref name="canShrink"/> and the exceptions.</summary>
    public async Task<GraphQLResponse> QueryAsync(
        string query,
        IReadOnlyDictionary<string, object?> variables,
        bool canShrink,
        CancellationToken cancellationToken,
        TimeSpan? patience = null,
        TokenGate? only = null
    )
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new { query, variables });
        var response = await transport.SendAsync(
            () =>
            {
                var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(body) };
                request.Content.Headers.ContentType = Json;
                return request;
            },
            GitHubResource.GraphQL,
            listener,
            canShrink,
            cancellationToken,
            patience,
            only
        );
        var data = response.Json.GetProperty("data");
        if (data.TryGetProperty("rateLimit", out var limit) && limit.ValueKind == JsonValueKind.Object)
        {
            listener.Charged(limit.Deserialize<RateLimitNode>(JsonText.Options)!.Cost);
        }

        return new GraphQLResponse(data, Errors(response.Json), response.ReceivedAt, response.Elapsed);
    }

    private static List<NodeError> Errors(JsonElement response) =>
        response.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Array
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
