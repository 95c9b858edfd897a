using System.Net;

namespace Backfill.Core.GitHub;

/// <summary>Makes the error for a GitHub server that cannot be reached. The error names the address, and the proxy where there is one.</summary>
internal static class UnreachableGitHub
{
    /// <summary>Returns the error.</summary>
    /// <param name="create">Makes a request to the address.</param>
    /// <param name="proxy">The proxy of the process.</param>
    /// <param name="reason">What broke the connection.</param>
    public static BackfillException Error(Func<HttpRequestMessage> create, IWebProxy proxy, string reason)
    {
        using var request = create();
        var address = request.RequestUri!;
        var way = proxy.IsBypassed(address) ? null : proxy.GetProxy(address);
        return way is null || way == address
            ? new BackfillException(
                ErrorIds.GitHubUnavailable,
                ErrorKind.Unavailable,
                $"GitHub at {Place(address)} cannot be reached: {reason}.",
                "Check the address (-GitHubApiUrl of Connect-Backfill, or GITHUB_API_URL) and the network. A network that lets requests out only through a proxy needs its address in HTTPS_PROXY. Then try again. A sync goes on from the last stored page.",
                Place(address)
            )
            : new BackfillException(
                ErrorIds.GitHubUnavailable,
                ErrorKind.Unavailable,
                $"GitHub at {Place(address)} cannot be reached through the proxy {Place(way)}: {WithoutLogin(reason, way)}.",
                "Check the proxy in HTTPS_PROXY, HTTP_PROXY or ALL_PROXY. NO_PROXY names the hosts that are reached without one. Then try again. A sync goes on from the last stored page.",
                Place(address)
            );
    }

    // Leaves out the path, and the login that the address of a proxy may have.
    private static string Place(Uri address) => $"{address.Scheme}://{address.Authority}";

    // Messages of .NET quote the address of the proxy with its login.
    private static string WithoutLogin(string reason, Uri proxy) =>
        proxy.UserInfo.Length == 0
            ? reason
            : reason
                .Replace($"{proxy.UserInfo}@", "", StringComparison.Ordinal)
                .Replace($"{Uri.UnescapeDataString(proxy.UserInfo)}@", "", StringComparison.Ordinal);
}
