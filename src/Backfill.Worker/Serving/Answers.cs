using System.Globalization;
using System.Text.Json.Nodes;

namespace Backfill.Worker.Serving;

/// <summary>Writes answers that Inngest takes for those of an SDK.</summary>
internal static class Answers
{
    /// <summary>The name of this SDK and its version.</summary>
    public static readonly string Sdk =
        $"backfill-dotnet:v{typeof(Answers).Assembly.GetName().Version?.ToString(3) ?? "0.0.0"}";

    /// <summary>Answers with JSON.</summary>
    public static Task WriteAsync(HttpContext context, int status, JsonNode? body)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.Headers["X-Inngest-Sdk"] = Sdk;
        response.Headers["X-Inngest-Framework"] = "aspnetcore";
        response.Headers["X-Inngest-Req-Version"] = "2";
        response.ContentType = "application/json";
        return response.WriteAsync(body?.ToJsonString() ?? "null", context.RequestAborted);
    }

    /// <summary>Answers with an error, after which Inngest calls again or not.</summary>
    /// <param name="retryAfter">The pause before the next try; null gives none.</param>
    public static Task WriteErrorAsync(
        HttpContext context,
        int status,
        string name,
        string message,
        bool retries,
        TimeSpan? retryAfter = null
    )
    {
        context.Response.Headers["X-Inngest-No-Retry"] = retries ? "false" : "true";
        if (retries && retryAfter is { } pause)
        {
            context.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(pause.TotalSeconds))
                .ToString(CultureInfo.InvariantCulture);
        }

        return WriteAsync(context, status, new JsonObject { ["name"] = name, ["message"] = message });
    }

    /// <summary>Refuses a request that is not signed by Inngest. Like the official SDK, the answer does not say that an SDK is here.</summary>
    public static Task RefuseAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        // A body that was not read to its end would be taken for the next request.
        context.Response.Headers.Connection = "close";
        return context.Response.WriteAsJsonAsync(new { message }, context.RequestAborted);
    }
}
