using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Backfill.Simulation.Server;

/// <summary>
/// Mints installation tokens: <c>POST /app/installations/{id}/access_tokens</c> with a JWT of the App, as documented
/// under https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app.
/// </summary>
internal sealed class AppTokens(SimulatorOptions options, Tokens tokens)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);
    private static readonly TimeSpan LongestAssertion = TimeSpan.FromMinutes(10);

    /// <summary>The answer; null where the request asks for something else.</summary>
    public Answer? Answer(HttpRequest http, string path, string assertion)
    {
        if (
            options.App is not { } app
            || !HttpMethods.IsPost(http.Method)
            || path.Split('/', StringSplitOptions.RemoveEmptyEntries)
                is not ["app", "installations", var id, "access_tokens"]
        )
        {
            return null;
        }

        var now = options.Time.GetUtcNow();
        if (Refusal(app, assertion, now) is { } refusal)
        {
            return refusal;
        }

        if (id != app.InstallationId.ToString(CultureInfo.InvariantCulture))
        {
            return Server.Answer.Message(404, "Not Found");
        }

        var expires = DateTimeOffset.FromUnixTimeSeconds((now + Lifetime).ToUnixTimeSeconds());
        return Server.Answer.Json(
            201,
            JsonBody.Of(
                new Dictionary<string, object?>
                {
                    ["token"] = tokens.Mint(expires),
                    ["expires_at"] = expires,
                    ["permissions"] = new Dictionary<string, object?>
                    {
                        ["discussions"] = "read",
                        ["issues"] = "read",
                        ["metadata"] = "read",
                        ["pull_requests"] = "read",
                    },
                    ["repository_selection"] = "all",
                }
            )
        );
    }

    private static Answer? Refusal(SimulatedApp app, string assertion, DateTimeOffset now)
    {
        if (Claims(app, assertion) is not { } claims)
        {
            return Refused("A JSON web token could not be decoded");
        }

        if (Number(claims, "exp") is not { } expires || expires <= now.ToUnixTimeSeconds())
        {
            return Refused(
                "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"
            );
        }

        if (expires > (now + LongestAssertion).ToUnixTimeSeconds())
        {
            return Refused("'Expiration time' claim ('exp') is too far in the future");
        }

        if (Number(claims, "iat") is not { } issued || issued > now.ToUnixTimeSeconds())
        {
            return Refused(
                "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
            );
        }

        return Text(claims, "iss") == app.Id ? null : Server.Answer.Message(404, "Integration not found");
    }

    private static Answer Refused(string message) => Server.Answer.Message(401, message);

    // Null where the three parts, the algorithm or the signature are wrong.
    private static JsonElement? Claims(SimulatedApp app, string assertion)
    {
        if (assertion.Split('.') is not [var header, var claims, var signature])
        {
            return null;
        }

        try
        {
            using var key = RSA.Create();
            key.ImportFromPem(app.PublicKey);
            var isSigned = key.VerifyData(
                Encoding.ASCII.GetBytes($"{header}.{claims}"),
                Base64Url.DecodeFromChars(signature),
                HashAlgorithmName.SHA256,
                RSASignaturePadding.Pkcs1
            );
            return isSigned && Text(Json(header), "alg") == "RS256" ? Json(claims) : null;
        }
        catch (Exception error) when (error is FormatException or JsonException)
        {
            return null;
        }
    }

    private static JsonElement Json(string part) =>
        JsonSerializer.Deserialize<JsonElement>(Base64Url.DecodeFromChars(part));

    private static long? Number(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetInt64(out var number)
            ? number
            : null;

    // The issuer may be a number or a string.
    private static string? Text(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var value) ? value.ToString() : null;
}
