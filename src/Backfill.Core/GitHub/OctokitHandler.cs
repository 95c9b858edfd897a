namespace Backfill.Core.GitHub;

/// <summary>Lets Octokit send through the shared transport, so that its requests pass the same gate and the same retry policy.</summary>
/// <param name="transport">The shared transport.</param>
/// <param name="listener">The run's listener.</param>
/// <param name="patience">The longest time for which a limit may hold a request back; null waits until the limit ends.</param>
/// <param name="runToken">
/// Ends the run. Octokit's own token is ignored, because it fires after 100 seconds, in the middle of a wait for a limit.
/// </param>
internal sealed class OctokitHandler(
    GitHubTransport transport,
    IGitHubListener listener,
    TimeSpan? patience,
    CancellationToken runToken
) : HttpMessageHandler
{
    /// <summary>Gets the entity tags by path and query. With a tag, GitHub sends 304 where nothing changed, and charges nothing.</summary>
    public Dictionary<string, string> EntityTags { get; } = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        var received = await transport.SendAsync(
            () => Copy(request),
            GitHubResource.Rest,
            listener,
            canShrink: false,
            runToken,
            patience
        );
        var response = new HttpResponseMessage(received.Status)
        {
            Content = new ByteArrayContent(received.Body),
            RequestMessage = request,
        };
        response.Content.Headers.ContentType = new("application/json");
        foreach (var (name, value) in received.Headers)
        {
            response.Headers.TryAddWithoutValidation(name, value);
        }

        return response;
    }

    private HttpRequestMessage Copy(HttpRequestMessage request)
    {
        var copy = new HttpRequestMessage(request.Method, request.RequestUri);
        foreach (var (name, values) in request.Headers)
        {
            copy.Headers.TryAddWithoutValidation(name, values);
        }

        if (EntityTags.TryGetValue(request.RequestUri!.PathAndQuery, out var tag))
        {
            copy.Headers.TryAddWithoutValidation("If-None-Match", tag);
        }

        return copy;
    }
}
