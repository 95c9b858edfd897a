namespace Backfill.Core.Inngest;

/// <summary>What every request to Inngest says of its sender and of the environment that is meant.</summary>
internal static class InngestHeaders
{
    private static readonly string Sdk =
        $"backfill:v{typeof(InngestHeaders).Assembly.GetName().Version?.ToString(3) ?? "0.0.0"}";

    public static void Add(HttpRequestMessage request, InngestSettings settings)
    {
        request.Headers.Add("X-Inngest-Sdk", Sdk);
        if (settings.Environment is { } environment)
        {
            request.Headers.Add("X-Inngest-Env", environment);
        }
    }
}
