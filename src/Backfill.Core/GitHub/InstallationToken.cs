using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;

namespace Backfill.Core.GitHub;

/// <summary>
/// Makes the token of an App's installation when a request needs it, and makes a new one before its hour ends or when
/// GitHub refuses it.
/// Source: https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app.
/// </summary>
internal sealed class InstallationToken(GitHubApp app, Uri apiUrl, HttpClient http) : ITokenSource
{
    private static readonly TimeSpan RenewBefore = TimeSpan.FromMinutes(5);

    // GitHub accepts assertions of at most ten minutes, and recommends that they begin a minute in the past.
    private static readonly TimeSpan AssertionBegins = TimeSpan.FromMinutes(-1);
    private static readonly TimeSpan AssertionEnds = TimeSpan.FromMinutes(9);

    private readonly SemaphoreSlim turn = new(1);
    private Minted? current;

    /// <inheritdoc/>
    public async ValueTask<Secret?> ReadAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            if (current is null || current.ExpiresAt - RenewBefore <= now)
            {
                current = await MintAsync(now, cancellationToken);
            }

            return current.Token;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Refused() => current = null;

    /// <inheritdoc/>
    public void Dispose() => turn.Dispose();

    // The clock of this machine may be wrong by more than an assertion lasts. GitHub refuses the assertion then, and the second
    // try uses the time of that response.
    private async Task<Minted> MintAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        using var first = await AskAsync(now, cancellationToken);
        if (first.StatusCode != HttpStatusCode.Unauthorized || first.Headers.Date is not { } theirs)
        {
            return await ReadAsync(first, cancellationToken);
        }

        using var second = await AskAsync(theirs, cancellationToken);
        return await ReadAsync(second, cancellationToken);
    }

    private Task<HttpResponseMessage> AskAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var address = new Uri(
            apiUrl,
            string.Create(CultureInfo.InvariantCulture, $"app/installations/{app.InstallationId}/access_tokens")
        );
        var request = new HttpRequestMessage(HttpMethod.Post, address);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Assertion(now));
        request.Headers.Accept.ParseAdd("application/vnd.github+json");
        return http.SendAsync(request, cancellationToken);
    }

    private async Task<Minted> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        if (response.StatusCode == HttpStatusCode.Created)
        {
            using var document = JsonDocument.Parse(body);
            return new Minted(
                new Secret(document.RootElement.GetProperty("token").GetString()!),
                document.RootElement.GetProperty("expires_at").GetDateTimeOffset()
            );
        }

        if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.NotFound or HttpStatusCode.Forbidden)
        {
            throw new BackfillException(
                ErrorIds.GitHubTokenRefused,
                ErrorKind.Access,
                $"GitHub gives the App {app.AppId} no token for its installation {app.InstallationId} (HTTP {(int)response.StatusCode}).",
                "Check GITHUB_APP_ID, GITHUB_APP_PRIVATE_KEY and GITHUB_APP_INSTALLATION_ID against the App's page, and that the installation is not suspended.",
                "GITHUB_APP_ID"
            );
        }

        throw new HttpRequestException($"HTTP {(int)response.StatusCode} instead of an installation token");
    }

    /// <summary>Refuses a private key that cannot be read, before a stage begins.</summary>
    /// <exception cref="BackfillException"><see cref="ErrorIds.SettingMalformed"/>: the setting is neither a key nor a file with a key.</exception>
    public static void RequireKey(GitHubApp app)
    {
        using var key = RSA.Create();
        Import(key, app);
    }

    // Signs the header and the claims with RS256, as RFC 7515 defines it.
    private string Assertion(DateTimeOffset now)
    {
        using var key = RSA.Create();
        Import(key, app);
        var claims = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["iat"] = (now + AssertionBegins).ToUnixTimeSeconds(),
            ["exp"] = (now + AssertionEnds).ToUnixTimeSeconds(),
            ["iss"] = app.AppId,
        };
        var signed =
            $"{Base64Url.EncodeToString("""{"alg":"RS256","typ":"JWT"}"""u8)}.{Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(claims))}";
        var signature = key.SignData(
            System.Text.Encoding.ASCII.GetBytes(signed),
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1
        );
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    private static void Import(RSA key, GitHubApp app)
    {
        try
        {
            var given = app.PrivateKey.Reveal();
            // In an environment variable, a line end is often the two characters \n.
            key.ImportFromPem(
                given.Contains("-----BEGIN", StringComparison.Ordinal)
                    ? given.Replace("\\n", "\n", StringComparison.Ordinal)
                    : File.ReadAllText(given)
            );
        }
        catch (Exception error)
            when (error
                    is ArgumentException
                        or NotSupportedException
                        or CryptographicException
                        or IOException
                        or UnauthorizedAccessException
            )
        {
            // The cause is not kept as the inner exception: its message has the key, where the key was taken for a path.
            throw new BackfillException(
                ErrorIds.SettingMalformed,
                ErrorKind.Setting,
                "GITHUB_APP_PRIVATE_KEY is neither a private key nor the path of a file with one.",
                "Set it to the text of the .pem file that GitHub made on the App's page, or to the path of that file.",
                "GITHUB_APP_PRIVATE_KEY"
            );
        }
    }

    private sealed record Minted(Secret Token, DateTimeOffset ExpiresAt);
}
