using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.DependencyInjection;

namespace Backfill.Core;

/// <summary>The HTTP clients of the process, by the standard factory: pooled connections, decompression and the system's proxy.</summary>
internal sealed class HttpClients : IAsyncDisposable
{
    private const string GitHubName = "GitHub";
    private const string EmbeddingName = "Embedding";
    private const string InngestName = "Inngest";

    private readonly ServiceProvider services;
    private readonly IHttpClientFactory factory;

    public HttpClients()
    {
        var collection = new ServiceCollection();
        Add(collection, GitHubName);
        Add(collection, EmbeddingName);
        // The addresses that events are sent to hold the key.
        Add(collection, InngestName).RemoveAllLoggers();
        services = collection.BuildServiceProvider();
        factory = services.GetRequiredService<IHttpClientFactory>();
    }

    /// <summary>For GitHub: redirects are followed by the transport, which knows where a token may go.</summary>
    public HttpClient GitHub => factory.CreateClient(GitHubName);

    /// <summary>For embedding providers.</summary>
    public HttpClient Embedding => factory.CreateClient(EmbeddingName);

    /// <summary>For Inngest and the Supabase functions.</summary>
    public HttpClient Inngest => factory.CreateClient(InngestName);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => services.DisposeAsync();

    // The callers bound every attempt in time themselves.
    private static IHttpClientBuilder Add(ServiceCollection collection, string name) =>
        collection
            .AddHttpClient(
                name,
                client =>
                {
                    client.Timeout = Timeout.InfiniteTimeSpan;
                    client.DefaultRequestHeaders.UserAgent.Add(
                        new ProductInfoHeaderValue(
                            "Backfill",
                            typeof(HttpClients).Assembly.GetName().Version?.ToString(3)
                        )
                    );
                }
            )
            .ConfigurePrimaryHttpMessageHandler(() =>
                new SocketsHttpHandler
                {
                    AllowAutoRedirect = false,
                    AutomaticDecompression = DecompressionMethods.All,
                    PooledConnectionLifetime = TimeSpan.FromMinutes(5),
                }
            );
}
