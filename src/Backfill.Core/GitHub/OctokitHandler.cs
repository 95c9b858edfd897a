namespace Backfill.Core.GitHub;

/// <summary>Lets Octokit send through the shared transport, so that its requests pass the same gate and the same retry policy.</summary>
/// <param name="transport">The shared transport.</param>
/// <param name="listener">The run's listener.</param>
/// <param name="patience">How long a limit may hold a request back before it is given up; null is as long as it takes.</param>
/// <param name="runToken">
/// Ends the run. Octokit's own token is not heeded: it fires after 100 seconds, in the middle of a wait for a limit.
/// </param>
internal sealed class OctokitHandler(
    GitHubTransport transport,
    IGitHubListener listener,
    TimeSpan? patience,
    CancellationToken runToken
) : HttpMessageHandler
{
    /// <summary>The entity tag to send with a path and query: GitHub answers 304, free of charge, where nothing changed.</summary>
    public Dictionary<string, string> EntityTags { get; } = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        var answer = await transport.SendAsync(
            () => Copy(request),
            GitHubResource.Rest,
            listener,
            canShrink: false,
            runToken,
            patience
        );
        var response = new HttpResponseMessage(answer.Status)
        {
            Content = new ByteArrayContent(answer.Body),
            RequestMessage = request,
        };
        response.Content.Headers.ContentType = new("application/json");
        foreach (var (name, value) in answer.Headers)
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
