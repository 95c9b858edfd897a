using System.Net;
using System.Net.Sockets;
using Backfill.Core.GitHub;
using Backfill.Simulation;

namespace Backfill.Core.Tests.GitHub;

/// <summary>What is said of a GitHub that cannot be reached.</summary>
public sealed class UnreachableGitHubTests
{
    [Fact]
    public async Task An_unreachable_GitHub_is_named_by_its_address()
    {
        var port = ClosedPort();

        var error = await ErrorAsync(new Uri($"http://127.0.0.1:{port}/api/v3/rate_limit"), new WebProxy());

        Assert.Equal(ErrorIds.GitHubUnavailable, error.ErrorId);
        Assert.StartsWith(
            $"GitHub at http://127.0.0.1:{port} cannot be reached: ",
            error.Message,
            StringComparison.Ordinal
        );
        Assert.Contains("GITHUB_API_URL", error.Action);
    }

    [Fact]
    public async Task A_proxy_that_fails_is_named_without_its_password()
    {
        var port = ClosedPort();

        var error = await ErrorAsync(
            new Uri("https://api.github.example.com/rate_limit"),
            new WebProxy(new Uri($"http://me:hidden@127.0.0.1:{port}"))
        );

        Assert.StartsWith(
            $"GitHub at https://api.github.example.com cannot be reached through the proxy http://127.0.0.1:{port}: ",
            error.Message,
            StringComparison.Ordinal
        );
        Assert.Contains("HTTPS_PROXY", error.Action);
        Assert.DoesNotContain("hidden", error.ToString());
    }

    [Fact]
    public async Task A_proxy_that_refuses_the_connection_is_named_without_its_password()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var serving = RefuseAsync(listener, stopping.Token);

        var error = await ErrorAsync(
            new Uri("https://api.github.example.com/rate_limit"),
            new WebProxy(new Uri($"http://me:hidden@127.0.0.1:{port}"))
        );

        await stopping.CancelAsync();
        await serving;
        Assert.Contains($"through the proxy http://127.0.0.1:{port}: ", error.Message);
        Assert.Contains("407", error.Message);
        Assert.DoesNotContain("hidden", error.ToString());
    }

    [Fact]
    public async Task A_host_that_the_proxy_leaves_out_is_reached_without_it()
    {
        var port = ClosedPort();

        var error = await ErrorAsync(
            new Uri($"http://127.0.0.1:{port}/rate_limit"),
            new WebProxy(new Uri("http://proxy.example.com:8080"), BypassOnLocal: false, ["127\\.0\\.0\\.1"])
        );

        Assert.DoesNotContain("proxy.example.com", error.Message);
    }

    private static async Task<BackfillException> ErrorAsync(Uri address, WebProxy proxy)
    {
        var time = new AcceleratedTime(200);
        using var handler = new SocketsHttpHandler { Proxy = proxy };
        using var http = new HttpClient(handler);
        using var gate = new TokenGate(new GivenToken(new Secret("ghp_token")), time);
        var transport = new GitHubTransport(http, [gate], time, proxy);
        return await Assert.ThrowsAsync<BackfillException>(() =>
            transport.SendAsync(
                () => new HttpRequestMessage(HttpMethod.Get, address),
                GitHubResource.Rest,
                RateLimits.NoListener.Instance,
                canShrink: false,
                TestContext.Current.CancellationToken
            )
        );
    }

    private static async Task RefuseAsync(TcpListener listener, CancellationToken cancellationToken)
    {
        var request = new byte[4096];
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(cancellationToken);
                var stream = client.GetStream();
                Assert.NotEqual(0, await stream.ReadAsync(request, cancellationToken));
                await stream.WriteAsync(
                    "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(),
                    cancellationToken
                );
            }
        }
        catch (OperationCanceledException)
        {
            // The test has its answer.
        }
    }

    // Nobody listens where a listener just stopped.
    private static int ClosedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
