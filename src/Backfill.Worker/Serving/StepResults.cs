using System.Text.Json;
using System.Text.Json.Nodes;
using Backfill.Core.Inngest;

namespace Backfill.Worker.Serving;

/// <summary>Fetches the results of a run's steps where they are too large for a call.</summary>
internal sealed class StepResults(InngestConnection connection, InngestSettings settings)
{
    /// <summary>Returns the results by the hashes of the steps.</summary>
    /// <exception cref="BackfillException">The server does not give them. Reporting a step that has ended would hang its run, so the call fails.</exception>
    public async Task<JsonObject> FetchAsync(string runId, CancellationToken cancellationToken)
    {
        var answer = await connection.Transport.SendAsync(
            () =>
            {
                var request = new HttpRequestMessage(
                    HttpMethod.Get,
                    new Uri(settings.ApiUrl, $"v0/runs/{Uri.EscapeDataString(runId)}/actions")
                );
                request.Headers.Authorization = settings.SigningKey is { } key ? SigningKey.Bearer(key) : null;
                InngestHeaders.Add(request, settings);
                return request;
            },
            cancellationToken
        );
        try
        {
            if (answer.IsGood && JsonNode.Parse(answer.Body) is JsonObject steps)
            {
                return steps;
            }
        }
        catch (JsonException)
        {
            // Another server's page. The error below says so.
        }

        throw new BackfillException(
            ErrorIds.InngestUnavailable,
            ErrorKind.Unavailable,
            $"{settings.ApiUrl.Authority} does not return the results of the steps of run {runId} (HTTP {answer.Status}).",
            "Check INNGEST_API_BASE_URL.",
            runId
        );
    }
}
